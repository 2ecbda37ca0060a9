import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RegionChange, regionChanges } from "../../src/regions/changes.ts";
import { MemoryMap } from "../../src/regions/memory-map.ts";
import { RegionNames } from "../../src/regions/names.ts";
import { openRegions, readRegions } from "../../src/regions/open.ts";
import { regionRows } from "../../src/regions/rows.ts";
import { bundled } from "../helpers/traces.ts";

const PAGES = 24;
const PAGE = 4096n;

/** What a page is, and since when it has what it holds. */
interface Page {
  name: string;
  permissions: string;
  isAnonymous: boolean;
  since: number;
}

/** A memory that does as it is told, and refuses what no operating system is told. */
class PlainMemory {
  readonly pages = new Map<bigint, Page>();

  apply({ record, start, end, change, permissions, isAnonymous, region }: RegionChange, names: RegionNames): void {
    const name = names.names[region] ?? "";
    for (let page = start / PAGE; page < end / PAGE; page++) {
      const before = this.pages.get(page);
      expect(before === undefined, `${change} of page ${page} before ${record}`).toBe(change === "map");
      if (change === "unmap") this.pages.delete(page);
      else this.pages.set(page, { name, permissions, isAnonymous, since: before?.since ?? record });
      if (change === "protect") expect(before).toMatchObject({ name, isAnonymous });
    }
  }
}

const ranges = fc
  .tuple(fc.nat({ max: PAGES - 1 }), fc.integer({ min: 1, max: 8 }))
  .map(([first, count]) => ({ first: BigInt(first), last: BigInt(Math.min(PAGES, first + count)) }));
const actions = fc.array(
  fc.record({
    action: fc.constantFrom("map", "unmap", "protect"),
    range: ranges,
    permissions: fc.constantFrom("r--", "rw-", "r-x"),
    file: fc.constantFrom(null, "/lib/a", "/lib/b"),
    records: fc.nat({ max: 2 }),
  }),
  { size: "max", maxLength: 30 },
);

describe("regionChanges()", () => {
  it("makes the memory that the regions were made of, at every record, with the pages that stayed", () => {
    fc.assert(
      fc.property(actions, (list) => {
        const map = new MemoryMap();
        const pages = new Map<bigint, Page>();
        const history: Map<bigint, Page>[] = [];
        list.forEach(({ action, range: { first, last }, permissions, file, records }, index) => {
          const record = history.length;
          const [start, end, name] = [first * PAGE, last * PAGE, `${index}`];
          if (action === "map") map.map({ start, end, permissions, name, file, fromRecord: record });
          else if (action === "unmap") map.unmap(start, end, record);
          else map.protect(start, end, permissions, record);
          for (let page = first; page < last; page++) {
            const before = pages.get(page);
            if (action === "map") pages.set(page, { name, permissions, isAnonymous: file === null, since: record });
            else if (action === "unmap") pages.delete(page);
            else if (before !== undefined) pages.set(page, { ...before, permissions });
          }
          for (let count = 0; count < records; count++) history.push(new Map(pages));
        });
        const regions = map.regions();
        const rows = { regions: regionRows(regions, 0, Infinity) };
        expect(readRegions(JSON.stringify(rows))).toEqual(regions);

        const names = new RegionNames(regions);
        const changes = regionChanges(regions, names);
        const memory = new PlainMemory();
        let at = 0;
        history.forEach((wanted, record) => {
          for (; (changes[at]?.record ?? Infinity) <= record; at++) {
            expect(changes[at]?.record).toBe(record);
            memory.apply(changes[at] as RegionChange, names);
          }
          expect(memory.pages).toEqual(wanted);
        });
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("joins what one call did to neighbours, and what it left of a region is no change", () => {
    const map = new MemoryMap();
    const heap = { permissions: "rw-", name: "heap (brk)", file: null, fromRecord: 0 };
    map.map({ ...heap, start: 0n, end: 8n * PAGE });
    map.protect(2n * PAGE, 4n * PAGE, "r--", 10);
    map.protect(0n, 8n * PAGE, "---", 20);
    map.unmap(3n * PAGE, 5n * PAGE, 30);
    const regions = map.regions();
    const shown = regionChanges(regions, new RegionNames(regions)).map(
      ({ record, change, start, end, permissions }) =>
        `${record} ${change} ${start / PAGE}-${end / PAGE} ${permissions}`,
    );
    expect(shown).toEqual(["0 map 0-8 rw-", "10 protect 2-4 r--", "20 protect 0-8 ---", "30 unmap 3-5 ---"]);
  });

  it("unmaps what has another name or another file, though its rights are the same", () => {
    const at = { start: 0n, end: PAGE, permissions: "rw-" };
    const regions = [
      { ...at, name: "lib a", file: "/a", fromRecord: 0, toRecord: 5 },
      { ...at, name: "lib a", file: null, fromRecord: 5, toRecord: 6 },
      { ...at, name: "mmap anon", file: null, fromRecord: 6, toRecord: null },
    ];
    const changes = regionChanges(regions, new RegionNames(regions));
    expect(changes.map(({ record, change, region }) => `${record} ${change} ${region}`)).toEqual([
      "0 map 0",
      "5 unmap 0",
      "5 map 0",
      "6 unmap 0",
      "6 map 1",
    ]);
  });

  it("attributes every record of sort400.native as was counted at its recording, and nothing is forbidden", async () => {
    const path = bundled("sort400.native.regions.json");
    const regions = await openRegions(path);
    const names = new RegionNames(regions);
    const changes = regionChanges(regions, names);
    const memory = new Map<number, { name: string; permissions: string }>();
    const counts: Record<string, Record<string, number>> = {};
    for (const name of names.names) counts[name] = { I: 0, L: 0, S: 0, M: 0 };
    const right = { I: "x", L: "r", S: "w", M: "w" };
    let [record, at, forbidden] = [0, 0, 0];
    const text = gunzipSync(readFileSync(bundled("sort400.native.lk.gz"))).toString("latin1");
    for (const [, fetch, kind = fetch, address = ""] of text.matchAll(/^(?:(I)| ([LSM])) +([\da-f]+),/gm)) {
      for (let change = changes[at]; change !== undefined && change.record <= record; change = changes[++at]) {
        const name = names.names[change.region] ?? "";
        for (let page = Number(change.start / PAGE); page < Number(change.end / PAGE); page++) {
          if (change.change === "unmap") memory.delete(page);
          else memory.set(page, { name, permissions: change.permissions });
        }
      }
      const there = memory.get(Math.floor(Number.parseInt(address, 16) / 4096));
      const letter = kind as keyof typeof right;
      const count = counts[there?.name ?? "unattributed"];
      if (count !== undefined) count[letter] = (count[letter] ?? 0) + 1;
      if (!there?.permissions.includes(right[letter])) forbidden++;
      record++;
    }
    const { by_name, records } = JSON.parse(readFileSync(path, "utf8"));
    expect(record).toBe(records);
    expect(counts).toEqual(by_name);
    expect(forbidden).toBe(0);
  });
});
