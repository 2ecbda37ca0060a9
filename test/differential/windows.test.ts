/** Windows of a trace: what is counted is what the plain model counts of it after what comes before it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolve, resolveSweep } from "../../src/config/resolve.ts";
import type { SelectionOptions } from "../../src/config/selection.ts";
import type { SweepConfig } from "../../src/config/types.ts";
import { TraceError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { LocalSimulator, sweep } from "../../src/sweep.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import type { Access } from "../reference/access.ts";
import { assertIdentities, countersOf } from "../reference/assert-counters.ts";
import { type Counters, runReference } from "../reference/machine.ts";
import { referenceSweep } from "../reference/sweep.ts";

const geometry = fc.constantFrom("1:1", "4:1", "8:2", "16:1", "32:2", "17:full");
const machine = fc.record({ l1i: geometry, l1d: geometry, stlb: geometry });
const part = fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.nat(500) });
const window = fc.record({
  skip: part,
  warmup: part,
  limit: fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 900 })),
  unit: fc.constantFrom("records" as const, "instructions" as const),
});

/** The indexes of records at which the parts of a window begin and end. */
function boundaries(records: readonly Access[], { skip, warmup, limit, unit }: Required<SelectionOptions>): number[] {
  const starts = records.flatMap(({ kind }, index) => (unit === "records" || kind === "fetch" ? [index] : []));
  const at = (units: number) => (units === 0 ? 0 : (starts[units] ?? records.length));
  const begin = Number(skip);
  const counted = begin + Number(warmup);
  return [at(begin), at(counted), limit === undefined ? records.length : at(counted + Number(limit))];
}

/** Of what was counted up to the end, that which was counted after the warm-up. Page tables are those at the end. */
function since<Value>(counts: Value, before: Value, path = ""): Value {
  if (typeof counts === "number") return (path.endsWith("pageTablePages") ? counts : counts - Number(before)) as Value;
  if (typeof counts !== "object" || counts === null) return counts;
  const entries = Object.entries(counts).map(([key, value]) => {
    return [key, since(value, (before as Record<string, unknown>)[key], `${path}.${key}`)] as const;
  });
  return (Array.isArray(counts) ? entries.map(([, value]) => value) : Object.fromEntries(entries)) as Value;
}

describe.each(BUILDS)("windows with the kernel ($name)", ({ module }) => {
  it("count in a run what the plain model counts after skip and warm-up", async () => {
    provideKernelModule(module);
    let ran = 0;
    await fc.assert(
      fc.asyncProperty(
        randomRecords,
        machine,
        window,
        fc.integer({ min: 1, max: 5000 }),
        async (records, config, selection, chunkBytes) => {
          const [begin = 0, warm = 0, end = 0] = boundaries(records, selection as Required<SelectionOptions>);
          const resolved = resolve(config);
          const trace = chunkedTrace(new TextEncoder().encode(lackeyText(records)), chunkBytes, "lackey", selection);
          if (end <= warm) {
            await expect(simulate(trace, config)).rejects.toMatchObject({ name: "TraceError", code: "no-records" });
            return;
          }
          ran++;
          const result = await simulate(trace, config);
          const before = runReference(records.slice(begin, warm), resolved);
          const expected: Counters = since(runReference(records.slice(begin, end), resolved), before);
          expect(countersOf(result)).toEqual(expected);
          if (warm === begin) assertIdentities(countersOf(result), resolved);
          expect(result.memory.distinctPages).toBe(result.faults.minor);
          expect(result.trace.records).toBe(end - warm);
          expect(result.trace.instructions).toBe(
            records.slice(warm, end).filter(({ kind }) => kind === "fetch").length,
          );
        },
      ),
      { seed: 11, numRuns: 150 },
    );
    expect(ran).toBeGreaterThan(60);
  });

  it("count in a sweep what plain TLBs count after skip and warm-up, for any number of simulators", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(
        randomRecords,
        fc.constantFrom("data" as const, "fetch" as const, "all" as const),
        window,
        fc.integer({ min: 1, max: 3 }),
        async (records, stream, selection, simulators) => {
          const [begin = 0, warm = 0, end = 0] = boundaries(records, selection as Required<SelectionOptions>);
          fc.pre(end > warm);
          const config: SweepConfig = {
            geometries: "1:1,4:1,8:2,17:full,40:8",
            policies: "lru,fifo",
            stream,
            check: "all",
          };
          const trace = chunkedTrace(new TextEncoder().encode(lackeyText(records)), 1 << 16, "lackey", selection);
          const result = await sweep(trace, config, {
            simulators: Array.from({ length: simulators }, () => new LocalSimulator()),
          });
          const { points } = resolveSweep(config);
          const before = referenceSweep(records.slice(begin, warm), stream, points);
          const all = referenceSweep(records.slice(begin, end), stream, points);
          expect(result.points.map(counted)).toEqual(
            all.map((point, index) => since(counted(point), counted(before[index] ?? point))),
          );
        },
      ),
      { seed: 12, numRuns: 60 },
    );
  });
});

type Counted = { hits: number; misses: number; coldMisses: number; setDirty: number };

function counted({ hits, misses, coldMisses, setDirty }: Counted): Counted {
  return { hits, misses, coldMisses, setDirty };
}

it("reads nothing after its limit, where the trace may be damaged", async () => {
  const bytes = new TextEncoder().encode(" L 1000,8\n S 2000,4\n L 3000,9999\n");
  const trace = chunkedTrace(bytes, 7, "lackey", { limit: 2 });
  expect((await simulate(trace)).accesses).toEqual({ fetch: 0, load: 1, store: 1, modify: 0 });
  await expect(simulate(chunkedTrace(bytes, 7, "lackey", { limit: 3 }))).rejects.toMatchObject({ record: 3, line: 3 });
  await expect(simulate(chunkedTrace(bytes, 7, "lackey", { skip: 2 }))).rejects.toBeInstanceOf(TraceError);
});

it.each([
  { skip: -1 },
  { skip: 1.5 },
  { limit: 0 },
  { warmup: "many" },
  { skip: "1e6" },
  { unit: "pages" as "records" },
  { thread: "main" },
  { thread: "18446744073709551616" },
])("refuses %j", (selection) => {
  expect(() => chunkedTrace(new Uint8Array(0), 1, "lackey", selection)).toThrowError(
    expect.objectContaining({ name: "ConfigError" }),
  );
});

it.each([
  ["1.5M", 1_500_000],
  ["2G", 2e9],
  ["10k", 10_000],
  ["0.001k", 1],
])("takes %s for %d", (limit, expected) => {
  expect(chunkedTrace(new Uint8Array(0), 1, "lackey", { limit }).selection.limit).toBe(expected);
});
