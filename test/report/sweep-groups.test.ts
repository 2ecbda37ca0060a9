import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SweepPoint } from "../../src/report/results.ts";
import { groupsOf, linesOf, spread, waysColumns } from "../../src/report/sweep-groups.ts";
import { point, SWEEP } from "./samples.ts";

describe("groupsOf()", () => {
  it("puts points together that differ in geometry only, in the order of the first", () => {
    const other = { ...point(16, 4, 9_000), index: "xor" as const };
    const groups = groupsOf([point(16, 4, 9_000), other, point(64, 4, 8_000), point(16, 16, 14, "2M", 14)]);
    expect(groups.map(({ pageSize, policy, index, points }) => [pageSize, policy, index, points.length])).toEqual([
      ["4K", "lru", "modulo", 2],
      ["4K", "lru", "xor", 1],
      ["2M", "lru", "modulo", 1],
    ]);
  });
});

describe("waysColumns()", () => {
  const columns = (...points: SweepPoint[]) =>
    waysColumns(points).map(({ ways, points }) => `${ways}: ${points.map(({ entries }) => entries)}`);

  it("are in ascending order, full at the end, each in ascending order of entries", () => {
    expect(columns(point(64, 64, 9), point(64, 2, 9), point(8, 1, 9), point(32, 2, 9), point(32, 32, 9))).toEqual([
      "1: 8",
      "2: 32,64",
      "full: 32,64",
    ]);
  });

  it("have a fully associative point in the column of its ways, and none for it alone", () => {
    expect(columns(point(16, 16, 9), point(32, 16, 9))).toEqual(["16: 16,32"]);
    expect(columns(point(16, 16, 9))).toEqual(["full: 16"]);
  });
});

describe("linesOf()", () => {
  it("draws fully associative LRU from the curve, within the sizes of the points, and marks what was asked for", () => {
    const { lines, left } = linesOf(SWEEP, 20);
    expect(left).toBe(0);
    expect(lines.map(({ label, ways }) => [label, ways])).toEqual([
      ["1 way", 1],
      ["4 ways", 4],
      ["full", "full"],
    ]);
    const full = lines[2];
    expect(full?.points.map(({ entries }) => entries)).toEqual([16, 32, 64, 128, 256, 512, 1024, 1536, 2048, 4096]);
    expect([...(full?.marks ?? [])]).toEqual([16, 64, 256, 1024, 4096]);
    expect(full?.points[0]).toEqual({ entries: 16, misses: 218_279, missRatio: 218_279 / 400_000, mpki: 873.116 });
    expect(full?.points[1]).toEqual({ entries: 32, misses: 188_334, missRatio: 188_334 / 400_000, mpki: 753.336 });
  });

  it("is level from the floor on, as far as the points reach", () => {
    const { lines } = linesOf({ ...SWEEP, points: [point(4096, 4, 5_923), point(65_536, 4, 4_721)] }, 20);
    expect(lines[1]?.points.map(({ entries }) => entries)).toEqual([4096, 4700, 65_536]);
    expect(lines[1]?.points.at(-1)?.missRatio).toBe(4_721 / 400_000);
  });

  it("draws the whole curve where the points are too few for a line", () => {
    const { lines } = linesOf({ ...SWEEP, points: [point(64, 4, 157_400)] }, 20);
    expect(lines[1]?.points.map(({ entries }) => entries)).toEqual(
      SWEEP.curves[0]?.samples.map(({ entries }) => entries),
    );
  });

  it("says in labels what differs, and leaves out the ways of least interest first", () => {
    const ways = Array.from({ length: 16 }, (_, index) => index + 1);
    const points = ways.flatMap((each) => [
      point(2 * each, each, 9_000),
      point(2 * each, each, 14, "2M", 14),
      { ...point(2 * each, each, 9_000), policy: "fifo" as const },
      { ...point(2 * each, each, 9_000), index: "xor" as const },
    ]);
    const { lines, left } = linesOf({ ...SWEEP, points }, 6);
    expect(lines.map(({ label }) => label)).toEqual([
      ...["4K lru 1 way", "4K lru 4 ways", "4K fifo 4 ways", "4K lru 4 ways xor", "4K lru full"],
      "2M lru 4 ways",
    ]);
    expect(left).toBe(4 * 16 + 1 - 6);
  });
});

describe("spread()", () => {
  it("keeps both ends and what must be kept, and not many more than asked for", () => {
    const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 1 << 24 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 2, max: 50 }), fc.nat(10), (all, most, keptCount) => {
        const kept = all.slice(0, keptCount);
        const chosen = spread(all, most, kept);
        expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
        expect(chosen).toEqual(expect.arrayContaining([Math.min(...all), Math.max(...all), ...kept]));
        expect(all).toEqual(expect.arrayContaining(chosen));
        expect(chosen.length).toBeLessThanOrEqual(Math.max(most, kept.length + 2) + 1);
      }),
    );
  });

  it("goes by factors, not by differences", () => {
    const all = Array.from({ length: 1024 }, (_, index) => index + 1);
    expect(spread(all, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]);
  });
});
