import { describe, expect, it } from "vitest";
import { ConfigError, DumpError } from "../../src/errors.ts";
import { map } from "../../src/map.ts";
import { lineOf, listed, mapOf } from "./listing.ts";
import { A, D, G, LINK, P, PAT_LARGE, PS, RW, TestTables, US, XD } from "./tables.ts";

/** A PML4 at 0x1000, PDPT at 0x2000, PD at 0x3000 and an empty PT at 0x4000, each linked at index 0. */
function chain(): TestTables {
  return new TestTables()
    .put(0x1000n, 0, 0x2000n | LINK)
    .put(0x2000n, 0, 0x3000n | LINK)
    .put(0x3000n, 0, 0x4000n | LINK)
    .put(0x4000n, 0, 0n);
}

const lines = async (...args: Parameters<typeof mapOf>) => listed(await mapOf(...args)).map(lineOf);

describe("map() lists", () => {
  it("a page of 4 KiB with exactly the fields that are promised", async () => {
    const tables = chain().put(0x4000n, 5, 0x9000n | P | US | A | XD);
    expect(listed(await mapOf(tables))).toEqual([
      {
        va: "0x5000",
        pa: "0x9000",
        size: 4096,
        write: false,
        user: true,
        execute: false,
        global: false,
        accessed: true,
        dirty: false,
        entry: "0x8000000000009025",
      },
    ]);
  });

  it("pages of 2 MiB and 1 GiB, of whose addresses the PAT bit is no part", async () => {
    const tables = chain()
      .put(0x3000n, 1, 0x60_0000n | PAT_LARGE | PS | P | RW)
      .put(0x2000n, 3, 0x8000_0000n | PAT_LARGE | PS | P | US | G);
    const pages = listed(await mapOf(tables));
    expect(pages.map(({ va, pa, size }) => [va, pa, size])).toEqual([
      ["0x200000", "0x600000", 2 ** 21],
      ["0xc0000000", "0x80000000", 2 ** 30],
    ]);
  });

  it("the rights that all levels allow together", async () => {
    const tables = new TestTables()
      .put(0x1000n, 0, 0x2000n | P | US | RW)
      .put(0x2000n, 0, 0x3000n | P | RW)
      .put(0x2000n, 1, 0x3000n | P | US)
      .put(0x2000n, 2, 0x3000n | P | US | RW | XD)
      .put(0x3000n, 0, 0x4000n | LINK)
      .put(0x4000n, 0, 0x9000n | P | RW | US | G | D);
    expect(await lines(tables)).toEqual([
      "0x0-0x1000 0x9000 rwx kernel G-D",
      "0x40000000-0x40001000 0x9000 r-x user G-D",
      "0x80000000-0x80001000 0x9000 rw- user G-D",
    ]);
  });

  it("the upper half after the lower, sign-extended", async () => {
    const tables = chain()
      .put(0x4000n, 0, 0x9000n | P)
      .put(0x1000n, 255, 0x2000n | P)
      .put(0x1000n, 256, 0x2000n | P)
      .put(0x1000n, 511, 0x2000n | P);
    expect((await lines(tables)).map((line) => line.split("-")[0])).toEqual([
      "0x0",
      "0x7f8000000000",
      "0xffff800000000000",
      "0xffffff8000000000",
    ]);
  });

  it("tables of five levels", async () => {
    const tables = chain()
      .put(0x4000n, 0, 0x9000n | P)
      .put(0x5000n, 0, 0x1000n | P)
      .put(0x5000n, 256, 0x1000n | P);
    const pageMap = await mapOf(tables, { cr3: 0x5000n, la57: true });
    expect(listed(pageMap).map(({ va }) => va)).toEqual(["0x0", "0xff00000000000000"]);
    expect(pageMap.summary).toMatchObject({
      levels: 5,
      levelsAssumed: false,
      tables: { count: 5, byLevel: { pml5: 1, pml4: 1, pt: 1 } },
    });
  });

  it("no page through an entry with reserved bits, and tells the first", async () => {
    const tables = chain()
      .put(0x4000n, 0, 0x9000n | P)
      .put(0x4000n, 7, 0x9000n | P | (1n << 40n))
      .put(0x3000n, 2, (1n << 13n) | PS | P)
      .put(0x1000n, 256, 0x2000n | P | PS);
    const { summary, ...rest } = await mapOf(tables, { maxPhyAddr: 40 }).then((pageMap) => ({
      summary: pageMap.summary,
      pages: listed(pageMap),
    }));
    expect(rest.pages).toHaveLength(1);
    expect(summary.reserved).toEqual({
      entries: 3,
      first: { level: "pte", physicalAddress: "0x4038", entry: "0x10000009001", va: "0x7000", bits: "0x10000000000" },
    });
  });

  it("nothing through XD where NXE is off, as the bit is reserved then", async () => {
    const tables = chain()
      .put(0x4000n, 0, 0x9000n | P)
      .put(0x4000n, 1, 0x9000n | P | XD);
    const pageMap = await mapOf(tables, { efer: "0" });
    expect(listed(pageMap).map(({ va }) => va)).toEqual(["0x0"]);
    expect(pageMap.summary.reserved).toMatchObject({ entries: 1, first: { bits: "0x8000000000000000" } });
  });

  it("nothing of tables that map nothing", async () => {
    const pageMap = await mapOf(new TestTables().put(0x1000n, 0, 0n));
    expect(listed(pageMap)).toEqual([]);
    expect(listed(pageMap, "aliases")).toEqual([]);
    expect(pageMap.summary.mapped).toEqual({ pages: 0, bytes: 0 });
  });

  it("some thousands at a time, whatever their size; two listings do not disturb each other", async () => {
    const tables = chain();
    for (let index = 0; index < 40; index++) tables.put(0x2000n, index, 0x5000n | P);
    tables.fill(0x5000n, PS | P);
    const pageMap = await mapOf(tables);
    const first = pageMap.mappings();
    const batches = [first.next().value ?? []];
    expect(listed(pageMap)).toHaveLength(40 * 512);
    batches.push(...first);
    expect(batches.flat()).toEqual(listed(pageMap));
    for (const batch of batches) expect(batch.length).toBeLessThan(5000);
  });
});

