import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blocksTable, cellWords, heatOf, hottestAddress, rowBands } from "../../src/report/heat.ts";
import type { RunProfile } from "../../src/report/results.ts";

const INTERVAL = { l1iMisses: 0, l1dMisses: 0, stlbMisses: 0, walkReferences: 0, minorFaults: 0 };

/** Blocks of 4 KiB at `pages`, each with its L1 misses in intervals of 4096 records; the STLB has half of them. */
function profileOf(blocks: readonly (readonly [page: bigint, l1Misses: number[]])[]): RunProfile {
  return {
    intervalRecords: 4096,
    intervals: (blocks[0]?.[1] ?? []).map(() => ({ ...INTERVAL, records: 4096 })),
    blockBytes: 4096,
    blocks: blocks.map(([page, l1Misses]) => ({
      address: `0x${(page << 12n).toString(16)}`,
      l1Misses,
      stlbMisses: l1Misses.map((misses) => misses >> 1),
    })),
    generalProtections: [],
  };
}

/** Neighbours 4 and 5, 6 and 7; a gap of 8 pages; 16; the last page of all. */
const PROFILE = profileOf([
  [4n, [1, 0, 0]],
  [5n, [0, 20, 0]],
  [6n, [0, 0, 3]],
  [7n, [4, 0, 0]],
  [16n, [0, 0, 5]],
  [0xf_ffff_ffff_ffffn, [0, 0, 9]],
]);

const ample = { rows: 100, columns: 100 };

describe("heatOf()", () => {
  it("has a row for each block and a column for each interval, where there is room", () => {
    const heat = heatOf(PROFILE, "l1", ample);
    expect(heat.rows.map(({ first }) => first >> 12n)).toEqual([4n, 5n, 6n, 7n, 16n, 0xf_ffff_ffff_ffffn]);
    expect(heat.rows.map(({ gapBytes }) => gapBytes >> 12n)).toEqual([0n, 0n, 0n, 0n, 8n, 0xf_ffff_ffff_ffeen]);
    expect(heat.rows.at(-1)?.last).toBe(0xffff_ffff_ffff_ffffn);
    expect([...heat.cells.slice(0, 6)]).toEqual([1, 0, 0, 0, 20, 0]);
    expect(heat.most).toBe(20);
    expect([...heatOf(PROFILE, "stlb", ample).cells.slice(0, 6)]).toEqual([0, 0, 0, 0, 10, 0]);
  });

  it("doubles the addresses of rows and the intervals of columns until they fit", () => {
    const heat = heatOf(PROFILE, "l1", { rows: 4, columns: 2 });
    expect(heat.rows.map(({ first, last }) => [first >> 12n, last >> 12n])).toEqual([
      ...[[4n, 5n] as const, [6n, 7n] as const, [16n, 17n] as const],
      [0xf_ffff_ffff_fffen, 0xf_ffff_ffff_ffffn],
    ]);
    expect(heat.columns.map(({ recordsBefore, records }) => [recordsBefore, records])).toEqual([
      [0, 8192],
      [8192, 4096],
    ]);
    expect([...heat.cells]).toEqual([21, 0, 4, 3, 0, 5, 0, 9]);
    expect(heat.rows.map(({ gapBytes }) => gapBytes > 0n)).toEqual([false, false, true, true]);
  });

  it("fits any blocks, in order and without losing a miss", () => {
    const pages = fc.uniqueArray(fc.bigInt({ min: 0n, max: (1n << 52n) - 1n }), {
      minLength: 1,
      size: "max",
      maxLength: 60,
    });
    const misses = fc.array(fc.nat(1000), { minLength: 9, maxLength: 9 });
    const sizes = fc.record({ rows: fc.integer({ min: 1, max: 80 }), columns: fc.integer({ min: 1, max: 12 }) });
    fc.assert(
      fc.property(pages, fc.array(misses, { minLength: 60, maxLength: 60 }), sizes, (all, counts, most) => {
        const sorted = [...all].sort((a, b) => (a < b ? -1 : 1));
        const profile = profileOf(sorted.map((page, index) => [page, counts[index] ?? []]));
        const { rows, columns, cells } = heatOf(profile, "l1", most);
        expect(rows.length).toBeLessThanOrEqual(most.rows);
        expect(columns.length).toBeLessThanOrEqual(most.columns);
        expect(sumOf([...cells])).toBe(sumOf(profile.blocks.flatMap(({ l1Misses }) => l1Misses)));
        expect(sumOf(columns.map(({ records }) => records))).toBe(9 * 4096);
        for (const [index, row] of rows.entries()) {
          const before = rows[index - 1];
          if (before !== undefined) expect(row.gapBytes).toBe(row.first - before.last - 1n);
          for (const { address } of profile.blocks.slice(row.blocksFrom, row.blocksTo)) {
            expect(BigInt(address) >= row.first && BigInt(address) + 4095n <= row.last).toBe(true);
          }
        }
      }),
    );
  });

  it("is empty for a profile without blocks", () => {
    const heat = heatOf({ ...PROFILE, blocks: [] }, "l1", ample);
    expect([heat.rows.length, heat.columns.length, heat.cells.length, heat.most]).toEqual([0, 3, 0, 0]);
    expect(cellWords(heat, 0, 0)).toBe("");
  });
});

