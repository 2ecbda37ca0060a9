/** Experiments expanded: against nested loops, and what is told of those that cannot be. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import type { ExperimentDescription } from "../../src/experiment/description.ts";
import { expand } from "../../src/experiment/expand.ts";
import type { Expanded } from "../../src/experiment/expanded.ts";
import { checkExperiment } from "../../src/experiment/schema.ts";
import { errorOf } from "../config/error-of.ts";

const SCHEMA = "pagewalk/experiment@1";

function expanded(rest: Partial<ExperimentDescription>): Expanded {
  return expand(checkExperiment({ schema: SCHEMA, traces: ["*.gz"], ...rest }));
}

const names = (items: readonly { name: string | null }[]) => items.map(({ name }) => name);

describe("expand()", () => {
  it("makes every combination of what varies, in the order of nested loops, options as they are listed", () => {
    const stlbs = ["256:8", "512:8"];
    const l1ds = ["32:4", "64:4", "128:4"];
    const { machines } = expanded({
      machines: ["generic", { name: "sky", cpu: "skylake" }],
      vary: { stlb: stlbs, l1d: l1ds },
    });
    const plain: object[] = [];
    for (const cpu of ["generic", "skylake"]) {
      for (const l1d of l1ds) {
        for (const stlb of stlbs) plain.push({ cpu, l1d, stlb });
      }
    }
    expect(machines.map(({ config }) => config)).toEqual(plain);
    expect(names(machines).slice(5, 7)).toEqual(["generic l1d=128:4 stlb=512:8", "sky l1d=32:4 stlb=256:8"]);
  });

  it("repeats for each seed the machines that choose by chance, and no others", () => {
    const { machines } = expanded({
      machines: [
        {},
        { name: "r", policy: "random" },
        { cpu: "skylake", policy: "stlb=random" },
        { name: "t", pageSize: "thp" },
      ],
      seeds: [1, 7],
    });
    expect(names(machines)).toEqual([
      "generic",
      ...["r seed=1", "r seed=7", "skylake policy=stlb=random seed=1", "skylake policy=stlb=random seed=7"],
      "t",
    ]);
    expect(machines[2]?.config).toEqual({ policy: "random", seed: 7 });
    expect(machines[0]?.sharesReading).toBe(true);
    expect(machines[1]?.sharesReading).toBe(false); // a seed is the operating system's
  });

  it("tells machines that share a reading from those that cannot, or are asked for more", () => {
    const machines = [{}, { cpu: "zen4" }, { memory: "64M" }, { nested: "4K" }, { policy: "opt" }, { cost: "flat" }];
    const shares = (more: Partial<ExperimentDescription>) =>
      expanded({ machines, ...more }).machines.map(({ sharesReading }) => sharesReading);
    expect(shares({})).toEqual([true, true, false, false, false, false]);
    expect(expanded({ machines: machines.slice(0, 2), interval: "1k" }).machines[0]?.sharesReading).toBe(false);
  });

  it("names windows and sweeps by what they say", () => {
    const { windows, sweeps } = expanded({
      windows: [{}, { skip: "1M", limit: 5 }, { name: "x", unit: "instructions" }],
      sweeps: [{}, { entries: [16, 32], ways: "full" }],
    });
    expect(windows).toEqual([
      { name: "all", selection: {} },
      { name: "skip=1M limit=5", selection: { skip: "1M", limit: 5 } },
      { name: "x", selection: { unit: "instructions" } },
    ]);
    expect(names(sweeps)).toEqual(["sweep", "entries=16,32 ways=full"]);
    expect(expanded({ machines: ["zen4"] }).windows).toEqual([{ name: null, selection: {} }]);
  });

  it.each<[what: object, message: string]>([
    [
      { machines: [{}, { stlb: "1536:13" }] },
      'experiment.machines[1].stlb.ways: got 13; allowed: "full" or a divisor of the 1536 entries',
    ],
    [{ machines: ["skylack"] }, "experiment.machines[0].cpu: got skylack; allowed: skylake"],
    [
      { machines: [{ stlbs: "1024:8" }] },
      "experiment.machines[0].stlbs: got an unknown field; allowed: name, cpu, l1i, l1d, stlb",
    ],
    [
      { machine: [] },
      "experiment.machine: got an unknown field; allowed: $schema, schema, title, traces, windows, machines",
    ],
    [
      { machines: [{}], vary: { stlb: ["64:4", "1536:13"] } },
      'experiment.vary.stlb[1]: got 1536:13; allowed: "full" or a divisor',
    ],
    [{ machines: [{}], vary: { stlb: ["64:4", "1536:13"] } }, "(got 13 as ways of machines[0])"],
    [
      { machines: [{}], vary: { stlbs: ["64:4"] } },
      "experiment.vary.stlbs: got an unknown field; allowed: cpu, l1i, l1d, stlb",
    ],
    [
      { machines: [{}], vary: { stlb: ["64:4", "64:4"] } },
      "experiment.vary.stlb[1]: got 64:4; allowed: values that vary.stlb[0] has not",
    ],
    [
      { machines: [{}, { stlb: "64:4" }], vary: { stlb: ["64:4"] } },
      "experiment.machines[1].stlb: got 64:4, and other values in vary",
    ],
    [
      { machines: ["zen4", { cpu: "zen4" }] },
      "experiment.machines: got zen4; allowed: names that differ: of 2 machines the 1st and the 2nd",
    ],
    [{ machines: [] }, "experiment.machines: got an empty list; allowed: a list of 1 to 10000 machines"],
    [{}, "experiment: got neither machines nor sweeps; allowed: one of them, or both"],
    [{ sweeps: [{}], by: ["page"] }, "experiment.by: got it without machines"],
    [{ machines: [{}], by: ["pages"] }, 'experiment.by[0]: got "pages"; allowed: region, page, pc, kind'],
    [{ machines: [{}], interval: "often" }, "experiment.interval: got often; allowed: a whole number from 1"],
    [{ machines: [{}], seeds: [1] }, "experiment.seeds: got 1; allowed: none: no machine chooses anything by chance"],
    [
      { machines: [{ policy: "random" }], seeds: [1, 1] },
      "experiment.seeds[1]: got 1; allowed: values that seeds[0] has not",
    ],
    [{ machines: [{ policy: "random", seed: 2 }], seeds: [1] }, "experiment.machines[0].seed: got it, and seeds"],
    [
      { machines: [{}], windows: [{ skip: "1X" }] },
      "experiment.windows[0].skip: got 1X; allowed: a whole number from 0",
    ],
    [{ machines: [{}], windows: [{}, { name: "all" }] }, "experiment.windows: got all; allowed: names that differ"],
    [{ sweeps: [{ entries: "16..x" }] }, "experiment.sweeps[0].entries"],
    [
      { sweeps: [{ entrys: "16" }] },
      "experiment.sweeps[0].entrys: got an unknown field; allowed: name, entries, sets, ways",
    ],
    [
      { sweeps: [{ entries: Array.from({ length: 900 }, (_, at) => 16 * (at + 1)) }] },
      "experiment.sweeps[0].name: got nothing",
    ],
    [
      { machines: [{}], machinesPerUnit: 0 },
      "experiment.machinesPerUnit: got 0; allowed: a whole number from 1 to 1000",
    ],
    [{ machines: [{}], slurm: { time: 90 } }, "experiment.slurm.time: got 90; allowed: MINUTES, MM:SS"],
  ])("tells what is wrong, and where: %#", (rest, message) => {
    expect(errorOf(() => expanded(rest)).message).toContain(message);
  });

  it("refuses more machines than anybody has, before it makes them", () => {
    const many = Array.from({ length: 1000 }, (_, at) => `${8 * (at + 1)}:8`);
    const vary = { stlb: many, l1d: many, l1i: many };
    expect(errorOf(() => expanded({ machines: [{}], vary })).message).toContain(
      "1000 x 1000 x 1000 combinations; allowed",
    );
  });

  it("expands anything that is changed into something else, or tells where it is wrong", () => {
    const whole = {
      schema: SCHEMA,
      traces: ["*.gz", { files: "a", regions: "*.json" }],
      windows: [{ name: "w", skip: "1k", limit: 5 }],
      machines: ["zen4", { cpu: "skylake", stlb: "1024:8" }],
      vary: { l1d: ["64:4"], policy: ["lru", "random"] },
      seeds: [1, 2],
      sweeps: [{ entries: "16..64" }],
      by: ["kind"],
      interval: "1k",
      machinesPerUnit: 2,
      slurm: { cpus: 2 },
    };
    const places = placesIn(whole);
    const values = fc.oneof(
      fc.anything(),
      fc.jsonValue(),
      fc.constantFrom("lru", -1, 2 ** 53, "", [], {}, null, "__proto__"),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), values, (place, value) => {
        const changed = structuredClone(whole) as never;
        const last = place.at(-1) as string;
        const inside = place.slice(0, -1).reduce<Record<string, never>>((at, key) => at[key] as never, changed);
        inside[last] = value as never;
        try {
          const { machines, windows, sweeps } = expand(checkExperiment(changed));
          for (const items of [machines, windows, sweeps]) expect(new Set(names(items)).size).toBe(items.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect((error as ConfigError).option).toMatch(/^experiment\b/);
        }
      }),
      { seed: 9, numRuns: 1000 },
    );
  });
});

/** Paths of all that is in `value`. */
function placesIn(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [[key], ...placesIn(item).map((path) => [key, ...path])]);
}
