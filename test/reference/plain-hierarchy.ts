/**
 * TLBs of any shape and page-walk caches, written for reading from what src/config/cpus/description.ts says of them.
 *
 * | question | here |
 * |---|---|
 * | a page larger than all that a TLB holds | is held in parts of the largest size that is held, each an entry of its own |
 * | several arrays might hold it | the one that holds the largest size; of equal ones the first |
 * | what fills | after a walk, or a hit below, from the lowest level up; what a fill evicts leaves before the next fill |
 * | a victim that the TLB below has already | is used there, not filled |
 * | a victim of several pages, where fewer share an entry | comes as one after the other, ascending |
 * | what an inclusive TLB evicts | leaves every TLB above that shares a kind of access with it: what lies in that page, or around it |
 * | a page evicted for an entry of a table | as any victim: the TLB below is that of the access that walks, or, if it has no part in that TLB, of its first kind |
 * | a TLB that is touched by hits above | is, by each hit on any level above, after that hit |
 * | walks | begin below the deepest cached entry, of several caches the first one, TLBs first; what is read is put in all |
 * | a hit by a store where D is clear | walks; D is then set in the copies that stores look at |
 * | what shares an entry | pages of one aligned group with contiguous frames and equal rights whose A is set, as the walk finds them in the line of the PTE, or as the TLB below had them together; each with its own D |
 * | a group with several runs of frames | has an entry for each |
 */
import type { AccessKind } from "../../src/config/cpus/description.ts";
import type { ResolvedCpu, ResolvedTlb } from "../../src/config/cpus/resolved.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { type ArrayEntry, type PageEntry, type PlainPage, PlainTlbArray, smallPages } from "./plain-tlb-array.ts";

/** PTEs of one line of 64 bytes. */
const LINE_PAGES = 8;
const ROOT_LEVEL = 4;

class PlainTlb {
  readonly description: ResolvedTlb;
  readonly arrays: PlainTlbArray[];
  lookups = 0;
  misses = 0;

  constructor(description: ResolvedTlb, nextSeed: () => number) {
    this.description = description;
    this.arrays = description.arrays.map((array) => new PlainTlbArray(array, nextSeed));
  }

  find(pid: bigint, vpn: number): { array: PlainTlbArray; entry: PageEntry } | null {
    for (const array of this.arrays) {
      const entry = array.findPage(pid, vpn);
      if (entry !== undefined) return { array, entry };
    }
    return null;
  }
}

/** What a lookup found: in which place of the path. */
export interface FoundPage {
  at: number;
  array: PlainTlbArray;
  entry: PageEntry;
  /** D, as the entry has it; and what it holds beside the page. */
  dirty: boolean;
  together: Map<number, boolean>;
}

export interface HierarchyCounters {
  /** Hits of arrays: of levels from 2 on. */
  tlbs: { name: string; lookups: number; hits: number; misses: number; arrayHits: number[] }[];
  walkCacheHits: number[];
}

export class PlainHierarchy {
  readonly #tlbs: PlainTlb[];
  readonly #walkCaches: PlainTlbArray[];
  /** The present small page at `vpn`, for those that share an entry; undefined: there is none. */
  readonly #smallPage: (pid: bigint, vpn: number) => PlainPage | undefined;

  /** `seed`: what choices by chance begin with. */
  constructor(cpu: ResolvedCpu, seed: number, smallPage: (pid: bigint, vpn: number) => PlainPage | undefined) {
    const seeds = randomNumbers(seed);
    this.#tlbs = cpu.tlbs.map((tlb) => new PlainTlb(tlb, seeds));
    this.#walkCaches = cpu.walkCaches.map((array) => new PlainTlbArray(array, seeds));
    this.#smallPage = smallPage;
  }

  /** Looks `vpn` up. Nothing changes, not even counts. */
  find(kind: AccessKind, pid: bigint, vpn: number): FoundPage | null {
    for (const [at, tlb] of this.#path(kind).entries()) {
      const found = tlb.find(pid, vpn);
      if (found === null) continue;
      const dirty = found.entry.pages.get(Math.floor(vpn / smallPages(found.entry.level))) as boolean;
      return { at, ...found, dirty, together: new Map(sharing(found.entry)) };
    }
    return null;
  }

