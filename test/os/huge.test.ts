/** Large pages: at first touch, by passes that promote parts, and split again; against the plain model and on real traces. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import type { Config } from "../../src/config/types.ts";
import { ConfigError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { RegionNames } from "../../src/regions/names.ts";
import { openRegions } from "../../src/regions/open.ts";
import type { Region } from "../../src/regions/region.ts";
import type { RunResult } from "../../src/report/results.ts";
import { runText } from "../../src/report/text.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { bundled } from "../helpers/traces.ts";
import type { Access } from "../reference/access.ts";
import { countersOf } from "../reference/assert-counters.ts";
import { runPlainOs } from "../reference/plain-os-run.ts";
import { everywhere } from "../reference/plain-vmas.ts";
import {
  configOf,
  largeSize,
  mixedSizes,
  plainChanges,
  plainThp,
  recordsOf,
  regionsOf,
  situations,
  thp,
} from "./mapped-situations.ts";

const geometry = fc.constantFrom("1:1", "4:1", "6:2", "8:2", "17:full", "24:12");
const machine = fc.record({
  l1i: geometry,
  l1d: geometry,
  stlb: geometry,
  psc: fc.constantFrom("none", "pde=1,pdpte=1,pml4e=1", "pde=4,pdpte=2,pml4e=1"),
  policy: fc.constantFrom("lru" as const, "fifo" as const),
});
const textTrace = (all: readonly Access[], chunkBytes = 5000) =>
  chunkedTrace(new TextEncoder().encode(lackeyText(all)), chunkBytes);

describe.each(BUILDS)("large pages ($name)", ({ module }) => {
  beforeAll(() => provideKernelModule(module));

  it("are where the plain model has them: mappings, changes, availability, khugepaged, names and ranges", async () => {
    const seen = { hugePages: 0, promotions: 0, demotions: 0, signals: 0, largest: 0 };
    await fc.assert(
      fc.asyncProperty(fc.noBias(situations(machine)), async (given) => {
        const regions = regionsOf(given);
        const { names } = new RegionNames(regions);
        fc.pre(given.parts.every((part) => !("text" in part) || names.some((name) => name.includes(part.text))));
        const all = recordsOf(given);
        const config = { ...given.machine, ...configOf(given) };
        const expected = runPlainOs(all, {
          machine: resolve(given.machine),
          vmas: [],
          changes: plainChanges(given, regions),
          ...plainThp(given.thp),
        });
        const result = await simulate(textTrace(all), config, { maps: regions });
        if (given.thp === null && given.parts.length === 0) {
          expect(countersOf(result)).toEqual(expected.counters);
          return;
        }
        expect(countersOf(result)).toEqual(mixedSizes(expected, false));
        seen.hugePages += expected.sizes.hugePages;
        seen.promotions += expected.sizes.promotions;
        seen.demotions += expected.sizes.demotions;
        seen.largest += expected.sizes.mappedPages["1G"];
        seen.signals += expected.denied.length;
      }),
      { seed: 7, numRuns: 120 },
    );
    // Otherwise it shows nothing.
    expect(seen.hugePages).toBeGreaterThan(50);
    expect(seen.promotions).toBeGreaterThan(20);
    expect(seen.demotions).toBeGreaterThan(5);
    expect(seen.largest).toBeGreaterThan(0);
    expect(seen.signals).toBeGreaterThan(50);
  });

  it("are everywhere with thp and no mappings, unless blocks are short", async () => {
    await fc.assert(
      fc.asyncProperty(randomRecords, machine, thp, async (all, machine, thp) => {
        const { available: thpAvailable, seed, khugepaged, khugepagedPages } = thp;
        const config = { ...machine, pageSize: "thp", thpAvailable, seed, khugepaged, khugepagedPages } as const;
        const vmas = [everywhere("thp")];
        const expected = runPlainOs(all, { machine: resolve(machine), vmas, ...plainThp(thp) });
        expect(countersOf(await simulate(textTrace(all), config))).toEqual(mixedSizes(expected, true));
      }),
      { seed: 8, numRuns: 40 },
    );
  });

  it("of a range are those of a run with one size, and of 1 GiB where that fits", async () => {
    const everything = "0x0-0x10000000000000000";
    await fc.assert(
      fc.asyncProperty(randomRecords, machine, largeSize, async (all, machine, pageSize) => {
        const whole = countersOf(await simulate(textTrace(all), { ...machine, pageSize }));
        const ranged = countersOf(await simulate(textTrace(all), { ...machine, huge: `${everything}=${pageSize}` }));
        expect({ ...ranged, memory: whole.memory }).toEqual(whole);
        expect(ranged.memory).toMatchObject(whole.memory);
      }),
      { seed: 9, numRuns: 30 },
    );
  });

  it("cost as many walks as pages of their size, and none are those of small ones, on a real trace", async () => {
    const run = async (config: Config) => simulate(await openTrace(bundled("matmul24.lk.gz")), config);
    const [small, large] = [await run({}), await run({ pageSize: "2M" })];
    const [none, every] = [await run({ pageSize: "thp", thpAvailable: 0 }), await run({ pageSize: "thp" })];
    expect(sameCounts(none)).toEqual(sameCounts(small));
    expect(sameCounts(every)).toEqual(sameCounts(large));
    expect(every.memory).toMatchObject({ hugePages: every.faults.minor, mappedBytes: every.faults.minor * 2 ** 21 });
  });
});

describe("a large page of which a part is changed", () => {
  const base = 0x7f00_0000_0000n;
  const heap = { start: base, end: base + 0x20_0000n, permissions: "rw-", name: "heap", file: null };
  const at = (kind: Access["kind"], page: number): Access => ({ kind, va: base + BigInt(page) * 4096n, size: 8 });
  const before = [at("store", 0), at("load", 511)];
  const after = [at("load", 511), at("store", 511), at("load", 300), at("store", 300)];
  const regions = [
    { ...heap, fromRecord: 0, toRecord: 2 },
    { ...heap, end: base + 300n * 4096n, fromRecord: 2, toRecord: null },
    {
      ...heap,
      start: base + 300n * 4096n,
      end: base + 301n * 4096n,
      permissions: "r--",
      fromRecord: 2,
      toRecord: null,
    },
    { ...heap, start: base + 301n * 4096n, fromRecord: 2, toRecord: null },
  ];

  it("is split: the pieces have its D, and the rights of their own mappings", async () => {
    const result = await simulate(textTrace([...before, ...after]), { huge: "heap" }, { maps: regions });
    expect(result.faults).toMatchObject({ minor: 1, protection: 1 });
    // The second store need not set D: the page was written when all of the heap was one.
    expect(result.walks.setDirty).toBe(0);
    expect(result.memory).toMatchObject({ hugePages: 1, demotions: 1, mappedPages: { "4K": 512, "2M": 0, "1G": 0 } });
    expect(result.signals).toEqual([{ record: 5, address: "0x7f000012c000", kind: "store", code: "SEGV_ACCERR" }]);
  });
});

describe("a part that is made one page", () => {
  const base = 0x7f00_0000_0000n;
  const heap = { permissions: "rw-", name: "heap", file: null, toRecord: null };

  it.each([1, 33, 34])("loses the translations of its %i small ones", async (pages) => {
    const load = (page: number): Access => ({ kind: "load", va: base + BigInt(page) * 4096n, size: 8 });
    const records = [...Array.from({ length: pages }, (_, page) => load(page)), load(0), load(500)];
    // At first it is too short for a large page.
    const maps = [
      { ...heap, start: base, end: base + 0x10_0000n, fromRecord: 0 },
      { ...heap, start: base + 0x10_0000n, end: base + 0x20_0000n, fromRecord: 1 },
    ];
    const config = { pageSize: "thp", khugepaged: pages, khugepagedPages: pages } as const;
    const result = await simulate(textTrace(records), config, { maps });
    expect(result.memory).toMatchObject({ hugePages: 0, promotions: 1, mappedPages: { "4K": 0, "2M": 1, "1G": 0 } });
    expect(result.tlbs[1]).toMatchObject({ misses: pages + 1, hits: 1 });
    // Its table is given back.
    expect(result.memory.pageTablePages).toBe(3);
  });
});

describe("what large pages are asked for", () => {
  const trace = () => openTrace(bundled("sort400.native.lk.gz"));
  const regionsFile = () => openRegions(bundled("sort400.native.regions.json"));
  const refused = async (huge: string, options = {}) => {
    const error = await simulate(await trace(), { huge }, options).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  };

  it("is told by names only where regions are known, and have them", async () => {
    expect(await refused("0x0-0x1000,heap")).toBe(
      "huge[1]: got heap, and no regions; allowed: 0x…-0x…; or names with --maps or --regions: a copy of /proc/PID/maps " +
        "of the program, or what pagewalk record writes into a .pwt",
    );
    expect(await refused("HEAP", { maps: await regionsFile() })).toMatch(
      /^huge\[0\]: got HEAP; allowed: a part of the name of a region: ("[^"]+", )+"[^"]+"$/,
    );
    const many = Array.from({ length: 20 }, (_, index): Region => {
      const start = BigInt(index) << 12n;
      return {
        start,
        end: start + 0x1000n,
        permissions: "r--",
        name: `r${index}`,
        file: null,
        fromRecord: 0,
        toRecord: null,
      };
    });
    expect(await refused("x", { maps: many })).toMatch(/"r11", and 8 more$/);
  });

  it.each([
    ["0x1000-0x800", "the second larger"],
    ["0x1000-0x2100", "multiples of 4096"],
    ["0x0-0x10000000000001000", "2\\^64 at most"],
    ["heap=4M", "2M, 1G"],
    ["", "a name of regions"],
  ])("is refused as %j", async (huge, words) => expect(await refused(huge)).toMatch(new RegExp(words)));

  it("is one page where small ones took a walk each, and the rest as it was", async () => {
    const regions = await regionsFile();
    const { start = 0n } = regions.find(({ name }) => name.startsWith("heap")) ?? {};
    const first = start & ~0x1f_ffffn;
    const small = await simulate(await trace());
    const touched = await simulate(await trace(), {}, { by: ["page"] });
    const pages = touched.by?.page?.filter(({ name }) => {
      return BigInt(name) >= first && BigInt(name) < first + 0x20_0000n;
    }).length;
    const huge = `0x${first.toString(16)}-0x${(first + 0x20_0000n).toString(16)}`;
    const large = await simulate(await trace(), { huge });
    expect(pages).toBeGreaterThan(10);
    expect(small.walks.count - large.walks.count).toBeGreaterThan(10);
    expect(large.faults.minor).toBe(small.faults.minor - (pages ?? 0) + 1);
    expect(large.memory.mappedPages).toEqual({ "4K": large.faults.minor - 1, "2M": 1, "1G": 0 });
  });

  it("gives small pages where a region is smaller than a large one, whoever knows it", async () => {
    const regions = await regionsFile();
    const small = countersOf(await simulate(await trace()));
    const named = await simulate(await trace(), { huge: "heap" }, { regions });
    expect(sameCounts(named)).toEqual(small);
    expect(named.memory).toMatchObject({ hugePages: 0, oneMapping: true });
  });

  it("is told in the report", async () => {
    const config = { pageSize: "thp", huge: "heap", thpAvailable: 0.5, khugepaged: 1e5, khugepagedPages: 64 } as const;
    const text = runText(await simulate(await trace(), config, { regions: await regionsFile() }));
    expect(text).toContain(
      "generic, 4K pages, transparent huge pages (blocks for 50.00% of requests, khugepaged every 100,000 records from 64 " +
        "pages on), 2M in heap",
    );
    expect(text).toMatch(/memory +[\d.]+ MiB mapped at the end: pages \d+ of 4K, \d+ of 2M\n/);
    expect(text).toMatch(/huge pages +\d+ of \d+ first touches, \d+ promotions?, \d+ demotions?\n/);
    expect(text).toMatch(/note +no mappings are known/);
  });
});

/** What is counted, whatever else the memory of a run with several sizes has. */
function sameCounts(result: RunResult) {
  const { distinctPages, pageTablePages, evictions, writebacks } = result.memory;
  return { ...countersOf(result), memory: { distinctPages, pageTablePages, evictions, writebacks } };
}
