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

/** What a table maps that maps one page only, at equal distances from its beginning to its end, with equal rights. */
export interface UniformTable {
  /** Number of the first frame of the page. */
  frame: number;
  /** Level of the entries that map it. */
  level: number;
  /** Combined from this table down; A and D of any. */
  flags: number;
  /** The leaf. */
  entry: bigint;
  /** Number of the first page that is mapped, from the table's first. */
  offset: number;
  /** Pages from one to the next; they divide the table. */
  stride: number;
}

/** A table as one level. */
export interface TableNode {
  /** Of its entries: 5 = PML5E ... 1 = PTE. */
  level: number;
  physicalAddress: bigint;
  /** Where the first entry lies that leads here, `null` for CR3; and the table that it is in. */
  from: bigint | null;
  parent: TableNode | null;
  /** Number of the first 4 KiB page, signed, that the table translates where it is met first in the listing. */
  page: number;
  /** In their order; none of a PT. */
  entries: UpperEntry[];
  /** Pages by KINDS * (level - 1) + flags, as seen from here: rights of the levels above not yet taken off. */
  counts: Float64Array | Uint16Array;
  uniform: UniformTable | null;
  /** Runs that a merged listing looks at. */
  runs: number;
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
    this.root = newNode(this.#topLevel, tables.topTable, null, null, 0);
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

  /** Entries that point back to a table on the first way that leads to them, the highest level first; each once. */
  selfReferences(): SelfReference[] {
    const found = new Map<bigint, SelfReference>();
    for (const node of this.levels.slice(2).toReversed().flat()) {
      const way = new Set<bigint>();
      for (let table: TableNode | null = node; table !== null; table = table.parent) way.add(table.physicalAddress);
      for (const entry of node.entries) {
        if (entry.child === null || !way.has(entry.child.physicalAddress) || found.has(entry.address)) continue;
        found.set(entry.address, { level: node.level, entry, page: this.pageOf(node.level, node.page, entry.index) });
      }
    }
    return [...found.values()];
  }

  #readPt(node: TableNode): void {
    const { reader } = this;
    const counts = new Uint16Array(KINDS);
    let pages = 0;
    let [first, firstLow, firstHigh] = [0, 0, 0];
    let stride = ENTRIES_PER_TABLE;
    let regular = true;
    let allFlags = 0;
    reader.readPt(
      node.physicalAddress,
      (index, flags, low, high) => {
        if (pages === 0) [first, firstLow, firstHigh] = [index, low, high];
        if (pages === 1) stride = index - first;
        regular &&= index === first + pages * stride && reader.alike(low, high, firstLow, firstHigh);
        allFlags |= flags;
        const kind = flags & KIND_MASK;
        counts[kind] = (counts[kind] ?? 0) + 1;
        pages++;
      },
      (index, low, high) => {
        this.#noteReserved(node, index, node.physicalAddress + BigInt(8 * index), entryOf(low, high));
      },
    );
    node.counts = counts;
    node.runs = pages;
    if (regular && pages * stride === ENTRIES_PER_TABLE) {
      const frame = reader.frameNumber(firstLow, firstHigh);
      const entry = entryOf(firstLow, firstHigh);
      node.uniform = { frame, level: 1, flags: allFlags, entry, offset: first, stride };
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
        child = below.get(target) ?? newNode(level - 1, target, address, node, this.pageOf(level, node.page, index));
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
    for (const { flags, child } of node.entries) {
      if (child === null) {
        const kind = KINDS * (node.level - 1) + (flags & KIND_MASK);
        counts[kind] = (counts[kind] ?? 0) + 1;
        runs++;
        continue;
      }
      runs += child.uniform === null ? child.runs : 1;
      child.counts.forEach((pages, kind) => {
        const combined = kind & (flags | ~RIGHTS);
        if (pages > 0) counts[combined] = (counts[combined] ?? 0) + pages;
      });
    }
    node.counts = counts;
    node.runs = runs;
    node.uniform = this.#uniform(node);
  }

  #uniform({ level, entries }: TableNode): UniformTable | null {
    const [first] = entries;
    if (first === undefined || entries.length < ENTRIES_PER_TABLE) return null;
    if (first.child !== null && first.child.uniform === null) return null;
    if (!this.reader.allAlike(entries.map(({ entry }) => entry))) return null;
    if (first.child === null) {
      const flags = entries.reduce((all, entry) => all | entry.flags, 0);
      return { frame: first.frame, level, flags, entry: first.entry, offset: 0, stride: pagesOfEntry(level) };
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

function newNode(
  level: number,
  physicalAddress: bigint,
  from: bigint | null,
  parent: TableNode | null,
  page: number,
): TableNode {
  const counts = new Uint16Array(0);
  return { level, physicalAddress, from, parent, page, entries: NO_ENTRIES, counts, uniform: null, runs: 0 };
}
