/** Curves of sweeps, and sweeps of every size, against as many plain TLBs. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAGE_SIZES, STREAMS, type SweepConfig } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { sweep } from "../../src/sweep.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { expectPlainCounts } from "../helpers/compare-sweeps.ts";
import { steps } from "../helpers/letters.ts";
import { loopOver, randomFlushes, randomShapes, randomUnmaps, stepsOf } from "../helpers/page-streams.ts";
import { randomRecords } from "../helpers/random-records.ts";

const config = fc.record<SweepConfig>({
  entries: fc.constant("auto"),
  stream: fc.constantFrom(...STREAMS),
  pageSizes: fc.subarray([...PAGE_SIZES], { minLength: 1 }),
  check: fc.constantFrom(0, 3, "all"),
});

describe.each(BUILDS)("sweep() of every size with the kernel ($name)", ({ module }) => {
  it("has the points and curves of plain TLBs", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(config, fc.oneof(randomRecords, randomShapes().map(stepsOf)), async (config, steps) => {
        await expectPlainCounts(steps, config);
      }),
      { seed: 41, numRuns: 50 },
    );
  });

  it("has them with flushes and unmapped ranges, too", async () => {
    provideKernelModule(module);
    const shapes = randomShapes({ unmaps: randomUnmaps });
    await fc.assert(
      fc.asyncProperty(config, randomFlushes, shapes, async (config, flushEvery, shape) => {
        await expectPlainCounts(stepsOf(shape), flushEvery === 0 ? config : { ...config, flushEvery });
      }),
      { seed: 42, numRuns: 50 },
    );
  });

  it("has them behind L1 TLBs, too", async () => {
    provideKernelModule(module);
    const shapes = randomShapes({ unmaps: randomUnmaps });
    await fc.assert(
      fc.asyncProperty(config, shapes, async (config, shape) => {
        const l1 = config.stream === "fetch" ? { l1i: "4:4" } : { l1d: "6:2" };
        await expectPlainCounts(stepsOf(shape), { ...config, ...l1 });
      }),
      { seed: 43, numRuns: 30 },
    );
  });
});

it("has one point for each size from 1 to the footprint, whatever was unmapped", async () => {
  const { points, curves } = await expectPlainCounts(steps("abca!b!cabcd abc"), { entries: "auto", check: "all" });
  expect(points.map(({ entries, ways, sets }) => [entries, ways, sets])).toEqual([1, 2, 3, 4].map((n) => [n, n, 1]));
  expect(curves).toMatchObject([{ pageSize: "4K", footprint: 4, coldMisses: 6, floorEntries: 4 }]);
});

it("has them also where there are more sizes than a call may have arguments", { timeout: 60_000 }, async () => {
  const pages = 200_000;
  const text = Array.from({ length: pages }, (_, page) => ` L ${((page + 1) * 4096).toString(16)},4\n`).join("");
  const trace = chunkedTrace(new TextEncoder().encode(text), 1 << 20);
  const { points } = await sweep(trace, { entries: "auto", check: 0 });
  expect(points.length).toBe(pages);
  expect(points.at(-1)).toMatchObject({ entries: pages, misses: pages });
});

it("has its floor where all that is in use at once fits", async () => {
  const floor = async (trace: string) =>
    (await expectPlainCounts(steps(trace), { geometries: "1:1" })).curves[0]?.floorEntries;
  expect(await floor("abcdefgh")).toBe(1);
  expect(await floor("aabb ccdd")).toBe(1);
  expect(await floor("abab cdcd")).toBe(2);
  expect(await floor("abcd abcd")).toBe(4);
  // b is unmapped and leaves its way to c; but two ways there must be.
  expect(await floor("ab!bca")).toBe(2);
});

it("has no curve that depends on the points", async () => {
  const trace = stepsOf({
    ...{ pattern: "zipf", layout: "mixed", base: 0, pages: 50, records: 3000, repeats: 0, seed: 4 },
    ...{ mix: { fetches: 0, stores: 10 }, unmaps: [] },
  });
  const curvesOf = async (config: SweepConfig) => (await expectPlainCounts(trace, { ...config, check: 0 })).curves;
  const curves = await curvesOf({ geometries: "64:4" });
  expect(await curvesOf({ geometries: "7:full,64:1", indexes: "xor,modulo" })).toEqual(curves);
  expect(await curvesOf({ geometries: "4:2", policies: "fifo" })).toEqual(curves);
  expect(await curvesOf({ entries: "auto" })).toEqual(curves);
});

it("finds the steps of a loop: nothing below it helps, nothing above it does more", async () => {
  const { curves } = await expectPlainCounts(loopOver(24, 100), { geometries: "16:4" });
  expect(curves[0]).toMatchObject({
    floorEntries: 24,
    steps: [{ toEntries: 24, missesBefore: 2400, missesAfter: 24 }],
  });
  for (const { entries } of curves[0]?.knees ?? []) expect([24, null]).toContain(entries);
});
