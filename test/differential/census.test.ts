/** What `info` counts, against the plainest way of counting it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { examine, info } from "../../src/info.ts";
import type { InfoResult, Region } from "../../src/report/results.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { recordedTraces } from "../helpers/traces.ts";
import { type Access, touchedPages } from "../reference/access.ts";

/** A reference: a page, as `touchedPages()` numbers it, and the stream. */
interface Reference {
  page: number;
  stream: "fetch" | "data";
}

function referencesOf(records: readonly Access[]): Reference[] {
  return records.flatMap(({ kind, va, size }) =>
    (touchedPages(va, size) ?? []).map((page) => ({ page, stream: kind === "fetch" ? "fetch" : ("data" as const) })),
  );
}

/** Fewest pages of an LRU list that hit often enough; `null` if no number does. */
function pagesFor(pages: readonly number[], oneIn: number): number | null {
  const depths: number[] = [];
  let list: number[] = [];
  for (const page of pages) {
    depths.push(list.indexOf(page));
    list = [page, ...list.filter((other) => other !== page)];
  }
  const most = Math.floor(pages.length / oneIn);
  for (let size = 1; size <= list.length; size++) {
    if (depths.filter((depth) => depth < 0 || depth >= size).length <= most) return size;
  }
  return null;
}

/** The average number of distinct pages among the latest `window` references, after each of them. */
function averagePages(pages: readonly number[], window: number): number {
  const sizes = pages.map((_, at) => new Set(pages.slice(Math.max(0, at + 1 - window), at + 1)).size);
  return sizes.reduce((sum, size) => sum + size, 0) / pages.length;
}

const sum = (regions: readonly Region[], of: (region: Region) => number) =>
  regions.reduce((total, region) => total + of(region), 0);

/** Expects what must hold whatever the trace. */
function assertInfo(result: InfoResult): void {
  const { ranges } = result.regions;
  const records = sum(
    ranges,
    ({ fetches, loads, stores, modifies }) => Number(fetches) + Number(loads) + Number(stores) + Number(modifies),
  );
  expect(records + result.nonCanonical).toBe(result.trace.records);
  const [small] = result.footprint;
  expect(sum(ranges, ({ pages }) => pages)).toBe(small?.pages);
  expect(sum(ranges, ({ codePages }) => codePages)).toBe(small?.codePages);
  expect(sum(ranges, ({ dataPages }) => dataPages)).toBe(small?.dataPages);
  expect(result.sizes?.reduce((total, { fetches, data }) => total + fetches + data, 0)).toBe(result.trace.records);
  expect(ranges.length).toBeLessThanOrEqual(64);
  ranges.slice(1).forEach(({ address }, index) => {
    const before = ranges[index] as Region;
    expect(BigInt(address) >= BigInt(before.address) + BigInt(before.bytes)).toBe(true);
  });
}