  /** The lookup that has found, or missed, `page` at `vpn`, and all that follows from it but the walk. */
  use(kind: AccessKind, current: PlainPage, vpn: number, found: FoundPage | null): void {
    const page = { ...current, dirty: found?.dirty ?? current.dirty };
    const path = this.#path(kind);
    const hitAt = found?.at ?? path.length;
    for (const tlb of path.slice(0, hitAt + 1)) tlb.lookups++;
    for (const tlb of path.slice(0, hitAt)) tlb.misses++;
    const together = found === null ? this.#line(page, vpn) : found.together;
    together.delete(vpn);
    if (found !== null) {
      const { array, entry } = found;
      array.hits++;
      // Setting D may have evicted it.
      if (array.has(entry)) {
        if (found.at > 0 && path[hitAt]?.description.exclusive) array.remove(entry);
        else array.touch(entry);
      }
      for (const tlb of path.slice(hitAt + 1)) {
        const below = tlb.description.touchedByHitsAbove ? tlb.find(page.pid, vpn) : null;
        if (below !== null) below.array.touch(below.entry);
      }
    }
    for (let at = hitAt - 1; at >= 0; at--) {
      const { filledByWalks, filledByHitsBelow } = (path[at] as PlainTlb).description;
      if (found === null ? filledByWalks : filledByHitsBelow) this.#fill(path, at, page, vpn, together);
    }
  }

  /** Levels of the entries that a walk reads, and of the cached one that it begins below. */
  walk(
    kind: AccessKind,
    pid: bigint,
    vpn: number,
    leaf: number,
    isMiss: boolean,
  ): { reads: number[]; below: number | null } {
    const caches = [...this.#tlbs.flatMap(({ arrays }) => arrays), ...this.#walkCaches];
    let start = ROOT_LEVEL + 1;
    for (let level = ROOT_LEVEL; level >= 2; level--) {
      if (caches.some((cache) => cache.findTable(pid, level, vpn) !== undefined)) start = level;
    }
    for (const cache of caches) {
      const entry = cache.findTable(pid, start, vpn);
      if (entry === undefined) continue;
      cache.touch(entry);
      if (isMiss) cache.walkHits++;
      break;
    }
    const reads: number[] = [];
    for (let level = start - 1; level >= leaf; level--) {
      reads.push(level);
      if (level === leaf) break;
      for (const cache of caches) {
        if (!cache.holdsTables(level)) continue;
        const evicted = cache.putTable(pid, level, vpn);
        const tlb = this.#tlbs.find(({ arrays }) => arrays.includes(cache));
        if (evicted === null || tlb === undefined) continue;
        const path = [kind, ...tlb.description.kinds]
          .map((each) => this.#path(each))
          .find((each) => each.includes(tlb));
        this.#leave(path as PlainTlb[], (path as PlainTlb[]).indexOf(tlb), evicted);
      }
    }
    return { reads, below: start > ROOT_LEVEL ? null : start };
  }

  /** D of the page of `vpn` was set, by a store. */
  setDirty(pid: bigint, vpn: number): void {
    for (const tlb of this.#path("store")) {
      for (const array of tlb.arrays) {
        const entry = array.findPage(pid, vpn);
        entry?.pages.set(Math.floor(vpn / smallPages(entry.level)), true);
      }
    }
  }

  /** INVLPG of an address in the page of so many small pages at `vpn`, and what it does to walk caches. */
  invalidate(pid: bigint, vpn: number, count: number): void {
    for (const array of this.#arrays()) {
      array.drop(pid, vpn, vpn + count - 1);
      array.dropWhere((entry) => entry.kind === "table" && entry.pid === pid);
    }
  }

  dropProcess(pid: bigint): void {
    for (const array of this.#arrays()) array.dropWhere((entry) => entry.pid === pid);
  }

  clear(): void {
    for (const array of this.#arrays()) array.dropWhere(() => true);
  }

  counters(): HierarchyCounters {
    return {
      tlbs: this.#tlbs.map(({ description, arrays, lookups, misses }) => {
        const arrayHits = description.level === 1 ? [] : arrays.map(({ hits }) => hits);
        return { name: description.name, lookups, hits: lookups - misses, misses, arrayHits };
      }),
      walkCacheHits: this.#walkCaches.map(({ walkHits }) => walkHits),
    };
  }

  #fill(path: PlainTlb[], at: number, page: PlainPage, vpn: number, together: Map<number, boolean>): void {
    const { arrays, description } = path[at] as PlainTlb;
    const { holdsParts } = description;
    const levels = arrays.map((array) => array.levelFor(page.level));
    const level = Math.max(0, ...levels);
    if (level === 0 || (level !== page.level && !holdsParts)) return;
    const evicted = (arrays[levels.indexOf(level)] as PlainTlbArray).putPage(page, vpn, together);
    if (evicted !== null) this.#leave(path, at, evicted);
  }

  /** `evicted` has left the TLB at `at` of `path`. */
  #leave(path: PlainTlb[], at: number, evicted: ArrayEntry): void {
    if (evicted.kind === "table") return;
    const tlb = path[at] as PlainTlb;
    const below = path[at + 1];
    const span = smallPages(evicted.level);
    const numbers = [...evicted.pages.keys()].sort((one, other) => one - other);
    if (tlb.description.inclusive) {
      for (const { description, arrays } of this.#tlbs) {
        const isAbove = description.level < tlb.description.level;
        if (!isAbove || !description.kinds.some((kind) => tlb.description.kinds.includes(kind))) continue;
        for (const number of numbers)
          for (const array of arrays) array.drop(evicted.pid, number * span, number * span + span - 1);
      }
    }
    if (below === undefined || !below.description.takesVictims) return;
    const taken = new Set<number>();
    for (const number of numbers) {
      if (taken.has(number)) continue;
      const vpn = number * span;
      const known = below.find(evicted.pid, vpn);
      if (known !== null) {
        known.array.touch(known.entry);
        for (const other of sharing(known.entry).keys()) taken.add(other);
        continue;
      }
      this.#fill(path, at + 1, pageOf(evicted, number), vpn, sharing(evicted));
      const filled = below.find(evicted.pid, vpn);
      if (filled !== null) for (const other of sharing(filled.entry).keys()) taken.add(other);
    }
  }

