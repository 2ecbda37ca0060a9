/** What must be true of the rows and the series of every run. */
import { expect } from "vitest";
import type { AttributionRow, RunResult } from "../../src/report/results.ts";
import { l1Misses, plainTlbs } from "../../src/report/tlb-levels.ts";

/** What of a result the sums over rows and intervals must be. */
export type Totals = Pick<RunResult, "accesses" | "references" | "tlbs" | "walks" | "faults">;

/** Fails unless the rows of each dimension sum up to the run's counts, and are in their order. */
export function assertRows(totals: Totals, by: NonNullable<RunResult["by"]>): void {
  const { accesses, references, tlbs, walks, faults } = totals;
  for (const [dimension, rows] of Object.entries(by)) {
    const sum = (of: (row: AttributionRow) => number) => rows.reduce((total, row) => total + of(row), 0);
    expect(
      {
        fetch: sum((row) => row.accesses.fetch),
        load: sum((row) => row.accesses.load),
        store: sum((row) => row.accesses.store),
        modify: sum((row) => row.accesses.modify),
        fetchReferences: sum((row) => row.references.fetch),
        dataReferences: sum((row) => row.references.data),
        l1Misses: sum((row) => row.l1Misses),
        stlbMisses: sum((row) => row.stlbMisses),
        walkReferences: sum((row) => row.walkReferences),
        faults: sum((row) => row.faults),
      },
      `sums by ${dimension}`,
    ).toEqual({
      ...accesses,
      fetchReferences: references.fetch,
      dataReferences: references.data,
      l1Misses: l1Misses({ tlbs }),
      stlbMisses: plainTlbs({ tlbs })[2].misses,
      walkReferences: walks.references,
      faults: faults.minor + faults.major + faults.protection + faults.generalProtection,
    });
    expect(new Set(rows.map(({ name }) => name)).size, `names by ${dimension} are different`).toBe(rows.length);
    rows.slice(1).forEach((row, index) => {
      expect(isBefore(rows[index] as AttributionRow, row), `order of ${dimension} row ${index + 1}`).toBe(true);
    });
  }
}

/** Fails unless the intervals of the series sum up to the run's counts. */
export function assertSeries(
  { references, tlbs, walks, faults }: Totals,
  records: number,
  series: RunResult["series"],
) {
  if (series === undefined) throw new Error("the result has no series");
  const { intervals, intervalRecords } = series;
  const sum = (name: keyof (typeof intervals)[number]) => intervals.reduce((total, each) => total + each[name], 0);
  expect(
    {
      records: sum("records"),
      references: { fetch: sum("fetchReferences"), data: sum("dataReferences") },
      misses: [sum("l1iMisses"), sum("l1dMisses"), sum("stlbMisses")],
      walkReferences: sum("walkReferences"),
      faults: {
        minor: sum("minorFaults"),
        major: sum("majorFaults"),
        protection: sum("protections"),
        generalProtection: sum("generalProtections"),
      },
    },
    "sums over the intervals",
  ).toEqual({
    records,
    references,
    misses: tlbs.map(({ misses }) => misses),
    walkReferences: walks.references,
    faults,
  });
  for (const { records } of intervals.slice(0, -1)) expect(records).toBe(intervalRecords);
  expect(intervals.length).toBe(Math.ceil(records / intervalRecords));
}

function isBefore(a: AttributionRow, b: AttributionRow): boolean {
  const keys = (row: AttributionRow) => [
    row.walkReferences,
    row.stlbMisses,
    row.l1Misses,
    row.references.fetch + row.references.data,
  ];
  const other = keys(b);
  const difference = keys(a)
    .map((key, index) => key - (other[index] ?? 0))
    .find((each) => each !== 0);
  if (difference !== undefined) return difference > 0;
  const isAddress = /^0x[\da-f]+$/;
  if (isAddress.test(a.name) && isAddress.test(b.name)) return BigInt(a.name) < BigInt(b.name);
  return a.name < b.name || a.name === "unknown" || b.name === "unknown";
}
