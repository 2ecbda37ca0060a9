/** Sweeps against plain TLBs while pages are unmapped and TLBs are flushed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAGE_SIZES, STREAMS, type SweepConfig } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { sweep } from "../../src/sweep.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { expectPlainCounts } from "../helpers/compare-sweeps.ts";
import { steps } from "../helpers/letters.ts";
import { randomFlushes, randomShapes, randomUnmaps, stepsOf } from "../helpers/page-streams.ts";
import { traceText } from "../helpers/syscalls.ts";

const GEOMETRIES = "1:1,2:2,3:3,4:4,4:1,6:2,8:4,12:3,15:5,16:16,17:full,24:12,36:18,40:8,64:full,64:4,34:17,80:40";

const shapes = randomShapes({ unmaps: randomUnmaps });
const denseShapes = randomShapes({
  unmaps: randomUnmaps,
  layout: fc.constant("dense"),
  pages: fc.integer({ min: 2, max: 9 }),
});

const config = fc.record<SweepConfig>({
  stream: fc.constantFrom(...STREAMS),
  geometries: fc.constant(GEOMETRIES),
  pageSizes: fc.subarray([...PAGE_SIZES], { minLength: 1 }),
  policies: fc.constantFrom("lru", "lru", "fifo,lru"),
  indexes: fc.constantFrom("modulo", "xor", "modulo,xor"),
  check: fc.constantFrom(0, 3, "all"),
});

/** `flushEvery` is left out where there is none. */
const flushing = (flushEvery: number): SweepConfig => (flushEvery === 0 ? {} : { flushEvery });

describe.each(BUILDS)("sweep() with the kernel ($name)", ({ module }) => {
  it("counts what plain TLBs count when ranges are unmapped", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(config, shapes, async (config, shape) => {
        await expectPlainCounts(stepsOf(shape), config);
      }),
      { seed: 21, numRuns: 80 },
    );
  });

  it("counts what plain TLBs count when few pages are unmapped and touched again and again", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(config, denseShapes, async (config, shape) => {
        const entries = { stream: "all", geometries: "1:1,2:2,3:3,4:4,5:5,6:6,7:7,8:8,4:2,6:3,8:4,4:1" } as const;
        await expectPlainCounts(stepsOf(shape), { ...config, ...entries });
      }),
      { seed: 22, numRuns: 150 },
    );
  });

  it("counts what plain TLBs count when TLBs are flushed", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(config, randomFlushes, randomShapes(), async (config, flushEvery, shape) => {
        await expectPlainCounts(stepsOf(shape), { ...config, ...flushing(flushEvery) });
      }),
      { seed: 23, numRuns: 60 },
    );
  });

  it("counts what plain TLBs count with flushes and unmapped ranges, in any number of threads' shares", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(config, randomFlushes, shapes, fc.integer({ min: 1, max: 3 }), async (...drawn) => {
        const [config, flushEvery, shape, simulators] = drawn;
        await expectPlainCounts(stepsOf(shape), { ...config, ...flushing(flushEvery) }, { simulators });
      }),
      { seed: 24, numRuns: 60 },
    );
  });
});

/** Misses by size, worked out by hand in test/reference/sweep.test.ts. */
it.each([
  { trace: "ab!ba", sizes: "1-3", misses: [3, 2, 2] },
  { trace: "ab!bca", sizes: "1-3", misses: [4, 3, 3] },
  { trace: "abcd!b!dac", sizes: "1-4", misses: [6, 5, 5, 4] },
  { trace: "abcd!b!dace ac", sizes: "2-4", misses: [8, 6, 5] },
])("fills the youngest empty way first: $trace", async ({ trace, sizes, misses }) => {
  const { points } = await expectPlainCounts(steps(trace), { entries: sizes, ways: "full", check: "all" });
  expect(points.map((point) => point.misses)).toEqual(misses);
});

it.each([1, 2, 3, 4, 5])("flushes after each %i of five records, of any kind", async (flushEvery) => {
  for (const stream of STREAMS) {
    const config = { geometries: "1:1,4:4", stream, flushEvery } as const;
    const { invalidations } = await expectPlainCounts(steps("a@aA@aa"), config);
    expect(invalidations.flushes).toBe(Math.floor(5 / flushEvery));
  }
});

it("takes time for a flush by what is to be flushed, not by the size of the TLBs", async () => {
  // Emptying all of them each time would take minutes.
  const large = {
    geometries: "4194304:4,3000000:3,2097152:32",
    policies: "lru,fifo",
    flushEvery: 1,
    check: 0,
  } as const;
  const trace = steps("abAcb".repeat(2000));
  const small = { ...large, geometries: "8:4,9:3,64:32" };
  const text = new TextEncoder().encode(traceText(trace));
  const missesOf = async (config: SweepConfig) =>
    (await sweep(chunkedTrace(text, 1 << 20), config)).points.map(({ misses, setDirty }) => [misses, setDirty]);
  expect(await missesOf(large)).toEqual(await missesOf(small));
  await expectPlainCounts(steps("abAcb".repeat(20)), small);
});

it("takes events before the first record, after the last and after one another", async () => {
  const trace = "!a!b aAb!a!a!baA!c!b!aab !a";
  for (const flushEvery of [0, 1, 2, 9]) {
    const config = { geometries: "1:1,2:2,2:1,4:4", pageSizes: "4K,2M,1G", ...flushing(flushEvery) };
    const { invalidations } = await expectPlainCounts(steps(trace), config);
    expect(invalidations.unmaps).toBe(9);
  }
});

it("sets D once for each page and each time that it is mapped, if the store hits", async () => {
  const trace = "abA aA!aaA bBb!cB!baB";
  const { points } = await expectPlainCounts(steps(trace), { geometries: "1:1,2:2,3:3", check: "all" });
  // With one entry: the second life of a, then b, then b again as a store after a load only in its first.
  expect(points.map(({ setDirty }) => setDirty)).toEqual([2, 3, 3]);
});
