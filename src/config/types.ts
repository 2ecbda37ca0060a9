/**
 * What a user may configure, and what a configuration is after `resolve()`: nothing optional, nothing unchecked.
 * Defaults are in `presets.ts` and `resolve.ts` only.
 */

import type { CostModel, CostOptions, ResolvedCost } from "./cost.ts";
import type { CpuDescription, CpuPageSize, PrefetchDescription } from "./cpus/description.ts";
import type { NestedOptions, ResolvedNested } from "./cpus/nested.ts";
import type { ResolvedCpu } from "./cpus/resolved.ts";
import type { CpuSources } from "./cpus/sources.ts";
import type { OsOptions, ResolvedOs, RunPageSize } from "./os-config.ts";
import type { PolicyChoice, PolicyChoices, PolicyName } from "./own-policy.ts";

/** Replacement policies of TLBs (assembly/policies/). What ways each allows: policies.ts. */
export const POLICIES = [
  "lru",
  "fifo",
  "random",
  "tree-plru",
  "bit-plru",
  "nru",
  "srrip",
  "mru3-plru4",
  "opt",
] as const;
export type Policy = (typeof POLICIES)[number];

/** Those that a TLB can have: all but Belady's, which is told the future, so that the trace is read more than once. */
export const ONLINE_POLICIES = POLICIES.filter((policy) => policy !== "opt");

/** Bytes of virtual address space that one mapping covers, by the name the field uses. */
export const PAGE_SIZES = ["4K", "2M", "1G"] as const;
export type PageSize = (typeof PAGE_SIZES)[number];

/** Level of the entry that maps a page of that size: 1 is a PTE, 2 a PDE, 3 a PDPTE. */
export const LEAF_LEVELS = {
  "4K": 1,
  "2M": 2,
  "1G": 3,
  "16K": 1,
  "32M": 2,
  "64K": 1,
  "512M": 2,
} as const satisfies Record<CpuPageSize, number>;

/** Which references a sweep looks at: loads, stores and modifies; fetches; or all, in program order. */
export const STREAMS = ["data", "fetch", "all"] as const;
export type Stream = (typeof STREAMS)[number];

/**
 * How the set of a page is found. `modulo`: page number mod sets. `xor`: the low k bits of the page number, for 2^k sets,
 * each xored with the one k places above it, as the STLB of Intel cores since Haswell does.
 * Gras, Razavi, Bos & Giuffrida, "Translation Leak-aside Buffer", USENIX Security 2018, table 1.
 */
export const SET_INDEXES = ["modulo", "xor"] as const;
export type SetIndex = (typeof SET_INDEXES)[number];

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

/** The machine of `simulate()`, and its operating system. Every field has a default: of the machine, that of the CPU it names. */
export interface Config extends OsOptions, NestedOptions {
  /** Name of a CPU whose parameters are the defaults of all other fields, or a description of one. @default "generic" */
  cpu?: string | CpuDescription;
  l1i?: Geometry | string;
  l1d?: Geometry | string;
  stlb?: Geometry | string;
  psc?: Partial<PscSizes> | string;
  /**
   * Replacement policy of all TLBs, or of some: `l1d=tree-plru,stlb=lru`. A class of one's own, or `{ name, wasm }`, takes the place of a name,
   * and `{ l1d: "lru", stlb: MyPolicy }` that of a text. @default "lru", or those of the CPU
   */
  policy?: PolicyChoice | PolicyChoices;
  /** What fetches translations before they are asked for: `distance:degree=2,buffer=16`, or `none`. @default that of the CPU */
  prefetch?: PrefetchDescription | string;
  /**
   * Page size of every mapping that first touch makes, or `thp`: transparent huge pages. 16K, 32M, 64K and 512M only on CPUs that have
   * them. @default the smallest of the CPU
   */
  pageSize?: RunPageSize;
  /**
   * Has the result tell what translations cost, in cycles of a model: `flat` or `cached`, and numbers behind it, as
   * `flat,tlb2=9,walk=30`. @default it tells counts alone
   */
  cost?: CostOptions | CostModel | (string & {});
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
  policy: PolicyName;
  /** With transparent huge pages that of all others. */
  pageSize: CpuPageSize;
  /** Only there if anything of it was asked for. */
  os?: ResolvedOs;
  /** Only there if asked for. */
  cost?: ResolvedCost;
  /**
   * All of a CPU that is not of the plain shape, which is three TLBs of one array each, with one policy; the fields above then have its arrays for the smallest
   * pages.
   */
  hierarchy?: ResolvedCpu;
  /** The host's side of nested paging; only there if the program runs in a guest. Then there is a hierarchy, too. */
  nested?: ResolvedNested;
  /** Of such a CPU: how many of the values that were used of its description who says. */
  cpuSources?: CpuSources;
}

