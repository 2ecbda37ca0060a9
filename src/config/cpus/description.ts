/**
 * A CPU's translation hardware as people describe it: `pagewalk/cpu@1`. Every number may be told with who says so. What a
 * description leaves out has the default told here; `resolve.ts` fills it in.
 */
import type { Policy } from "../types.ts";

/** vendor: the maker says so; measured: a third party did; secondary: a text without its own measurement; assumed: nobody does. */
export const STATUSES = ["vendor", "measured", "secondary", "assumed"] as const;
export type Status = (typeof STATUSES)[number];

/** A value and who says so. */
export interface Claim<Value> {
  value: Value;
  status: Status;
  /** Title and edition, or address, so that a reader can look it up. */
  source: string;
}

/** The value that is simulated, and what others say instead. */
export interface Sourced<Value> extends Claim<Value> {
  others?: readonly Claim<Value>[];
}

/** A bare value is the user's own. */
export type Given<Value> = Value | Sourced<Value>;

/** Bytes of address space that one entry maps: 4K to 1G with 4 KiB tables, 16K and 32M with 16 KiB ones, 64K and 512M with 64 KiB ones (Arm). */
export const CPU_PAGE_SIZES = ["4K", "2M", "1G", "16K", "32M", "64K", "512M"] as const;
export type CpuPageSize = (typeof CPU_PAGE_SIZES)[number];

/** Entries of paging structures that point to a table. On Arm those of the levels that do the same. */
export const TABLE_ENTRIES = ["pde", "pdpte", "pml4e"] as const;
export type TableEntry = (typeof TABLE_ENTRIES)[number];

/** Kinds of accesses that TLBs are split by. A modify is a store. */
export const ACCESS_KINDS = ["fetch", "load", "store"] as const;
export type AccessKind = (typeof ACCESS_KINDS)[number];

/** How the set of a page is found. */
export type IndexDescription = "modulo" | "xor" | { masks: readonly string[] };

/** Entries that are searched together. */
export interface ArrayDescription {
  /** What its entries may be of. A page larger than all that the arrays of a TLB hold is held in parts of the largest one that fits, unless `holdsParts` is false. */
  holds: readonly (CpuPageSize | TableEntry)[];
  /** Of all ways together. */
  entries: Given<number>;
  /** Entries of one set, which must divide `entries`; `full`: there is one set. */
  ways: Given<number | "full">;
  /** Which entry of a full set goes. Some policies want certain ways. @default "lru" */
  policy?: Given<Policy>;
  /**
   * How the set of a page is found. `modulo`: its number mod sets. Of 2^n sets also `xor`: the low n bits of its number xored with the
   * n above them; or `masks`: bit i of the set is the parity of the address under mask i, hexadecimal. @default "modulo"
   */
  index?: Given<IndexDescription>;
  /** Contiguous pages of the smallest size, aligned together, that one entry holds where their frames are contiguous, too: 1, 2, 4, 8. @default 1 */
  coalesces?: Given<number>;
}

/** All that an access of some kinds looks up at once, on one level. */
export interface TlbDescription {
  /** As results and `policy` call it: `L1I`, `L1D`, `STLB`. No two are called the same. */
  name: string;
  /** 1 to 3: which TLBs are asked first. */
  level: number;
  /** Accesses that look here. On each level one TLB has each kind, or none; on level 1 exactly one. */
  kinds: readonly AccessKind[];
  /** Searched at once. A page size that none holds is not held in this TLB. */
  arrays: readonly ArrayDescription[];
  /** Whether a page larger than all that its arrays hold is held in parts; else it is not held here at all. @default true */
  holdsParts?: Given<boolean>;
  /** Whether a walk fills it. @default true */
  filledByWalks?: Given<boolean>;
  /** Whether a hit on a level below fills it. @default true */
  filledByHitsBelow?: Given<boolean>;
  /** Whether what a TLB above evicts is put here. @default false */
  takesVictims?: Given<boolean>;
  /** Whether an entry that is hit here leaves, as it moves up. @default false */
  exclusive?: Given<boolean>;
  /** Whether what is evicted here leaves the TLBs above, too. @default false */
  inclusive?: Given<boolean>;
  /** Whether a hit above makes its entry here the most recent, too. @default false */
  touchedByHitsAbove?: Given<boolean>;
}

