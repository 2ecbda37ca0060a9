import { describe, expect, it } from "vitest";
import {
  axisLabel,
  axisTicks,
  entrySizes,
  fitting,
  heightOf,
  quantityName,
  quantityOf,
  quantityText,
} from "../../src/report/curve-axis.ts";
import { SWEEP } from "./samples.ts";

const RATIO = { quantity: "missRatio", scale: "log" } as const;
const MPKI = { quantity: "mpki", scale: "linear" } as const;

describe("the y axis of curves", () => {
  it("shows the miss ratio or MPKI of a point, where it has a place", () => {
    const point = { entries: 64, misses: 400, missRatio: 0.001, mpki: 1.6 };
    expect([heightOf(point, RATIO), heightOf(point, MPKI)]).toEqual([0.001, 1.6]);
    const never = { entries: 64, misses: 0, missRatio: 0, mpki: 0 };
    expect([heightOf(never, RATIO), heightOf(never, MPKI)]).toEqual([null, 0]);
    expect(heightOf({ ...point, mpki: null }, MPKI)).toBeNull();
  });

  it("tells misses in its quantity, as points have it", () => {
    for (const { misses, missRatio, mpki, pageSize } of SWEEP.points) {
      expect(quantityOf(SWEEP, pageSize, misses, "missRatio")).toBe(missRatio);
      expect(quantityOf(SWEEP, pageSize, misses, "mpki")).toBe(mpki);
    }
  });

  it("names and writes what it shows", () => {
    expect(quantityName(SWEEP, "missRatio")).toBe("miss ratio");
    expect(quantityName({ l1: [{}] } as never, "mpki")).toBe("STLB MPKI");
    expect(axisTicks([0.003, 0.04], RATIO).map((tick) => axisLabel(tick, RATIO))).toEqual([
      ...["0.2%", "0.5%", "1%", "2%", "5%"],
    ]);
    expect(axisTicks([3, 19], MPKI).map((tick) => axisLabel(tick, MPKI))).toEqual(["0", "5", "10", "15", "20"]);
    expect(axisTicks([], RATIO)).toEqual([]);
    expect([quantityText(0.0124, RATIO), quantityText(12.3456, MPKI), quantityText(null, MPKI)]).toEqual([
      ...["1.24%", "12.346", "n/a"],
    ]);
  });
});

describe("the x axis of curves", () => {
  const linesOf = (...sizes: number[]) => [{ marks: new Set(sizes) }];

  it("has ticks at powers of two and at other sizes that were asked for, if they are few", () => {
    expect(entrySizes(linesOf(64, 1536), 48, 2048).always).toEqual([64, 128, 256, 512, 1024, 2048, 1536]);
    const many = Array.from({ length: 9 }, (_, index) => 65 + index);
    expect(entrySizes(linesOf(...many), 64, 128).always).toEqual([64, 128]);
    expect(entrySizes(linesOf(64, 1536), 48, 2048).byInterest.slice(0, 3)).toEqual([48, 2048, 1536]);
    expect(entrySizes(linesOf(64), 47.6, 300.487).byInterest.slice(0, 2)).toEqual([48, 300]);
  });

  it("has labels that do not run into each other, the first ones in any case", () => {
    const at = (entries: number) => 40 * Math.log2(entries);
    expect(fitting([1024, 1536, 2048, 16], at, 7)).toEqual([1024, 2048, 16]);
    expect(fitting([1536, 1024, 2048, 16], at, 7)).toEqual([1536, 16]);
  });
});
