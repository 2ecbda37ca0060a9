/**
 * Who missed, and what was counted over time, as CSV: each one table, whatever the number of traces and dimensions. See
 * csv.ts.
 */
import { DIMENSIONS } from "../config/attribution.ts";
import { tellThreads } from "./csv.ts";
import { line, pieces } from "./csv-lines.ts";
import type { RunResult } from "./results.ts";

/**
 * One row for each row of each dimension of each result, in their order; in pieces, each of some rows. `run` counts the
 * results from 1, since several may be of one trace.
 */
export function attributionCsv(results: readonly RunResult[]): Generator<string> {
  return pieces(attributionLines(results));
}

function* attributionLines(results: readonly RunResult[]): Generator<string> {
  const areOfThreads = tellThreads(results);
  const own = ["by", "name", "region"];
  const accesses = ["fetches", "loads", "stores", "modifies"];
  const costs = ["fetchReferences", "dataReferences", "l1Misses", "stlbMisses", "walkReferences", "faults"];
  yield line(["trace", "run", ...own, ...accesses, ...costs, ...(areOfThreads ? ["thread"] : [])]);
  for (const [run, { trace, by = {} }] of results.entries()) {
    for (const dimension of DIMENSIONS) {
      for (const row of by[dimension] ?? []) {
        const { fetch, load, store, modify } = row.accesses;
        const { references, l1Misses, stlbMisses, walkReferences, faults } = row;
        yield line([
          ...[trace.path, run + 1, dimension, row.name, row.region, fetch, load, store, modify],
          ...[references.fetch, references.data, l1Misses, stlbMisses, walkReferences, faults],
          ...(areOfThreads ? [trace.thread] : []),
        ]);
      }
    }
  }
}

const SERIES_COUNTS = [
  ...(["records", "fetchReferences", "dataReferences", "l1iMisses", "l1dMisses", "stlbMisses"] as const),
  ...(["walkReferences", "minorFaults", "majorFaults", "protections", "generalProtections"] as const),
];

/**
 * One row for each interval of each series, in the order of the trace; in pieces, each of some rows. `interval` counts
 * from 0, and `firstRecord`, as records in errors do, from 1.
 */
export function seriesCsv(results: readonly RunResult[]): Generator<string> {
  return pieces(seriesLines(results));
}

function* seriesLines(results: readonly RunResult[]): Generator<string> {
  const areOfThreads = tellThreads(results);
  const own = ["trace", "run", "interval", "firstRecord"];
  yield line([...own, ...SERIES_COUNTS, ...(areOfThreads ? ["thread"] : [])]);
  for (const [run, { trace, series }] of results.entries()) {
    if (series === undefined) continue;
    for (const [index, interval] of series.intervals.entries()) {
      yield line([
        ...[trace.path, run + 1, index, index * series.intervalRecords + 1],
        ...SERIES_COUNTS.map((name) => interval[name]),
        ...(areOfThreads ? [trace.thread] : []),
      ]);
    }
  }
}
