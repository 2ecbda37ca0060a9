/**
 * The tables that CR3 leads to, each loaded and looked at once for every level that it serves, and what is below each
 * counted from the bottom up. So the time is that of the tables, however many pages they map: tables that share or
 * contain each other may map 2^45.
 */

import type { Tables } from "../tables.ts";
import { ENTRIES_PER_TABLE, type EntryReader, entryOf, KIND_MASK, RIGHTS } from "./entries.ts";

/** An entry of a PD or a table above that maps a page or points to a table. */
export interface UpperEntry {
  index: number;
  /** Physical address of the entry. */
  address: bigint;
  entry: bigint;
  flags: number;
  /** The table that it points to, or `null` for a page. */
  child: TableNode | null;
  /** Number of the first frame of the page. */
  frame: number;
}

/** What a table maps that maps one page only, with equal rights everywhere. */
export interface UniformTable {
  /** Number of the first frame of the page. */
  frame: number;
  /** Level of the entries that map it. */
  level: number;
  /** Combined from this table down; A and D of any. */
  flags: number;
  /** The leaf. */
  entry: bigint;
}

/** A table as one level. */
export interface TableNode {
  /** Of its entries: 5 = PML5E ... 1 = PTE. */
  level: number;
  physicalAddress: bigint;
  /** Address of the entry that leads here first, `null` for CR3. */
  from: bigint | null;
  /** Number of the first 4 KiB page, signed, that the table translates where it is met first in the listing. */
  page: number;
  /** In their order; none of a PT. */
  entries: UpperEntry[];
  /** Pages by KINDS * (level - 1) + flags, as seen from here: rights of the levels above not yet taken off. */
  counts: Float64Array | Uint16Array;
  uniform: UniformTable | null;
  /** Runs that a merged listing looks at. */
  runs: number;
  /** Tables that a walk below here looks at, each as often as it is met. */
  visits: number;
}

/** An entry with reserved bits set. */
export interface ReservedEntry {
  level: number;
  address: bigint;
  entry: bigint;
  /** Number of the first page below it. */
  page: number;
}

export interface SelfReference {
  level: number;
  entry: UpperEntry;
  page: number;
}

/** Kinds of pages of one size: the values of KIND_MASK. */
export const KINDS = KIND_MASK + 1;
const PAGE_LEVELS = 3;
const NO_ENTRIES: UpperEntry[] = [];

/** 4 KiB pages below one entry of `level`, and in one page that it maps. */
export function pagesOfEntry(level: number): number {
  return ENTRIES_PER_TABLE ** (level - 1);
}

export class Survey {
  readonly reader: EntryReader;
  readonly root: TableNode;
  /** Tables by level; the one at index 0 is empty. */
  readonly levels: TableNode[][];
  reservedEntries = 0;
  /** The first in the order of the listing. */
  firstReserved: ReservedEntry | null = null;
  readonly #topLevel: number;

