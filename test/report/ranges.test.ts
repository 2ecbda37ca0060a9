import fc from "fast-check";
import { expect, it } from "vitest";
import { rangesOf } from "../../src/report/ranges.ts";

it("ranges of numbers name each number once, and do not touch", () => {
  expect(rangesOf([])).toEqual([]);
  expect(rangesOf([1, 2, 3, 7, 9, 10])).toEqual(["1-3", "7", "9-10"]);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 60 }), { maxLength: 30, size: "max" }), (given) => {
      const sorted = [...given].sort((one, other) => one - other);
      const ranges = rangesOf(sorted).map((range) => range.split("-").map(Number));
      const named = ranges.flatMap(([from = 0, to = from]) =>
        Array.from({ length: to - from + 1 }, (_, index) => from + index),
      );
      expect(named).toEqual(sorted);
      for (const [index, [from = 0]] of ranges.entries())
        if (index > 0) expect(from).toBeGreaterThan((ranges[index - 1]?.at(-1) ?? 0) + 1);
    }),
    { seed: 1 },
  );
});
