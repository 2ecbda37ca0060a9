import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linearTicks, numberLabel, ratioLabel, ratioTicks, wholeTicks } from "../../src/report/ticks.ts";

describe("linearTicks()", () => {
  it("are round numbers at equal distances from 0 on", () => {
    expect(linearTicks([3, 25])).toEqual([0, 5, 10, 15, 20, 25]);
    expect(linearTicks([0.29])).toEqual([0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]);
    expect(linearTicks([2_745_438])).toEqual([0, 500_000, 1_000_000, 1_500_000, 2_000_000, 2_500_000, 3_000_000]);
  });

  it("reach as far as the values, in 2 to 8 steps, even where there is nothing", () => {
    const values = fc.array(fc.double({ min: 1e-9, max: 1e15, noNaN: true }), { maxLength: 5, size: "max" });
    fc.assert(
      fc.property(values, (all) => {
        const ticks = linearTicks(all);
        expect(ticks[0]).toBe(0);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(Math.max(0, ...all));
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(9);
      }),
    );
    expect(linearTicks([])).toEqual(linearTicks([1]));
    expect(linearTicks([0, 0])).toEqual(linearTicks([1]));
  });
});

describe("labels of ticks", () => {
  it("say the number that the tick is", () => {
    expect(linearTicks([0.3]).map(ratioLabel)).toEqual(["0%", "5%", "10%", "15%", "20%", "25%", "30%"]);
    expect(ratioTicks([0.0003, 0.02]).map(ratioLabel)).toEqual(["0.02%", "0.05%", "0.1%", "0.2%", "0.5%", "1%", "2%"]);
    expect([0.05, 12.5, 2_500_000].map(numberLabel)).toEqual(["0.05", "12.5", "2,500,000"]);
  });
});

describe("wholeTicks()", () => {
  it("are round, and within a range that need not begin at 0", () => {
    expect(wholeTicks(12_345_000, 12_346_000)).toEqual([
      ...[12_345_000, 12_345_200, 12_345_400, 12_345_600, 12_345_800, 12_346_000],
    ]);
    expect(wholeTicks(0, 631_070)).toEqual([0, 200_000, 400_000, 600_000]);
    expect(wholeTicks(3.2, 5.9)).toEqual([4, 5]);
    expect(wholeTicks(7, 7)).toEqual([7]);
  });
});
