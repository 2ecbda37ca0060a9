/** What units of an experiment there are, and what they are said to take. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expand } from "../../src/experiment/expand.ts";
import { checkExperiment } from "../../src/experiment/schema.ts";
import type { TraceSize } from "../../src/experiment/trace-size.ts";
import { unitsOf } from "../../src/experiment/units.ts";

const SIZE: TraceSize = {
  records: 1e6,
  plainBytes: 14e6,
  recordsPerInstruction: 1.4,
  compression: "gzip",
  kind: "text",
  isCutOff: false,
};

function experiment(rest: object) {
  return expand(checkExperiment({ schema: "pagewalk/experiment@1", traces: ["*"], ...rest }));
}

/** Machines of all sorts: the first two share readings. */
const SORTS = [{ cpu: "zen4" }, { stlb: "512:8" }, { memory: "1M" }, { policy: "opt" }];

describe("unitsOf()", () => {
  it("has each machine and sweep once for each window of each trace, whatever shares a reading", () => {
    const sorts = fc.array(fc.constantFrom(...SORTS), { minLength: 1, maxLength: 20, size: "max" });
    const traces = fc.array(fc.boolean(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        sorts,
        traces,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 3 }),
        (of, maps, most, windows) => {
          const expanded = experiment({
            machines: of.map((sort, at) => ({ name: `m${at}`, ...sort })),
            sweeps: [{ name: "a" }, { name: "b", ways: "full" }],
            windows: Array.from({ length: windows }, (_, at) => ({ skip: at })),
          });
          const units = unitsOf(
            expanded,
            maps.map((hasMaps) => ({ size: SIZE, hasMaps, hasRegions: false })),
            most,
          );
          expect(units.map(({ unit }) => unit)).toEqual(units.map((_, at) => at + 1));
          const done = units.flatMap(({ trace, window, machines, sweep }) =>
            (machines ?? [`sweep ${sweep}`]).map((what) => `${trace} ${window} ${what}`),
          );
          const plain: string[] = [];
          for (const trace of maps.keys()) {
            for (let window = 0; window < windows; window++) {
              plain.push(`${trace} ${window} sweep 0`, `${trace} ${window} sweep 1`);
              for (const machine of of.keys()) plain.push(`${trace} ${window} ${machine}`);
            }
          }
          expect([...done].sort()).toEqual([...plain].sort());
          // Trace first, then window.
          const order = units.map(({ trace, window }) => trace * 10 + window);
          expect(order).toEqual([...order].sort((one, other) => one - other));
          for (const { trace, machines = [] } of units) {
            const sharing = machines.every((machine) => SORTS.indexOf(of[machine] as never) < 2);
            if (machines.length > 1)
              expect([machines.length <= most, sharing, maps[trace]]).toEqual([true, true, false]);
          }
        },
      ),
      { seed: 4, numRuns: 60 },
    );
  });

  it("puts machines together up to the number asked for", () => {
    const expanded = experiment({ machines: Array.from({ length: 20 }, (_, at) => ({ stlb: `${8 * (at + 1)}:8` })) });
    const lengths = (hasRegions: boolean, most?: number) =>
      unitsOf(expanded, [{ size: SIZE, hasMaps: false, hasRegions }], most).map(({ machines }) => machines?.length);
    expect(lengths(false)).toEqual([8, 8, 4]);
    expect(lengths(false, 20)).toEqual([20]);
    expect(lengths(true)).toEqual(Array(20).fill(1));
  });

  it("says that more takes longer: records, machines, points, instructions instead of records", () => {
    const seconds = (rest: object, size = SIZE) =>
      unitsOf(experiment(rest), [{ size, hasMaps: false, hasRegions: false }]).reduce(
        (sum, unit) => sum + unit.seconds,
        0,
      );
    const increasing = (values: number[]) => expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
    const machines = ["generic"];
    const window = (selection: object) => seconds({ machines, windows: [selection] });
    increasing([1e5, 1e6, 1e7].map((records) => seconds({ machines }, { ...SIZE, records, plainBytes: 14 * records })));
    increasing([window({ limit: "1k" }), window({ limit: "100k" }), window({ skip: "500k", limit: "100k" })]);
    increasing([window({ limit: "100k" }), window({ limit: "100k", unit: "instructions" })]);
    increasing([window({ limit: "100k" }), window({ warmup: "100k", limit: "100k" })]);
    increasing([
      seconds({ machines }),
      seconds({ machines: ["zen4"] }),
      seconds({ machines: [{ memory: "1M" }] }),
      seconds({ machines: [{ policy: "opt" }] }),
    ]);
    increasing([
      seconds({ sweeps: [{ check: 0 }] }),
      seconds({ sweeps: [{ policies: "fifo", check: 0 }] }),
      seconds({ sweeps: [{ policies: "all", check: 0 }] }),
    ]);
    increasing(
      (["none", "zstd", "gzip", "xz"] as const).map((compression) => seconds({ machines }, { ...SIZE, compression })),
    );
  });
});