describe("map() sums up", () => {
  it("pages and bytes by size and by who may access them", async () => {
    const tables = chain()
      .put(0x4000n, 0, 0x9000n | P | US)
      .put(0x4000n, 1, 0x9000n | P | G)
      .put(0x3000n, 1, 0x60_0000n | PS | P | US)
      .put(0x2000n, 1, 0x4000_0000n | PS | P);
    const { summary } = await mapOf(tables);
    expect(summary).toMatchObject({
      cr3: "0x1000",
      format: "lime",
      cpu: null,
      levels: 4,
      levelsAssumed: true,
      tables: { count: 4, byLevel: { pml5: 0, pml4: 1, pdpt: 1, pd: 1, pt: 1 } },
      mapped: { pages: 4, bytes: 2 * 4096 + 2 ** 21 + 2 ** 30 },
      bySize: [
        { pageSize: "4K", user: { pages: 1, bytes: 4096 }, kernel: { pages: 1, bytes: 4096 } },
        { pageSize: "2M", user: { pages: 1, bytes: 2 ** 21 }, kernel: { pages: 0, bytes: 0 } },
        { pageSize: "1G", user: { pages: 0, bytes: 0 }, kernel: { pages: 1, bytes: 2 ** 30 } },
      ],
      global: { pages: 1, bytes: 4096 },
      reserved: { entries: 0, first: null },
      selfReferences: { entries: 0, first: [] },
    });
  });

  it("pages that are writable and executable, and where they are", async () => {
    const tables = chain();
    for (const index of [1, 2, 4]) tables.put(0x4000n, index, 0x9000n | P | RW | US);
    tables.put(0x4000n, 3, 0x9000n | P | RW | US | XD).put(0x3000n, 1, 0x60_0000n | PS | P | RW);
    const { writableExecutable } = (await mapOf(tables)).summary;
    expect(writableExecutable).toEqual({
      user: {
        pages: 3,
        bytes: 3 * 4096,
        ranges: [
          { va: "0x1000", bytes: 8192 },
          { va: "0x4000", bytes: 4096 },
        ],
        more: false,
      },
      kernel: { pages: 1, bytes: 2 ** 21, ranges: [{ va: "0x200000", bytes: 2 ** 21 }], more: false },
    });
  });

  it("of many such ranges the first", async () => {
    const tables = chain();
    for (let index = 0; index < 512; index += 2) tables.put(0x4000n, index, 0x9000n | P | RW);
    const { kernel } = (await mapOf(tables)).summary.writableExecutable;
    expect(kernel).toMatchObject({ pages: 256, more: true });
    expect(kernel.ranges).toHaveLength(8);
  });
});

