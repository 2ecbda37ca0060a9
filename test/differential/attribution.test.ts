/** Rows and series of runs against the plain model, against the counts of the run, and against runs without them. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RunAttribution } from "../../src/attribution.ts";
import { DIMENSIONS } from "../../src/config/attribution.ts";
import { usualOs } from "../../src/config/os-config.ts";
import { resolve } from "../../src/config/resolve.ts";
import { SELECT_ALL } from "../../src/config/selection.ts";
import { type Config, ONLINE_POLICIES } from "../../src/config/types.ts";
import { type ConvertOptions, convert } from "../../src/convert.ts";
import { readingOf } from "../../src/decoding.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { seriesCountsOf } from "../../src/kernel/series.ts";
import { osSetup } from "../../src/os/setup.ts";
import { openRegions } from "../../src/regions/open.ts";
import type { Region } from "../../src/regions/region.ts";
import { replay } from "../../src/replay.ts";
import type { AttributionRow, RunResult } from "../../src/report/results.ts";
import { SeriesCollector } from "../../src/series.ts";
import { type SimulateOptions, simulate } from "../../src/simulate.ts";
import { openTrace, type Trace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { bundled } from "../helpers/traces.ts";
import type { Access } from "../reference/access.ts";
import { assertRows, assertSeries } from "../reference/assert-attribution.ts";
import { assertCounters, countersOf } from "../reference/assert-counters.ts";
import { type PcAccess, type PlainChange, referenceAttribution, referenceSeries } from "../reference/attribution.ts";

const TIMEOUT_MS = 120_000;

const geometry = fc.constantFrom("1:1", "4:1", "6:2", "8:2", "16:4", "17:full");
const config: fc.Arbitrary<Config> = fc.record({
  l1i: geometry,
  l1d: geometry,
  stlb: geometry,
  psc: fc.constantFrom("none", "pde=3,pdpte=2,pml4e=1"),
  policy: fc.constantFrom(...ONLINE_POLICIES),
  pageSize: fc.constantFrom("4K", "2M"),
});

const bytesOf = (records: readonly Access[]) => new TextEncoder().encode(lackeyText(records));

async function run(records: readonly Access[], config: Config, options: SimulateOptions, warmup = 0) {
  const result = await simulate(chunkedTrace(bytesOf(records), 1 << 16, "lackey", { warmup }), config, options);
  if (warmup === 0) assertCounters(result);
  if (result.by !== undefined) assertRows(result, result.by);
  if (result.series !== undefined) assertSeries(result, result.trace.records, result.series);
  return result;
}

const byName = (rows: readonly AttributionRow[] = []) => new Map(rows.map((row) => [row.name, row]));
const rowsByName = ({ by = {} }: RunResult) => Object.fromEntries(DIMENSIONS.map((each) => [each, byName(by[each])]));

/** Pieces of the address space of randomRecords, cut so that edges lie between pages that are referred to. */
const PIECES = [0n, 1n << 9n, 1n << 18n, 1n << 27n, (1n << 35n) - 8n, (1n << 52n) - (1n << 35n), (1n << 52n) - 12n]
  .flatMap((base) => [0n, 3n, 8n, 100n].map((offset) => base + offset))
  .filter((page) => page < 1n << 35n || (page >= (1n << 52n) - (1n << 35n) && page < 1n << 52n));
const NAMES = ["heap", "stack", "lib a", "lib b", "\u202e\n"];

interface Life {
  piece: number;
  pages: number;
  name: number;
  from: number;
  records: number;
}

/** Regions that live one after another at the same places, none over another at the same time. */
const lives: fc.Arbitrary<Life[]> = fc.array(
  fc.record({
    piece: fc.nat(PIECES.length - 1),
    pages: fc.integer({ min: 1, max: 3 }),
    name: fc.nat(NAMES.length - 1),
    from: fc.nat(300),
    records: fc.integer({ min: 1, max: 1000 }),
  }),
  { maxLength: 40, size: "max" },
);

