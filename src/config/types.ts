/**
 * What a user may configure, and what a configuration is after `resolve()`: nothing optional, nothing unchecked.
 * Defaults are in `presets.ts` and `resolve.ts` only.
 */

/** Replacement policies of TLBs. */
export const POLICIES = ["lru", "fifo"] as const;
export type Policy = (typeof POLICIES)[number];

/** Bytes of virtual address space that one mapping covers, by the name the field uses. */
export const PAGE_SIZES = ["4K", "2M", "1G"] as const;
export type PageSize = (typeof PAGE_SIZES)[number];

/** Level of the entry that maps a page of that size: 1 is a PTE, 2 a PDE, 3 a PDPTE. */
export const LEAF_LEVELS = { "4K": 1, "2M": 2, "1G": 3 } as const satisfies Record<PageSize, number>;

/** Which references a sweep looks at: loads, stores and modifies; fetches; or all, in program order. */
export const STREAMS = ["data", "fetch", "all"] as const;
export type Stream = (typeof STREAMS)[number];

/** One TLB: `ENTRIES:WAYS` on the command line. */
export interface Geometry {
  /** Entries of all ways together, 1..16,777,216. */
  entries: number;
  /** Entries of one set; must divide `entries`. `"full"` means fully associative. */
  ways: number | "full";
}

/** Entries of the paging-structure caches, each fully associative; 0 turns one off. */
export interface PscSizes {
  pde: number;
  pdpte: number;
  pml4e: number;
}

/** The machine of `simulate()`. Every field has a default: that of the CPU it names. */
export interface Config {
  /** Name of a CPU whose parameters are the defaults of all other fields. @default "skylake" */
  cpu?: string;
  l1i?: Geometry | string;
  l1d?: Geometry | string;
  stlb?: Geometry | string;
  psc?: Partial<PscSizes> | string;
  /** Replacement policy of all TLBs. @default "lru" */
  policy?: Policy;
  /** Page size of every mapping that first touch makes. @default "4K" */
  pageSize?: PageSize;
}

export interface ResolvedGeometry {
  entries: number;
  ways: number;
  sets: number;
}

export interface ResolvedConfig {
  cpu: string;
  l1i: ResolvedGeometry;
  l1d: ResolvedGeometry;
  stlb: ResolvedGeometry;
  psc: PscSizes;
  policy: Policy;
  pageSize: PageSize;
}

/** The TLBs of `sweep()`: the cross product of the lists, or the exact points of `geometries`. */
export interface SweepConfig {
  /** Entries of the TLBs: a list, or a range of powers of two as `16..4096`. @default "16..4096" */
  entries?: number[] | string;
  /** Ways; combinations in which ways do not divide entries are left out. @default "1,2,4,8,16,full" */
  ways?: (number | "full")[] | string;
  /** Exact points instead of `entries` x `ways`: `64:4,48:3`. */
  geometries?: (Geometry | string)[] | string;
  /** @default "4K" */
  pageSizes?: PageSize[] | string;
  /** @default "lru" */
  policies?: Policy[] | string;
  /** @default "data" */
  stream?: Stream;
}

export interface ResolvedSweepPoint extends ResolvedGeometry {
  pageSize: PageSize;
  policy: Policy;
}

export interface ResolvedSweep {
  stream: Stream;
  points: ResolvedSweepPoint[];
}