describe("info() counts what a plain model counts,", () => {
  it("for random records, in chunks of any size", async () => {
    await fc.assert(
      fc.asyncProperty(randomRecords, fc.integer({ min: 1, max: 5000 }), async (records, chunkBytes) => {
        const text = new TextEncoder().encode(lackeyText(records));
        const { result } = await examine(chunkedTrace(text, chunkBytes));
        assertInfo(result);
        const references = referencesOf(records);
        const all = references.map(({ page }) => page);
        const ofStream = (stream: string) => references.filter((one) => one.stream === stream).map(({ page }) => page);
        expect(result.references).toEqual({ fetch: ofStream("fetch").length, data: ofStream("data").length });
        for (const { stream, references, coldReferences, pagesForHitRate } of result.reuse) {
          const pages = ofStream(stream);
          expect(references).toBe(pages.length);
          expect(coldReferences).toBe(new Set(pages).size);
          const expected = [10, 100, 1000].map((oneIn) => (pages.length === 0 ? null : pagesFor(pages, oneIn)));
          expect(pagesForHitRate.map(({ pages }) => pages)).toEqual(expected);
        }
        for (const { windowReferences, averagePages: average } of result.workingSet ?? []) {
          expect(average).toBeCloseTo(averagePages(all, windowReferences), 9);
        }
        expect(result.workingSet?.length).toBe(all.length === 0 ? 0 : Math.floor(Math.log2(all.length)) + 1);
        const small = new Set(all);
        const counted = (size: number, pages: Iterable<number>) =>
          new Set([...pages].map((page) => Math.floor(page / size))).size;
        expect(result.footprint).toEqual(
          (["4K", "2M", "1G"] as const).map((pageSize, index) => ({
            pageSize,
            pages: counted(512 ** index, small),
            codePages: counted(512 ** index, ofStream("fetch")),
            dataPages: counted(512 ** index, ofStream("data")),
          })),
        );
        const straddling = (bytes: bigint) =>
          records.filter(({ va, size }) => va / bytes !== (va + BigInt(size) - 1n) / bytes);
        expect(result.lineStraddling).toBe(straddling(64n).length);
        expect(result.nonCanonical).toBe(records.filter(({ va, size }) => touchedPages(va, size) === null).length);
        const sizes = new Map<number, number>();
        for (const { size } of records) sizes.set(size, (sizes.get(size) ?? 0) + 1);
        expect(result.sizes?.map(({ bytes, fetches, data }) => [bytes, fetches + data])).toEqual(
          [...sizes].sort(([a], [b]) => a - b),
        );
      }),
      { numRuns: 60, seed: 8 },
    );
  });

  it("of records by region and kind", async () => {
    const at = (va: string, kind: Access["kind"], size = 8): Access => ({ kind, va: BigInt(va), size });
    const records = [
      at("0x401000", "fetch"),
      at("0x401ffc", "fetch"), // on two pages, counted in the first
      at("0x7ffff7fff000", "load"),
      at("0x7fffffffe000", "store"),
      at("0x7fffffffe008", "modify"),
      at("0xffffffffff600000", "fetch"),
      at("0xffff888000000000", "load"),
    ];
    const { regions, architecture } = await info(chunkedTrace(new TextEncoder().encode(lackeyText(records)), 7));
    expect(
      regions.ranges.map(({ address, pages, fetches, loads, stores, modifies, guess }) => [
        ...[address, pages, fetches, loads, stores, modifies, guess],
      ]),
    ).toEqual([
      ["0x401000", 2, 2, 0, 0, 0, "program"],
      ["0x7ffff7fff000", 1, 0, 1, 0, 0, "libraries"],
      ["0x7fffffffe000", 1, 0, 0, 1, 1, "stack"],
      ["0xffff888000000000", 1, 0, 1, 0, 0, "kernel"],
      ["0xffffffffff600000", 1, 1, 0, 0, 0, "vsyscall"],
    ]);
    expect(architecture).toEqual({ guess: "x86-64", kernelHalf: true, lowerHalfBits: 47 });
  });

  it("with many regions, of which near ones become one", async () => {
    const text = Array.from({ length: 1000 }, (_, index) => ` L ${(index * 0x300000).toString(16)},8\n`).join("");
    const result = await info(chunkedTrace(new TextEncoder().encode(text), 4096));
    assertInfo(result);
    expect(result.regions.gapBytes).toBeGreaterThan(1 << 20);
  });

  it("for what was counted when traces were recorded", async () => {
    for (const { path, recorded } of recordedTraces()) {
      const result = await info(await openTrace(path));
      assertInfo(result);
      expect(result.footprint.map(({ pages }) => pages)).toEqual([
        recorded.pages_4k,
        recorded.pages_2m,
        recorded.pages_1g,
      ]);
      expect(result.straddling).toBe(recorded.crossing_4k);
      const data = result.reuse.find(({ stream }) => stream === "data");
      expect(data?.coldReferences).toBe(recorded.pages_4k_data);
    }
  });
});

describe("a census of a million pages", () => {
  it("far from one another is done", async () => {
    // Page tables for them would need gigabytes.
    const pages = 1_000_000;
    const lines = (function* () {
      for (let from = 0; from < pages; from += 10_000) {
        const part = Array.from(
          { length: 10_000 },
          (_, index) => ` L ${((from + index) * 0x4000000).toString(16)},8\n`,
        );
        yield new TextEncoder().encode(part.join(""));
      }
    })();
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const { done, value } = lines.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
    const result = await info(await openTrace(stream));
    assertInfo(result);
    expect(result.footprint[0]?.pages).toBe(pages);
  }, 60_000);
});
