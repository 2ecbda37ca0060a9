/** What is asserted of every sweep's result: that it accepts what is right, and sees one count that is off by one. */
import { describe, expect, it } from "vitest";
import type { ResolvedSweep, ResolvedSweepPoint } from "../../src/config/types.ts";
import type { SweepCurve, SweepResult } from "../../src/report/results.ts";
import { stepsOf } from "../helpers/page-streams.ts";
import type { PageSize, Step } from "./access.ts";
import { assertSweepCounters } from "./assert-counters.ts";
import { ReferenceSweep, sweepOf } from "./sweep.ts";

function point(entries: number, ways: number, fields: Partial<ResolvedSweepPoint> = {}): ResolvedSweepPoint {
  return { pageSize: "4K", policy: "lru", index: "modulo", entries, ways, sets: entries / ways, ...fields };
}

const POINTS = [
  ...[point(8, 8), point(8, 2), point(4, 1), point(16, 4), point(16, 2, { index: "xor" }), point(24, 24)],
  ...[point(12, 3, { policy: "fifo" }), point(4, 1, { pageSize: "2M" }), point(4, 4, { pageSize: "2M" })],
];

const STEPS = stepsOf({
  ...{ pattern: "zipf", layout: "mixed", base: 0x1000, pages: 60, records: 3000, repeats: 20, seed: 1 },
  ...{ mix: { fetches: 30, stores: 10 }, unmaps: [{ before: 900, page: 3, pages: 2, lessBytes: 0 }] },
});

/** The result that the plain model has for a sweep. */
function resultOf(steps: readonly Step[], resolved: ResolvedSweep): SweepResult {
  const sweep = new ReferenceSweep(steps, resolved);
  const { l1, points, ...counts } = sweep.counts();
  const records = steps.filter(({ kind }) => kind !== "unmap").length;
  const instructions = steps.filter(({ kind }) => kind === "fetch").length;
  const ratios = (misses: number, lookups: number) => ({
    missRatio: lookups === 0 ? 0 : misses / lookups,
    mpki: instructions === 0 ? null : (misses / instructions) * 1000,
  });
  return {
    schema: "pagewalk/sweep@1",
    version: "0",
    trace: { path: "-", format: "lackey", compression: "none", records, instructions, skippedLines: 0 },
    ...counts,
    l1: l1.map((tlb) => ({ ...tlb, ...ratios(tlb.misses, tlb.lookups) })),
    points: points.map((point) => ({
      ...point,
      engine: point.policy === "lru" ? "one-pass" : "direct",
      ...ratios(point.misses, point.hits + point.misses),
    })),
    checkedReferences: null,
    checkedPoints: Math.min(resolved.check, points.filter(({ policy }) => policy === "lru").length),
    curves: sweep.pageSizes.map((pageSize) => curveOf(sweep, pageSize)),
    time: { seconds: 0, referencesPerSecond: 0 },
  };
}

function curveOf(sweep: ReferenceSweep, pageSize: PageSize): SweepCurve {
  const footprint = sweep.footprint(pageSize);
  const coldMisses = sweep.coldMisses(pageSize);
  const lookups = sweep.lookups(pageSize);
  const samples = Array.from({ length: Math.max(1, footprint) }, (_, index) => {
    return { entries: index + 1, misses: sweep.missesOf(pageSize, index + 1) };
  });
  const fewest = (misses: number) => samples.find((sample) => sample.misses <= misses)?.entries ?? null;
  const [toEntries, missesAfter] = [samples[3]?.entries ?? 1, samples[3]?.misses ?? 0];
  return {
    ...{ pageSize, footprint, coldMisses, floorEntries: fewest(coldMisses) ?? 1, samples },
    knees: [0.5, 0.9, 0.999].map((hitRate) => ({ hitRate, entries: fewest(lookups * (1 - hitRate)) })),
    steps: toEntries > 1 ? [{ fromEntries: 1, toEntries, missesBefore: lookups, missesAfter }] : [],
  };
}

describe("assertSweepCounters()", () => {
  const front = { l1i: { entries: 4, ways: 4, sets: 1 }, l1d: { entries: 6, ways: 2, sets: 3 } };

  it("accepts what the plain model counts", () => {
    assertSweepCounters(resultOf(STEPS, sweepOf(POINTS)));
    assertSweepCounters(resultOf(STEPS, sweepOf(POINTS, { flushEvery: 70, check: 3 })));
    assertSweepCounters(resultOf(STEPS, sweepOf(POINTS, { stream: "data", front: { ...front, l1i: null } })));
    assertSweepCounters(resultOf(STEPS, sweepOf(POINTS, { front, check: Number.POSITIVE_INFINITY })));
    assertSweepCounters(resultOf(STEPS, sweepOf([], { auto: ["4K", "2M"] })));
    const noneOfStream = STEPS.filter(({ kind }) => kind === "fetch");
    assertSweepCounters(resultOf(noneOfStream, sweepOf(POINTS, { stream: "data" })));
  });

  it.each([null, front])("sees one count that is off by one, behind %o", (front) => {
    const result = resultOf(STEPS, sweepOf(POINTS, { front }));
    assertSweepCounters(result);
    // Those that nothing ties down, but for bounds.
    const loose =
      /^trace|^time|^l1.*(entries|ways)|invalidations|checkedPoints|setDirty|footprint|steps|knees|fromEntries/;
    const paths = numberPaths(result).filter((path) => !loose.test(path.join(".")));
    expect(paths.length).toBeGreaterThan(100);
    for (const path of paths) {
      // A sample between two others that stands beside no point may be more or less.
      if (path[0] === "curves" && path[2] === "samples") continue;
      for (const change of [1, -1]) {
        const wrong = changed(result, path, change);
        expect(() => assertSweepCounters(wrong), `${path.join(".")} ${change}`).toThrow();
      }
    }
  });

  it("sees ways that lose what fewer ways hold", () => {
    const result = resultOf(STEPS, sweepOf([point(8, 2), point(12, 3)]));
    const [fewer, more] = result.points;
    if (fewer === undefined || more === undefined) throw new Error("no points");
    expect(more.misses).toBeLessThan(fewer.misses);
    assertSweepCounters(result);
    const lost = fewer.misses - more.misses + 1;
    more.misses += lost;
    more.hits -= lost;
    more.conflictMisses += lost;
    more.missRatio = more.misses / (more.hits + more.misses);
    more.mpki = (more.misses / result.trace.instructions) * 1000;
    expect(() => assertSweepCounters(result)).toThrow("2 to 3 ways: misses");
  });
});

function changed(result: SweepResult, path: readonly string[], change: number): SweepResult {
  const wrong = structuredClone(result);
  // biome-ignore lint/suspicious/noExplicitAny: a path of any shape.
  const owner = path.slice(0, -1).reduce((value: any, key) => value[key], wrong);
  owner[path.at(-1) as string] += change;
  return wrong;
}

function numberPaths(value: unknown, path: string[] = []): string[][] {
  if (typeof value === "number") return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => numberPaths(member, [...path, key]));
}
