/** Plans that come from anywhere: what of them is checked when they are read. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import type { Plan } from "../../src/experiment/plan.ts";
import { checkPlan } from "../../src/experiment/plan-check.ts";
import { errorOf } from "../config/error-of.ts";

const HASH = "0".repeat(64);
const FILE = { path: "../traces/a.lk.gz", bytes: 5, fingerprint: HASH };

const PLAN: Plan = {
  schema: "pagewalk/plan@1",
  version: "1.2.3",
  hash: HASH,
  title: null,
  traces: [{ ...FILE, format: "lackey", regions: FILE, maps: "recorded" }],
  windows: [{ name: null, selection: {} }],
  machines: [
    { name: "a", config: {} },
    { name: "b", config: { cpu: "zen4", stlb: "64:4" } },
  ],
  sweeps: [{ name: "s", config: { entries: "16..64" } }],
  by: ["kind"],
  interval: "1k",
  slurm: { cpus: 1 },
  units: [
    { unit: 1, trace: 0, window: 0, sweep: 0, seconds: 0.1 },
    { unit: 2, trace: 0, window: 0, machines: [0, 1], seconds: 0.1 },
  ],
};

// biome-ignore lint/suspicious/noExplicitAny: what a file may hold
type Anything = any;

function changed(change: (plan: Anything) => void): unknown {
  const plan = structuredClone(PLAN);
  change(plan);
  return plan;
}

describe("checkPlan()", () => {
  it("returns a plan as it is", () => {
    const plan = structuredClone(PLAN);
    expect(checkPlan(plan, "1.2.3")).toBe(plan);
    expect(plan).toEqual(PLAN);
  });

  it.each<[change: (plan: Anything) => void, message: string]>([
    [
      (plan) => (plan.units[1].machines = [0, 2]),
      "plan.units[1].machines[1]: got 2; allowed: the index of one of 2 machines",
    ],
    [(plan) => (plan.units[1].machines = []), "plan.units[1].machines: got an empty list"],
    [(plan) => (plan.units[0].sweep = 1), "plan.units[0].sweep: got 1; allowed: the index of one of 1 sweeps"],
    [(plan) => (plan.units[0].sweep = -1), "plan.units[0].sweep: got -1; allowed: a whole number from 0"],
    [(plan) => (plan.units[1].sweep = 0), "plan.units[1]: got machines and a sweep; allowed: one of both"],
    [(plan) => delete plan.units[0].sweep, "plan.units[0]: got neither machines nor a sweep"],
    [(plan) => (plan.units[0].trace = 1), "plan.units[0].trace: got 1"],
    [(plan) => (plan.units[0].window = 1), "plan.units[0].window: got 1"],
    [(plan) => plan.units.reverse(), "plan.units[0].unit: got 2; allowed: 1: units are numbered in their order"],
    [(plan) => (plan.units[1].unit = 1), "plan.units[1].unit: got 1; allowed: 2"],
    [(plan) => (plan.units[1].seconds = -1), "plan.units[1].seconds: got -1"],
    [(plan) => (plan.units = []), "plan.units: got an empty list"],
    [(plan) => (plan.units = { length: 1e9 }), "plan.units: got an object; allowed: a list of 1 to 1000000 units"],
    [(plan) => (plan.traces[0].path = 7), "plan.traces[0].path: got 7; allowed: a path of 1 to 4096"],
    [(plan) => (plan.traces[0].path = "a\0b"), "plan.traces[0].path: got "],
    [(plan) => (plan.traces[0].format = "elf"), "plan.traces[0].format: got elf; allowed: lackey"],
    [(plan) => (plan.traces[0].maps = "none"), "plan.traces[0].maps"],
    [(plan) => (plan.traces[0].fingerprint = "x"), "plan.traces[0].fingerprint"],
    [(plan) => (plan.windows[0].selection.skip = "1X"), "plan.windows[0].selection.skip: got 1X"],
    [(plan) => (plan.machines[1].config.stlbs = 1), "plan.machines[1].config.stlbs: got an unknown field"],
    [(plan) => (plan.hash = "x"), "plan.hash"],
    [
      (plan) => (plan.version = "1.2.4"),
      "plan.version: got 1.2.4; allowed: 1.2.3: results of one plan are of one version",
    ],
    [(plan) => (plan.schema = "pagewalk/plan@2"), 'plan.schema: got "pagewalk/plan@2"; allowed: pagewalk/plan@1'],
    [(plan) => (plan.extra = 1), "plan.extra: got an unknown field"],
  ])("tells what is wrong, and where: %#", (change, message) => {
    expect(errorOf(() => checkPlan(changed(change), "1.2.3")).message).toContain(message);
  });

  it.each([null, undefined, 5, "plan", []])("refuses %j", (given) => {
    expect(errorOf(() => checkPlan(given, "1.2.3"))).toBeInstanceOf(ConfigError);
  });

  it("takes anything that is changed into something else, with indexes of something, or tells where it is wrong", () => {
    const places = placesIn(PLAN);
    const values = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 0, 1, 2, 2 ** 53, "", [], {}, null, [0], [[0]]));
    fc.assert(
      fc.property(fc.constantFrom(...places), values, (place, value) => {
        const plan = changed((plan) => {
          place.slice(0, -1).reduce((inside, key) => inside[key], plan)[place.at(-1) as string] = value;
        }) as Plan;
        try {
          checkPlan(plan, "1.2.3");
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect((error as ConfigError).option).toMatch(/^plan\b/);
          return;
        }
        for (const { trace, window, machines = [], sweep } of plan.units) {
          const of = [plan.traces[trace], plan.windows[window], ...machines.map((machine) => plan.machines[machine])];
          if (sweep !== undefined) of.push(plan.sweeps[sweep] as never);
          expect(of).not.toContain(undefined);
        }
      }),
      { seed: 3, numRuns: 1500 },
    );
  });
});

/** Paths of all that is in `value`. */
function placesIn(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [[key], ...placesIn(item).map((path) => [key, ...path])]);
}
