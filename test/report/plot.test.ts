import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Curve, missRatioPlot } from "../../src/report/plot.ts";

const HALVING: Curve = {
  marker: "h",
  label: "halving",
  points: [16, 32, 64, 128, 256].map((entries) => ({ entries, missRatio: 8 / entries })),
};

describe("missRatioPlot()", () => {
  it("draws a miss ratio that halves with each doubling as a straight line", () => {
    expect(missRatioPlot([HALVING], { width: 48, ascii: true })).toBe(`\
   ^
50%+h..
   |  .....
   |       ...h.
20%+           .....
   |               .....
10%+                    .h...
   |                        .....
   |                            ...h.
 5%+                                ......
   |                                     ....h
   |
 2%+
   ++---------+----------+---------+---------+>
   16        32         64       128       256
  h = halving`);
  });

  it("draws with Unicode where it may", () => {
    const picture = missRatioPlot([HALVING], { width: 60, ascii: false }) ?? "";
    expect(picture).toContain("50%┤h·");
    expect(picture).toContain("└┬──");
  });

  it("puts markers at some points only where others just lead the line", () => {
    const picture = missRatioPlot([{ ...HALVING, marks: new Set([64]) }], { width: 48, ascii: true }) ?? "";
    const lines = picture.split("\n").slice(0, -1);
    expect(lines.join("").replaceAll(/[^h]/g, "")).toBe("h");
    expect(lines.join("").replaceAll(/[^.]/g, "").length).toBeGreaterThan(30);
  });

  it("shows the first of the curves that coincide", () => {
    const same = { ...HALVING, marker: "s" };
    const [, ...lines] = (missRatioPlot([HALVING, same], { width: 60, ascii: true }) ?? "").split("\n").reverse();
    expect(lines.join("")).not.toContain("s");
    expect(lines.join("")).toContain("h");
  });

  it("labels the x axis with all entries that have room, the ends first and powers of two before others", () => {
    const points = [48, 64, 1024, 1536, 2048, 4096].map((entries) => ({ entries, missRatio: 1 / entries }));
    const ticks = (width: number) =>
      missRatioPlot([{ ...HALVING, points }], { width, ascii: true })
        ?.match(/^ +48 .*$/m)?.[0]
        .trim()
        .split(/ +/);
    expect(ticks(120)).toEqual(["48", "64", "1024", "1536", "2048", "4096"]);
    expect(ticks(60)).toEqual(["48", "64", "1024", "2048", "4096"]);
  });

  it("keeps decades apart over any range, down to one miss in 10^12", () => {
    const points = [16, 4096].map((entries, index) => ({ entries, missRatio: index === 0 ? 1 : 1e-12 }));
    const picture = missRatioPlot([{ ...HALVING, points }], { width: 80, ascii: true }) ?? "";
    expect(picture).toMatch(/^ +100%\+h/m);
    expect(picture).toMatch(/^ *0\.0000000001%\+ +.*h$/m);
  });

  it("has nothing to draw with fewer than two numbers of entries", () => {
    expect(missRatioPlot([], { width: 80, ascii: true })).toBeNull();
    expect(
      missRatioPlot([{ ...HALVING, points: [{ entries: 64, missRatio: 0.5 }] }], { width: 80, ascii: true }),
    ).toBeNull();
  });

  it("begins each curve at the axis, labels both ends and stays within the width, for any curve", () => {
    const ratio = fc.double({ min: 1e-9, max: 1, noNaN: true });
    const points = fc
      .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 2 ** 24 }), ratio), {
        minLength: 2,
        maxLength: 20,
        selector: ([e]) => e,
      })
      .map((pairs) => pairs.sort(([a], [b]) => a - b).map(([entries, missRatio]) => ({ entries, missRatio })));
    fc.assert(
      fc.property(points, fc.integer({ min: 40, max: 200 }), (drawn, width) => {
        const picture = missRatioPlot([{ marker: "h", label: "any", points: drawn }], { width, ascii: true }) ?? "";
        const lines = picture.split("\n");
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
        const area = lines.filter((line) => /[|+]/.test(line)).slice(0, -1);
        expect(area.some((line) => /[|+]h/.test(line))).toBe(true);
        expect(picture).not.toContain("NaN");
        expect(picture).toMatch(
          new RegExp(`^ *${drawn[0]?.entries} .*${drawn.at(-1)?.entries}$|^ *${drawn.at(-1)?.entries}$`, "m"),
        );
      }),
    );
  });
});
