import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cellTexts,
  type DataTable,
  resultTable,
  sortedRows,
  tableCsv,
  tableObjects,
} from "../../src/report/data-table.ts";

interface Row {
  name: string;
  misses: number | null;
  rate: number | null;
}

const TABLE: DataTable<Row> = {
  title: "Some",
  columns: [
    { key: "name", head: "machine", kind: "name", value: ({ name }) => name },
    { key: "misses", head: "misses", kind: "count", value: ({ misses }) => misses },
    { key: "rate", head: "hit rate", kind: "share", value: ({ rate }) => rate },
    { key: "mpki", head: "MPKI", kind: "decimal", value: ({ misses }) => (misses === null ? null : misses / 7) },
  ],
  rows: [
    { name: "s10", misses: 1234, rate: 0.99995 },
    { name: 's2, "b"', misses: null, rate: null },
    { name: "a\u202e", misses: 0, rate: 0.5 },
  ],
};

describe("a table of data", () => {
  it("prints its numbers, shares of a column alike, and names that are no harm", () => {
    expect(cellTexts(TABLE, TABLE.rows)).toEqual([
      ["s10", "1,234", "99.9950%", "176.286"],
      ['s2, "b"', "n/a", "n/a", "n/a"],
      ["a\\u{202e}", "0", "50.0000%", "0.000"],
    ]);
  });

  it("is saved with exact numbers, and nothing where there is none", () => {
    expect(tableCsv(TABLE)).toBe(
      `name,misses,rate,mpki\ns10,1234,0.99995,${1234 / 7}\n"s2, ""b""",,,\na\u202e,0,0.5,0\n`,
    );
    expect(tableObjects(TABLE)[1]).toEqual({ name: 's2, "b"', misses: null, rate: null, mpki: null });
  });

  it("says in words how many rows are left out", () => {
    expect(resultTable(TABLE, 1)).toMatchObject({ nameColumns: 1, leftOut: { count: 2, noun: "row" } });
    expect(resultTable(TABLE, 2)).toMatchObject({ leftOut: { count: 1, noun: "row" } });
    expect(resultTable(TABLE)).not.toHaveProperty("leftOut");
  });

  it("is sorted by what is counted, names as people count, and what is not known last", () => {
    const names = (column: number, isDescending: boolean) => {
      const by = TABLE.columns[column];
      return by === undefined ? [] : sortedRows(TABLE.rows, by, isDescending).map(({ name }) => name.slice(0, 3));
    };
    expect(names(0, false)).toEqual(["a\u202e", "s2,", "s10"]);
    expect(names(0, true)).toEqual(["s10", "s2,", "a\u202e"]);
    expect(names(1, true)).toEqual(["s10", "a\u202e", "s2,"]);
    expect(names(1, false)).toEqual(["a\u202e", "s10", "s2,"]);
  });

  it("keeps rows that are equal in their order, and loses none", () => {
    const rows = fc.array(
      fc.record({ name: fc.constantFrom("a", "b"), misses: fc.option(fc.nat(3)), rate: fc.constant(0) }),
      {
        maxLength: 40,
        size: "max",
      },
    );
    const [, misses] = TABLE.columns;
    if (misses === undefined) throw new Error("no column of misses");
    fc.assert(
      fc.property(rows, fc.boolean(), (given, isDescending) => {
        const all = given.map((row, index) => ({ ...row, index }));
        const sorted = sortedRows(all, misses, isDescending) as typeof all;
        const rank = ({ misses }: Row) => (misses === null ? 9 : isDescending ? -misses : misses);
        for (const [at, row] of sorted.entries()) {
          const next = sorted[at + 1];
          if (next === undefined) continue;
          expect(rank(row) - rank(next) || row.index - next.index).toBeLessThan(0);
        }
        expect(sorted).toHaveLength(all.length);
      }),
    );
  });
});
