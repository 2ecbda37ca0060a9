/**
 * One array of TLB entries, written for reading: sets of ways, every search over all of them. An entry is for a page at the
 * level at which the array holds it (a large page may be held in parts), for several small pages of one group, or for an
 * entry of a paging structure.
 */
import type { ResolvedArray, ResolvedIndex } from "../../src/config/cpus/resolved.ts";
import { builtIn } from "./built-in-policy.ts";
import { type PlainSet, plainSet } from "./replacement.ts";

/** What page tables say of a page. */
export interface PlainPage {
  pid: bigint;
  /** Of the entry that maps it, and its number at its own size. */
  level: number;
  number: number;
  /** First of its frames. */
  frame: number;
  rights: string;
  accessed: boolean;
  dirty: boolean;
}

export interface PageEntry {
  kind: "page";
  pid: bigint;
  /** Level and numbers of what is held: a page, a part of one, or pages of a group, each with its own D. */
  level: number;
  pages: Map<number, boolean>;
  /** Of the page that they are, or are parts of. */
  pageLevel: number;
  /** Frame minus number of each page: equal where frames are contiguous. */
  offset: number;
  rights: string;
}

export interface TableEntry {
  kind: "table";
  pid: bigint;
  level: number;
  number: number;
}

export type ArrayEntry = PageEntry | TableEntry;

const TABLE_LEVEL = { pde: 2, pdpte: 3, pml4e: 4 } as const;
const PAGE_LEVEL = { "4K": 1, "2M": 2, "1G": 3 } as const;

/** Pages of 4 KiB in one of `level`. */
export const smallPages = (level: number) => 512 ** (level - 1);

export class PlainTlbArray {
  /** Lookups for pages that it answered, and walks that began below an entry of it. */
  hits = 0;
  walkHits = 0;
  readonly #pageLevels: number[];
  readonly #tableLevels: number[];
  readonly #coalesces: number;
  readonly #index: ResolvedIndex;
  /** All entries of all sets. */
  readonly #all = new Set<ArrayEntry>();
  readonly #sets: { ways: (ArrayEntry | null)[]; policy: PlainSet }[];

