/** From what a user asks about cost and what a CPU's description says to the numbers of a model. Throws ConfigError. */
import { ConfigError } from "../../errors.ts";
import {
  type CachedCost,
  COST_MODELS,
  type CostModel,
  type CostOptions,
  type FlatCost,
  LINE_BYTES,
  MAX_CYCLES,
  MAX_DATA_CACHE_BYTES,
  MAX_DATA_CACHE_WAYS,
  MAX_WALKERS,
  type ResolvedCost,
  type ResolvedDataCache,
} from "../cost.ts";
import { oneOf } from "../lists.ts";
import type { CpuDescription, DataCacheDescription, Given, Sourced } from "./description.ts";
import { givenValue } from "./resolve.ts";

/** As many as the kernel has (assembly/hierarchy/data-caches.ts). */
const MAX_DATA_CACHES = 3;

const usual = <Value>(value: Value, source: string): Sourced<Value> => ({ value, status: "assumed", source });

const BELOW = "about what was measured where anybody did: 7 more than an L1 hit on Intel's Golden Cove and AMD's Zen 5";
const SIZES = "a core of 2015 to 2020; no source for this CPU";

/** What stands where neither the user nor the description says anything. */
const USUAL = {
  hitBelowCycles: [usual(7, BELOW), usual(20, "between a second-level TLB and a walk; no CPU here has a third level")],
  walkers: usual(1, "nothing is known of more"),
  walkReferenceCycles: usual(12, "entries are mostly found in a second-level data cache"),
  dataCaches: [
    { name: "L1D", bytes: usual(32 * 2 ** 10, SIZES), ways: usual(8, SIZES), cycles: usual(5, SIZES) },
    { name: "L2", bytes: usual(2 ** 20, SIZES), ways: usual(16, SIZES), cycles: usual(14, SIZES) },
    { name: "L3", bytes: usual(2 ** 23, SIZES), ways: usual(16, SIZES), cycles: usual(45, SIZES) },
  ],
  memoryCycles: usual(250, "about 80 ns at 3 GHz"),
} as const;

/** The model that `given` asks for, of a CPU with `description`, if it has one. */
export function resolveCost(given: CostOptions | string, description: Partial<CpuDescription>): ResolvedCost {
  const options = typeof given === "string" ? parseCost(given, description) : given;
  const model = oneOf(COST_MODELS, options.model, "cost.model");
  const shared = {
    hitBelowCycles: USUAL.hitBelowCycles.map((each, index) =>
      cycles(options.hitBelowCycles?.[index] ?? description.hitBelowCycles?.[index] ?? each, "hitBelowCycles"),
    ),
    walkers: whole(options.walkers ?? description.walkers ?? USUAL.walkers, "walkers", 1, MAX_WALKERS),
  };
  if (model === "cached") return { model, ...shared, ...cached(options, description) };
  return { model, ...shared, ...flat(options, description) };
}

function flat(options: CostOptions, description: Partial<CpuDescription>): Omit<FlatCost, "model" | keyof Shared> {
  const reference = options.walkReferenceCycles;
  const walk = options.walkCycles ?? (reference === undefined ? description.walkCycles : undefined);
  if (walk !== undefined) return { walkCycles: cycles(walk, "walkCycles"), walkReferenceCycles: null };
  const each = reference ?? description.walkReferenceCycles ?? USUAL.walkReferenceCycles;
  return { walkCycles: null, walkReferenceCycles: cycles(each, "walkReferenceCycles") };
}

type Shared = Pick<FlatCost, "hitBelowCycles" | "walkers">;

function cached(options: CostOptions, description: Partial<CpuDescription>): Omit<CachedCost, "model" | keyof Shared> {
  const caches = options.dataCaches ?? description.dataCaches ?? USUAL.dataCaches;
  if (caches.length < 1 || caches.length > MAX_DATA_CACHES) {
    throw new ConfigError("cost.dataCaches", `${caches.length} caches`, `1 to ${MAX_DATA_CACHES}`);
  }
  return {
    dataCaches: caches.map(resolveDataCache),
    memoryCycles: cycles(options.memoryCycles ?? description.memoryCycles ?? USUAL.memoryCycles, "memoryCycles"),
  };
}

