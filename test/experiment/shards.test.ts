/** Shares of a plan's units. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Unit } from "../../src/experiment/plan.ts";
import { unitsOfShard } from "../../src/experiment/shards.ts";

const seconds = fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1e4, noNaN: true }));
const plan = fc
  .array(seconds, { maxLength: 400, size: "max" })
  .map((all) => all.map((one, index): Unit => ({ unit: index + 1, trace: 0, window: 0, seconds: one })));
const shares = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 600 }));

function allShards(units: readonly Unit[], of: number): Unit[][] {
  return Array.from({ length: of }, (_, index) => unitsOfShard(units, { index: index + 1, of }));
}

const sum = (units: readonly Unit[]) => units.reduce((total, unit) => total + unit.seconds, 0);

describe("unitsOfShard()", () => {
  it("puts every unit into one share", () => {
    fc.assert(
      fc.property(plan, shares, (units, of) => {
        const numbers = allShards(units, of)
          .flat()
          .map(({ unit }) => unit);
        expect(numbers.sort((a, b) => a - b)).toEqual(units.map(({ unit }) => unit));
      }),
      { seed: 9, numRuns: 100 },
    );
  });

  it("makes shares that differ by no more than the longest unit, none above 4/3 of what is needed at least", () => {
    fc.assert(
      fc.property(plan, shares, (units, of) => {
        const loads = allShards(units, of).map(sum);
        const longest = Math.max(0, ...units.map((unit) => unit.seconds));
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(longest + 1e-6);
        // Graham 1969: at most 4/3 - 1/(3n) of the best division, which takes at least the mean, the longest, and two of the n + 1 longest.
        const sorted = units.map((unit) => unit.seconds).sort((a, b) => b - a);
        const least = Math.max(sum(units) / of, longest, (sorted[of - 1] ?? 0) + (sorted[of] ?? 0));
        if (sorted.length <= 2 * of)
          expect(Math.max(...loads)).toBeLessThanOrEqual((4 / 3) * Math.max(least, best(sorted, of)) + 1e-6);
      }),
      { seed: 9, numRuns: 100 },
    );
  });

  it("does the longest first, and depends on nothing but units and their number", () => {
    fc.assert(
      fc.property(plan, shares, fc.nat(), (units, of, turn) => {
        const shuffled = [...units.slice(turn % (units.length + 1)), ...units.slice(0, turn % (units.length + 1))];
        for (const share of allShards(shuffled, of).slice(0, 3)) {
          expect(share).toEqual([...share].sort((one, other) => other.seconds - one.seconds || one.unit - other.unit));
        }
        expect(allShards(shuffled, of)).toEqual(allShards(units, of));
      }),
      { seed: 9, numRuns: 30 },
    );
  });
});

/** The best division of at most 2n units into n shares: the longest with the shortest. */
function best(sorted: readonly number[], of: number): number {
  const padded = [...sorted, ...Array.from({ length: 2 * of - sorted.length }, () => 0)];
  return Math.max(...padded.slice(0, of).map((one, index) => one + (padded[2 * of - 1 - index] ?? 0)));
}
