/** Sweeps of second-level TLBs against plain ones behind plain L1 TLBs, and against runs of the same machine. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAGE_SIZES, STREAMS, type SweepConfig } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { plainTlbs } from "../../src/report/tlb-levels.ts";
import { simulate } from "../../src/simulate.ts";
import { sweep } from "../../src/sweep.ts";
import { openTrace, type Trace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { expectPlainCounts } from "../helpers/compare-sweeps.ts";
import { randomFlushes, randomShapes, randomUnmaps, stepsOf } from "../helpers/page-streams.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { bundled } from "../helpers/traces.ts";
import { assertCounters, assertSweepCounters } from "../reference/assert-counters.ts";

const STLBS = "1:1,2:2,4:1,6:2,8:4,12:3,16:16,17:full,24:12,36:18,40:8,64:full";

const l1 = fc.constantFrom("1:1", "2:2", "4:1", "4:4", "6:2", "9:3", "16:4", "17:full", "48:3");

/** The L1 TLBs of the streams looked at, and no others: to ask for these is an error. */
const l1s = fc.tuple(fc.constantFrom(...STREAMS, "all"), l1, l1).map(([stream, l1i, l1d]): SweepConfig => {
  return { stream, ...(stream === "data" ? {} : { l1i }), ...(stream === "fetch" ? {} : { l1d }) };
});

const rest = fc.record<SweepConfig>({
  stlb: fc.constant(STLBS),
  pageSizes: fc.subarray([...PAGE_SIZES], { minLength: 1 }),
  policies: fc.constantFrom("lru", "lru", "fifo,lru"),
  indexes: fc.constantFrom("modulo", "modulo,xor"),
  check: fc.constantFrom(0, 3, "all"),
});

const config = fc.tuple(l1s, rest).map(([l1s, rest]): SweepConfig => ({ ...l1s, ...rest }));

/** Holds a sweep of one second-level TLB to a run of the machine that it is part of. */
async function expectRun(trace: Trace, machine: { l1i: string; l1d: string; stlb: string }): Promise<void> {
  const swept = await sweep(trace, { ...machine, stream: "all", pageSizes: "4K,2M,1G" });
  assertSweepCounters(swept);
  for (const pageSize of PAGE_SIZES) {
    const run = await simulate(trace, { ...machine, pageSize });
    assertCounters(run);
    const [l1i, l1d, stlb] = plainTlbs(run);
    const of = <Row extends { pageSize: string }>(rows: Row[]) => rows.filter((row) => row.pageSize === pageSize);
    const l1Rows = [l1i, l1d].map((tlb) => ({ ...tlb, pageSize }));
    expect(of(swept.l1)).toEqual(l1Rows);
    expect(of(swept.lookups)).toEqual([{ pageSize, lookups: stlb.lookups }]);
    const { hits, misses, missRatio, mpki } = stlb;
    const expected = { hits, misses, missRatio, mpki, setDirty: run.walks.setDirty };
    expect(of(swept.points)).toMatchObject([{ ...expected, coldMisses: run.memory.distinctPages }]);
  }
}

describe.each(BUILDS)("sweep() with L1 TLBs in front, with the kernel ($name)", ({ module }) => {
  it("counts what plain TLBs count", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(config, fc.oneof(randomRecords, randomShapes().map(stepsOf)), async (config, steps) => {
        await expectPlainCounts(steps, config);
      }),
      { seed: 31, numRuns: 60 },
    );
  });

  it("counts what plain TLBs count with flushes and unmapped ranges", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(
        config,
        randomFlushes,
        randomShapes({ unmaps: randomUnmaps }),
        fc.integer({ min: 1, max: 3 }),
        async (config, flushEvery, shape, simulators) => {
          const given = flushEvery === 0 ? config : { ...config, flushEvery };
          await expectPlainCounts(stepsOf(shape), given, { simulators });
        },
      ),
      { seed: 32, numRuns: 80 },
    );
  });

  it("counts what a run counts", async () => {
    provideKernelModule(module);
    const stlb = fc.constantFrom("1:1", "8:4", "12:3", "24:12", "64:full");
    await fc.assert(
      fc.asyncProperty(fc.record({ l1i: l1, l1d: l1, stlb }), randomRecords, async (machine, records) => {
        await expectRun(await openTrace(new TextEncoder().encode(lackeyText(records))), machine);
      }),
      { seed: 33, numRuns: 40 },
    );
  });
});

it.each(["sort400.lk.gz", "matmul24.native.lk.xz", "python.200k.lk.gz"])(
  "counts what a run of %s counts",
  async (name) => {
    const trace = await openTrace(bundled(name));
    await expectRun(trace, { l1i: "128:8", l1d: "64:4", stlb: "1536:12" });
    await expectRun(trace, { l1i: "16:full", l1d: "24:3", stlb: "48:full" });
  },
);

it("has in front the L1 TLBs of the streams looked at, and no others", async () => {
  const steps = stepsOf({
    ...{ pattern: "zipf", layout: "mixed", base: 0x1000, pages: 60, records: 900 },
    ...{ mix: { fetches: 40, stores: 15 }, repeats: 0, unmaps: [], seed: 3 },
  });
  const names = async (config: SweepConfig) => {
    const { l1 } = await expectPlainCounts(steps, { geometries: "64:4,1536:12", ...config });
    return l1.map(({ name, entries, ways }) => `${name} ${entries}:${ways}`);
  };
  expect(await names({ l1d: "8:2", stream: "data" })).toEqual(["L1D 8:2"]);
  expect(await names({ l1i: "16:4", stream: "fetch" })).toEqual(["L1I 16:4"]);
  // The other is that of the default CPU.
  expect(await names({ l1i: "16:4", stream: "all" })).toEqual(["L1I 16:4", "L1D 64:4"]);
  expect(await names({ l1d: "8:2", stream: "all" })).toEqual(["L1I 128:8", "L1D 8:2"]);
  expect(await names({ stream: "all" })).toEqual([]);
});
