/**
 * One TLB of a sweep, with L1 TLBs in front or without: a plain one that sees every reference and walks that set D. A
 * record makes the references that it makes in a run; one that is non-canonical makes none.
 */
import type {
  Policy,
  ResolvedFront,
  ResolvedGeometry,
  ResolvedSweepPoint,
  SetIndex,
  Stream,
} from "../../src/config/types.ts";
import { LEAF_LEVEL, pageNumberAt, type Step, touchedPages, unmappedPages } from "./access.ts";
import { AssociativeCache } from "./associative-cache.ts";

/** What happens to the TLBs, in order. */
export type Operation =
  | { kind: "reference"; vpn: number; isFetch: boolean; isStore: boolean }
  | { kind: "unmap"; firstVpn: number; lastVpn: number }
  | { kind: "flush" };

/**
 * Returns what the records of `stream`, the unmapped ranges and a flush after each `flushEvery` records, of whatever
 * stream, do to TLBs.
 */
export function operationsOf(steps: Iterable<Step>, stream: Stream, flushEvery: number): Operation[] {
  const operations: Operation[] = [];
  let records = 0;
  for (const step of steps) {
    if (step.kind === "unmap") {
      operations.push({ kind: "unmap", ...unmappedPages(step) });
      continue;
    }
    const isFetch = step.kind === "fetch";
    const isStore = step.kind === "store" || step.kind === "modify";
    if (stream === "all" || (stream === "fetch") === isFetch) {
      for (const vpn of touchedPages(step.va, step.size) ?? []) {
        operations.push({ kind: "reference", vpn, isFetch, isStore });
      }
    }
    records++;
    if (flushEvery > 0 && records % flushEvery === 0) operations.push({ kind: "flush" });
  }
  return operations;
}

/** Returns the VPNs of all references of `stream`, in program order. */
export function referencedPages(steps: Iterable<Step>, stream: Stream): number[] {
  return operationsOf(steps, stream, 0).flatMap((operation) => (operation.kind === "reference" ? [operation.vpn] : []));
}

/** A TLB entry. Each TLB has its own copy of D, as it was when the entry was filled. */
interface Entry {
  dirty: boolean;
}

/** A TLB and what it counts. */
class CountedTlb {
  readonly entries: AssociativeCache<Entry>;
  hits = 0;
  misses = 0;

  constructor(geometry: ResolvedGeometry, policy: Policy, index: SetIndex) {
    this.entries = new AssociativeCache(geometry, policy, index);
  }

  lookup(page: number): Entry | undefined {
    const entry = this.entries.lookup(page);
    if (entry === undefined) this.misses++;
    else this.hits++;
    return entry;
  }
}

/** The TLBs that one reference meets, and the D bits of the page tables, were all pages of one size. */
export class SweptTlbs {
  readonly #leafLevel: number;
  /** `null`: every reference goes to the point. */
  readonly l1i: CountedTlb | null;
  readonly l1d: CountedTlb | null;
  readonly point: CountedTlb;
  setDirty = 0;
  /** Pages whose leaf entry has D set. */
  readonly #dirtyPages = new Set<number>();

  constructor(point: ResolvedSweepPoint, front: ResolvedFront | null) {
    this.#leafLevel = LEAF_LEVEL[point.pageSize];
    const l1 = (geometry: ResolvedGeometry | null | undefined) =>
      geometry ? new CountedTlb(geometry, "lru", "modulo") : null;
    this.l1i = l1(front?.l1i);
    this.l1d = l1(front?.l1d);
    this.point = new CountedTlb(point, point.policy, point.index);
  }

  run(operations: readonly Operation[]): this {
    for (const operation of operations) {
      if (operation.kind === "reference") this.#reference(operation);
      else if (operation.kind === "unmap") this.#unmap(operation.firstVpn, operation.lastVpn);
      else this.#flush();
    }
    return this;
  }

  #reference({ vpn, isFetch, isStore }: Operation & { kind: "reference" }): void {
    const page = pageNumberAt(vpn, this.#leafLevel);
    const l1 = isFetch ? this.l1i : this.l1d;

    const l1Entry = l1?.lookup(page);
    if (l1Entry !== undefined) {
      if (isStore && !l1Entry.dirty) this.#walkToSetDirty(page);
      return;
    }
    // Its recency changes here and nowhere else: what hits in L1 is not seen behind it.
    const entry = this.point.lookup(page);
    if (entry !== undefined) {
      if (isStore && !entry.dirty) this.#walkToSetDirty(page);
      l1?.entries.fill(page, { dirty: entry.dirty });
      return;
    }
    // The walk of a store sets D in the leaf. Neither TLB drops an entry because the other does.
    if (isStore) this.#dirtyPages.add(page);
    const dirty = this.#dirtyPages.has(page);
    this.point.entries.fill(page, { dirty });
    l1?.entries.fill(page, { dirty });
  }

  /** The walk of a store that hit an entry with D clear: sets D in the leaf and in every copy. */
  #walkToSetDirty(page: number): void {
    if (this.#dirtyPages.has(page)) throw new Error(`page ${page}: a store met a copy without D of a leaf with D`);
    this.setDirty++;
    this.#dirtyPages.add(page);
    for (const tlb of this.#tlbs()) {
      const copy = tlb.entries.peek(page);
      if (copy !== undefined) copy.dirty = true;
    }
  }

  /** Every page of which a part is unmapped leaves the tables, and with it D, and the TLBs. */
  #unmap(firstVpn: number, lastVpn: number): void {
    const first = pageNumberAt(firstVpn, this.#leafLevel);
    const last = pageNumberAt(lastVpn, this.#leafLevel);
    for (const tlb of this.#tlbs()) tlb.entries.invalidate(first, last);
    deleteRange(this.#dirtyPages, first, last);
  }

  /** Empties the TLBs. The tables stay as they are, D included. */
  #flush(): void {
    for (const tlb of this.#tlbs()) tlb.entries.clear();
  }

  #tlbs(): CountedTlb[] {
    return [this.l1i, this.l1d, this.point].filter((tlb) => tlb !== null);
  }
}

/** Takes the pages from `first` to `last`, both included, out of `pages`. */
export function deleteRange(pages: Set<number>, first: number, last: number): void {
  for (const page of [...pages]) {
    if (page >= first && page <= last) pages.delete(page);
  }
}
