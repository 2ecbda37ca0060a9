/**
 * Pages of 16 KiB and 64 KiB against a plain model: page numbers are addresses shifted by the size, and each level of the tables
 * has as many index bits as a table of one page has entries of 8 bytes.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ArrayDescription, CpuDescription, CpuPageSize } from "../../src/config/cpus/description.ts";
import type { ResolvedGeometry } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { type Access, touchedPages } from "../reference/access.ts";
import { AssociativeCache } from "../reference/associative-cache.ts";

const L1 = { entries: 6, ways: 3, sets: 2 };
const L2 = { entries: 16, ways: 4, sets: 4 };

function arrayOf(holds: CpuPageSize[], { entries, ways }: ResolvedGeometry): ArrayDescription {
  return { holds, entries, ways };
}

function cpuOf(pageSizes: CpuPageSize[]): CpuDescription {
  const holds = pageSizes;
  return {
    schema: "pagewalk/cpu@1",
    title: "small",
    architecture: "arm64",
    pageSizes,
    tlbs: [
      { name: "L1I", level: 1, kinds: ["fetch"], arrays: [arrayOf(holds, L1)] },
      { name: "L1D", level: 1, kinds: ["load", "store"], arrays: [arrayOf(holds, L1)] },
      { name: "L2", level: 2, kinds: ["fetch", "load", "store"], arrays: [arrayOf(holds, L2)] },
    ],
  };
}

/** Bits of an address below the page, index bits of a level, and levels of the tables above a page of that size. */
const SIZES: [pageSize: CpuPageSize, of: CpuPageSize[], pageBits: number, levelBits: number, levels: number][] = [
  ["16K", ["16K", "32M"], 14, 11, 4],
  ["32M", ["16K", "32M"], 25, 11, 3],
  ["64K", ["64K", "512M"], 16, 13, 3],
  ["512M", ["64K", "512M"], 29, 13, 2],
];

/** Misses of the TLBs, walks that set D, pages and tables of `records`. */
function plainCounts(records: readonly Access[], pageBits: number, levelBits: number, levels: number) {
  const [l1i, l1d, l2] = [L1, L1, L2].map((geometry) => new AssociativeCache<{ dirty: boolean }>(geometry, "lru"));
  if (l1i === undefined || l1d === undefined || l2 === undefined) throw new Error("three caches");
  const misses = { L1I: 0, L1D: 0, L2: 0 };
  const dirty = new Map<number, boolean>();
  let setDirty = 0;
  for (const record of records) {
    const writes = record.kind === "store" || record.kind === "modify";
    for (const small of touchedPages(record.va, record.size) ?? []) {
      const page = Number(BigInt(small) >> BigInt(pageBits - 12));
      const l1 = record.kind === "fetch" ? l1i : l1d;
      let entry = l1.lookup(page);
      if (entry === undefined) {
        misses[l1 === l1i ? "L1I" : "L1D"]++;
        entry = l2.lookup(page);
        if (entry === undefined) {
          misses.L2++;
          dirty.set(page, writes || (dirty.get(page) ?? false));
          entry = { dirty: dirty.get(page) ?? false };
          l2.fill(page, { ...entry });
        }
        entry = { ...entry };
        l1.fill(page, entry);
      }
      if (!writes || entry.dirty) continue;
      setDirty++;
      dirty.set(page, true);
      for (const copy of [l1d.peek(page), l2.peek(page)]) if (copy !== undefined) copy.dirty = true;
    }
  }
  const tables = new Set<string>(["root"]);
  for (const page of dirty.keys()) {
    for (let above = 1; above < levels; above++) {
      tables.add(`${above}: ${Math.floor(page / 2 ** (levelBits * above))}`);
    }
  }
  return { misses: Object.values(misses), setDirty, pages: dirty.size, tables: tables.size };
}

describe.each(BUILDS)("granules ($name)", ({ module }) => {
  it.each(SIZES)(
    "pages of %s are walked to through their tables",
    async (pageSize, of, pageBits, levelBits, levels) => {
      provideKernelModule(module);
      await fc.assert(
        fc.asyncProperty(randomRecords, async (records) => {
          const text = new TextEncoder().encode(lackeyText(records));
          const { tlbs, walks, memory, faults } = await simulate(await openTrace(text), { cpu: cpuOf(of), pageSize });
          const plain = plainCounts(records, pageBits, levelBits, levels);
          expect(tlbs.map(({ misses }) => misses)).toEqual(plain.misses);
          expect(walks.count).toBe(plain.misses[2]);
          expect(walks.references).toBe(levels * walks.count);
          expect([walks.setDirty, walks.setDirtyReferences]).toEqual([plain.setDirty, levels * plain.setDirty]);
          expect([memory.distinctPages, faults.minor, memory.pageTablePages]).toEqual([
            plain.pages,
            plain.pages,
            plain.tables,
          ]);
        }),
        { seed: 16, numRuns: 40 },
      );
    },
  );
});
