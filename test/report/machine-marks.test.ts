import { describe, expect, it } from "vitest";
import { marksNote, marksOf, marksTable } from "../../src/report/machine-marks.ts";
import type { SweepResult, TlbResult } from "../../src/report/results.ts";
import { RUN, SWEEP } from "./samples.ts";

const BIG = { machine: "big", run: RUN };

describe("marksOf()", () => {
  it("marks the L1 TLB of the stream and the STLB, each with its misses per reference of the stream", () => {
    const marks = marksOf(SWEEP, [BIG]);
    expect(marks).toEqual([
      {
        tlb: "L1D",
        level: 1,
        label: "big: L1D 64:4",
        entries: 64,
        misses: 12_000,
        missRatio: 12_000 / 400_000,
        mpki: 48,
      },
      {
        tlb: "STLB",
        level: 2,
        label: "big: STLB 1536:12",
        entries: 1536,
        misses: 3_204,
        missRatio: 3_204 / 400_000,
        mpki: 12.816,
      },
    ]);
    expect(marksNote(SWEEP, marks)).toMatch(/per reference/);
    const namesOf = (sweep: SweepResult) => marksOf(sweep, [BIG]).map(({ tlb }) => tlb);
    expect(namesOf({ ...SWEEP, stream: "fetch" })).toEqual(["L1I", "STLB"]);
    // Neither of the two sees all references.
    expect(namesOf({ ...SWEEP, stream: "all" })).toEqual(["STLB"]);
  });

  it("marks the STLB alone where the points are STLBs, with their lookups", () => {
    const l1 = [{ ...RUN.tlbs[1], pageSize: "4K" as const }];
    const sweep: SweepResult = { ...SWEEP, l1, lookups: [{ pageSize: "4K", lookups: 12_004 }] };
    const marks = marksOf(sweep, [BIG]);
    expect(marks.map(({ tlb, missRatio }) => [tlb, missRatio])).toEqual([["STLB", 3_204 / 12_004]]);
    expect(marksNote(sweep, marks)).toBeNull();
  });

  it("marks of a real CPU what the stream looks up, level by level", () => {
    const [l1i, l1d, stlb] = RUN.tlbs as [TlbResult, TlbResult, TlbResult];
    const data = ["load", "store"] as const;
    const tlbs: TlbResult[] = [
      { ...l1i, level: 1, kinds: ["fetch"] },
      { ...l1d, level: 1, kinds: [...data] },
      { ...stlb, name: "L2I", level: 2, kinds: ["fetch"] },
      { ...stlb, name: "L2D", level: 2, kinds: [...data] },
      { ...stlb, name: "L3", level: 3, kinds: ["fetch", ...data] },
    ];
    const namesOf = (changes: Partial<SweepResult>) =>
      marksOf({ ...SWEEP, ...changes }, [{ machine: "zen", run: { ...RUN, tlbs } }]).map(({ tlb }) => tlb);
    expect(namesOf({ stream: "data" })).toEqual(["L1D", "L2D", "L3"]);
    expect(namesOf({ stream: "fetch" })).toEqual(["L1I", "L2I", "L3"]);
    expect(namesOf({ stream: "all" })).toEqual(["L3"]);
    expect(namesOf({ stream: "data", l1: [{ ...l1d, pageSize: "4K" }] })).toEqual(["L2D", "L3"]);
  });

  it("leaves out machines that ran over another trace", () => {
    const run = { ...RUN, trace: { ...RUN.trace, path: "other.lk" } };
    expect(marksOf(SWEEP, [{ machine: "big", run }])).toEqual([]);
    expect(marksNote(SWEEP, [])).toBeNull();
  });

  it("says the page size where the sweep has another, and names that are no harm", () => {
    const run = { ...RUN, config: { ...RUN.config, pageSize: "2M" as const } };
    const [mark] = marksOf(SWEEP, [{ machine: "a\u202eb", run }]);
    expect(mark?.label).toBe("a\\u{202e}b: L1D 64:4 2M");
  });
});

describe("marksTable()", () => {
  it("has what is marked", () => {
    expect(marksTable(marksOf(SWEEP, [BIG])).rows).toEqual([
      ["big: L1D 64:4", "64", "12,000", "3.00%", "48.000"],
      ["big: STLB 1536:12", "1,536", "3,204", "0.80%", "12.816"],
    ]);
  });
});