  /** The small pages that a walk for `vpn` finds in the line of its PTE, and that may share an entry with it. */
  #line(page: PlainPage, vpn: number): Map<number, boolean> {
    const pages = new Map<number, boolean>();
    if (page.level > 1) return pages;
    const first = vpn - (vpn % LINE_PAGES);
    for (let other = first; other < first + LINE_PAGES; other++) {
      const found = this.#smallPage(page.pid, other);
      if (found === undefined || !found.accessed || found.rights !== page.rights) continue;
      if (found.frame - other === page.frame - vpn) pages.set(other, found.dirty);
    }
    return pages;
  }

  #path(kind: AccessKind): PlainTlb[] {
    return this.#tlbs.filter(({ description }) => description.kinds.includes(kind));
  }

  #arrays(): PlainTlbArray[] {
    return [...this.#tlbs.flatMap(({ arrays }) => arrays), ...this.#walkCaches];
  }
}

/** The small pages of an entry of several. */
function sharing({ level, pageLevel, pages }: PageEntry): Map<number, boolean> {
  return level === 1 && pageLevel === 1 ? pages : new Map();
}

/** The page of which `entry` holds number `number`, as the entry knows it. */
function pageOf(entry: PageEntry, number: number): PlainPage {
  const vpn = number * smallPages(entry.level);
  const size = smallPages(entry.pageLevel);
  const own = Math.floor(vpn / size);
  return {
    pid: entry.pid,
    level: entry.pageLevel,
    number: own,
    frame: own * size + entry.offset,
    rights: entry.rights,
    accessed: true,
    dirty: entry.pages.get(number) as boolean,
  };
}
