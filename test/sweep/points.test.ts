import { expect, it } from "vitest";
import { SizeTotals } from "../../src/sweep/points.ts";

it("SizeTotals counts every lookup once, also of pages that an event made the kernel see twice in a row", () => {
  const distances = {
    found: Float64Array.of(5, 20, 15),
    firstStores: new Float64Array(3),
    cold: 10,
    firstStoresCold: 4,
  };
  const counts = { pageSize: "4K" as const, footprint: 9, firstStores: 4, l1iMisses: 0, l1dMisses: 0, distances };
  const totals = new SizeTotals(counts, 100);
  expect([...totals.found]).toEqual([55, 20, 15]);
  expect([0, 1, 2, 3, 4].map((entries) => totals.countsAt(entries).misses)).toEqual([100, 45, 25, 10, 10]);
});