describe("a cell", () => {
  it("says its addresses, its records and its misses", () => {
    const heat = heatOf(PROFILE, "l1", { rows: 4, columns: 2 });
    expect(cellWords(heat, 0, 0)).toBe("0x4000 to 0x5fff (8 KiB), records 1 to 8,192: 21 L1 misses");
    expect(cellWords(heat, 3, 1)).toBe(
      "0xffffffffffffe000 to 0xffffffffffffffff (8 KiB), records 8,193 to 12,288: 9 L1 misses",
    );
  });

  it("leads to the block that missed most in it", () => {
    const heat = heatOf(PROFILE, "l1", { rows: 4, columns: 2 });
    const at = (row: number, column: number) => {
      const [ofRow, ofColumn] = [heat.rows[row], heat.columns[column]];
      return ofRow && ofColumn && hottestAddress(PROFILE, heat, ofRow, ofColumn);
    };
    // Where nothing missed, the first.
    expect(at(0, 1)).toBe("0x4000");
    expect([at(0, 0), at(1, 0), at(1, 1), at(3, 1)]).toEqual(["0x5000", "0x7000", "0x6000", "0xfffffffffffff000"]);
  });
});

describe("blocksTable()", () => {
  it("has the blocks with most misses first, and their share of all", () => {
    const { title, rows, leftOut } = blocksTable(PROFILE, "l1");
    expect(title).toBe("Blocks of 4 KiB with most L1 misses");
    expect(rows.slice(0, 2)).toEqual([
      ["0x5000 to 0x5fff", "20", "47.62%"],
      ["0xfffffffffffff000 to 0xffffffffffffffff", "9", "21.43%"],
    ]);
    expect([rows.length, leftOut]).toEqual([6, undefined]);
    expect(blocksTable(PROFILE, "stlb").rows).toHaveLength(5);
  });

  it("says how many it leaves out", () => {
    const many = profileOf(Array.from({ length: 50 }, (_, index) => [BigInt(index), [index]] as const));
    expect(blocksTable(many, "l1").rows).toHaveLength(40);
    expect(blocksTable(many, "l1").leftOut).toEqual({ count: 9, noun: "block" });
  });
});

describe("rowBands()", () => {
  it("are equally high, fill the picture, and leave room where there is a gap", () => {
    const { rows } = heatOf(PROFILE, "l1", ample);
    const bands = rowBands(rows, 126);
    expect(bands.map(({ top, bottom }) => [top, bottom])).toEqual([
      ...[[0, 20] as const, [20, 40] as const, [40, 60] as const],
      ...[[60, 80] as const, [83, 103] as const, [106, 126] as const],
    ]);
  });

  it("keep most of the picture even if there are gaps everywhere", () => {
    const rows = heatOf(
      profileOf(Array.from({ length: 100 }, (_, index) => [BigInt(2 * index), [1]] as const)),
      "l1",
      ample,
    ).rows;
    const bands = rowBands(rows, 100);
    expect(sumOf(bands.map(({ top, bottom }) => bottom - top))).toBeCloseTo(75, 6);
    expect(bands.at(-1)?.bottom).toBeCloseTo(100, 6);
  });
});

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
