/** The sweep against plain TLBs, on random records. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveSweep } from "../../src/config/resolve.ts";
import { STREAMS, type SweepConfig } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { LocalSimulator, sweep } from "../../src/sweep.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { assertSweepCounters } from "../reference/assert-counters.ts";
import { referenceSweep } from "../reference/sweep.ts";

const GEOMETRIES = "1:1,2:2,4:1,6:2,8:4,12:3,15:5,16:16,17:full,24:12,36:18,40:8,64:full";

/** Few set counts, so that several TLBs share each, in any order. */
const geometries = fc
  .array(fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, 8, 16, 12), fc.integer({ min: 1, max: 40 })), {
    minLength: 1,
    maxLength: 40,
    size: "max",
  })
  .map((list) => list.map(([sets, ways]) => ({ entries: sets * ways, ways })));

describe.each(BUILDS)("sweep() with the kernel ($name)", ({ module }) => {
  it("counts what plain TLBs count, for every stream, page size and policy", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...STREAMS), fc.integer({ min: 1, max: 3 }), randomRecords, async (...drawn) => {
        const [stream, shares, records] = drawn;
        const config = { stream, geometries: GEOMETRIES, pageSizes: "4K,2M,1G", policies: "lru,fifo" };
        const simulators = Array.from({ length: shares }, () => new LocalSimulator());
        const trace = await openTrace(new TextEncoder().encode(lackeyText(records)));
        const result = await sweep(trace, config, { simulators });
        assertSweepCounters(result);
        expect(result.points).toEqual(referenceSweep(records, stream, resolveSweep(config).points));
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it("counts what plain TLBs count, whatever TLBs share a set count", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(geometries, fc.constantFrom("4K", "2M"), randomRecords, async (geometries, page, records) => {
        const config: SweepConfig = { stream: "all", geometries, pageSizes: page };
        const { points } = await sweep(await openTrace(new TextEncoder().encode(lackeyText(records))), config);
        expect(points).toEqual(referenceSweep(records, "all", resolveSweep(config).points));
      }),
      { seed: 6, numRuns: 100 },
    );
  });
});
