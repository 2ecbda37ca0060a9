/** Holds a sweep to the plain model: every point, L1 TLB and curve. */
import { expect } from "vitest";
import { resolveSweep } from "../../src/config/resolve.ts";
import type { SweepConfig } from "../../src/config/types.ts";
import type { SweepCurve, SweepResult } from "../../src/report/results.ts";
import { LocalSimulator, sweep } from "../../src/sweep.ts";
import type { Step } from "../reference/access.ts";
import { assertSweepCounters } from "../reference/assert-counters.ts";
import { type CountedSweep, ReferenceSweep } from "../reference/sweep.ts";
import { chunkedTrace } from "./chunked-trace.ts";
import { traceText } from "./syscalls.ts";

interface ComparisonOptions {
  simulators?: number;
  chunkBytes?: number;
  /** The trace, if it is not the text of the steps. */
  bytes?: Uint8Array;
  /** Samples of each curve to simulate, and knees: fewer for long traces. @default all */
  samples?: number;
}

/** Sweeps `steps` as `config` says, and fails unless all that is counted is what the plain model counts. */
export async function expectPlainCounts(
  steps: readonly Step[],
  config: SweepConfig,
  options: ComparisonOptions = {},
): Promise<SweepResult> {
  const { simulators = 1, chunkBytes = 1 << 20, samples = Number.POSITIVE_INFINITY } = options;
  const bytes = options.bytes ?? new TextEncoder().encode(traceText(steps));
  const result = await sweep(chunkedTrace(bytes, chunkBytes), config, {
    simulators: Array.from({ length: simulators }, () => new LocalSimulator()),
  });
  assertSweepCounters(result);
  const resolved = resolveSweep(config);
  const model = new ReferenceSweep(steps, resolved);
  expect(countsOf(result)).toEqual(model.counts());
  expect(result.curves.map(({ pageSize }) => pageSize)).toEqual(model.pageSizes);
  const onePass = result.points.filter(({ engine }) => engine === "one-pass");
  for (const { policy, sets, ways, engine } of result.points) {
    if (policy !== "lru") expect(engine).toBe("direct");
    else if (sets === 1 || ways <= 64) expect(engine).toBe("one-pass");
  }
  // Of every size, those to check are chosen before it is known how many there are.
  if (resolved.auto.length === 0) expect(result.checkedPoints).toBe(Math.min(resolved.check, onePass.length));
  for (const curve of result.curves) expectPlainCurve(curve, model, samples);
  return result;
}

/** All that is counted, but for the curves. */
function countsOf({ stream, references, lookups, invalidations, l1, points }: SweepResult): CountedSweep {
  return {
    ...{ stream, references, lookups, invalidations },
    l1: l1.map(({ missRatio, mpki, ...counts }) => counts),
    points: points.map(({ engine, missRatio, mpki, ...counts }) => counts),
  };
}

function expectPlainCurve(curve: SweepCurve, model: ReferenceSweep, samples: number): void {
  const { pageSize, coldMisses, floorEntries } = curve;
  const misses = (entries: number) => model.missesOf(pageSize, entries);
  const lookups = misses(0);
  expect({ footprint: curve.footprint, coldMisses }).toEqual({
    footprint: model.footprint(pageSize),
    coldMisses: model.coldMisses(pageSize),
  });
  if (lookups === 0) return;

  expect(misses(floorEntries), `${floorEntries} entries are enough`).toBe(coldMisses);
  if (floorEntries > 1)
    expect(misses(floorEntries - 1), `${floorEntries - 1} entries are not`).toBeGreaterThan(coldMisses);

  for (const { hitRate, entries } of some(curve.knees, samples)) {
    // Rates have few digits; whole numbers compare exactly.
    const reaches = (count: number) => (lookups - count) * 1e6 >= Math.round(hitRate * 1e6) * lookups;
    if (entries === null) {
      expect(reaches(coldMisses), `no TLB reaches ${hitRate}`).toBe(false);
    } else {
      expect(reaches(misses(entries)), `${entries} entries reach ${hitRate}`).toBe(true);
      if (entries > 1) expect(reaches(misses(entries - 1)), `${entries - 1} do not reach ${hitRate}`).toBe(false);
    }
  }
  const sampled = some(curve.samples, samples);
  expect(sampled).toEqual(sampled.map(({ entries }) => ({ entries, misses: misses(entries) })));
  for (const { fromEntries, toEntries, missesBefore, missesAfter } of some(curve.steps, samples)) {
    expect(missesAfter, `misses at the end of a step, ${toEntries} entries`).toBe(misses(toEntries));
    expect([misses(fromEntries), misses(fromEntries - 1)], `misses before ${fromEntries} entries`).toContain(
      missesBefore,
    );
  }
}

/** At most `count` of `items`, the first and the last among them. */
function some<Item>(items: readonly Item[], count: number): Item[] {
  if (items.length <= count) return [...items];
  const stride = (items.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => items[Math.round(index * stride)] as Item);
}
