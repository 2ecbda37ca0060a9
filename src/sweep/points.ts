/** From what the kernel counted to the points of a result. */
import { engineOf } from "../config/engine.ts";
import type { PageSize, ResolvedSweepPoint } from "../config/types.ts";
import { KernelError } from "../errors.ts";
import type { MissCounts, SizeCounts, SweepTask, TaskCounts } from "../kernel/sweep-kernel.ts";
import { missesBySize } from "../report/curve.ts";
import { missRatio, mpki } from "../report/metrics.ts";
import type { SweepPoint } from "../report/results.ts";
import type { CountsFrom, SweepPlan } from "./plan.ts";

/** What is known of one page size. */
export class SizeTotals {
  readonly pageSize: PageSize;
  readonly footprint: number;
  /** Lookups in each point. */
  readonly lookups: number;
  readonly coldMisses: number;
  /** References found at each LRU stack distance: all of them and the cold misses are the lookups. */
  readonly found: Float64Array;
  readonly #firstStores: number;
  readonly #misses: Float64Array;
  readonly #firstStoreMisses: Float64Array;

  /** `counts` must have distances. */
  constructor({ pageSize, footprint, firstStores, distances }: SizeCounts, lookups: number) {
    if (distances === null) throw new KernelError("layout", `the stack distances of ${pageSize} pages are missing`);
    this.pageSize = pageSize;
    this.footprint = footprint;
    this.lookups = lookups;
    this.coldMisses = distances.cold;
    this.found = distances.found;
    // Of references to the page of the one before them the kernel sees only those that come after an event.
    this.found[0] = lookups - distances.found.subarray(1).reduce((sum, count) => sum + count, 0) - distances.cold;
    this.#firstStores = firstStores;
    this.#misses = missesBySize(distances.cold, distances.found);
    this.#firstStoreMisses = missesBySize(distances.firstStoresCold, distances.firstStores);
  }

  /** Counts of the fully associative LRU TLB of `entries`. */
  countsAt(entries: number): MissCounts {
    const at = Math.min(entries, this.#misses.length - 1);
    return { misses: this.#misses[at] ?? Number.NaN, firstStoreMisses: this.#firstStoreMisses[at] ?? Number.NaN };
  }

  /** `point` with its counts. */
  pointOf(point: ResolvedSweepPoint, { misses, firstStoreMisses }: MissCounts, instructions: number): SweepPoint {
    const { pageSize, policy, index, entries, ways, sets } = point;
    const conflictMisses = misses - this.countsAt(entries).misses;
    return {
      pageSize,
      policy,
      index,
      engine: engineOf(point),
      entries,
      ways,
      sets,
      hits: this.lookups - misses,
      misses,
      coldMisses: this.coldMisses,
      capacityMisses: misses - conflictMisses - this.coldMisses,
      conflictMisses,
      setDirty: this.#firstStores - firstStoreMisses,
      missRatio: missRatio(misses, this.lookups),
      mpki: mpki(misses, instructions),
    };
  }

  /** Fully associative LRU TLBs of every size from 1 to the footprint. */
  *everySize(instructions: number): Generator<SweepPoint> {
    const { pageSize } = this;
    for (let entries = 1; entries <= this.footprint; entries++) {
      const point = { pageSize, policy: "lru", index: "modulo", entries, ways: entries, sets: 1 } as const;
      yield this.pointOf(point, this.countsAt(entries), instructions);
    }
  }
}

/** The totals of a page size among `sizes`. */
export function totalsOf(sizes: readonly SizeTotals[], pageSize: PageSize): SizeTotals {
  const totals = sizes.find((size) => size.pageSize === pageSize);
  if (totals === undefined) throw new KernelError("layout", `nothing was counted for ${pageSize} pages`);
  return totals;
}

/** Counts of a point that come from `from`. */
export function countsOf(
  from: CountsFrom,
  point: ResolvedSweepPoint,
  tasks: readonly TaskCounts[],
  sizes: readonly SizeTotals[],
): MissCounts {
  if (from === "distances") return totalsOf(sizes, point.pageSize).countsAt(point.entries);
  const counts = tasks[from];
  return counts?.onePass ?? counts?.direct ?? { misses: Number.NaN, firstStoreMisses: Number.NaN };
}

/** Throws KernelError with status `check-failed` if a check has other counts one way than the other. */
export function checkCounts({ checks, tasks }: SweepPlan, counts: readonly TaskCounts[]): void {
  for (const task of checks) {
    const { onePass, direct } = counts[task] ?? {};
    if (onePass?.misses === direct?.misses && onePass?.firstStoreMisses === direct?.firstStoreMisses) continue;
    const { pageSize, index, entries, ways } = tasks[task] as SweepTask;
    const told = (way: MissCounts | null | undefined) =>
      `${way?.misses} misses (${way?.firstStoreMisses} first stores)`;
    throw new KernelError(
      "check-failed",
      `${entries}:${ways}, ${pageSize} pages, ${index}: one pass counted ${told(onePass)}, a simulation of this TLB alone ` +
        `${told(direct)}; this is a defect of pagewalk, and none of the results can be trusted`,
    );
  }
}
