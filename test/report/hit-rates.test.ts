import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hitRateSentences, hitRatesOf, hitRatesTable } from "../../src/report/hit-rates.ts";
import { hitRatesSvg } from "../../src/report/hit-rates-svg.ts";
import type { RunResult } from "../../src/report/results.ts";
import { plainTlbs } from "../../src/report/tlb-levels.ts";
import { RUN } from "./samples.ts";
import { elementsOf, labelsOf } from "./svg-elements.ts";

/** A run whose TLBs miss these of 1,000,000 lookups. */
function runOf(misses: readonly [number, number, number], path = "a.lk"): RunResult {
  const [l1i, l1d, stlb] = RUN.tlbs;
  const lookups = 1_000_000;
  const tlb = (of: typeof l1i, missed: number) => {
    return { ...of, lookups, misses: missed, hits: lookups - missed, missRatio: missed / lookups };
  };
  const tlbs: RunResult["tlbs"] = [tlb(l1i, misses[0]), tlb(l1d, misses[1]), tlb(stlb, misses[2])];
  return { ...RUN, trace: { ...RUN.trace, path }, tlbs };
}

function barsOf(picture: string): number[] {
  return [...picture.matchAll(/<rect fill="#\w+" x="84" y="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width));
}

describe("hitRatesSvg()", () => {
  it("has bars one step of the axis longer for each tenth of the misses", () => {
    const picture = hitRatesSvg(hitRatesOf([{ machine: "big", run: runOf([100_000, 1_000, 100]) }]));
    const [tenth = 0, thousandth = 0, tenThousandth = 0] = barsOf(picture);
    expect(thousandth / tenth).toBeCloseTo(3, 1);
    expect(tenThousandth / tenth).toBeCloseTo(4, 1);
    expect(labelsOf(picture)).toEqual(
      expect.arrayContaining(["big", "L1I", "90.00%", "99.90%", "99.9900%", "0%", "90%", "99%", "99.9%", "99.99%"]),
    );
  });

  it("fills the axis where nothing missed, and has no bar where nothing was looked up", () => {
    const run = runOf([0, 10_000, 1_000_000]);
    const [l1i, l1d, stlb] = plainTlbs(run);
    const never = { ...l1d, lookups: 0, hits: 0, misses: 0, missRatio: 0 };
    const picture = hitRatesSvg(hitRatesOf([{ machine: "big", run: { ...run, tlbs: [l1i, never, stlb] } }]));
    expect(barsOf(picture)).toEqual([516, 0, 0]);
    expect(labelsOf(picture)).toEqual(expect.arrayContaining(["100.00%", "n/a: no lookups", "0.00%"]));
  });

  it("is well-formed whatever the machines are called, and without any", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (machine) => {
        elementsOf(hitRatesSvg(hitRatesOf([{ machine, run: RUN }])));
      }),
    );
    expect(hitRatesSvg([])).not.toMatch(/NaN|Infinity/);
  });
});

describe("hitRatesOf()", () => {
  it("names traces where there are several", () => {
    const [a, b] = [runOf([1, 2, 3]), runOf([1, 2, 3], "b.lk")];
    expect(hitRatesOf([{ machine: "big", run: a }]).map(({ machine }) => machine)).toEqual(["big"]);
    const both = hitRatesOf([a, b].map((run) => ({ machine: "big", run })));
    expect(both.map(({ machine }) => machine)).toEqual(["big, a.lk", "big, b.lk"]);
    expect(hitRateSentences(both)[1]).toBe("big, b.lk: L1I 99.9999%, L1D 99.9998%, STLB 99.9997%.");
    expect(hitRatesTable(both).rows).toHaveLength(6);
    expect(hitRatesTable(both).rows[4]).toEqual(["big, b.lk", "L1D", "64:4", "1,000,000", "999,998", "99.9998%"]);
  });
});
