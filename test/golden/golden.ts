/**
 * Golden counts: what the default machine and the default sweep count over bundled traces. They must be the same in
 * Node and in a browser, in the main thread and in a worker. Nothing here needs Node.
 */
import type { RunResult, SweepPoint, SweepResult } from "../../src/report/results.ts";
import { assertCounters, assertSweepCounters, countersOf } from "../reference/assert-counters.ts";

/** Files in test/traces, one of each compression. The counts of `NAME.lk.*` are in `NAME.json` here. */
export const GOLDEN_TRACES = ["lua_bt7.lk.zst", "matmul24.native.lk.xz", "sort400.lk.gz"] as const;

/** Name of the file, in this folder, that holds the counts of a trace. */
export function goldenFile(trace: string): string {
  return trace.replace(/\.lk\.\w+$/, ".json");
}

/** The counts of both results, as in the file, once they are found consistent. */
export function goldenCounts(run: RunResult, sweep: SweepResult) {
  assertCounters(run);
  assertSweepCounters(sweep);
  const { format, compression, records, instructions, skippedLines } = run.trace;
  return {
    trace: { format, compression, records, instructions, skippedLines },
    run: countersOf(run),
    sweep: {
      stream: sweep.stream,
      references: sweep.references,
      lookups: sweep.lookups,
      coldMisses: sweep.points[0]?.coldMisses,
      misses: ofPoints(sweep, ({ misses }) => misses),
      capacityMisses: ofPoints(sweep, ({ capacityMisses }) => capacityMisses),
      setDirty: ofPoints(sweep, ({ setDirty }) => setDirty),
      curves: sweep.curves.map(({ pageSize, footprint, floorEntries }) => ({ pageSize, footprint, floorEntries })),
    },
  };
}

function ofPoints(sweep: SweepResult, count: (point: SweepPoint) => number): Record<string, number> {
  return Object.fromEntries(sweep.points.map((point) => [`${point.entries}:${point.ways}`, count(point)]));
}
