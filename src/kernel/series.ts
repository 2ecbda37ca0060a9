/** Reads what a run's counters were over time (assembly/os/intervals.ts). */
import { type Counters, walkReferences } from "./counters.ts";
import type { KernelInstance } from "./instance.ts";

const SERIES_COUNTS = [
  "fetchReferences",
  "dataReferences",
  "l1iMisses",
  "l1dMisses",
  "stlbMisses",
  "walkReferences",
  "minorFaults",
  "majorFaults",
  "protections",
  "generalProtections",
] as const;

/** What was counted from the beginning to some time, or in some time. */
export type SeriesCounts = Record<(typeof SERIES_COUNTS)[number], number>;

/** What `counters` say of it. */
export function seriesCountsOf(counters: Counters): SeriesCounts {
  const all = { ...counters, walkReferences: walkReferences(counters) };
  return Object.fromEntries(SERIES_COUNTS.map((name) => [name, all[name]])) as SeriesCounts;
}

/** What was counted from `begin` to `end`. */
export function countedBetween(begin: SeriesCounts, end: SeriesCounts): SeriesCounts {
  const counts = { ...end };
  for (const name of SERIES_COUNTS) counts[name] -= begin[name];
  return counts;
}

/**
 * The ends of intervals since the last call, in the order of the trace, each counted from the beginning of the run.
 * @internal
 */
export function takeSeriesEnds(kernel: KernelInstance): SeriesCounts[] {
  const x = kernel.exports;
  const view = kernel.view();
  const from = x.seriesEndsAddress() >>> 0;
  const offsets = SERIES_COUNTS.map((name) => {
    return [name, kernel.offset(`SERIES_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`)] as const;
  });
  const ends = Array.from({ length: x.seriesEnds() }, (_, index) => {
    const at = from + index * x.SERIES_END_BYTES.value;
    const counts = {} as SeriesCounts;
    for (const [name, offset] of offsets) counts[name] = Number(view.getBigUint64(at + offset, true));
    return counts;
  });
  x.clearSeriesEnds();
  return ends;
}
