/** Whatever is asked of a pages-only trace, the answer is that of the text which it was made of. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { type Config, ONLINE_POLICIES, PAGE_SIZES, STREAMS, type SweepConfig } from "../../src/config/types.ts";
import { info } from "../../src/info.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { sweep } from "../../src/sweep.ts";
import { type OpenOptions, openTrace, type Trace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { munmapLine } from "../helpers/syscalls.ts";
import { bundled } from "../helpers/traces.ts";
import type { Access } from "../reference/access.ts";
import { pagesFile } from "./pages-file.ts";

const TIMEOUT_MS = 300_000;

const geometry = fc.constantFrom("1:1", "4:1", "16:1", "6:2", "8:2", "32:2", "17:full", "96:3", "40:20");
const machine: fc.Arbitrary<Config> = fc.record({
  l1i: geometry,
  l1d: geometry,
  stlb: geometry,
  psc: fc.constantFrom("none", "pde=3,pdpte=2,pml4e=1"),
  policy: fc.constantFrom(...ONLINE_POLICIES),
  pageSize: fc.constantFrom(...PAGE_SIZES),
});
/** Machines of which the first read the layer for sets, the last that for streams. */
const MACHINES: Config[] = [
  { l1i: "16:1", l1d: "64:4", stlb: "128:4" },
  { l1i: "96:6", l1d: "32:2", stlb: "24:12", policy: "fifo" },
  { l1i: "8:2", l1d: "17:full", stlb: "64:4" },
  { l1i: "64:4", l1d: "64:4", stlb: "64:4", pageSize: "2M" },
];

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** What of a result must be equal, whichever form the trace is in. */
function counts(result: object): unknown {
  const { trace, time, ...rest } = result as { trace: { records: number; instructions: number }; time: unknown };
  return { ...rest, records: trace.records, instructions: trace.instructions };
}

/** What `info()` says of `trace`, without what a pages-only trace does not keep. */
async function keptInfo(trace: Trace): Promise<object> {
  const { regions, notes, ...rest } = await info(trace);
  const notKept = { lineStraddling: null, sizes: null, threads: null, unlistedThreadRecords: null, workingSet: null };
  const noRecords = { fetches: null, loads: null, stores: null, modifies: null };
  if (trace.format.isPagesOnly) {
    expect(rest).toMatchObject(notKept);
    for (const region of regions.ranges) expect(region).toMatchObject(noRecords);
  }
  return {
    ...rest,
    ...notKept,
    regions: { ...regions, ranges: regions.ranges.map((region) => ({ ...region, ...noRecords })) },
    notes: notes.filter((note) => note !== "physical"), // lackey is known to record virtual addresses
  };
}

/** `ask` of the text and of the pages, opened with `options`. */
async function expectEqual(
  text: Uint8Array,
  pages: Uint8Array,
  ask: (trace: Trace) => Promise<object>,
  options: OpenOptions = {},
): Promise<void> {
  const expected = counts(await ask(await openTrace(text, { ...options, format: "lackey" })));
  expect(counts(await ask(await openTrace(pages, options)))).toEqual(expected);
}

/** Records in bursts over a few thousand pages, some straddling or not canonical, with pages unmapped now and then. */
function longText(seed: number, records: number): string {
  const random = randomNumbers(seed);
  const kinds = ["fetch", "fetch", "load", "load", "store", "modify"] as const;
  const pages = Array.from({ length: 3000 }, (_, index) =>
    index % 97 === 0 ? BigInt(random()) << 20n : BigInt(index * 3 + (index % 2 === 0 ? 0x7f_f000_0000 : 0)),
  );
  const hot = () => pages[random() % (random() % 8 === 0 ? pages.length : 40)] ?? 0n;
  let text = "";
  for (let count = 0; count < records; ) {
    const page = hot();
    const kind = kinds[random() % kinds.length] as Access["kind"];
    const burst = 1 + (random() % 4);
    for (let index = 0; index < burst && count < records; index++, count++) {
      const offset = random() % 40 === 0 ? 4090 : random() % 4000;
      text += lackeyText([{ kind: index === 2 ? "store" : kind, va: (page << 12n) | BigInt(offset), size: 8 }]);
    }
    if (random() % 1500 === 0) {
      const first = (pages[1 + (random() % 40)] ?? 1n) & 0xf_ffffn;
      text += `${munmapLine({ kind: "unmap", va: first << 12n, bytes: 4096n * BigInt(1 + (random() % 5)) })}\n`;
    }
  }
  return text;
}

