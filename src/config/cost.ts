/** What translations cost, as users ask for it and as it is reckoned: numbers of a model, apart from all counts. */
import type { DataCacheDescription, Given } from "./cpus/description.ts";

/**
 * How walks cost. `flat`: so much each, or for each entry that they read. `cached`: what the cache takes that each entry is read
 * from.
 */
export const COST_MODELS = ["flat", "cached"] as const;
export type CostModel = (typeof COST_MODELS)[number];

/** Limits of those numbers. */
export const MAX_CYCLES = 1_000_000;
export const MAX_WALKERS = 64;
export const LINE_BYTES = 64;
export const MAX_DATA_CACHE_BYTES = 256 * 2 ** 20;
export const MAX_DATA_CACHE_WAYS = 64;

/** The numbers of a model; missing ones are those of the CPU's description, or usual ones. */
export interface CostOptions {
  model: CostModel;
  /** Cycles of an L1 miss that a TLB of level 2 answers, of one that a TLB of level 3 does. */
  hitBelowCycles?: readonly Given<number>[];
  /** Walks that can be under way at once. */
  walkers?: Given<number>;
  /** Of `flat`: cycles of a walk. */
  walkCycles?: Given<number>;
  /** Of `flat`, without `walkCycles`: cycles for each entry that a walk reads. */
  walkReferenceCycles?: Given<number>;
  /** Of `cached`: the caches, nearest first, and what is behind them. */
  dataCaches?: readonly DataCacheDescription[];
  memoryCycles?: Given<number>;
}

/** A number of cycles, and who says so; a bare one is the user's own. */
export type Cycles = Given<number>;

export interface ResolvedDataCache {
  name: string;
  bytes: number;
  ways: number;
  sets: number;
  cycles: Cycles;
}

interface ResolvedLookups {
  /** Of TLBs of level 2, and of level 3. */
  hitBelowCycles: Cycles[];
  walkers: Given<number>;
}

/** Either a walk has its price or each entry that it reads. */
export interface FlatCost extends ResolvedLookups {
  model: "flat";
  walkCycles: Cycles | null;
  walkReferenceCycles: Cycles | null;
}

export interface CachedCost extends ResolvedLookups {
  model: "cached";
  dataCaches: ResolvedDataCache[];
  memoryCycles: Cycles;
}

export type ResolvedCost = FlatCost | CachedCost;
