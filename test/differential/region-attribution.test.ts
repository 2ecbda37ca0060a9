/**
 * Who misses by region, against what was counted when the traces were recorded: NAME.regions.json beside a trace has the
 * records of each region. Of those bundled, and of the folder that PAGEWALK_TRACES names.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openRegions } from "../../src/regions/open.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { recordedTraces } from "../helpers/traces.ts";
import { assertRows, assertSeries } from "../reference/assert-attribution.ts";
import { assertCounters, countersOf } from "../reference/assert-counters.ts";

interface RecordedRegions {
  unattributed: number;
  by_name: Record<string, { I: number; L: number; S: number; M: number }>;
}

const traces = recordedTraces()
  .map((trace) => ({ ...trace, regionsPath: join(trace.path, "..", `${trace.name}.regions.json`) }))
  .filter(({ regionsPath }) => existsSync(regionsPath));

it("there are traces with regions", () => {
  expect(traces.length).toBeGreaterThanOrEqual(4);
});

describe.each(traces)("$name", ({ path, regionsPath }) => {
  it("has the records of each region, all of them attributed, and the counts of a run without", async () => {
    const recorded: RecordedRegions = JSON.parse(readFileSync(regionsPath, "utf8"));
    const regions = await openRegions(regionsPath);
    const by = ["region", "page", "pc", "kind"] as const;
    const result = await simulate(await openTrace(path), {}, { by, interval: "100k", regions });
    assertCounters(result);
    assertRows(result, result.by ?? {});
    assertSeries(result, result.trace.records, result.series);

    expect(recorded.unattributed).toBe(0);
    const touched = Object.entries(recorded.by_name).filter(([, { I, L, S, M }]) => I + L + S + M > 0);
    const expected = touched.map(
      ([name, { I, L, S, M }]) => [name, { fetch: I, load: L, store: S, modify: M }] as const,
    );
    // A region may be referred to by the second page of a record alone.
    const rows = (result.by?.region ?? []).filter(({ accesses }) => Object.values(accesses).some((count) => count > 0));
    expect(Object.fromEntries(rows.map(({ name, accesses }) => [name, accesses]))).toEqual(
      Object.fromEntries(expected),
    );
    expect(result.by?.region?.map(({ name }) => name)).not.toContain("unattributed");
    expect([...(result.by?.page ?? []), ...(result.by?.pc ?? [])].filter(({ region }) => region === undefined)).toEqual(
      [],
    );

    expect(countersOf(result)).toEqual(countersOf(await simulate(await openTrace(path))));
  }, 300_000);
});
