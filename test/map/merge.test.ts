import { describe, expect, it } from "vitest";
import { lineOf, listed, mapOf } from "./listing.ts";
import { A, D, G, LINK, P, PS, RW, TestTables, US } from "./tables.ts";

/** Tables whose PT at 0x4000 maps the first 2 MiB, and whose PD is at 0x3000. */
function tablesWith(pages: Record<number, bigint>): TestTables {
  const tables = new TestTables()
    .put(0x1000n, 0, 0x2000n | LINK)
    .put(0x2000n, 0, 0x3000n | LINK)
    .put(0x3000n, 0, 0x4000n | LINK);
  for (const [index, entry] of Object.entries(pages)) tables.put(0x4000n, Number(index), entry);
  return tables;
}

const merged = async (tables: TestTables) => listed(await mapOf(tables), "aliases").map(lineOf);

describe("merging", () => {
  it("joins pages that follow one another in both address spaces", async () => {
    const tables = tablesWith({ 1: 0x9000n | P, 2: 0xa000n | P, 3: 0xb000n | P, 5: 0xc000n | P, 6: 0xe000n | P });
    expect(await merged(tables)).toEqual([
      "0x1000-0x4000 0x9000 r-x kernel ---",
      "0x5000-0x6000 0xc000 r-x kernel ---",
      "0x6000-0x7000 0xe000 r-x kernel ---",
    ]);
  });

  it("separates what differs in rights or G, and not in A and D, which it tells of any", async () => {
    const tables = tablesWith({
      0: 0x9000n | P | A,
      1: 0xa000n | P | D,
      2: 0xb000n | P | G,
      3: 0xc000n | P | G | US,
      4: 0xd000n | P | G | US | RW,
    });
    expect(await merged(tables)).toEqual([
      "0x0-0x2000 0x9000 r-x kernel -AD",
      "0x2000-0x3000 0xb000 r-x kernel G--",
      "0x3000-0x4000 0xc000 r-x user G--",
      "0x4000-0x5000 0xd000 rwx user G--",
    ]);
  });

  it("joins pages of different sizes and tells how many of each there are", async () => {
    const tables = tablesWith({ 510: 0x1f_e000n | P, 511: 0x1f_f000n | P }).put(0x3000n, 1, 0x20_0000n | PS | P);
    const [run, ...others] = listed(await mapOf(tables), "aliases");
    expect(others).toEqual([]);
    expect(run).toMatchObject({ va: "0x1fe000", size: 0x20_2000, entry: "0x1fe001", pages: { "4K": 2, "2M": 1 } });
  });

  it("does not join the end of the lower half with the beginning of the upper", async () => {
    const tables = new TestTables()
      .put(0x1000n, 255, 0x2000n | P)
      .put(0x1000n, 256, 0x3000n | P)
      .put(0x2000n, 511, 0x4000_0000n | PS | P)
      .put(0x3000n, 0, 0x8000_0000n | PS | P);
    expect(await merged(tables)).toHaveLength(2);
  });

  it("makes one line of a page that is mapped side by side many times", async () => {
    const tables = tablesWith({ 1: 0x9000n | P, 2: 0x9000n | P | A, 3: 0x9000n | P, 4: 0xb000n | P });
    expect(await merged(tables)).toEqual([
      "0x1000-0x2000 0x9000 r-x kernel -A- x3 every 0x1000",
      "0x4000-0x5000 0xb000 r-x kernel ---",
    ]);
  });

  it("makes one line of a page that a table maps at equal distances throughout", async () => {
    const page = 0x9000n | P;
    const tables = tablesWith({ 5: page, 133: page | A, 261: page, 389: page });
    expect(await merged(tables)).toEqual(["0x5000-0x6000 0x9000 r-x kernel -A- x4 every 0x80000"]);
    // The same table again, for what follows; and not next to it.
    tables.put(0x3000n, 1, 0x4000n | LINK).put(0x3000n, 3, 0x4000n | LINK);
    expect(await merged(tables)).toEqual([
      "0x5000-0x6000 0x9000 r-x kernel -A- x8 every 0x80000",
      "0x605000-0x606000 0x9000 r-x kernel -A- x4 every 0x80000",
    ]);
  });

  it("lists one by one what a table does not map regularly, or to its end", async () => {
    const page = 0x9000n | P;
    for (const pages of [
      { 0: page, 128: page, 256: page },
      { 0: page, 128: page, 256: page, 385: page },
      { 0: page, 128: page, 256: page, 384: page | US },
      { 0: page, 128: page, 256: page, 384: 0xa000n | P },
    ]) {
      const lines = await merged(tablesWith(pages));
      expect(lines).toHaveLength(Object.keys(pages).length);
      expect(lines.join()).not.toContain("every");
    }
  });

  it("does not take side by side for the distance before it", async () => {
    const page = 0x9000n | P;
    const tables = tablesWith({ 0: page, 128: page, 256: page, 384: page }).put(0x3000n, 1, 0x5000n | LINK);
    tables.fill(0x5000n, page);
    expect(await merged(tables)).toEqual([
      "0x0-0x1000 0x9000 r-x kernel --- x4 every 0x80000",
      "0x200000-0x201000 0x9000 r-x kernel --- x512 every 0x1000",
    ]);
  });

  it("makes one line of a terabyte that shared tables map to one page, as KASAN does", async () => {
    const tables = new TestTables()
      .fill(0x4000n, 0x9000n | P)
      .fill(0x3000n, 0x4000n | LINK)
      .fill(0x2000n, 0x3000n | LINK);
    tables.put(0x4000n, 3, 0x9000n | P | A);
    tables
      .put(0x1000n, 300, 0x2000n | P)
      .put(0x1000n, 301, 0x2000n | P)
      .put(0x1000n, 303, 0x5000n | P);
    tables.put(0x5000n, 0, 0x4000_0000n | PS | P);
    const pageMap = await mapOf(tables);
    expect(() => pageMap.mappings()).toThrow("268,435,457 pages");
    expect(listed(pageMap, "aliases").map(lineOf)).toEqual([
      "0xffff960000000000-0xffff960000001000 0x9000 r-x kernel -A- x268435456 every 0x1000",
      "0xffff978000000000-0xffff978040000000 0x40000000 r-x kernel ---",
    ]);
  });
});