function resolveDataCache({ name, cycles: each, ...given }: DataCacheDescription, index: number): ResolvedDataCache {
  const path = `dataCaches[${index}]`;
  const bytes = givenValue(whole(given.bytes, `${path}.bytes`, LINE_BYTES, MAX_DATA_CACHE_BYTES));
  const ways = givenValue(whole(given.ways, `${path}.ways`, 1, MAX_DATA_CACHE_WAYS));
  const sets = bytes / LINE_BYTES / ways;
  if (!Number.isInteger(sets)) {
    throw new ConfigError(
      `cost.${path}.bytes`,
      bytes,
      `a multiple of ${ways * LINE_BYTES}: ${ways} ways of 64-byte lines`,
    );
  }
  return { name, bytes, ways, sets, cycles: cycles(each, `${path}.cycles`) };
}

/** Cycles. They may be fractions where somebody has measured them so. */
function cycles(given: Given<number>, name: string): Given<number> {
  const value = givenValue(given);
  if (value >= 0 && value <= MAX_CYCLES) return given;
  throw new ConfigError(`cost.${name}`, value, `a number from 0 to ${MAX_CYCLES}`);
}

function whole(given: Given<number>, name: string, least: number, most: number): Given<number> {
  const value = givenValue(given);
  if (Number.isInteger(value) && value >= least && value <= most) return given;
  throw new ConfigError(`cost.${name}`, value, `a whole number from ${least} to ${most}`);
}

/** What `--cost` calls each number, and the models that have it. */
const NAMES: Readonly<Record<string, readonly CostModel[]>> = {
  tlb2: ["flat", "cached"],
  tlb3: ["flat", "cached"],
  walkers: ["flat", "cached"],
  walk: ["flat"],
  reference: ["flat"],
  l1: ["cached"],
  l2: ["cached"],
  l3: ["cached"],
  memory: ["cached"],
};

/** `flat`, `cached`, or one with numbers behind it: `flat,tlb2=9,walk=30`. */
function parseCost(text: string, description: Partial<CpuDescription>): CostOptions {
  const [first = "", ...rest] = text.split(",");
  const model = oneOf(COST_MODELS, first, "cost");
  const names = Object.keys(NAMES).filter((name) => NAMES[name]?.includes(model));
  const numbers = new Map<string, number>();
  for (const part of rest) {
    const [, name = "", value] = /^(\w+)=(\d{1,7})$/.exec(part) ?? [];
    if (value === undefined || !names.includes(name)) {
      throw new ConfigError("cost", part, `of ${model}: NAME=N, whole numbers, with ${names.join(", ")}`);
    }
    if (numbers.has(name)) throw new ConfigError("cost", part, `${name} once`);
    numbers.set(name, Number(value));
  }
  if (numbers.has("walk") && numbers.has("reference")) {
    throw new ConfigError(
      "cost",
      text,
      "walk, or reference: a walk costs so much on the whole, or each entry that it reads",
    );
  }
  return costOf(model, numbers, description);
}

function costOf(model: CostModel, numbers: Map<string, number>, description: Partial<CpuDescription>): CostOptions {
  const usualBelow = description.hitBelowCycles ?? [];
  const below = USUAL.hitBelowCycles.map((each, index) => numbers.get(`tlb${index + 2}`) ?? usualBelow[index] ?? each);
  const caches = (description.dataCaches ?? USUAL.dataCaches).map((cache, index) => ({
    ...cache,
    cycles: numbers.get(`l${index + 1}`) ?? cache.cycles,
  }));
  const one = (name: string, option: string) => (numbers.has(name) ? { [option]: numbers.get(name) } : {});
  return {
    model,
    hitBelowCycles: below,
    ...one("walkers", "walkers"),
    ...one("walk", "walkCycles"),
    ...one("reference", "walkReferenceCycles"),
    ...(model === "cached" ? { dataCaches: caches } : {}),
    ...one("memory", "memoryCycles"),
  };
}
