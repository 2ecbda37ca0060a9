/**
 * What TLBs and paging-structure caches may make of an access after software changed the tables: anything that the
 * tables could have given since the last invalidation that the SDM requires. Whatever a processor caches, evicts or
 * reads ahead, a result outside of that is wrong.
 *
 * SDM 3A "Caching Translation Information", chiefly "Operations that Invalidate TLBs and Paging-Structure Caches",
 * "Global Pages" and "Accessed and Dirty Flags".
 *
 * Wider than the SDM in one respect: each level may have the value of another time, as if each came from a cache.
 */
import type { Access } from "../../src/kernel/processor.ts";
import { A, D, G } from "./entry-bits.ts";
import {
  ALL_RIGHTS,
  combine,
  entryAddress,
  isCanonicalAccess,
  isLeafAt,
  type Memory,
  type ModelFault,
  pagesOf,
  stopsWalk,
  throughLeaf,
} from "./paging.ts";
import { deniedBy, isWrite, type Mode, type Rights } from "./rights.ts";

const NO_FLUSH = 1n << 63n;
const PCID_MASK = 0xfffn;

/** A value that a word or register had, and the time at which it last lost it: Infinity while it has it. */
interface Held {
  value: bigint;
  until: number;
}

/** A walk that could have been made. */
interface Path {
  fault: number | null;
  physicalAddress: bigint;
}

/** As far as a walk has come. */
interface Partial {
  /** Whether it started from a root of the current PCID. From others only global translations come. */
  own: boolean;
  rights: Rights;
  /** When the first of the values above ceased to be. */
  until: number;
  /** Whether each entry above has A set. */
  accessed: boolean;
}

/** Times of the last invalidations, of pages by the level and number of the page. */
class Invalidations {
  all = 0;
  readonly #pages = new Map<string, number>();

  page(va: bigint, time: number): void {
    for (const level of [1, 2, 3]) this.#pages.set(this.#key(va, level), time);
  }

  /** The last one that took the translation of the page of `level` around `va`. */
  last(va: bigint, level: number): number {
    return Math.max(this.all, this.#pages.get(this.#key(va, level)) ?? 0);
  }

  #key(va: bigint, level: number): string {
    return `${level} ${va >> BigInt(12 + 9 * (level - 1))}`;
  }
}

/** What belongs to one PCID. */
class Context {
  /** Values of CR3 while the PCID was current. */
  readonly roots: Held[] = [];
  /** Of translations that are not global, with the paging-structure caches they need. */
  readonly taken = new Invalidations();
  /** When all paging-structure caches of the PCID were emptied, the last time first. */
  readonly structuresTaken = [0];
}

export class TranslationHistory {
  mode: Mode;
  readonly #words = new Map<bigint, Held[]>();
  readonly #contexts = new Map<bigint, Context>();
  readonly #global = new Invalidations();
  #time = 0;

