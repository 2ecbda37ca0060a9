import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { resultsIn } from "../../src/report/entries.ts";
import { cpusResult, mergedResult, parsed, runResults, sweepResults } from "./real-results.ts";
import { INFO, RUN } from "./samples.ts";

const read = (value: unknown) => resultsIn(parsed(value), "a.json", 100);

let all: Record<string, object> = {};
beforeAll(async () => {
  all = {
    runs: await runResults(),
    sweeps: await sweepResults(),
    cpus: await cpusResult(),
    merged: await mergedResult(),
  };
});

describe("resultsIn()", () => {
  it("has an entry for each result of run and sweep, in their order", () => {
    const { entries, ...about } = read([...(all.runs as object[]), ...(all.sweeps as object[])]);
    expect(about).toEqual({
      path: "a.json",
      chars: 100,
      schemas: ["pagewalk/run@1", "pagewalk/sweep@1"],
      versions: [RUN.version],
      title: null,
      plan: null,
    });
    expect(entries.map(({ result }) => result)).toEqual(
      parsed([...(all.runs as object[]), ...(all.sweeps as object[])]),
    );
    expect(entries.map(({ file, trace }) => `${file} ${trace}`)).toEqual(Array(12).fill("a.json some.lk"));
    expect(entries.map(({ window }) => window)).toEqual(
      Array.from({ length: 12 }, (_, index) => (index === 7 ? "skip 100, warmup 200, limit 3000" : null)),
    );
  });

  it("has an entry for each CPU of sweep --cpu", () => {
    expect(read(all.cpus).entries.map(({ name, kind }) => [name, kind])).toEqual([
      ["skylake", "run"],
      ["zen4", "run"],
      ["generic", "run"],
    ]);
  });

  it("has of merged results what was planned", () => {
    const { entries, title, plan } = read(all.merged);
    expect({ title, plan }).toEqual({ title: "Two of all", plan: { hash: "0123456789abcdef", units: 2, missing: [] } });
    expect(entries.map(({ trace, window, name, kind }) => `${trace} ${window} ${name} ${kind}`)).toEqual([
      "some.lk early small run",
      "some.lk early sky run",
      "some.lk early two sweep",
      "some.lk late small run",
      "some.lk late sky run",
      "some.lk late two sweep",
    ]);
    expect(entries[3]?.planned).toMatchObject({ config: { stlb: "32:4" }, window: { selection: { skip: 3000 } } });
    expect(entries[5]?.planned).toMatchObject({ config: { geometries: "16:4,32:full" } });
  });

  it("tells what is not there of a partial merge", () => {
    expect(read({ ...all.merged, missing: [2] }).plan?.missing).toEqual([2]);
  });

  it("takes fields that a later version may have", () => {
    expect(read({ ...RUN, later: { of: [1] } }).entries).toHaveLength(1);
  });

  it.each([
    [INFO, "schema", '"pagewalk/info@1"', "as for this one, it tells of a trace"],
    [[RUN, INFO], "[1].schema", '"pagewalk/info@1"', "a result of run, sweep or merge"],
    [{ schema: "pagewalk/plan@1" }, "schema", '"pagewalk/plan@1"', "take what merge makes of it"],
    [{ schema: "pagewalk/advise@1" }, "schema", '"pagewalk/advise@1"', "advice is of several runs"],
    [{ schema: "constructor" }, "schema", '"constructor"', "a result of run, sweep or merge"],
    [{}, "schema", "nothing", "a result of run, sweep or merge"],
    [null, "", "null", "a result of run, sweep or merge"],
    [[], "", "no result", "a result of run, sweep or merge"],
    [[[RUN]], "[0]", "a list of 1", "a result of run, sweep or merge"],
    [{ ...RUN, tlbs: [{ ...RUN.tlbs[0], hits: -1 }] }, "tlbs[0].hits", "-1", "a whole number from 0 to 2^53"],
    [{ ...RUN, tlbs: [{ ...RUN.tlbs[0], hits: 0.5 }] }, "tlbs[0].hits", "0.5", "a whole number from 0 to 2^53"],
    [{ ...RUN, walks: null }, "walks", "null", "an object"],
    [{ ...RUN, by: { color: [] } }, "by.color", '"color"', "region, page, pc, kind"],
    [
      { ...RUN, trace: { ...RUN.trace, path: "x".repeat(100_000) } },
      "trace.path",
      `"${"x".repeat(40)}…"`,
      "text of 65536",
    ],
  ])("refuses %#", (value, option, got, allowed) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ name: "ConfigError", option, got }));
    expect(() => read(value)).toThrow(allowed);
  });

  it("refuses numbers that are none, and what is too deep, before anything else is looked at", () => {
    expect(() => resultsIn(JSON.parse('{"x": 1e999}'), "a", 1)).toThrow("x: got Infinity");
    expect(() => resultsIn(JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`), "a", 1)).toThrow("32 levels");
  });

  it("refuses a merged result of what its plan has not", () => {
    const merged = all.merged as { results: object[] };
    const wrong = { ...merged, results: [{ ...merged.results[0], machine: "other" }] };
    expect(() => read(wrong)).toThrow('results[0].machine: got "other"; allowed: a name of machines');
  });

  it("takes any change of any value, or refuses it with its place", () => {
    const texts = Object.values(all).map((value) => JSON.stringify(value));
    const values = [null, "text", -1, 0.5, 1e300, [], {}, true, undefined, "__proto__"];
    const change = fc.record({
      text: fc.nat({ max: texts.length - 1 }),
      place: fc.double({ min: 0, max: 1, noNaN: true }),
      value: fc.constantFrom(...values),
    });
    let refused = 0;
    fc.assert(
      fc.property(change, ({ text, place, value }) => {
        const file = JSON.parse(texts[text] ?? "");
        const all = leaves(file);
        const leaf = all[Math.min(all.length - 1, Math.floor(place * all.length))];
        if (leaf === undefined) return;
        leaf.of[leaf.key] = value;
        try {
          resultsIn(JSON.parse(JSON.stringify(file)), "a.json", 1);
        } catch (error) {
          refused++;
          if (!(error instanceof ConfigError)) throw error;
        }
      }),
      { numRuns: 150, seed: 1 },
    );
    expect(refused).toBeGreaterThan(90);
  });
});

/** All members of lists and objects in `value`. */
function leaves(value: unknown): { of: Record<string, unknown>; key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [
    { of: value as Record<string, unknown>, key },
    ...leaves(member),
  ]);
}
