import { describe, expect, it } from "vitest";
import { resolveSweep } from "../../src/config/resolve.ts";
import { curveOf } from "../../src/report/curve.ts";
import type { SweepPoint, SweepResult } from "../../src/report/results.ts";
import { sweepText } from "../../src/report/sweep-text.ts";
import { point, RUN, SWEEP } from "./samples.ts";

const WIDE = { width: 80, ascii: false };

/** The lines between those that begin with `from` and the next empty one. */
function section(text: string, from: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith(from));
  expect(start).toBeGreaterThanOrEqual(0);
  return lines.slice(start, lines.indexOf("", start));
}

describe("sweepText()", () => {
  it("pivots points into rows of entries and columns of ways", () => {
    expect(section(sweepText(SWEEP, WIDE), "Miss ratio, ")).toEqual([
      "Miss ratio, 4K pages, lru (one pass)",
      "entries   1 way  4 ways    full",
      "     16  59.04%  55.47%  54.57%",
      "     64  41.65%  39.35%  39.26%",
      "    256  29.78%  24.05%  24.00%",
      "   1024  15.29%   9.28%   9.08%",
      "   4096   3.01%   1.48%   1.27%",
      "Cold misses, which no size avoids: 4,721, 1.18%",
    ]);
    expect(section(sweepText(SWEEP, WIDE), "Misses, ")[1]).toBe("entries    1 way   4 ways     full");
  });

  it("has a fully associative point in the column of its ways too, so that no column begins with a gap", () => {
    const points = [point(16, 16, 218_279), point(32, 16, 188_423), point(32, 32, 188_334)];
    expect(section(sweepText({ ...SWEEP, points }, WIDE), "Misses, ")).toEqual([
      "Misses, 4K pages, lru (one pass)",
      "entries  16 ways     full",
      "     16  218,279  218,279",
      "     32  188,423  188,334",
    ]);
  });

  it("marks combinations that were not simulated", () => {
    const points = SWEEP.points.filter((candidate) => candidate.entries !== 64 || candidate.ways !== 4);
    expect(sweepText({ ...SWEEP, points }, WIDE)).toMatch(/^ +64 +41\.65% +- +39\.26%$/m);
  });

  it("lists exact points that have little in common", () => {
    const points = [point(64, 4, 157_400), point(48, 3, 171_516), point(1536, 12, 17_467)];
    expect(section(sweepText({ ...SWEEP, points }, WIDE), "4K pages, lru")).toEqual([
      "4K pages, lru (one pass)",
      "geometry  sets     hits   misses  miss ratio  capacity  conflict",
      "64:4        16  242,600  157,400      39.35%   152,330       349",
      "48:3        16  228,484  171,516      42.88%   166,795         0",
      "1536:12    128  382,533   17,467       4.37%    12,739         7",
      "Cold misses, which no size avoids: 4,721, 1.18%",
    ]);
  });

  it("has tables of their own for each page size, policy and index, and says how each was counted", () => {
    const points: SweepPoint[] = [
      ...SWEEP.points,
      point(16, 16, 14, "2M", 14),
      { ...point(16, 16, 9_000), policy: "fifo", engine: "direct" },
      { ...point(16, 4, 9_000), index: "xor" },
    ];
    const titles = sweepText({ ...SWEEP, points }, WIDE).match(/^Misses, .*$/gm);
    expect(titles).toEqual([
      "Misses, 4K pages, lru (one pass)",
      "Misses, 2M pages, lru (one pass)",
      "Misses, 4K pages, fifo (simulated directly)",
      "Misses, 4K pages, lru, xor index (one pass)",
    ]);
  });

  it("continues a table below where the terminal is too narrow for all ways", () => {
    const text = sweepText(SWEEP, { width: 28, ascii: true });
    expect(section(text, "Misses, ")[1]).toBe("entries    1 way   4 ways");
    expect(text).toMatch(/^entries +full$/m);
  });

  it("draws the curve of fully associative TLBs, and on it a single point", () => {
    const text = sweepText({ ...SWEEP, points: [point(64, 4, 157_400)] }, { width: 60, ascii: true });
    expect(text).toMatch(/^ *\|\.+4\.+$|^ *50%\+ +\.+4\.+$/m);
    expect(text).toMatch(/\n +1 .* 4700\n/);
    expect(text).toContain("4 = 4 ways   F = full\n");
  });

  it("has no plot for a single number of entries without a curve, nor for a stream without references", () => {
    const points = SWEEP.points.filter((candidate) => candidate.entries === 64);
    expect(sweepText({ ...SWEEP, points, curves: [] }, WIDE)).not.toContain("logarithmic");
    const nothing = { hits: 0, misses: 0, coldMisses: 0, missRatio: 0 };
    const none = sweepText(
      {
        ...SWEEP,
        references: 0,
        lookups: [{ pageSize: "4K", lookups: 0 }],
        points: points.map((each) => ({ ...each, ...nothing })),
        curves: [curveOf("4K", 0, 0, 0, new Float64Array())],
      },
      WIDE,
    );
    expect(none).not.toContain("logarithmic");
    expect(none).toMatch(/^ +64 +0\.00% +0\.00% +0\.00%$/m);
    expect(none).toContain("  - 4K pages: there are no lookups.\n");
  });

  it("says in words what the curve tells", () => {
    // A loop over 40 pages, and 300 pages that are visited thrice.
    const found = new Float64Array(340);
    found[0] = 900_000;
    found[39] = 90_000;
    found[339] = 600;
    const curves = [curveOf("4K", 340, 990_940, 340, found)];
    const lookups = [{ pageSize: "4K" as const, lookups: 990_940 }];
    expect(section(sweepText({ ...SWEEP, curves, lookups }, WIDE), "Fully associative")).toEqual([
      "Fully associative, LRU: what the size does",
      "  - 4K pages: 40 entries reach 99% hits, 40 reach 99.9%; from 340 entries on",
      "    only the cold misses are left: 340 (0.034%).",
      "  - 4K pages, working-set step: between 39 and 40 entries the misses fall from",
      "    90,940 (9.18%) to 940 (0.095%).",
    ]);
    const flushed = curveOf("4K", 340, 990_940 + 500, 340 + 500, found);
    const text = sweepText({ ...SWEEP, curves: [flushed], lookups }, WIDE).replace(/\n {4}/g, " ");
    expect(text).toContain("left: 840 (0.085%), 340 first references to a page and 500 after invalidations.");
  });

  it("tells what is in front of second-level TLBs, and what their ratios are of", () => {
    const l1: SweepResult["l1"] = [{ ...RUN.tlbs[1], pageSize: "4K" }];
    const text = sweepText({ ...SWEEP, l1, lookups: [{ pageSize: "4K", lookups: 12_000 }] }, WIDE);
    expect(text).toContain("\nL1D, 4K        64:4 lru in front: 138,900 of 150,900 lookups hit, 92.05%\n");
    expect(text).toContain("\nSTLB lookups   12,000 with 4K pages; ratios below are of these\n");
    expect(text).toMatch(/^STLB miss ratio, 4K pages, lru \(one pass\)$/m);
    expect(text).toContain("Cold misses, which no size avoids: 4,721, 39.34%");
    expect(text).toContain("\nFully associative STLB, LRU: what the size does\n");
  });

  it("tells of invalidations and of checked points where there were some", () => {
    expect(sweepText(SWEEP, WIDE)).toContain("\nchecked        simulated directly as well: 3 points, all equal\n");
    expect(sweepText(SWEEP, WIDE)).not.toContain("invalidations");
    const text = sweepText({ ...SWEEP, checkedPoints: 0, invalidations: { flushes: 1, unmaps: 1_200 } }, WIDE);
    expect(text).not.toContain("checked");
    expect(text).toContain("\ninvalidations  1 flush of all entries, 1,200 unmapped ranges\n");
  });

  it("is of a length that is read, however many points there are", () => {
    const points = resolveSweep({ geometries: "all", indexes: "modulo,xor" }).points.map(
      (each): SweepPoint => ({ ...point(each.entries, each.ways, Math.ceil(300_000 / each.entries) + 4_721), ...each }),
    );
    const text = sweepText({ ...SWEEP, points }, WIDE);
    const lines = text.split("\n");
    expect(lines.length).toBeLessThan(150);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toMatch(/^ +4096 +1\.20% .*1\.20%$/m);
    expect(text).toMatch(/^and 4,\d\d\d points more: --csv and --json have all points$/m);
    expect(text).toMatch(/^ {2}and \d+ curves more: --csv and --json have all points$/m);
    const exact = Array.from({ length: 500 }, (_, index) => point(3 * index + 3, (index % 2) + 2 || 3, 5_000));
    const sparse = exact.filter(({ sets }) => Number.isInteger(sets));
    expect(sweepText({ ...SWEEP, points: sparse }, WIDE).split("\n").length).toBeLessThan(150);
  });
});
