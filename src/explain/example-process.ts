/** A small Linux process to explain addresses with where there is no dump: its registers and its page tables. */

import { PAGE_SIZE_BYTES } from "../config/page-sizes.ts";
import { LEAF_LEVELS, type PageSize } from "../config/types.ts";
import type { Processor } from "../kernel/processor.ts";
import type { EntryFlags, ExplainedAccess } from "../report/explanation.ts";
import { bytes, hexAddress } from "../report/format.ts";
import type { ResultTable } from "../report/result-table.ts";
import type { TablesOptions } from "../tables-options.ts";
import type { Site } from "./describe.ts";
import { protNoneEntry } from "./linux.ts";

const TABLE_BYTES = PAGE_SIZE_BYTES["4K"];
/** `ulimit -s` of most systems: so far a stack may grow. */
const STACK_LIMIT = 8n << 20n;

/** Where the tables lie: the first is that of the top level, CR3. */
const TABLES_AT = 0x2a6a000n;

/** What the example has where options do not say. All keys but 0 are closed, as Linux starts threads. */
export const EXAMPLE_DEFAULTS = {
  cr3: `0x${TABLES_AT.toString(16)}`,
  cr4: "PGE,SMEP,SMAP,PKE",
  pkru: "0x55555554",
  maxPhyAddr: 46,
} as const;

/** A part of the process's address space, or of the kernel's, that is mapped in one way. */
export interface ExampleRegion {
  name: string;
  /** First byte. */
  va: bigint;
  /** As /proc/PID/maps has them, `r-xp`; the rights of the kernel's for the kernel. */
  rights: string;
  pageSize: PageSize;
  pages: number;
  /** Pages that are in memory: the first ones, or the last if it grows down. @default all */
  present?: number;
  growsDown?: true;
  /** Physical address of the first page. The pages lie one after the other. */
  physicalAddress: bigint;
  flags: Partial<EntryFlags>;
  /** PROT_NONE after use: Linux keeps the frame, inverted, in an entry that is not present. */
  protNone?: true;
  /** Read-only in the tables until a write has Linux copy the page. */
  copyOnWrite?: true;
  /** A bit that must be 0 and is 1, as a broken memory module leaves it. */
  brokenBit?: number;
}

const USER = { P: true, US: true, A: true };
const CODE = USER;
const CONSTANTS = { ...USER, XD: true };
const DATA = { ...USER, RW: true, D: true, XD: true };
const KERNEL = { P: true, A: true, D: true, G: true };
const LARGE = { PS: true };
const TABLE = { P: true, RW: true, A: true, D: true };

/** Every region, ascending. With 5 levels Linux has the direct map elsewhere, and all else where it was. */
export function exampleRegions(la57: boolean): ExampleRegion[] {
  const region = (
    name: string,
    va: bigint,
    rights: string,
    pages: number,
    physicalAddress: bigint,
    flags: Partial<EntryFlags>,
    more: Partial<ExampleRegion> = {},
  ): ExampleRegion => ({ name, va, rights, pageSize: "4K", pages, physicalAddress, flags, ...more });
  const directMap = la57 ? 0xff11000000000000n : 0xffff888000000000n;
  return [
    region("program: code", 0x400000n, "r-x", 3, 0x1a2b3000n, CODE),
    region("program: constants", 0x403000n, "r--", 1, 0x1a2b6000n, CONSTANTS),
    region("program: variables", 0x404000n, "rw-", 2, 0x1a2b7000n, DATA),
    region("heap, 4 pages touched so far", 0x1c3e000n, "rw-", 33, 0x2b40c000n, DATA, { present: 4 }),
    region("huge page (THP)", 0x7f1200000000n, "rw-", 1, 0x3c000000n, { ...DATA, ...LARGE }, { pageSize: "2M" }),
    region("file mapping, 8 pages read so far", 0x7f1234000000n, "r--", 16, 0x4d100000n, CONSTANTS, { present: 8 }),
    region("libc: code", 0x7f1234100000n, "r-x", 4, 0x4d200000n, CODE),
    region("libc: variables", 0x7f1234104000n, "rw-", 2, 0x4d300000n, DATA),
    region("memory made PROT_NONE by mprotect after use", 0x7f1234200000n, "---", 1, 0x4d400000n, DATA, {
      protNone: true,
    }),
    region("a thread's stack", 0x7f1234210000n, "rw-", 4, 0x4d401000n, DATA),
    region("given back with MADV_FREE, not written since", 0x7f1234218000n, "rw-", 2, 0x4d410000n, {
      ...DATA,
      A: false,
      D: false,
    }),
    region("shared with a child since fork", 0x7f1234220000n, "rw-", 2, 0x4d480000n, DATA, { copyOnWrite: true }),
    region("memory with protection key 1", 0x7f1234300000n, "rw-", 1, 0x4d500000n, { ...DATA, PK: 1 }),
    region(
      "entry broken by a flipped bit",
      0x7f1234400000n,
      "rw-",
      1,
      0x5e000000n,
      { ...DATA, ...LARGE },
      {
        pageSize: "2M",
        brokenBit: 13,
      },
    ),
    region("vvar", 0x7ffff7fbd000n, "r--", 4, 0x2c05000n, CONSTANTS),
    region("vdso", 0x7ffff7fc1000n, "r-x", 2, 0x2c0b000n, CODE),
    region("stack, 3 pages touched so far", 0x7ffffffde000n, "rw-", 33, 0x6f70a000n, DATA, {
      present: 3,
      growsDown: true,
    }),
    region(
      "kernel: all memory (direct map)",
      directMap,
      "rw-",
      4,
      0n,
      { ...KERNEL, ...LARGE, RW: true, XD: true },
      {
        pageSize: "1G",
      },
    ),
    region("kernel: code", 0xffffffff81000000n, "r-x", 8, 0x1000000n, { ...KERNEL, ...LARGE }, { pageSize: "2M" }),
    region(
      "kernel: data",
      0xffffffff82000000n,
      "rw-",
      2,
      0x2000000n,
      { ...KERNEL, ...LARGE, RW: true, XD: true },
      {
        pageSize: "2M",
      },
    ),
  ];
}