function regionsOf(all: readonly Life[]): { regions: Region[]; changes: PlainChange[] } {
  const regions: Region[] = [];
  const changes: PlainChange[] = [];
  const free = PIECES.map(() => 0);
  for (const { piece, pages, name, from, records } of [...all].sort((a, b) => a.from - b.from)) {
    const first = PIECES[piece] ?? 0n;
    const last = first + BigInt(pages) - 1n;
    const start = Math.max(from, free[piece] ?? 0);
    free[piece] = start + records;
    const region = NAMES[name] ?? "";
    const at = { start: first << 12n, end: (last + 1n) << 12n };
    if (at.start < 1n << 47n && at.end > 1n << 47n) continue;
    if (last >= 1n << 52n) continue;
    regions.push({
      ...at,
      permissions: "---",
      name: region,
      file: `${regions.length}`,
      fromRecord: start,
      toRecord: start + records,
    });
    changes.push({ record: start, first, last, region }, { record: start + records, first, last, region: null });
  }
  // What ends at a record ends before what begins there.
  changes.sort((a, b) => a.record - b.record || Number(a.region !== null) - Number(b.region !== null));
  return { regions, changes };
}

/** Changes at places that lie over each other as chance will have it; more than the table of ranges begins with. */
const overlays: fc.Arbitrary<PlainChange[]> = fc
  .array(
    fc.record({
      record: fc.nat(500),
      base: fc.constantFrom(0n, 1n << 9n, 1n << 18n, (1n << 52n) - (1n << 35n)),
      first: fc.bigInt(0n, 40n),
      pages: fc.oneof(fc.bigInt(1n, 4n), fc.bigInt(1n, 40n)),
      region: fc.constantFrom(...NAMES, null),
    }),
    { maxLength: 300, size: "max" },
  )
  .map((changes) =>
    changes
      .map(({ record, base, first, pages, region }) => {
        return { record, first: base + first, last: base + first + pages - 1n, region };
      })
      .sort((a, b) => a.record - b.record),
  );

/** By region and page, in regions that change as `changes` say, one after the other. */
async function runOverlaid(records: readonly Access[], changes: readonly PlainChange[]) {
  const trace = chunkedTrace(bytesOf(records), 1 << 16);
  const kernel = await Kernel.create();
  const setup = {
    ...osSetup(resolve({}), usualOs(), null, true, SELECT_ALL),
    changes: changes.map(({ record, first, last, region }) => ({
      record,
      firstPage: first,
      lastPage: last,
      change: region === null ? ("unmap" as const) : ("map" as const),
      permissions: "rwx",
      isAnonymous: true,
      name: region === null ? 0 : NAMES.indexOf(region),
      leafLevel: 0 as const,
    })),
  };
  const machine = kernel.configureOs(resolve({}), setup, readingOf(trace));
  const attribution = new RunAttribution(machine, { by: ["region", "page"], interval: 0 }, NAMES);
  await replay(trace, kernel, () => machine.run());
  return attribution.result(records.length).by ?? {};
}

