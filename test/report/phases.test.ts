import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { merged, phasesOf, phasesTable } from "../../src/report/phases.ts";
import { phasesSvg } from "../../src/report/phases-svg.ts";
import type { RunProfile, RunResult } from "../../src/report/results.ts";
import { RUN } from "./samples.ts";
import { elementsOf, labelsOf } from "./svg-elements.ts";

/** A run in whose intervals of 4096 records the L1D missed so often. */
function runOf(l1dMisses: readonly number[], path = "a.lk"): RunResult {
  const profile: RunProfile = {
    intervalRecords: 4096,
    intervals: l1dMisses.map((misses) => ({
      records: 4096,
      l1iMisses: 1,
      l1dMisses: misses,
      stlbMisses: misses >> 1,
      walkReferences: misses,
      minorFaults: 2,
    })),
    blockBytes: 4096,
    blocks: [],
    generalProtections: [],
  };
  return { ...RUN, trace: { ...RUN.trace, path, records: 4096 * l1dMisses.length }, profile };
}

describe("phasesOf()", () => {
  it("has a line for each TLB of each machine, and puts the runs over one trace together", () => {
    const runs = [
      { machine: "small", run: runOf([8, 4096]) },
      { machine: "small", run: runOf([1], "b.lk") },
      { machine: "big", run: runOf([0, 16]) },
    ];
    const phases = phasesOf(runs);
    expect(phases.map(({ trace, records }) => [trace, records])).toEqual([
      ["a.lk", 8192],
      ["b.lk", 4096],
    ]);
    expect(phases[0]?.lines.map(({ label }) => label)).toEqual([
      ...["small: L1I", "small: L1D", "small: STLB"],
      ...["big: L1I", "big: L1D", "big: STLB"],
    ]);
    expect(phases[1]?.lines.map(({ label }) => label)).toEqual(["L1I", "L1D", "STLB"]);
    expect(phases[0]?.lines[1]?.steps).toEqual([
      { from: 0, misses: 8000 / 4096 },
      { from: 4096, misses: 1000 },
    ]);
    expect(new Set(phases[0]?.lines.map(({ style }) => `${style.colour} ${style.dash}`)).size).toBe(6);
  });

  it("leaves out what has no profile", () => {
    expect(phasesOf([{ machine: "big", run: RUN }])).toEqual([]);
  });
});

describe("merged()", () => {
  it("adds up neighbours, so that no count is lost", () => {
    const counts = fc.array(fc.nat(4096), { minLength: 1, maxLength: 512, size: "max" });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 60 }), (misses, most) => {
        const intervals = runOf(misses).profile?.intervals ?? [];
        const sums = merged(intervals, most);
        expect(sums.length).toBeLessThanOrEqual(most);
        for (const name of [
          "records",
          "l1iMisses",
          "l1dMisses",
          "stlbMisses",
          "walkReferences",
          "minorFaults",
        ] as const) {
          const total = (all: typeof sums) => all.reduce((sum, each) => sum + each[name], 0);
          expect(total(sums)).toBe(total(intervals));
        }
      }),
    );
    expect(merged([], 40)).toEqual([]);
  });
});

describe("phasesTable()", () => {
  it("can be read however many intervals there are", () => {
    const table = phasesTable({ machine: "big", run: runOf(Array.from({ length: 512 }, (_, index) => index)) });
    expect(table.title).toBe("big, a.lk: misses per 1,000 records");
    expect(table.rows).toHaveLength(40);
    expect(table.rows[0]?.slice(0, 2)).toEqual(["1", "53,248"]);
    expect(table.rows[1]?.[0]).toBe("53,249");
    // 13 + 14 + ... + 25 of 13 * 4096 records
    expect(table.rows[1]?.[3]).toBe("4.639");
  });
});

describe("phasesSvg()", () => {
  it("is a panel with a stair for each line, which begins at record 0 and ends at the last", () => {
    const picture = phasesSvg(phasesOf([{ machine: "big", run: runOf([0, 16, 5]) }]));
    expect(elementsOf(picture)[0]).toBe("svg");
    expect(labelsOf(picture)).toEqual(expect.arrayContaining(["a.lk", "L1D", "0", "10,000", "4"]));
    const stairs = [...picture.matchAll(/<path class="line"[^>]* d="M80 ([\d.HV ]+)H696"/g)];
    expect(stairs).toHaveLength(3);
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("is well-formed whatever machines and traces are called", () => {
    const names = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(names, names, (machine, path) => {
        const runs = [machine, "other"].map((name) => ({ machine: name, run: runOf([1, 2], path) }));
        elementsOf(phasesSvg(phasesOf(runs)));
      }),
    );
    elementsOf(phasesSvg([]));
  });
});
