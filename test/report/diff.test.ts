import { beforeAll, describe, expect, it } from "vitest";
import { diffResults } from "../../src/report/diff.ts";
import { diffCsv, diffText } from "../../src/report/diff-text.ts";
import { type ResultFile, resultsIn } from "../../src/report/entries.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { cpusResult, mergedResult, parsed, run, runResults, sweepResults } from "./real-results.ts";

const fileOf = (value: unknown, path = "a.json"): ResultFile => resultsIn(parsed(value), path, 1);
const diff = (a: unknown, b: unknown) => diffResults(fileOf(a, "a.json"), fileOf(b, "b.json"), "0");

let all: Record<string, unknown> = {};
beforeAll(async () => {
  all = {
    runs: await runResults(),
    sweeps: await sweepResults(),
    cpus: await cpusResult(),
    merged: await mergedResult(),
  };
});

interface Leaf {
  of: Record<string, number>;
  key: string;
  path: string[];
}

/** The numbers in `value`, but times: found by another way than those that are compared. */
function numbersIn(value: unknown, path: string[] = []): Leaf[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (key === "time") return [];
    if (typeof member === "number") return [{ of: value as Record<string, number>, key, path: [...path, key] }];
    return numbersIn(member, [...path, key]);
  });
}

/** All that a diff names. */
function named(found: ReturnType<typeof diff>): number {
  const inPairs = found.results.flatMap((pair) => [
    ...pair.settings,
    ...pair.trace,
    ...pair.counts,
    ...pair.rows,
    ...pair.lonelyRows,
    ...pair.others,
  ]);
  return inPairs.length + found.onlyInA.length + found.onlyInB.length;
}

describe("diffResults()", () => {
  it("finds nothing between results and themselves", () => {
    for (const value of Object.values(all)) {
      const found = diff(value, value);
      expect(found).toMatchObject({ identical: true, results: [], onlyInA: [], onlyInB: [] });
      expect(found.compared.counts).toBeGreaterThan(100);
      expect(diffText(found, { top: 20 })).toMatch(
        /^identical; compared were \d+ results, [\d,]+ counts, and no times$/m,
      );
    }
  });

  it("does not look at times", () => {
    const later = (all.runs as object[]).map((result) => ({
      ...result,
      time: { seconds: 1e9, referencesPerSecond: 0 },
    }));
    expect(diff(all.runs, later).identical).toBe(true);
  });

  it("names each number that is another, wherever it is, and nothing else", () => {
    const random = randomNumbers(9);
    for (const value of Object.values(all).flat()) {
      const before = JSON.stringify(value);
      const places = numbersIn(JSON.parse(before)).filter(({ path }) => isOfResult(path, value));
      // Of each field some, of which there may be very many.
      const fields = new Map<string, number[]>();
      for (const [index, { path }] of places.entries()) {
        const field = path.filter((key) => !/^\d+$/.test(key)).join(".");
        const some = fields.get(field) ?? [];
        fields.set(field, some);
        if (some.length === 0 || random() % 100 === 0) some[0] = index;
      }
      const chosen = [...fields.values()].flat();
      const a = fileOf(value);
      for (const index of chosen) {
        const changed = JSON.parse(before);
        const leaf = numbersIn(changed).filter(({ path }) => isOfResult(path, value))[index];
        if (leaf === undefined) throw new Error("there is no such number");
        const old = leaf.of[leaf.key] ?? 0;
        leaf.of[leaf.key] = old + 1;
        let b: ResultFile;
        try {
          b = resultsIn(changed, "b.json", 1);
        } catch {
          continue; // 1 is not what is allowed there
        }
        const found = diffResults(a, b, "0");
        expect(named(found), leaf.path.join(".")).toBeGreaterThan(0);
        expect(found.identical, leaf.path.join(".")).toBe(false);
        const text = [...diffCsv(found)].join("");
        // What tells rows apart is part of their names.
        const names = text.includes(leaf.key) || text.includes(String(old + 1));
        expect(names, `${leaf.path.join(".")} in ${text}`).toBe(true);
      }
      expect(chosen.length).toBeGreaterThan(15);
    }
  });

  it("is mirrored when A and B are swapped", async () => {
    const [one, other] = [(all.runs as unknown[]).slice(0, 5), (all.runs as unknown[]).slice(2)];
    for (const [a, b] of [
      [one, other],
      [(all.sweeps as unknown[])[0], (all.sweeps as unknown[])[2]],
      [all.merged, { ...(all.merged as object), results: (all.merged as { results: unknown[] }).results.slice(1) }],
      [await run(), await run({ stlb: "8:4", seed: 3 }, { by: "page" })],
    ]) {
      const [there, back] = [diff(a, b), diff(b, a)];
      expect(back.onlyInA).toEqual(there.onlyInB);
      expect(back.onlyInB).toEqual(there.onlyInA);
      expect(named(back)).toBe(named(there));
      const sums = (found: typeof there, sign: number) =>
        found.results
          .flatMap(({ counts, rows }) =>
            [...counts, ...rows].map(({ path, difference }) => `${path} ${sign * (difference ?? 0) || 0}`),
          )
          .sort();
      expect(sums(back, -1)).toEqual(sums(there, 1));
    }
  });

  it("takes the only result of one machine for that of another, and says what explains the counts", async () => {
    const [a, b] = [await run(), await run({ stlb: "16:4" })];
    const found = diff(a, b);
    expect(found.results).toHaveLength(1);
    const [pair] = found.results;
    expect([pair?.a.name, pair?.b.name]).toEqual(["generic", "generic stlb=16:4"]);
    expect(pair?.settings).toContainEqual({ path: "config.stlb.entries", a: 1536, b: 16 });
    const [before, after] = [a.tlbs[2]?.misses ?? 0, b.tlbs[2]?.misses ?? 0];
    expect(pair?.counts).toContainEqual({
      path: "tlbs.STLB.misses",
      a: before,
      b: after,
      difference: after - before,
      relative: (after - before) / before,
    });
    const text = diffText(found, { top: 3 });
    expect(text).toContain("stlb.entries: 1,536 -> 16");
    expect(text).toMatch(/and \d+ changes of less \(--top \d+, or --json, has all\)/);
  });

  it("names what only one has, of results that share others", () => {
    const [first, ...others] = (all.merged as { results: object[] }).results;
    const found = diff(all.merged, { ...(all.merged as object), results: others });
    expect(first).toBeDefined();
    expect(found.onlyInA).toEqual([{ kind: "run", trace: "some.lk", window: "early", name: "small" }]);
    expect(diffText(found, { top: 5 })).toContain("only in A: 1 result\n  some.lk, early, small\n");
  });

  it("takes a trace that was moved for the same, and says what it was called", async () => {
    const a = await run();
    const b = { ...a, trace: { ...a.trace, path: "elsewhere/some.lk" } };
    const found = diff(a, b);
    expect(found.identical).toBe(true);
    expect(diffText(found, { top: 5 })).toContain("traces are called differently: some.lk, and elsewhere/some.lk");
  });

  it("prints no control characters", async () => {
    const a = await run();
    const path = "\u001b[2Jevil\n| row";
    const text = diffText(diff(a, { ...a, trace: { ...a.trace, path, records: 1 } }), { top: 5 });
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    expect(text.split("\n").some((each) => each.startsWith("| row"))).toBe(false);
  });
});

/** Whether a number is part of a result, not of the plan around it. */
function isOfResult(path: readonly string[], value: unknown): boolean {
  if ("machines" in (value as object)) return path.includes("result");
  return !("cpus" in (value as object)) || path.includes("cpus");
}