describe.each(BUILDS)("attribution ($name)", ({ name, module }) => {
  const numRuns = name === "debug" ? 15 : 50;

  it(
    "has the rows of the plain model, on any machine, any records and regions that come and go",
    async () => {
      provideKernelModule(module);
      const warmups = fc.constantFrom(0, 0, 7, 100);
      await fc.assert(
        fc.asyncProperty(config, randomRecords, lives, warmups, async (config, records, lives, wanted) => {
          const { regions, changes } = regionsOf(lives);
          const warmup = Math.min(wanted, records.length - 1);
          const result = await run(records, config, { by: DIMENSIONS, regions }, warmup);
          const plain = referenceAttribution(records, resolve(config), changes, warmup);
          expect(rowsByName(result)).toEqual(plain);
        }),
        { seed: 7, numRuns },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "follows regions that are put over parts of others, and taken out of them",
    async () => {
      provideKernelModule(module);
      await fc.assert(
        fc.asyncProperty(randomRecords, overlays, async (records, changes) => {
          const plain = referenceAttribution(records, resolve({}), changes);
          const { region = [], page = [] } = await runOverlaid(records, changes);
          expect({ region: byName(region), page: byName(page) }).toEqual({ region: plain.region, page: plain.page });
        }),
        { seed: 9, numRuns },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "has the series of the plain model, whatever the length of an interval, and changes no count",
    async () => {
      provideKernelModule(module);
      const lengths = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 51, max: 3000 }));
      const warmups = fc.constantFrom(0, 13);
      await fc.assert(
        fc.asyncProperty(config, randomRecords, lengths, warmups, async (config, records, interval, wanted) => {
          const warmup = Math.min(wanted, records.length - 1);
          const result = await run(records, config, { interval, by: ["kind"] }, warmup);
          expect(result.series).toEqual(referenceSeries(records, resolve(config), interval, warmup));
          expect(countersOf(result)).toEqual(countersOf(await run(records, config, {}, warmup)));
        }),
        { seed: 8, numRuns },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "grows with more pages and instructions than its tables begin with",
    async () => {
      provideKernelModule(module);
      const random = randomNumbers(5);
      const records = Array.from({ length: 40_000 }, (): Access => {
        const isFetch = random() % 2 === 0;
        const va = BigInt(random() % 12_000) << (isFetch ? 4n : 12n);
        return { kind: isFetch ? "fetch" : "store", va: va + (isFetch ? 1n << 40n : 0n), size: 4 };
      });
      const result = await run(records, {}, { by: ["page", "pc", "kind"] });
      expect(rowsByName(result)).toEqual({
        ...referenceAttribution(records, resolve({}), []),
        region: new Map(),
      });
      expect(result.by?.page?.length).toBeGreaterThan(9_000);
      expect(result.by?.pc?.length).toBeGreaterThan(9_000);
    },
    TIMEOUT_MS,
  );

  it("gives an interval to each record where that is asked for", async () => {
    provideKernelModule(module);
    const records = Array.from({ length: 9_000 }, (_, index): Access => {
      return { kind: "load", va: BigInt(index % 7) << 12n, size: 1 };
    });
    const { series } = await run(records, { l1d: "4:full" }, { interval: 1 });
    expect(series).toEqual(referenceSeries(records, resolve({ l1d: "4:full" }), 1));
  });
});

describe("instructions of data", () => {
  it("are those that the trace tells with each record", async () => {
    const records: PcAccess[] = [
      { kind: "load", va: 0x1000n, size: 4, pc: 0x400n },
      { kind: "store", va: 0x2000n, size: 4, pc: 0x404n },
      { kind: "load", va: 0x1000n, size: 4, pc: 0x400n },
    ];
    const text = records.map(({ kind, va, size, pc }) => `${kind},0x${va.toString(16)},${size},0x${pc?.toString(16)}`);
    const csv = new TextEncoder().encode(`kind,address,size,pc\n${text.join("\n")}\n`);
    const result = await simulate(await openTrace(csv), {}, { by: "pc" });
    assertRows(result, result.by ?? {});
    expect(byName(result.by?.pc)).toEqual(referenceAttribution(records, resolve({}), []).pc);
    expect(result.by?.pc?.map(({ name }) => name).sort()).toEqual(["0x400", "0x404"]);
  });

  it("are unknown where it tells of none", async () => {
    const result = await simulate(await openTrace(new TextEncoder().encode("0 1000\n1 2000\n")), {}, { by: ["pc"] });
    expect(result.by?.pc?.map(({ name, accesses }) => [name, accesses])).toEqual([
      ["unknown", { fetch: 0, load: 1, store: 1, modify: 0 }],
    ]);
  });
});

it("counts what mappings forbid as faults of the page and region that they forbid, and makes no reference", async () => {
  const region = (start: bigint, end: bigint, permissions: string, name: string): Region => {
    return { start, end, permissions, name, file: null, fromRecord: 0, toRecord: null };
  };
  const maps = [region(0x1000n, 0x2000n, "rw-", "data"), region(0x2000n, 0x3000n, "r--", "constants")];
  const records: Access[] = [
    { kind: "store", va: 0x1000n, size: 4 },
    { kind: "store", va: 0x1ffcn, size: 8 }, // its second page is read-only
    { kind: "load", va: 0x2000n, size: 4 },
    { kind: "fetch", va: 0x2000n, size: 4 },
    { kind: "load", va: 0x9000n, size: 4 },
  ];
  const { by = {}, faults } = await run(records, {}, { by: ["region", "page"], maps });
  expect(faults).toMatchObject({ minor: 2, protection: 3 });
  const told = (rows: AttributionRow[] = []) =>
    rows
      .map(({ name, region, faults, references }) => [name, region, faults, references.fetch + references.data])
      .sort();
  expect(told(by.region)).toEqual([
    ["constants", undefined, 3, 1],
    ["data", undefined, 1, 1],
    ["unattributed", undefined, 1, 0],
  ]);
  expect(told(by.page)).toEqual([
    ["0x1000", "data", 1, 1],
    ["0x2000", "constants", 3, 1],
    ["0x9000", undefined, 1, 0],
  ]);
});

it("counts what eviction costs for the pages that cause it, so that sums are the run's in little memory, too", async () => {
  const random = randomNumbers(11);
  const records = Array.from({ length: 5_000 }, (): Access => {
    const kind = (["fetch", "load", "store", "modify"] as const)[random() % 4] ?? "load";
    return { kind, va: (BigInt(random() % 40) << 12n) + BigInt(random() % 4096), size: 1 + (random() % 8) };
  });
  const by = ["page", "pc", "kind"] as const;
  const { faults, memory } = await run(records, { memory: "64K" }, { by, interval: 100 });
  expect(faults.major).toBeGreaterThan(1_000);
  expect(memory.evictions).toBeGreaterThan(1_000);
});

/** What convert() writes of `trace`. */
async function converted(trace: Trace, options: ConvertOptions): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of convert(trace, options)) pieces.push(piece.slice());
  return new Uint8Array(Buffer.concat(pieces));
}

it("takes the regions that were recorded with a trace, where none are given", async () => {
  const { regions } = JSON.parse(readFileSync(bundled("matmul24.regions.json"), "utf8"));
  const metadata = async () => [{ recording: { regions } }];
  const pwt = await converted(await openTrace(bundled("matmul24.lk.gz")), { to: "pwt", metadata });
  const own = await simulate(await openTrace(pwt), {}, { by: ["region", "page", "pc"] });
  assertRows(own, own.by ?? {});
  const given = await openRegions(bundled("matmul24.regions.json"));
  const { by } = await simulate(
    await openTrace(bundled("matmul24.lk.gz")),
    {},
    { by: "region,page,pc", regions: given },
  );
  expect(own.by).toEqual(by);
  // A stream has its regions behind it when they are asked for; by page that does not matter.
  const stream = await openTrace(new Blob([pwt as Uint8Array<ArrayBuffer>]).stream());
  const { by: ofStream = {} } = await simulate(stream, {}, { by: ["page"] });
  expect(ofStream.page?.map(({ name }) => name)).toEqual(by?.page?.map(({ name }) => name));
});

it("counts the records of a window from its beginning, where regions change in it", async () => {
  const regions = await openRegions(bundled("sort400.native.regions.json"));
  const trace = (options: object) => openTrace(bundled("sort400.native.lk.gz"), options);
  const parts = await Promise.all(
    [{ limit: 200_000 }, { skip: 200_000, limit: 300_000 }, { skip: 500_000 }].map(async (window) => {
      return simulate(await trace(window), {}, { by: ["region"], regions });
    }),
  );
  const { by: whole = {} } = await simulate(await trace({}), {}, { by: ["region"], regions });
  for (const row of whole.region ?? []) {
    const rows = parts.map((part) => part.by?.region?.find(({ name }) => name === row.name));
    const records = (name: keyof AttributionRow["accesses"]) =>
      rows.reduce((sum, of) => sum + (of?.accesses[name] ?? 0), 0);
    expect(Object.keys(row.accesses).map((kind) => records(kind as keyof AttributionRow["accesses"]))).toEqual(
      Object.values(row.accesses),
    );
  }
});

it("refuses a series of too many intervals as soon as it has them, and says which would be long enough", () => {
  const counts = seriesCountsOf({} as never);
  const series = new SeriesCollector(3, counts, 100);
  series.add(Array(100).fill(counts));
  expect(() => series.add([counts])).toThrow(
    "interval: got 3; allowed: more: the trace has more than 300 records, and a series 100 intervals at most; " +
      "30 is enough for ten times as many",
  );
});

describe("a run that cannot be attributed", () => {
  const trace = () => openTrace(bundled("sort400.lk.gz"));

  it("by region without regions says how to get them", async () => {
    await expect(simulate(await trace(), {}, { by: ["region"] })).rejects.toThrow(
      "by: got region, and no regions; allowed: it with --regions or --maps: a copy of /proc/PID/maps",
    );
  });

  it("of a dimension that there is not, or an interval of no record, is refused", async () => {
    await expect(simulate(await trace(), {}, { by: "pages" })).rejects.toThrow("by: got pages; allowed: region, page");
    await expect(simulate(await trace(), {}, { interval: 0 })).rejects.toThrow(
      "interval: got 0; allowed: a whole number",
    );
    await expect(simulate(await trace(), {}, { by: ["region"], maps: [], regions: [] })).rejects.toThrow(
      "maps as well",
    );
  });
});