describe.each(BUILDS)("a pages-only trace ($name build)", ({ name, module }) => {
  beforeEach(() => provideKernelModule(module));
  const runs = name === "release" ? 100 : 24;

  it(
    "leads any machine to the counts of the text",
    () =>
      fc.assert(
        fc.asyncProperty(randomRecords, machine, async (records, config) => {
          const text = bytesOf(lackeyText(records));
          await expectEqual(text, await pagesFile(text), (trace) => simulate(trace, config));
        }),
        { numRuns: runs, seed: 6 },
      ),
    TIMEOUT_MS,
  );

  it(
    "leads any sweep to the counts of the text, for streams apart and together",
    () =>
      fc.assert(
        fc.asyncProperty(randomRecords, fc.constantFrom(...STREAMS), async (records, stream) => {
          const text = bytesOf(lackeyText(records));
          const config: SweepConfig = { stream, sets: "1,2,3,16", ways: "1,2,5", pageSizes: "4K,2M" };
          await expectEqual(text, await pagesFile(text), (trace) => sweep(trace, config));
        }),
        { numRuns: runs / 2, seed: 7 },
      ),
    TIMEOUT_MS,
  );

  it(
    "has the footprint, regions and reuse of the text",
    () =>
      fc.assert(
        fc.asyncProperty(randomRecords, async (records) => {
          const text = bytesOf(lackeyText(records));
          await expectEqual(text, await pagesFile(text), keptInfo);
        }),
        { numRuns: runs / 2, seed: 8 },
      ),
    TIMEOUT_MS,
  );

  const text = bytesOf(longText(9, 40_000));

  it("has the profile of the text, whose intervals end between its marks", { timeout: TIMEOUT_MS }, async () => {
    const pages = await pagesFile(text);
    for (const config of MACHINES)
      await expectEqual(text, pages, (trace) => simulate(trace, config, { profile: true }));
  });

  it("has the window of the text, at multiples of 4096", { timeout: TIMEOUT_MS }, async () => {
    const pages = await pagesFile(text);
    for (const window of [
      { skip: 4096 },
      { skip: 8192, warmup: 12288, limit: 4096 },
      { warmup: 36864 },
      { limit: 8192 },
    ]) {
      for (const config of MACHINES) await expectEqual(text, pages, (trace) => simulate(trace, config), window);
      await expectEqual(text, pages, (trace) => sweep(trace, { stream: "all", sets: "1,16", ways: "2,4" }), window);
      if (window.warmup === undefined) await expectEqual(text, pages, keptInfo, window);
    }
  });

  it("has the flushes and unmapped pages of the text", { timeout: TIMEOUT_MS }, async () => {
    const pages = await pagesFile(text);
    for (const stream of STREAMS) {
      for (const flushEvery of ["never", 4096, 12288]) {
        const config: SweepConfig = { stream, sets: "1,2,16", ways: "1,4,9", flushEvery };
        await expectEqual(text, pages, (trace) => sweep(trace, config));
      }
    }
  });

  it("does not depend on the pieces that it was made of", { timeout: TIMEOUT_MS }, async () => {
    const pages = await pagesFile(text);
    for (const bytes of [1000, 4097, 65_536]) expect(await pagesFile(text, undefined, bytes)).toEqual(pages);
  });
});

describe("a pages-only trace of a real program", () => {
  beforeEach(() => provideKernelModule(BUILDS[0]?.module as WebAssembly.Module));

  it("has its counts on every layer, and in windows that skip blocks", { timeout: TIMEOUT_MS }, async () => {
    const text = gunzipSync(readFileSync(bundled("bfs2k.lk.gz")));
    const twice = Buffer.concat([text, text]); // two blocks
    const pages = await pagesFile(twice);
    for (const config of MACHINES) {
      await expectEqual(twice, pages, (trace) => simulate(trace, config));
      await expectEqual(twice, pages, (trace) => simulate(trace, config), {
        skip: 4096 * 300,
        warmup: 4096,
        limit: 409_600,
      });
    }
    await expectEqual(twice, pages, (trace) => sweep(trace, { stream: "all", sets: "16", ways: "4" }));
    await expectEqual(twice, pages, keptInfo);
    await expectEqual(twice, pages, keptInfo, { skip: 4096 * 300, limit: 409_600 });
    expect(pages.length / 1_881_086).toBeLessThan(0.1);
  });
});

describe("what a pages-only trace cannot tell", () => {
  const pages = pagesFile(bytesOf(longText(1, 9000)));
  const opened = async (options: OpenOptions) => openTrace(await pages, options);

  it("is refused: windows and flushes between marks, instructions, threads", async () => {
    await expect(opened({ skip: 100 })).rejects.toThrow("skip: got 100; allowed: multiples of 4096");
    await expect(opened({ limit: 4097 })).rejects.toThrow("no single records");
    await expect(opened({ warmup: 4096, unit: "instructions" })).rejects.toThrow("unit: got instructions");
    await expect(opened({ thread: 1 })).rejects.toThrow("thread: got 1");
    await expect(sweep(await opened({}), { flushEvery: 5000 })).rejects.toThrow("flushEvery: got 5000");
  });
});
