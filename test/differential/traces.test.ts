/** Every recorded trace: the kernel against the plain model and against what was counted at the recording. */
import { describe, expect, it } from "vitest";
import type { Config } from "../../src/config/types.ts";
import { info } from "../../src/info.ts";
import { simulate } from "../../src/simulate.ts";
import { sweep } from "../../src/sweep.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { type RecordedTrace, recordedTraces } from "../helpers/traces.ts";
import { assertCounters, assertSweepCounters, countersOf } from "../reference/assert-counters.ts";
import { parseLackey } from "../reference/lackey.ts";
import { runReference } from "../reference/machine.ts";

/** Replaying more records through the plain model takes minutes. */
const PLAIN_MODEL_RECORDS = 6_000_000;
const TIMEOUT_MS = 300_000;

const MACHINES: Config[] = [
  {},
  { l1d: "16:full", l1i: "24:full", stlb: "96:6", psc: "none" },
  { pageSize: "2M", l1d: "32:4" },
];

describe.each(recordedTraces())("$name", ({ path, recorded }: RecordedTrace) => {
  it("gives the counts that were recorded with it", { timeout: TIMEOUT_MS }, async () => {
    const result = await simulate(await openTrace(path));
    assertCounters(result);
    expect(result.accesses).toEqual({ fetch: recorded.I, load: recorded.L, store: recorded.S, modify: recorded.M });
    expect(result.trace).toMatchObject({ records: recorded.records, instructions: recorded.I });
    expect(result.memory.distinctPages).toBe(recorded.pages_4k);
    const told = await info(await openTrace(path));
    expect(told.footprint.map(({ pages }) => pages)).toEqual([recorded.pages_4k, recorded.pages_2m, recorded.pages_1g]);
    expect(told.footprint[0]).toMatchObject({ codePages: recorded.pages_4k_code, dataPages: recorded.pages_4k_data });
    expect(told.straddling).toBe(recorded.crossing_4k);
    expect(BigInt(told.addresses.lowest ?? 0)).toBe((BigInt(recorded.lowest) >> 12n) << 12n);
  });

  it("gives the TLB misses that were recorded with it", { timeout: TIMEOUT_MS }, async () => {
    const tlbs = recorded.reference_tlbs;
    if (tlbs === undefined) return expect(recorded.records).toBeGreaterThan(0);
    const geometries = { data: "64:4,64:full,16:full,1:1", fetch: "128:8,64:8", all: "1536:12" } as const;
    const names = {
      data: ["dtlb_64e_4way_4k", "dtlb_64e_full_4k", "dtlb_16e_full_4k", "dtlb_1_entry_4k"],
      fetch: ["itlb_128e_8way_4k", "itlb_64e_8way_4k"],
      all: ["stlb_1536e_12way_4k_unified"],
    };
    for (const stream of ["data", "fetch", "all"] as const) {
      const result = await sweep(await openTrace(path), { stream, geometries: geometries[stream] });
      assertSweepCounters(result);
      const got = result.points.map(({ hits, misses }) => ({ accesses: result.references, hits, misses }));
      expect(got).toEqual(names[stream].map((name) => tlbs[name]));
    }
    const large = await sweep(await openTrace(path), { geometries: "32:4", pageSizes: "2M" });
    expect(large.points[0]?.misses).toBe(tlbs.dtlb_32e_4way_2m?.misses);
  });

  it("gives the counts of the plain model on several machines", { timeout: TIMEOUT_MS }, async ({ skip }) => {
    if (recorded.records > PLAIN_MODEL_RECORDS) skip("too long for the plain model");
    const { records, skippedLines } = parseLackey(await plainBytes(path));
    for (const config of MACHINES) {
      const result = await simulate(await openTrace(path), config);
      assertCounters(result);
      expect(result.trace.skippedLines).toBe(skippedLines);
      expect(countersOf(result)).toEqual(runReference(records, result.config));
    }
  });
});
