/** Machines side by side. */
import { describe, expect, it } from "vitest";
import { compareTable } from "../../src/report/compare-report.ts";
import type { RunResult } from "../../src/report/results.ts";
import { RUN } from "./samples.ts";

const [l1i, l1d, stlb] = RUN.tlbs;
const SMALL: RunResult = {
  ...RUN,
  config: { ...RUN.config, pageSize: "2M" },
  tlbs: [l1i, { ...l1d, entries: 16, ways: 16, lookups: 0, hits: 0, misses: 0, mpki: null }, stlb],
  walks: { ...RUN.walks, count: 0, references: 0 },
  faults: { minor: 1, major: 2, protection: 3, generalProtection: 4 },
};

describe("compareTable()", () => {
  const { head, rows, title, nameColumns } = compareTable([
    { machine: "generic", run: RUN },
    { machine: "sm\u202eall", run: SMALL },
  ]);
  const row = (name: string) => rows.find(([first]) => first === name)?.slice(1);

  it("has a column for each machine, under a harmless name", () => {
    expect(title).toBe("Machines side by side");
    expect(head).toEqual(["", "generic", "sm\\u{202e}all"]);
    expect(rows.every(({ length }) => length === 3)).toBe(true);
    expect(nameColumns).toBe(1);
  });

  it("has what each TLB is and did, rates of one row with the same decimals", () => {
    expect(row("L1I hit rate")).toEqual(["99.9984%", "99.9984%"]);
    expect(row("L1D")).toEqual(["64:4 lru", "16:full lru"]);
    expect(row("L1D hit rate")).toEqual(["92.05%", "n/a"]);
    expect(row("L1D misses")).toEqual(["12,000", "0"]);
    expect(row("STLB MPKI")).toEqual(["12.816", "12.816"]);
    expect(row("L1D MPKI")).toEqual(["48.000", "n/a"]);
  });

  it("has what walks, faults and tables cost", () => {
    expect(row("pages")).toEqual(["4K", "2M"]);
    expect(row("walks")).toEqual(["3,204", "0"]);
    expect(row("walk references")).toEqual(["4,046", "0"]);
    expect(row("references per walk")).toEqual(["1.263", "n/a"]);
    expect(row("set-dirty walks")).toEqual(["350", "350"]);
    expect(rows.filter(([name]) => /fault|protection/.test(name ?? "")).map((cells) => cells[2])).toEqual([
      "1",
      "2",
      "3",
      "4",
    ]);
    expect(row("page-table pages")).toEqual(["15", "15"]);
  });

  it("is empty but for its names where nothing has run", () => {
    expect(compareTable([]).rows.every(({ length }) => length === 1)).toBe(true);
  });
});