describe("map() of tables that contain each other", () => {
  it("lists a PML4 with one recursive slot, and names it", async () => {
    const tables = chain()
      .put(0x4000n, 0, 0x9000n | P)
      .put(0x1000n, 0x1ed, 0x1000n | P | RW);
    const pageMap = await mapOf(tables);
    expect(listed(pageMap).map(({ va, pa }) => `${va} ${pa}`)).toEqual([
      "0x0 0x9000",
      "0xfffff68000000000 0x4000",
      "0xfffff6fb40000000 0x3000",
      "0xfffff6fb7da00000 0x2000",
      "0xfffff6fb7dbed000 0x1000",
    ]);
    expect(pageMap.summary.selfReferences).toEqual({
      entries: 1,
      first: [
        { level: "pml4e", physicalAddress: "0x1f68", entry: "0x1003", va: "0xfffff68000000000", table: "0x1000" },
      ],
    });
  });

  it("names an entry of a PD that leads back to the PML4, and nothing that follows from it", async () => {
    const tables = chain()
      .put(0x4000n, 0, 0x9000n | P)
      .put(0x3000n, 9, 0x1000n | P);
    const { summary } = await mapOf(tables);
    expect(summary.selfReferences).toMatchObject({
      entries: 1,
      first: [{ level: "pde", physicalAddress: "0x3048", va: "0x1200000", table: "0x1000" }],
    });
  });

  it("counts a PML4 all of which points to itself, at once, and refuses to list its 2^36 pages", async () => {
    const pageMap = await mapOf(new TestTables().fill(0x1000n, 0x1000n | P | RW | US));
    expect(pageMap.summary).toMatchObject({
      mapped: { pages: 2 ** 36, bytes: 2 ** 48 },
      tables: { count: 1 },
      selfReferences: { entries: 512 },
      writableExecutable: {
        user: {
          pages: 2 ** 36,
          ranges: [
            { va: "0x0", bytes: 2 ** 47 },
            { va: "0xffff800000000000", bytes: 2 ** 47 },
          ],
        },
      },
    });
    expect(() => pageMap.mappings()).toThrow(DumpError);
    expect(() => pageMap.mappings()).toThrow(
      "68,719,476,736 pages, too many to list: the PML4E at physical address 0x1000 points " +
        "back to the table at 0x1000, which leads to it",
    );
    expect(listed(pageMap, "aliases").map(lineOf)).toEqual([
      "0x0-0x1000 0x1000 rwx user --- x34359738368 every 0x1000",
      "0xffff800000000000-0xffff800000001000 0x1000 rwx user --- x34359738368 every 0x1000",
    ]);
  });

  it("refuses to list tables that contain themselves from 2^22 pages on", async () => {
    const tables = new TestTables().put(0x1000n, 0, 0x2007n).fill(0x2000n, 0x2007n); // 512^3 pages
    const pageMap = await mapOf(tables);
    expect(pageMap.summary.mapped.pages).toBe(2 ** 27);
    for (const merging of ["none", "ranges"] as const)
      expect(() => pageMap.mappings(merging)).toThrow("too many to list");
    expect(listed(pageMap, "aliases")).toHaveLength(1);
  });

  it("counts 2^45 pages of a PML5 exactly", async () => {
    const { summary } = await mapOf(new TestTables().fill(0x1000n, 0x1000n | P), { la57: true });
    expect(summary.mapped).toEqual({ pages: 2 ** 45, bytes: 2 ** 57 });
  });

  it("does not walk through millions of tables that lead to no page", async () => {
    const tables = new TestTables()
      .fill(0x1000n, 0x2000n | P)
      .fill(0x2000n, 0x3000n | P)
      .fill(0x3000n, 0x4000n | P);
    tables
      .put(0x1000n, 0, 0x5000n | P)
      .put(0x5000n, 0, 0x6000n | P)
      .put(0x6000n, 0, 0x7000n | P);
    tables.put(0x7000n, 0, 0x9000n | P).put(0x4000n, 0, 0n);
    const pageMap = await mapOf(tables);
    const line = "0x0-0x1000 0x9000 r-x kernel ---";
    expect([...listed(pageMap), ...listed(pageMap, "aliases")].map(lineOf)).toEqual([line, line]);
  });
});

describe("map() fails", () => {
  const reject = (...args: Parameters<typeof mapOf>) => mapOf(...args).catch((error: unknown) => error);

  it("without memory", async () => {
    await expect(map({ cr3: 0x1000n } as never)).rejects.toThrow(ConfigError);
  });

  it("where CR3 lies outside the dump", async () => {
    const error = await reject(chain(), { cr3: 0x70_0000n });
    expect(error).toBeInstanceOf(DumpError);
    expect(error).toMatchObject({ physicalAddress: 0x70_0000n });
    expect(String(error)).toMatch(/the PML4 that CR3 points to lies outside the memory/);
  });

  it("where a table lies outside the dump, with its level and address and the entry that leads there", async () => {
    const error = await reject(chain().put(0x3000n, 3, 0xabc000n | P));
    expect(error).toBeInstanceOf(DumpError);
    expect(String(error)).toMatch(/0xabc000.*the PT that the PDE at physical address 0x3018 points to lies outside/);
  });

  it("of a dump that is truncated", async () => {
    const memory = chain()
      .put(0x4000n, 0, 0x9000n | P)
      .dump();
    await expect(map({ memory: memory.slice(0, -1), cr3: 0x1000n })).rejects.toThrow(/truncated|ends/);
  });
});
