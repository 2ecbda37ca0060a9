/** What `map()` tells. `--json` prints mappings, or the summary alone, as they are. */
import type { PageSize } from "../config/types.ts";
import type { LevelName } from "./explanation.ts";

/**
 * One page; or with `merge` a run of pages, of any sizes, that follow one another in both address spaces with equal
 * rights and G.
 */
export interface Mapping {
  /** First virtual address, hexadecimal, sign-extended. */
  va: string;
  /** Physical address that it is mapped to, hexadecimal. */
  pa: string;
  /** Bytes: 4096, 2097152 or 1073741824; of a merged run, any multiple of 4096. */
  size: number;
  /** Rights combined over all levels. */
  write: boolean;
  user: boolean;
  execute: boolean;
  /** G, A and D of the leaf; of a merged run, A and D of any of its pages. */
  global: boolean;
  accessed: boolean;
  dirty: boolean;
  /** The leaf entry, hexadecimal; of a merged run, that of its first page. */
  entry: string;
  /** Only with `merge`: how many pages of each size the run is made of. */
  pages?: Partial<Record<PageSize, number>>;
  /**
   * Only with aliases merged, and only where the same page is mapped side by side, or by whole tables at equal distances with
   * nothing else between: how often. `va + i * stride` is mapped to `pa` for every i below `aliases`, `size` bytes each.
   */
  aliases?: number;
  /** Bytes from one alias to the next; `size` where they lie side by side. */
  stride?: number;
}

/** Pages, whatever their sizes, and their bytes of virtual memory (exact: a multiple of 4096 up to 2^57). */
export interface Amount {
  pages: number;
  bytes: number;
}

/** A run of virtual addresses. */
export interface AddressRange {
  va: string;
  bytes: number;
}

/** An entry of a table. */
export interface EntryPlace {
  /** What the entry is at the level where it was found. */
  level: LevelName;
  /** Where the entry lies, hexadecimal. */
  physicalAddress: string;
  entry: string;
  /** The first virtual address that is translated by it, hexadecimal. */
  va: string;
}

/** Writable and executable pages. */
export interface WritableExecutable extends Amount {
  /** The first ranges, in the order of the listing. */
  ranges: AddressRange[];
  /** Whether there are further ranges. */
  more: boolean;
}

/** What tables map, counted. */
export interface MapSummary {
  schema: "pagewalk/map-summary@1";
  /** The dump, as the user named it. */
  path: string;
  format: string;
  /** Hexadecimal, with its low bits. */
  cr3: string;
  /** Which of the CPUs in the dump CR3 is of; `null` if it was given. */
  cpu: { index: number; count: number } | null;
  levels: 4 | 5;
  /** Whether neither the dump nor an option tells the number of levels. */
  levelsAssumed: boolean;
  /** Frames that hold tables. One that serves several levels counts once in `count`, and at each of its levels. */
  tables: { count: number; byLevel: { pml5: number; pml4: number; pdpt: number; pd: number; pt: number } };
  mapped: Amount;
  bySize: { pageSize: PageSize; user: Amount; kernel: Amount }[];
  /** Pages that user mode may access, and those that it may not. */
  user: Amount;
  kernel: Amount;
  global: Amount;
  writableExecutable: { user: WritableExecutable; kernel: WritableExecutable };
  /** Entries that are present but have reserved bits set: no mapping, every access through them faults. */
  reserved: { entries: number; first: (EntryPlace & { bits: string }) | null };
  /**
   * Entries that point back to a table on the first way that leads to them, as the recursive slot of some systems; the
   * first of them.
   */
  selfReferences: { entries: number; first: (EntryPlace & { table: string })[] };
}