  constructor(mode: Mode, memory: Memory) {
    this.mode = mode;
    for (const [address, value] of memory) hold(this.#list(address), value, 0);
    hold(this.#current().roots, mode.cr3, 0);
  }

  /** The word at `address` was given `value`, by software or by the processor. */
  write(address: bigint, value: bigint): void {
    hold(this.#list(address), value, ++this.#time);
  }

  /** MOV to CR3. With CR4.PCIDE, bit 63 keeps what is cached for the PCID. */
  loadCr3(value: bigint): void {
    const keeps = this.mode.pcide && (value & NO_FLUSH) !== 0n;
    this.mode = { ...this.mode, cr3: value & ~NO_FLUSH };
    this.#time++;
    const context = this.#current();
    hold(context.roots, this.mode.cr3, this.#time);
    if (!keeps) this.#takeContext(context);
  }

  /** MOV to CR4, whose bits are those of `mode`. */
  loadCr4(mode: Mode): void {
    const before = this.mode;
    this.mode = mode;
    this.#time++;
    if (mode.pge !== before.pge || (before.pcide && !mode.pcide)) this.invalidateAll();
    else if (mode.smep && !before.smep) this.#takeContext(this.#current());
    if (before.pcide !== mode.pcide) hold(this.#current().roots, mode.cr3, this.#time);
  }

  /** INVLPG: the page, global or of this PCID; and all paging-structure caches of this PCID. */
  invlpg(va: bigint): void {
    this.#time++;
    this.#takePage(va);
    this.#current().structuresTaken.unshift(this.#time);
  }

  invpcid(type: number, pcid: bigint, va: bigint): void {
    this.#time++;
    if (type === 0) this.#context(pcid).taken.page(va, this.#time);
    else if (type === 1) this.#takeContext(this.#context(pcid));
    else for (const context of this.#contexts.values()) this.#takeContext(context);
    if (type === 2) this.#global.all = this.#time;
  }

  invalidateAll(): void {
    this.invpcid(2, 0n, 0n);
  }

  /** A page fault at `va` was raised. What was cached for the address must not raise it again. */
  pageFault(va: bigint): void {
    this.#time++;
    this.#takePage(va);
  }

  /** Whether the access could end like this. Changes of words that it made have been told before. */
  allows(access: Access, fault: ModelFault | null, physicalAddresses: bigint[]): boolean {
    if (!isCanonicalAccess(this.mode.levels, access)) {
      if (access.hint) return fault === null && physicalAddresses.length === 0;
      return fault?.vector === (access.stack ? 12 : 13) && fault.errorCode === 0 && fault.cr2 === null;
    }
    const pages = pagesOf(access);
    if (fault === null && access.hint && physicalAddresses.length === 0) return true;
    if (fault === null)
      return (
        physicalAddresses.length === pages.length &&
        pages.every((va, index) => {
          const wanted = physicalAddresses[index];
          return this.#some(access, va, true, (path) => path.fault === null && path.physicalAddress === wanted);
        })
      );
    const failed = fault.cr2 === null ? -1 : pages.indexOf(fault.cr2);
    if (access.hint || fault.vector !== 14 || failed < 0) return false;
    return pages
      .slice(0, failed + 1)
      .every((va, index) =>
        this.#some(access, va, false, (path) => path.fault === (index === failed ? fault.errorCode : null)),
      );
  }

  /** Whether some walk that could have been made is as `wanted`. `marked`: it set A and D, unless they were set. */
  #some(access: Access, va: bigint, marked: boolean, wanted: (path: Path) => boolean): boolean {
    const visit = (level: number, table: bigint, above: Partial): boolean => {
      const address = entryAddress(table, level, va);
      for (const { value, until } of this.#words.get(address) ?? [{ value: 0n, until: Number.POSITIVE_INFINITY }]) {
        const isCurrent = until === Number.POSITIVE_INFINITY;
        const stopped = stopsWalk(this.mode, access, level, value);
        if (stopped !== null) {
          // Such an entry is never cached, so it is there now; the entries above may come from caches.
          const couldFail = isCurrent && above.own && this.#couldFail(va, above.until);
          if (couldFail && wanted({ fault: stopped, physicalAddress: 0n })) return true;
          continue;
        }
        // Nor is one with A clear.
        const accessed = above.accessed && (value & A) !== 0n;
        if (!accessed && (!isCurrent || (marked && !access.hint))) continue;
        const rights = combine(above.rights, value);
        if (!isLeafAt(level, value)) {
          if (visit(level - 1, value, { own: above.own, rights, until: Math.min(above.until, until), accessed }))
            return true;
          continue;
        }
        if (!this.#couldTranslate(va, level, value, until, above)) continue;
        const fault = deniedBy(this.mode, access, rights);
        if (marked && isWrite(access) && !access.hint && (value & D) === 0n) continue;
        if (wanted({ fault, physicalAddress: throughLeaf(level, value, va) })) return true;
      }
      return false;
    };
    const start = (own: boolean) => (root: Held) =>
      visit(this.mode.levels, root.value, { own, rights: ALL_RIGHTS, until: root.until, accessed: true });
    const current = this.#current();
    if (current.roots.some(start(true))) return true;
    return this.mode.pge && this.#used().some((context) => context !== current && context.roots.some(start(false)));
  }

  /** The contexts that were current at some time. */
  #used(): Context[] {
    return [...this.#contexts.values()].filter(({ roots }) => roots.length > 0);
  }

  /** Whether a walk may start below entries that were there together until `until`. */
  #couldFail(va: bigint, until: number): boolean {
    const { taken, structuresTaken } = this.#current();
    return until > Math.max(taken.last(va, 1), structuresTaken[0] as number);
  }

  /** Whether a leaf that was there until `leafUntil`, below those entries, may still translate. */
  #couldTranslate(va: bigint, level: number, leaf: bigint, leafUntil: number, above: Partial): boolean {
    if (above.own && Math.min(above.until, leafUntil) > this.#current().taken.last(va, level)) return true;
    const taken = this.#global.last(va, level);
    if (!this.mode.pge || (leaf & G) === 0n || leafUntil <= taken) return false;
    // Made since then under any PCID, whose structure caches may have been older.
    const oldest = this.#used().map(({ structuresTaken }) => structuresTaken.find((time) => time <= taken) ?? 0);
    return above.until > Math.min(...oldest);
  }

  #takePage(va: bigint): void {
    this.#global.page(va, this.#time);
    this.#current().taken.page(va, this.#time);
  }

  #takeContext(context: Context): void {
    context.taken.all = this.#time;
    context.structuresTaken.unshift(this.#time);
  }

  #current(): Context {
    return this.#context(this.mode.pcide ? this.mode.cr3 & PCID_MASK : 0n);
  }

  #context(pcid: bigint): Context {
    const context = this.#contexts.get(pcid) ?? new Context();
    this.#contexts.set(pcid, context);
    return context;
  }

  #list(address: bigint): Held[] {
    const list = this.#words.get(address) ?? [];
    this.#words.set(address, list);
    return list;
  }
}

/** Puts `value` first, as what is held now; the one before it ends at `time`. */
function hold(list: Held[], value: bigint, time: number): void {
  const [current] = list;
  if (current !== undefined && current.until === Number.POSITIVE_INFINITY) {
    if (current.value === value) return;
    current.until = time;
  }
  const old = list.findIndex((held) => held.value === value);
  if (old >= 0) list.splice(old, 1);
  list.unshift({ value, until: Number.POSITIVE_INFINITY });
}