/** A cache that walks read entries of page tables through. */
export interface DataCacheDescription {
  /** `L1D`, `L2`, `L3`. */
  name: string;
  /** A multiple of 64 bytes, the size of a line, times the ways. */
  bytes: Given<number>;
  /** Lines of one set. */
  ways: Given<number>;
  /** Cycles until it gives what it has, with all that was lost in the caches before. */
  cycles: Given<number>;
}

/** A CPU's caches for the host's side of nested paging, as people describe them. */
export interface NestedDescription {
  /** Holds page sizes. @default 16 entries, fully associative, assumed */
  tlb?: ArrayDescription | null;
  /**
   * Whether paging-structure caches hold host-physical addresses of a guest's tables, as Intel's combined mappings (SDM Vol. 3C, "Information
   * That May Be Cached"), so that a walk which starts below an entry need not have that address translated. @default true
   */
  combined?: Given<boolean>;
  /** Each holds entries that point to tables. @default as the CPU's own walk caches, assumed */
  walkCaches?: readonly WalkCacheDescription[];
}

/** Entries of paging structures that walks begin below. */
export interface WalkCacheDescription extends ArrayDescription {
  /** As results call it: `PDE`. */
  name: string;
}

/** What predicts the pages that miss next (assembly/prefetchers/). */
export const PREFETCHERS = ["next-page", "stride", "distance"] as const;
export type Prefetcher = (typeof PREFETCHERS)[number];

/** What of a full buffer goes; what is used leaves it anyway. */
export const PREFETCH_REPLACEMENTS = ["lru", "fifo"] as const;

/** A prefetcher behind the last level of TLBs, whose misses train it and make it predict pages; these are walked to and wait in a buffer. */
export interface PrefetchDescription {
  /** How pages are predicted: the next ones; by the stride of an instruction; by distances between misses. */
  policy: Given<Prefetcher>;
  /**
   * Pages predicted at once, 1 to 64; with distance the distances kept for each distance. @default 1; with distance 2
   */
  degree?: Given<number>;
  /** Rows of the direct-mapped table that stride and distance have. @default 256 */
  table?: Given<number>;
  /** Entries of the fully associative buffer. @default 16 */
  buffer?: Given<number>;
  /** Which of them goes when it is full. @default "lru" */
  replacement?: Given<(typeof PREFETCH_REPLACEMENTS)[number]>;
  /** Accesses whose misses it sees, and that look into the buffer. @default all */
  kinds?: readonly AccessKind[];
}

export interface CpuDescription {
  /** Where the JSON Schema of descriptions is, for editors that complete and check. Not read. */
  $schema?: string;
  /** The form that this is in: `pagewalk/cpu@1`. */
  schema: "pagewalk/cpu@1";
  /** What people call the CPU. */
  title: string;
  /** Whose tables are walked. @default "x86-64" */
  architecture?: "x86-64" | "arm64";
  /** Page sizes that there are, all of one kind of tables; the first is the smallest, and the default of runs. */
  pageSizes: readonly CpuPageSize[];
  /** In any order; results have them by level. */
  tlbs: readonly TlbDescription[];
  /** Paging-structure caches ("page-walk caches"), which `holds` entries that point to tables. @default none */
  walkCaches?: readonly WalkCacheDescription[];
  /** What fetches translations before they are asked for. @default nothing does */
  prefetch?: PrefetchDescription;
  /** Caches for the host's side of nested paging. @default assumed: nested.ts */
  nested?: NestedDescription;
  /** Walks that can be under way at once. @default 1 */
  walkers?: Given<number>;
  /** Cycles that an L1 miss takes which a TLB below answers, in the order of levels from 2 on. */
  hitBelowCycles?: readonly Given<number>[];
  /** Cycles that a walk takes on the whole, where it was measured so. */
  walkCycles?: Given<number>;
  /** Cycles for each entry that a walk reads, where `walkCycles` is not known. */
  walkReferenceCycles?: Given<number>;
  /** The caches that walks read entries through, the nearest first: 1 to 3. */
  dataCaches?: readonly DataCacheDescription[];
  /** Cycles until memory gives an entry that none of `dataCaches` has. */
  memoryCycles?: Given<number>;
  /** What a reader ought to know beside: what is simplified, and why. */
  notes?: readonly string[];
}