  /** `nextSeed`: for policies that go by chance, a number for each set. */
  constructor({ holds, ways, sets, policy, index, coalesces }: ResolvedArray, nextSeed: () => number) {
    this.#pageLevels = holds.filter((held) => held in PAGE_LEVEL).map((held) => PAGE_LEVEL[held as "4K"]);
    this.#tableLevels = holds.filter((held) => held in TABLE_LEVEL).map((held) => TABLE_LEVEL[held as "pde"]);
    this.#coalesces = coalesces;
    this.#index = index;
    this.#sets = Array.from({ length: sets }, () => ({
      ways: Array<ArrayEntry | null>(ways).fill(null),
      policy: plainSet(builtIn(policy), ways, policy === "random" ? nextSeed() : 0),
    }));
  }

  holdsTables(level: number): boolean {
    return this.#tableLevels.includes(level);
  }

  /** The level at which it holds a page of `level`: its own, or that of the largest parts; 0: not at all. */
  levelFor(level: number): number {
    return Math.max(0, ...this.#pageLevels.filter((held) => held <= level));
  }

  findPage(pid: bigint, vpn: number): PageEntry | undefined {
    for (const entry of this.#all) {
      if (entry.kind !== "page" || entry.pid !== pid) continue;
      if (entry.pages.has(Math.floor(vpn / smallPages(entry.level)))) return entry;
    }
    return undefined;
  }

  findTable(pid: bigint, level: number, vpn: number): TableEntry | undefined {
    const number = Math.floor(vpn / smallPages(level));
    for (const entry of this.#all) {
      if (entry.kind !== "table" || entry.pid !== pid) continue;
      if (entry.level === level && entry.number === number) return entry;
    }
    return undefined;
  }

  has(entry: ArrayEntry): boolean {
    return this.#all.has(entry);
  }

  touch(entry: ArrayEntry): void {
    for (const { ways, policy } of this.#sets) if (ways.includes(entry)) policy.hit(ways.indexOf(entry));
  }

  remove(entry: ArrayEntry): void {
    for (const { ways } of this.#sets) if (ways.includes(entry)) ways[ways.indexOf(entry)] = null;
    this.#all.delete(entry);
  }

  /**
   * Puts what is known of the page of `vpn` here: where it shares an entry, with those of `together`, small pages and
   * their D, that lie in its group. Returns what was evicted.
   */
  putPage(page: PlainPage, vpn: number, together: Map<number, boolean>): ArrayEntry | null {
    const level = this.levelFor(page.level);
    const number = Math.floor(vpn / smallPages(level));
    const { pid, rights } = page;
    const offset = page.frame - page.number * smallPages(page.level);
    const size = level === 1 ? this.#coalesces : 1;
    const group = Math.floor(number / size);
    const pages = new Map([[number, page.dirty]]);
    if (size > 1) {
      for (const [other, dirty] of together) if (Math.floor(other / size) === group) pages.set(other, dirty);
      const known = [...this.#all].find(
        (entry): entry is PageEntry =>
          entry.kind === "page" &&
          entry.pid === pid &&
          entry.level === 1 &&
          entry.pageLevel === page.level &&
          entry.offset === offset &&
          entry.rights === rights &&
          [...entry.pages.keys()].some((other) => Math.floor(other / size) === group),
      );
      if (known !== undefined) {
        for (const [other, dirty] of pages) known.pages.set(other, dirty);
        this.touch(known);
        return null;
      }
    }
    const entry: PageEntry = { kind: "page", pid, level, pages, pageLevel: page.level, offset, rights };
    return this.#put(entry, group * size * smallPages(level), smallPages(level) * size);
  }

  putTable(pid: bigint, level: number, vpn: number): ArrayEntry | null {
    const number = Math.floor(vpn / smallPages(level));
    return this.#put({ kind: "table", pid, level, number }, number * smallPages(level), smallPages(level));
  }

  /** Takes the small pages from `first` to `last` out of every entry of that process; if only a part of one, all of it. */
  drop(pid: bigint, first: number, last: number): void {
    for (const entry of [...this.#all]) {
      if (entry.kind !== "page" || entry.pid !== pid) continue;
      const span = smallPages(entry.level);
      for (const number of [...entry.pages.keys()]) {
        if (number * span <= last && number * span + span > first) entry.pages.delete(number);
      }
      if (entry.pages.size === 0) this.remove(entry);
    }
  }

  dropWhere(isDropped: (entry: ArrayEntry) => boolean): void {
    for (const entry of [...this.#all]) if (isDropped(entry)) this.remove(entry);
  }

  #put(entry: ArrayEntry, firstVpn: number, span: number): ArrayEntry | null {
    const set = this.#sets[this.#setOf(firstVpn, span)];
    if (set === undefined) throw new Error("no such set");
    const { ways, policy } = set;
    const way = ways.includes(null) ? ways.indexOf(null) : policy.victim();
    const evicted = ways[way] ?? null;
    ways[way] = entry;
    if (evicted !== null) this.#all.delete(evicted);
    this.#all.add(entry);
    policy.fill(way);
    return evicted;
  }

  /** The set of what begins at `firstVpn` and spans so many small pages. */
  #setOf(firstVpn: number, span: number): number {
    const sets = this.#sets.length;
    const number = BigInt(firstVpn / span);
    if (this.#index === "modulo") return Number(number % BigInt(sets));
    const bits = Math.log2(sets);
    if (this.#index === "xor") return Number((number ^ (number >> BigInt(bits))) % BigInt(sets));
    const address = BigInt(firstVpn) << 12n;
    return this.#index.masks.reduce((set, mask, bit) => set + parity(address & BigInt(mask)) * 2 ** bit, 0);
  }
}

function parity(value: bigint): number {
  return value.toString(2).replaceAll("0", "").length % 2;
}
