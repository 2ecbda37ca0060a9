/** What `advise` answers: the JSON contract, field by field, as in results.ts. */
import type { PageSize, ResolvedConfig } from "../config/types.ts";
import type { TraceSummary } from "./results.ts";

/** What a region is of, by which it is told what to do. `data`: of a program's or a library's file, or zeroed behind it. */
export type RegionKind = "heap" | "anonymous" | "stack" | "text" | "library" | "data" | "file" | "system";

/** Where the regions come from: given, recorded with the trace, or inferred from what the trace touches. */
export type RegionSource = "maps" | "recorded" | "inferred";

export interface AdviseResult {
  schema: "pagewalk/advise@1";
  version: string;
  trace: TraceSummary;
  /** Of the machine, with pages of 4 KiB. */
  config: ResolvedConfig;
  /**
   * What each part of the memory costs with pages of 4 KiB, in descending order of its walk references: all that had an
   * access. They sum up to the counts of the plan `4K`.
   */
  regions: {
    source: RegionSource;
    /** Accesses that the mappings do not allow, of which nothing is counted: if there are any, they are likely not those of this run. */
    forbidden: number;
    rows: AdvisedRegion[];
  };
  /** In descending order of the walk references that they save; each was simulated. */
  plans: AdvisedPlan[];
  verdict: {
    /**
     * `gain`: what is recommended makes walks fewer. `few-misses`: they are so few that it does not matter. `no-remedy`: they
     * are not, but no plan takes a twentieth of their references away without wasting memory.
     */
    reason: "gain" | "few-misses" | "no-remedy";
    /** Names of plans that are worth it, each by itself, those that save most first. */
    recommended: string[];
    /** Name of the plan that does all of these at once, if they are several. */
    together: string | null;
    /** STLB misses with pages of 4 KiB that are no first touch of a page, which would have faulted anyway. */
    recurringMisses: number;
  };
  /** Of all simulations, and how many there were. */
  time: { seconds: number; runs: number };
}

/** One or several mappings of the same name, or a range of addresses. */
export interface AdvisedRegion {
  name: string;
  /** `null`: no region has these addresses. */
  kind: RegionKind | null;
  /** Bytes of its addresses; of regions that did not live at the same time, of all. */
  bytes: number;
  /** Misses of both L1 TLBs. */
  l1Misses: number;
  stlbMisses: number;
  walkReferences: number;
  /** Of those of the whole run, 0..1. */
  walkReferenceShare: number;
  /** The largest page of which an aligned one lies in one of its mappings. */
  largestPage: PageSize;
}

export interface AdvisedPlan {
  /** `4K`, `thp`, or what it puts on larger pages: `heap (brk) on 2M`. */
  name: string;
  /** What it puts on larger pages; empty for `4K`, which has none, and `thp`, which has them wherever they fit. */
  regions: { name: string; kind: RegionKind; pageSize: PageSize }[];
  /** What `run` is given beside the machine and the maps. */
  options: { pageSize?: "thp"; huge?: string };
  /** Misses of both L1 TLBs. */
  l1Misses: number;
  stlbMisses: number;
  /** STLB misses per 1,000 instructions; `null` when the trace has no instruction count. */
  stlbMpki: number | null;
  walkReferences: number;
  /** Against `4K`; negative: there are more. */
  savedWalkReferences: number;
  /** Of those of `4K`, up to 1. */
  savedShare: number;
  minorFaults: number;
  /** Bytes of the program's pages at the end, and how many more than with `4K`. */
  mappedBytes: number;
  bloatBytes: number;
  /** It takes much memory for what it saves: see wastesMemory(). */
  isWasteful: boolean;
  /** What prints these counts, in a POSIX shell. */
  command: string;
}
