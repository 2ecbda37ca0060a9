import { describe, expect, it } from "vitest";
import { map } from "../../src/map.ts";
import { mapSummaryText, mapText, mapTextHeader } from "../../src/report/map-text.ts";
import type { Mapping } from "../../src/report/mapping.ts";
import { elfDump } from "../helpers/dumps.ts";
import { mapOf } from "./listing.ts";
import { LINK, P, PS, TestTables, XD } from "./tables.ts";

/** The longest line of `text`. */
const width = (text: string) => Math.max(...text.split("\n").map((line) => line.length));
const cr3Of = (text: string) => /^CR3 +(.*)$/m.exec(text)?.[1];

describe("the text of a map", () => {
  it("fits 80 columns, however long its numbers are", async () => {
    const mapping: Mapping = {
      va: "0xffff800000000000",
      pa: "0xffffffffff000",
      size: 2 ** 30 - 2 ** 21,
      write: true,
      user: false,
      execute: true,
      global: true,
      accessed: true,
      dirty: true,
      entry: "0x8fffffffffffffff",
    };
    const merged: Mapping = { ...mapping, pages: { "4K": 1, "2M": 1, "1G": 1 }, aliases: 2 ** 35, stride: 4096 };
    const last = { ...merged, va: "0xffffffffc0200000", aliases: 1 };
    const text = mapTextHeader(true) + mapText([mapping, merged, last]);
    expect(text.split("\n")).toHaveLength(1 + 1 + 2 + 1 + 1);
    expect(width(text)).toBeLessThanOrEqual(80);
  });

  it("sums up in 80 columns", async () => {
    const top = 0xf_ffff_ffff_f000n;
    const tables = new TestTables().fill(top, top | LINK).put(top, 511, top | PS | P | XD);
    for (const index of [1, 3, 5, 7, 9, 11, 13, 15, 17]) tables.put(top, 256 + index, top | P);
    const { summary } = await mapOf(tables, { cr3: top, la57: true });
    expect(summary.reserved.first).not.toBeNull();
    const text = mapSummaryText({ ...summary, levelsAssumed: true });
    expect(text).toMatch(/^self-reference +PML5E at physical 0xfffffffffff?/m);
    expect(width(text)).toBeLessThanOrEqual(80);
  });

  it("tells whose CR3 it is, and whether the number of levels is known", async () => {
    const tables = new TestTables().put(0x1000n, 0, 0n);
    const cpu = { cr0: 0n, cr2: 0n, cr3: 0x1000n, cr4: 0n };
    const cr3 = async (options: Parameters<typeof map>[0]) => cr3Of(mapSummaryText((await map(options)).summary));
    const memory = elfDump(tables.frames, [cpu, cpu]);
    expect(await cr3({ memory })).toBe("0x1000 (CPU 0 of 2), 4-level paging");
    expect(await cr3({ memory, cr3: 0x1000n })).toBe("0x1000, 4-level paging");
    const bare = { memory: tables.dump(), cr3: 0x1000n };
    expect(await cr3(bare)).toBe("0x1000, 4-level paging (assumed; --la57 for five)");
    expect(await cr3({ ...bare, cr4: "PGE" })).toBe("0x1000, 4-level paging");
    expect(await cr3({ ...bare, la57: false })).toBe("0x1000, 4-level paging");
  });
});
