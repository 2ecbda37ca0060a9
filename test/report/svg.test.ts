import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveSweep } from "../../src/config/resolve.ts";
import { curveOf } from "../../src/report/curve.ts";
import { marksOf } from "../../src/report/machine-marks.ts";
import type { SweepPoint, SweepResult } from "../../src/report/results.ts";
import { sweepSvg } from "../../src/report/svg.ts";
import { point, RUN, SWEEP } from "./samples.ts";
import { elementsOf, labelsOf } from "./svg-elements.ts";

describe("sweepSvg()", () => {
  it("is one element of SVG that says what it is and needs nothing else", () => {
    const picture = sweepSvg([SWEEP]);
    expect(elementsOf(picture)[0]).toBe("svg");
    expect(picture).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*role="img" viewBox="0 0 720 \d+(\.5)?">\n/,
    );
    expect(picture).toContain("<title>TLB miss ratio against entries: traces/sort.lackey.zst</title>");
    expect(picture).toMatch(/<desc>4K pages: no size reaches 99% hits.*4,721 \(1\.18%\)\.<\/desc>/);
    expect(picture).not.toMatch(/<script|<image|href|url\(|@import|\bid=|NaN|Infinity|undefined/);
    expect(picture.endsWith("</svg>\n")).toBe(true);
  });

  it("draws a line for each ways and the curve, told apart by colour and named", () => {
    const picture = sweepSvg([SWEEP]);
    const strokes = [...picture.matchAll(/<path class="line" stroke="(#\w+)" d="M[\d. L-]+"\/>/g)].map(
      ([, colour]) => colour,
    );
    expect(new Set(strokes).size).toBe(2);
    expect(labelsOf(picture)).toEqual(expect.arrayContaining(["1 way", "4 ways", "full", "16", "4096", "100%", "1%"]));
    expect(picture).toMatch(/<path class="line full" d="M/);
  });

  it("puts equal factors at equal distances", () => {
    const points = [16, 32, 64, 128].map((entries) => point(entries, 1, 409_600 / entries));
    const picture = sweepSvg([{ ...SWEEP, points, curves: [] }]);
    const [, path = ""] = /<path class="line" stroke="#\w+" d="M(.*?)"/.exec(picture) ?? [];
    const at = path.split("L").map((pair) => pair.split(" ").map(Number));
    expect(at).toHaveLength(4);
    const steps = at.slice(1).map((pair, index) => pair.map((value, axis) => value - (at[index]?.[axis] ?? 0)));
    for (const [right = 0, down = 0] of steps) {
      expect(right).toBeCloseTo(steps[0]?.[0] ?? 0, 0);
      expect(down).toBeCloseTo(steps[0]?.[1] ?? 0, 0);
      expect(right * down).toBeGreaterThan(0);
    }
  });

  it("has ticks of the sizes that were asked for, powers of two or not", () => {
    const points = [point(64, 4, 157_400), point(1536, 12, 17_467), point(2048, 16, 9_300)];
    expect(labelsOf(sweepSvg([{ ...SWEEP, points }]))).toEqual(expect.arrayContaining(["64", "1536", "2048"]));
  });

  it("marks where hit rates are reached, on the curve", () => {
    const found = new Float64Array(400);
    found[1] = 900_000;
    found[47] = 90_000;
    found[309] = 9_000;
    const curves = [curveOf("4K", 400, 999_400, 400, found)];
    const picture = sweepSvg([{ ...SWEEP, curves, lookups: [{ pageSize: "4K", lookups: 999_400 }] }]);
    expect(picture.match(/<circle class="knee"/g)).toHaveLength(2);
    expect(labelsOf(picture)).toEqual(
      expect.arrayContaining([
        ...["48", "310", "4K, full: 99% hits from 48 entries, 99.9% from 310"],
        "4K, full: cold misses only from 310 entries",
      ]),
    );
  });

  it("has a panel for each trace, one below the other", () => {
    const other = { ...SWEEP, trace: { ...SWEEP.trace, path: "-" } };
    const picture = sweepSvg([SWEEP, other]);
    expect(picture.match(/<g transform="translate\(0 [\d.]+\)">/g)).toHaveLength(2);
    expect(labelsOf(picture)).toEqual(expect.arrayContaining(["traces/sort.lackey.zst", "standard input"]));
    const height = (text: string) => Number(/viewBox="0 0 720 ([\d.]+)"/.exec(text)?.[1]);
    expect(height(picture)).toBeCloseTo(height(sweepSvg([SWEEP])) + height(sweepSvg([other])), 1);
  });

  it("has at most 20 lines of about 100 points, whatever the number of points, and says what is missing", () => {
    const sweep = resolveSweep({ geometries: "all", indexes: "modulo,xor", policies: "lru,fifo" });
    const points = sweep.points.map(
      (each): SweepPoint => ({ ...point(each.entries, each.ways, Math.ceil(300_000 / each.entries) + 4_721), ...each }),
    );
    const picture = sweepSvg([{ ...SWEEP, points }]);
    const lines = [...picture.matchAll(/<path class="line[^>]* d="M([^"]*L[^"]*)"/g)].map(([, path]) => path ?? "");
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThanOrEqual(20);
    for (const line of lines) expect(line.split("L").length).toBeLessThan(130);
    expect(labelsOf(picture)).toContainEqual(expect.stringMatching(/^and \d+ lines more, not shown$/));
    expect(picture.length).toBeLessThan(100_000);
  });

  it("says so where there is nothing to draw", () => {
    const empty: SweepResult = { ...SWEEP, points: [], curves: [], lookups: [] };
    expect(labelsOf(sweepSvg([empty]))).toContain("Nothing was missed.");
    const curves = [curveOf("4K", 0, 0, 0, new Float64Array())];
    elementsOf(sweepSvg([{ ...empty, curves, lookups: [{ pageSize: "4K", lookups: 0 }] }]));
    // A single point, of which there is no range.
    const one = sweepSvg([{ ...empty, points: [point(1, 1, 9_000)] }]);
    expect(one).not.toMatch(/NaN|Infinity/);
    expect(elementsOf(sweepSvg([]))[0]).toBe("svg");
  });

  it("is well-formed and shows the same elements whatever the trace is called", () => {
    const expected = elementsOf(sweepSvg([SWEEP]));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "binary", minLength: 80 })), (path) => {
        const picture = sweepSvg([{ ...SWEEP, trace: { ...SWEEP.trace, path } }]);
        expect(elementsOf(picture)).toEqual(expected);
      }),
    );
    const picture = sweepSvg([{ ...SWEEP, trace: { ...SWEEP.trace, path: '</text><script>"&\ufffe' } }]);
    expect(elementsOf(picture)).toEqual(expected);
    expect(labelsOf(picture)).toContain('</text><script>"&\ufffd');
  });

  it("marks machines with their names, at their entries and as high as the lines are there", () => {
    const run = { ...RUN, tlbs: [RUN.tlbs[0], { ...RUN.tlbs[1], misses: 157_400 }, RUN.tlbs[2]] as typeof RUN.tlbs };
    const marks = [marksOf(SWEEP, [{ machine: '<big> & "old"', run }])];
    const picture = sweepSvg([SWEEP], { marks });
    elementsOf(picture);
    expect(labelsOf(picture)).toEqual(
      expect.arrayContaining([
        ...['<big> & "old": L1D 64:4', '<big> & "old": STLB 1536:12'],
        "diamonds: machines; STLB misses are per reference",
      ]),
    );
    const [x = 0, top = 0] = numbersOf(/<path class="mark" d="M([\d.]+) ([\d.]+)l/.exec(picture));
    // The point 64:4 of the sweep has as many misses.
    const dots = [...picture.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="4"/g)].map(numbersOf);
    const distances = dots.map(([cx = 0, cy = 0]) => Math.hypot(cx - x, cy - (top + 8)));
    expect(Math.min(...distances)).toBeLessThan(0.3);
  });

  it("is drawn to where the machines are, even if no point is there", () => {
    const tlb = { ...RUN.tlbs[2], entries: 65_536, misses: 1 };
    const run = { ...RUN, tlbs: [RUN.tlbs[0], RUN.tlbs[1], tlb] as typeof RUN.tlbs };
    const picture = sweepSvg([SWEEP], { marks: [marksOf(SWEEP, [{ machine: "huge", run }])] });
    expect(labelsOf(picture)).toContain("65536");
    const marks = [...picture.matchAll(/<path class="mark" d="M([\d.]+) ([\d.]+)l/g)].map(numbersOf);
    for (const [x = 0, y = 0] of marks) {
      expect(x).toBeGreaterThan(24);
      expect(x).toBeLessThanOrEqual(720);
      expect(y).toBeGreaterThan(40);
      expect(y).toBeLessThan(500);
    }
  });

  it("has MPKI as its axis, where the trace tells of instructions", () => {
    const picture = sweepSvg([SWEEP], { axis: { quantity: "mpki", scale: "log" } });
    elementsOf(picture);
    expect(picture).toContain("<title>TLB MPKI against entries: traces/sort.lackey.zst</title>");
    expect(labelsOf(picture)).toEqual(expect.arrayContaining(["1,000", "20", "1 way", "4096"]));
    expect(labelsOf(picture)).not.toContain("1%");
    const unknown = { ...SWEEP.trace, instructions: 0 };
    const points = SWEEP.points.map((each) => ({ ...each, mpki: null }));
    const without = sweepSvg([{ ...SWEEP, trace: unknown, points }], { axis: { quantity: "mpki", scale: "log" } });
    expect(without).not.toMatch(/NaN|Infinity/);
  });

  it("has a linear axis from 0 on which equal differences are equal distances, and what never missed is on it", () => {
    const points = [point(16, 1, 300_000), point(32, 1, 150_000), point(64, 1, 0)];
    const picture = sweepSvg([{ ...SWEEP, points, curves: [] }], { axis: { quantity: "missRatio", scale: "linear" } });
    const [, path = ""] = /<path class="line" stroke="#\w+" d="M(.*?)"/.exec(picture) ?? [];
    const heights = path.split("L").map((pair) => Number(pair.split(" ")[1]));
    expect(heights).toHaveLength(3);
    expect((heights[1] ?? 0) - (heights[0] ?? 0)).toBeCloseTo((heights[2] ?? 0) - (heights[1] ?? 0), 0);
    expect(labelsOf(picture)).toEqual(expect.arrayContaining(["0%", "80%"]));
  });
});

function numbersOf(match: readonly string[] | null): number[] {
  return (match ?? []).slice(1).map(Number);
}