/** Every region, for people: where it begins, how large it is, its rights, the size of its pages, what it is. */
export function exampleTable(la57: boolean): ResultTable {
  return {
    title: "Regions of the example process",
    head: ["first address", "size", "rights", "pages of", "what"],
    rows: exampleRegions(la57).map((region) => [
      hexAddress(region.va),
      bytes(Number(regionBytes(region))),
      region.rights,
      region.pageSize,
      region.name,
    ]),
    nameColumns: 5,
  };
}

/** Bytes that `region` spans. */
export function regionBytes({ pageSize, pages }: ExampleRegion): bigint {
  return BigInt(pages) << pageShift(LEAF_LEVELS[pageSize]);
}

/** The region that covers `va`, or that would by growing down. */
export function regionAt(regions: readonly ExampleRegion[], va: bigint): ExampleRegion | undefined {
  return (
    regions.find((region) => va >= region.va && va < endOf(region)) ??
    regions.find((region) => region.growsDown && va < region.va && va >= endOf(region) - STACK_LIMIT)
  );
}

/** What there is at `va`, and whether it allows accesses of `kind`. */
export function siteIn(regions: readonly ExampleRegion[], va: bigint, kind: ExplainedAccess["kind"]): Site {
  const right = { read: "r", write: "w", fetch: "x" }[kind];
  const region = regionAt(regions, va);
  if (region === undefined) return { place: null, coverage: "none" };
  const allows = region.rights.includes(right);
  if (va >= region.va) return { place: region.name, coverage: allows ? "allows" : "forbids" };
  return { place: null, coverage: allows ? "grows" : "forbids" };
}

function endOf(region: ExampleRegion): bigint {
  return region.va + regionBytes(region);
}

/** `options` with the example's own values where they say nothing. */
export function exampleOptions(options: TablesOptions): TablesOptions {
  return { ...EXAMPLE_DEFAULTS, ...options };
}

/** Writes the tables of the example into the memory of `processor`, at CR3. */
export function buildExample(
  processor: Processor,
  { la57, pages1G }: { la57: boolean; pages1G: boolean },
): ExampleTables {
  const tables = new ExampleTables(processor, la57 ? 5 : 4);
  for (const region of exampleRegions(la57)) tables.map(pages1G ? region : withoutLargest(region));
  return tables;
}

/** The same in pages that every processor has. */
function withoutLargest(region: ExampleRegion): ExampleRegion {
  return region.pageSize === "1G" ? { ...region, pageSize: "2M", pages: region.pages * 512 } : region;
}

/** An entry that was written: where it lies, and its values. */
export interface TableWrite {
  address: bigint;
  before: bigint;
  after: bigint;
}

export class ExampleTables {
  readonly #processor: Processor;
  readonly #topLevel: number;
  #next = TABLES_AT;

  constructor(processor: Processor, topLevel: number) {
    this.#processor = processor;
    this.#topLevel = topLevel;
    this.#newTable();
  }

  /** Where the tables lie, in words. */
  memoryText(): string {
    return `the tables of the example process are at ${hexAddress(TABLES_AT)} to ${hexAddress(this.#next - 1n)}`;
  }

  map({
    va,
    pageSize,
    pages,
    present = pages,
    physicalAddress,
    flags,
    growsDown,
    protNone,
    copyOnWrite,
    brokenBit,
  }: ExampleRegion): void {
    const level = LEAF_LEVELS[pageSize];
    const first = growsDown ? pages - present : 0;
    for (let page = first; page < first + present; page++) {
      const offset = BigInt(page) << pageShift(level);
      const { entries } = this.#processor;
      const made = entries.make(physicalAddress + offset, copyOnWrite ? { ...flags, RW: false } : flags);
      const entry = brokenBit === undefined ? made : made | (1n << BigInt(brokenBit));
      const address = this.entryAddress(va + offset, level);
      this.#processor.writeEntry(address, protNone ? protNoneEntry(entry, entries) : entry);
    }
  }

  /** Physical address of a table that is all zero. */
  #newTable(): bigint {
    const table = this.#next;
    this.#processor.putFrame(table, new Uint8Array(TABLE_BYTES));
    this.#next += BigInt(TABLE_BYTES);
    return table;
  }

  /**
   * Physical address of the entry of `level` for `va`. Makes tables above it where there are none, and puts the entries
   * that point to them into `written`.
   */
  entryAddress(va: bigint, level: number, written: TableWrite[] = []): bigint {
    const { entries } = this.#processor;
    let table = TABLES_AT;
    for (let above = this.#topLevel; above > level; above--) {
      const address = entryAddress(table, va, above);
      let entry = this.#processor.readEntry(address);
      if (entries.kindOf(entry, above) !== "table") {
        const before = entry;
        entry = entries.make(this.#newTable(), { ...TABLE, US: va < 2n ** 63n });
        this.#processor.writeEntry(address, entry);
        written.push({ address, before, after: entry });
      }
      table = entries.targetOf(entry, above);
    }
    return entryAddress(table, va, level);
  }
}

function entryAddress(table: bigint, va: bigint, level: number): bigint {
  return table + 8n * ((va >> pageShift(level)) & 511n);
}

/** log2 of the bytes that an entry of `level` covers. */
export function pageShift(level: number): bigint {
  return 12n + 9n * BigInt(level - 1);
}
