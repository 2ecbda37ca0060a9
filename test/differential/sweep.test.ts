/** Sweeps against plain TLBs, on random records and on traces of known shapes; without events. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAGE_SIZES, STREAMS, type SweepConfig } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { BUILDS } from "../helpers/builds.ts";
import { expectPlainCounts } from "../helpers/compare-sweeps.ts";
import { loopOver, PATTERNS, randomShapes, stepsOf } from "../helpers/page-streams.ts";
import { randomRecords } from "../helpers/random-records.ts";
import type { Step } from "../reference/access.ts";

const GEOMETRIES = "1:1,2:2,4:1,6:2,8:4,12:3,15:5,16:16,17:full,24:12,36:18,40:8,64:full,256:2";

/** Few set counts, so that many TLBs share each, in any order. */
const sharedGeometries = fc
  .array(fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, 8, 16, 12), fc.integer({ min: 1, max: 40 })), {
    minLength: 1,
    maxLength: 120,
    size: "max",
  })
  .map((list) => list.map(([sets, ways]) => ({ entries: sets * ways, ways })));

describe.each(BUILDS)("sweep() with the kernel ($name)", ({ module }) => {
  it("counts what plain TLBs count, for every stream, page size, policy and index", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...STREAMS), fc.integer({ min: 1, max: 3 }), randomRecords, async (...drawn) => {
        const [stream, simulators, records] = drawn;
        const points = { geometries: GEOMETRIES, pageSizes: "4K,2M,1G", policies: "lru,fifo", indexes: "modulo,xor" };
        const result = await expectPlainCounts(records, { stream, ...points, check: 0 }, { simulators });
        // 14 geometries, 9 of them with a power of two of sets but one.
        expect(result.points.length).toBeGreaterThan(14 * 3 * 2);
      }),
      { seed: 5, numRuns: 50 },
    );
  });

  it("counts what plain TLBs count, whatever TLBs share a set count", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(
        sharedGeometries,
        fc.subarray([...PAGE_SIZES], { minLength: 1 }),
        fc.constantFrom("modulo", "xor,modulo"),
        fc.oneof(randomRecords, randomShapes().map(stepsOf)),
        async (geometries, pageSizes, indexes, steps) => {
          const config: SweepConfig = { stream: "all", geometries, pageSizes, indexes, check: 0 };
          await expectPlainCounts(steps, config);
        },
      ),
      { seed: 6, numRuns: 60 },
    );
  });
});

it.each(PATTERNS)("counts what plain TLBs count where pages are used in the pattern %s", async (pattern) => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...STREAMS), randomShapes({ pattern: fc.constant(pattern) }), async (...drawn) => {
      const [stream, shape] = drawn;
      const config: SweepConfig = {
        stream,
        geometries: GEOMETRIES,
        pageSizes: "4K,2M",
        indexes: "modulo,xor",
        check: 0,
      };
      await expectPlainCounts(stepsOf(shape), config);
    }),
    { seed: 7, numRuns: 25 },
  );
});

it("misses always in a loop over one page more than there are entries, of any number", async () => {
  for (const entries of [1, 2, 3, 15, 16, 17, 40, 64, 65]) {
    const pages = entries + 1;
    const { points } = await expectPlainCounts(loopOver(pages, 4), {
      geometries: [`${entries}:full`, `${pages}:full`],
      check: "all",
    });
    expect(points.map(({ misses }) => misses)).toEqual([pages * 4, pages]);
  }
});

it("counts what plain TLBs count in all sizes at once, hundreds of points", async () => {
  const sets = "1,2,3,4,6,7,8,16,32,64,5,128";
  await fc.assert(
    fc.asyncProperty(randomShapes(), async (shape) => {
      const config = { sets, ways: "1-24,31,32,33,40", stream: "all", indexes: "modulo,xor", check: 0 } as const;
      const { points } = await expectPlainCounts(stepsOf(shape), config);
      expect(points.length).toBeGreaterThan(12 * 28);
    }),
    { seed: 8, numRuns: 8 },
  );
});

/** Far apart, in few sets and in many: what two of them have in common are 0 to 32 low bits, or more. */
const PAGES = [0n, 1n, 2n, 4n, 5n, 16n, 1n << 14n, 1n << 31n, 1n << 32n, (1n << 32n) + 4n, 0xffff_8000_0000_0n];

/** Two pages in turns, with some stores and unmaps. */
const turns: fc.Arbitrary<Step[]> = fc
  .record({
    pages: fc.tuple(fc.constantFrom(...PAGES), fc.constantFrom(...PAGES)),
    times: fc.integer({ min: 1, max: 12 }),
    stores: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2 ** 12) }),
    unmaps: fc.boolean(),
  })
  .map(({ pages, times, stores, unmaps }) => {
    const accesses = Array.from({ length: times }, (_, index): Step => {
      const kind = (stores >> index) & 1 ? "store" : "load";
      return { kind, va: (pages[index & 1] ?? 0n) << 12n, size: 1 };
    });
    return unmaps ? [...accesses, { kind: "unmap", va: pages[0] << 12n, bytes: 4096n }] : accesses;
  });

it("counts what plain TLBs count where pages take turns, in sets that they share and others", async () => {
  const runs = fc.array(turns, { minLength: 1, maxLength: 30, size: "max" }).map((runs) => runs.flat());
  const geometries = "1:1,2:1,4:1,8:1,16:1,16384:1,2:2,4:2,8:2,16:4,64:16,32:full";
  const rest = fc.record({
    policies: fc.constantFrom("lru", "lru,fifo"),
    pageSizes: fc.constantFrom("4K", "4K,2M"),
    check: fc.constantFrom<(0 | 3 | "all")[]>(0, 3, "all"),
    flushEvery: fc.constantFrom<(number | "never")[]>("never", "never", 40),
  });
  await fc.assert(
    fc.asyncProperty(runs, rest, async (steps, rest) => {
      await expectPlainCounts(steps, { geometries, ...rest });
    }),
    { seed: 9, numRuns: 25 },
  );
});
