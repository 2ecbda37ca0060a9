/** What translations cost by a model, from the counts of a run. */
import type { CachedCost, Cycles, FlatCost, ResolvedCost } from "./config/cost.ts";
import type { Given } from "./config/cpus/description.ts";
import { givenValue } from "./config/cpus/resolve.ts";
import type { DataCacheCounts } from "./kernel/data-caches.ts";
import { bytes, counted } from "./report/format.ts";
import { perInstruction } from "./report/metrics.ts";
import type { CyclesResult, RunResult } from "./report/results.ts";
import { levelOf } from "./report/tlb-levels.ts";

type Counts = Pick<RunResult, "tlbs" | "walks" | "trace" | "prefetch">;

const PREFETCH_ASSUMPTION =
  "A prefetched translation costs what a hit in the last level does; walks of the prefetcher cost nothing, and bring nothing into data caches.";

/** `reads`: where entries came from, of the model with caches. */
export function cyclesResult(cost: ResolvedCost, counts: Counts, reads: DataCacheCounts | null): CyclesResult {
  const lookups = lookupsOf(cost, counts);
  const { count, references, setDirty, setDirtyReferences } = counts.walks;
  const walked = { count: count + setDirty, references: references + setDirtyReferences };
  const dataCaches = cost.model === "cached" ? readsOf(cost, reads ?? { hits: [], memoryReads: 0 }) : undefined;
  const serial = cost.model === "flat" ? flatCycles(cost, walked) : sum(dataCaches ?? [], ({ cycles }) => cycles);
  const walkers = givenValue(cost.walkers);
  const walks = { ...walked, walkers, serial, atLeast: Math.ceil(serial / walkers) };
  const spent = sum(lookups, ({ cycles }) => cycles);
  const total = { atMost: spent + walks.serial, atLeast: spent + walks.atLeast };
  const atMost = perInstruction(total.atMost, counts.trace.instructions);
  const atLeast = perInstruction(total.atLeast, counts.trace.instructions);
  return {
    model: cost.model,
    lookups,
    walks,
    ...(dataCaches === undefined ? {} : { dataCaches }),
    total,
    perInstruction: atMost === null || atLeast === null ? null : { atMost, atLeast },
    assumptions: [
      ...assumptionsOf(cost, lookups, counts.walks.nested !== undefined),
      ...(counts.prefetch === undefined ? [] : [PREFETCH_ASSUMPTION]),
    ],
  };
}

/**
 * Each L1 miss counts at the deepest level that was looked up for it, where it hit or from where it walked. The buffer of a prefetcher is
 * looked up with the last level.
 */
function lookupsOf({ hitBelowCycles }: ResolvedCost, { tlbs: all, prefetch }: Counts): CyclesResult["lookups"] {
  const tlbs = prefetch === undefined ? all : all.slice(0, -1);
  const of = (level: number) => tlbs.filter((tlb) => levelOf(tlb) === level);
  const levels = [2, 3].filter((level) => of(level).length > 0);
  return levels.map((level) => {
    const hits = sum(of(level), (tlb) => tlb.hits);
    const misses = sum(of(level), (tlb) => tlb.misses) - sum(of(level + 1), (tlb) => tlb.lookups);
    const cyclesEach = givenValue(hitBelowCycles[level - 2] as Cycles);
    return { level, hits, misses, cyclesEach, cycles: (hits + misses) * cyclesEach };
  });
}

function flatCycles(
  { walkCycles, walkReferenceCycles }: FlatCost,
  walked: { count: number; references: number },
): number {
  if (walkCycles !== null) return walked.count * givenValue(walkCycles);
  return walked.references * givenValue(walkReferenceCycles as Cycles);
}

function readsOf({ dataCaches, memoryCycles }: CachedCost, { hits, memoryReads }: DataCacheCounts) {
  const row = (name: string, count: number, cycles: Cycles) => {
    const cyclesEach = givenValue(cycles);
    return { name, hits: count, cyclesEach, cycles: count * cyclesEach };
  };
  const caches = dataCaches.map(({ name, cycles }, number) => row(name, hits[number] ?? 0, cycles));
  return [...caches, row("memory", memoryReads, memoryCycles)];
}

/** What the numbers rest on. */
function assumptionsOf(cost: ResolvedCost, lookups: CyclesResult["lookups"], isGuest: boolean): string[] {
  return [
    "Cycles are latencies added up, not time lost: a processor that works on other instructions meanwhile waits for less.",
    "An L1 hit costs nothing beyond the access itself.",
    ...lookups.map(({ level }) => {
      const each = told(cost.hitBelowCycles[level - 2] as Cycles, "cycle");
      return `A lookup in the level ${level} TLB, the last one that an L1 miss makes, costs ${each}, whether it hits or a walk follows.`;
    }),
    ...(cost.model === "flat" ? flatAssumptions(cost) : cachedAssumptions(cost, isGuest)),
    `${told(cost.walkers, "walk")} at once; how many are is not known, as a replay has no time: at most all one after the other, at least all walkers always busy.`,
    "Walks that only set D cost what other walks do; faults, flushes and shootdowns cost nothing here.",
  ];
}

function flatAssumptions({ walkCycles, walkReferenceCycles }: FlatCost): string[] {
  if (walkCycles !== null) return [`A walk costs ${told(walkCycles, "cycle")}, however many entries it reads.`];
  return [`Each entry that a walk reads costs ${told(walkReferenceCycles as Cycles, "cycle")}, one after the other.`];
}

function cachedAssumptions({ dataCaches, memoryCycles }: CachedCost, isGuest: boolean): string[] {
  return [
    ...dataCaches.map(
      ({ name, bytes: size, ways, cycles }) =>
        `An entry that a walk finds in ${name}, ${bytes(size)} in ${counted(ways, "way")} of 64-byte lines, LRU, costs ${told(cycles, "cycle")}.`,
    ),
    `One in no cache costs ${told(memoryCycles, "cycle")}; it is then in all of them.`,
    "The program's own data are not in these caches, though they compete for them in a processor: walks find more here.",
    isGuest
      ? "Nor are the entries that the kernels use when they map a page: the first walk to it finds less here."
      : "The entries that the kernel uses when it maps a page are in them when the first walk comes.",
  ];
}

/** `7 cycles (measured: who)`. */
function told(given: Given<number>, noun: string): string {
  const who = typeof given === "object" ? `${given.status}: ${given.source}` : "given";
  return `${counted(givenValue(given), noun)} (${who})`;
}

function sum<Row>(rows: readonly Row[], amount: (row: Row) => number): number {
  return rows.reduce((all, row) => all + amount(row), 0);
}