  private constructor(tables: Tables, reader: EntryReader) {
    this.reader = reader;
    this.#topLevel = tables.topLevel;
    this.root = newNode(this.#topLevel, tables.topTable, null, 0);
    this.levels = Array.from({ length: this.#topLevel + 1 }, () => []);
  }

  /** Loads every table. Rejects with DumpError, which names level and physical address, if one lies outside the dump. */
  static async make(tables: Tables, reader: EntryReader): Promise<Survey> {
    const survey = new Survey(tables, reader);
    const { processor } = tables;
    let wanted = new Map([[survey.root.physicalAddress, survey.root]]);
    for (let level = survey.#topLevel; level >= 1; level--) {
      const absent = await tables.load([...wanted.keys()].filter((pa) => processor.frame(pa) === null));
      for (const pa of absent) throw tables.missingTable(level, pa, wanted.get(pa)?.from ?? null);
      const below = new Map<bigint, TableNode>();
      for (const node of wanted.values()) {
        if (level === 1) survey.#readPt(node);
        else survey.#readTable(node, tables, below);
      }
      survey.levels[level] = [...wanted.values()];
      wanted = below;
    }
    for (const nodes of survey.levels.slice(2)) for (const node of nodes) survey.#count(node);
    return survey;
  }

  /** Number of the first page below entry `index` of a table whose first page is `page`. */
  pageOf(level: number, page: number, index: number): number {
    const upperHalf = level === this.#topLevel && index >= ENTRIES_PER_TABLE / 2;
    return page + (upperHalf ? index - ENTRIES_PER_TABLE : index) * pagesOfEntry(level);
  }

  /** Entries that lead back to a table on a way to them, the highest level first; each entry once. */
  selfReferences(): SelfReference[] {
    const seen = new Set<bigint>();
    const twice = new Set<bigint>();
    for (const { physicalAddress: pa } of this.levels.flat()) (seen.has(pa) ? twice : seen).add(pa);
    if (twice.size === 0) return [];
    const found = new Map<bigint, SelfReference>();
    let above = new Map<TableNode, Set<bigint>>([[this.root, new Set()]]);
    for (const nodes of this.levels.slice(2).toReversed()) {
      const below = new Map<TableNode, Set<bigint>>();
      for (const node of nodes) {
        const way = new Set(above.get(node));
        if (twice.has(node.physicalAddress)) way.add(node.physicalAddress);
        const children = new Set<TableNode>();
        for (const entry of node.entries) {
          if (entry.child === null) continue;
          children.add(entry.child);
          if (!way.has(entry.child.physicalAddress) || found.has(entry.address)) continue;
          found.set(entry.address, { level: node.level, entry, page: this.pageOf(node.level, node.page, entry.index) });
        }
        for (const child of way.size > 0 ? children : []) {
          const known = below.get(child);
          if (known === undefined) below.set(child, new Set(way));
          else for (const pa of way) known.add(pa);
        }
      }
      above = below;
    }
    return [...found.values()];
  }

  #readPt(node: TableNode): void {
    const { reader } = this;
    const words = reader.words(node.physicalAddress);
    const counts = new Uint16Array(KINDS);
    const [firstLow = 0, firstHigh = 0] = words;
    let alike = 0;
    let pages = 0;
    let allFlags = 0;
    for (let index = 0; index < ENTRIES_PER_TABLE; index++) {
      const low = words[2 * index] ?? 0;
      const high = words[2 * index + 1] ?? 0;
      if (!reader.isPresent(low, high)) continue;
      if (reader.hasReserved(low, high)) {
        this.#noteReserved(node, index, node.physicalAddress + BigInt(8 * index), entryOf(low, high));
        continue;
      }
      const flags = reader.flags(low, high);
      const kind = flags & KIND_MASK;
      counts[kind] = (counts[kind] ?? 0) + 1;
      pages++;
      allFlags |= flags;
      if (reader.alike(low, high, firstLow, firstHigh)) alike++;
    }
    node.counts = counts;
    node.runs = pages;
    if (alike === ENTRIES_PER_TABLE) {
      const frame = reader.frameNumber(firstLow, firstHigh);
      node.uniform = { frame, level: 1, flags: allFlags, entry: entryOf(firstLow, firstHigh) };
    }
  }

  #readTable(node: TableNode, { processor }: Tables, below: Map<bigint, TableNode>): void {
    const { level, physicalAddress } = node;
    for (const { index, address, entry, kind, target } of processor.tableEntries(physicalAddress, level) ?? []) {
      if (kind === "reserved") {
        this.#noteReserved(node, index, address, entry);
        continue;
      }
      let child: TableNode | null = null;
      if (kind === "table") {
        child = below.get(target) ?? newNode(level - 1, target, address, this.pageOf(level, node.page, index));
        below.set(target, child);
      }
      const flags = this.reader.flagsOf(entry);
      if (node.entries === NO_ENTRIES) node.entries = [];
      node.entries.push({ index, address, entry, flags, child, frame: Number(target >> 12n) });
    }
  }

  /** Sums what is below `node`, whose children are done. */
  #count(node: TableNode): void {
    const counts = new Float64Array(PAGE_LEVELS * KINDS);
    let runs = 0;
    let visits = 1;
    for (const { flags, child } of node.entries) {
      if (child === null) {
        const kind = KINDS * (node.level - 1) + (flags & KIND_MASK);
        counts[kind] = (counts[kind] ?? 0) + 1;
        runs++;
        continue;
      }
      runs += child.uniform === null ? child.runs : 1;
      visits += child.visits;
      child.counts.forEach((pages, kind) => {
        const combined = kind & (flags | ~RIGHTS);
        if (pages > 0) counts[combined] = (counts[combined] ?? 0) + pages;
      });
    }
    node.counts = counts;
    node.runs = runs;
    node.visits = visits;
    node.uniform = this.#uniform(node);
  }

  #uniform({ level, entries }: TableNode): UniformTable | null {
    const [first] = entries;
    if (first === undefined || entries.length < ENTRIES_PER_TABLE) return null;
    if (first.child !== null && first.child.uniform === null) return null;
    if (!this.reader.allAlike(entries.map(({ entry }) => entry))) return null;
    if (first.child === null) {
      const flags = entries.reduce((all, entry) => all | entry.flags, 0);
      return { frame: first.frame, level, flags, entry: first.entry };
    }
    const { uniform } = first.child;
    return uniform === null ? null : { ...uniform, flags: uniform.flags & (first.flags | ~RIGHTS) };
  }

  #noteReserved({ level, page: tablePage }: TableNode, index: number, address: bigint, entry: bigint): void {
    this.reservedEntries++;
    const page = this.pageOf(level, tablePage, index);
    if (this.firstReserved === null || before(page, this.firstReserved.page)) {
      this.firstReserved = { level, address, entry, page };
    }
  }
}

/** Whether page `one` is listed before `other`: the lower half, which is not negative, comes first. */
function before(one: number, other: number): boolean {
  return one < 0 === other < 0 ? one < other : one >= 0;
}

function newNode(level: number, physicalAddress: bigint, from: bigint | null, page: number): TableNode {
  const counts = new Uint16Array(0);
  return { level, physicalAddress, from, page, entries: NO_ENTRIES, counts, uniform: null, runs: 0, visits: 1 };
}