/**
 * The TLBs of `sweep()`: `entries` or `sets`, each with all of `ways`; or the exact points of `geometries`. Lists are of
 * numbers, ranges `16..4096` that double, and ranges `1-16` of every number.
 */
export interface SweepConfig {
  /** Entries of the TLBs. `"auto"`: fully associative TLBs of every size from 1 to the footprint. @default "16..4096" */
  entries?: number[] | string;
  /** Sets of the TLBs, instead of `entries`. */
  sets?: number[] | string;
  /** Ways, or `full`; combinations in which ways do not divide entries are left out. @default "1,2,4,8,16,full" */
  ways?: (number | "full")[] | string;
  /**
   * Exact points instead of `entries` or `sets` with `ways`: `64:4,48:3`. `"all"`: fully associative ones of 1 to 4096
   * entries, and 1..4096 sets of 1-16 ways.
   */
  geometries?: (Geometry | string)[] | string;
  /** Or `"all"`. @default "4K" */
  pageSizes?: PageSize[] | string;
  /**
   * Or `"all"` but `opt`, the bound of all others, for which the trace is read twice. Geometries whose ways a policy does not allow are
   * left out of its points. @default "lru"
   */
  policies?: Policy[] | string;
  /** `xor` is left out where the number of sets is no power of two. @default "modulo" */
  indexes?: SetIndex[] | string;
  /** @default "data" */
  stream?: Stream;
  /**
   * L1 TLBs in front, LRU: the points are then second-level TLBs, which see the misses of these only. If one of `l1i`,
   * `l1d` and `stlb` is given, the L1 of each stream looked at is in front; one not given is that of the default CPU.
   */
  l1i?: Geometry | string;
  l1d?: Geometry | string;
  /** The same as `geometries`, for second-level TLBs. */
  stlb?: (Geometry | string)[] | string;
  /** Flushes every TLB after each so many records of the trace, of whatever kind, as a context switch would. @default never */
  flushEvery?: number | string;
  /**
   * Points to simulate directly as well, chosen by chance; a difference is an error. Or `"all"`. @default 3, over the
   * beginning of the trace only: 2^20 references, not counting those to the page of the one before them
   */
  check?: number | "all" | string;
}

/** Who counts a point of a sweep: one pass for all sizes, from the stack of each set, or a TLB of the point's own. */
export type Engine = "one-pass" | "direct";

export interface ResolvedSweepPoint extends ResolvedGeometry {
  pageSize: PageSize;
  policy: Policy;
  index: SetIndex;
}

/** The L1 TLBs in front of second-level points; `null` where no record of the stream would use it. */
export interface ResolvedFront {
  l1i: ResolvedGeometry | null;
  l1d: ResolvedGeometry | null;
}

export interface ResolvedSweep {
  stream: Stream;
  points: ResolvedSweepPoint[];
  /** Page sizes for which every fully associative size is wanted, once the footprint is known: `entries` is `"auto"`. */
  auto: PageSize[];
  /** `null`: the points see every reference. */
  front: ResolvedFront | null;
  /** Records between two flushes; 0: never. */
  flushEvery: number;
  /** Points to check; Infinity: all. */
  check: number;
  /** References after which checks end, not counting those to the page of the one before them; 0: never. */
  checkedPages: number;
}
