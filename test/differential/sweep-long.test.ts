/** Longer traces, which fill many batches, against plain TLBs at some points. */
import { expect, it } from "vitest";
import type { SweepConfig } from "../../src/config/types.ts";
import { sweep } from "../../src/sweep.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { expectPlainCounts } from "../helpers/compare-sweeps.ts";
import { PATTERNS, type PlannedUnmap, type StreamShape, stepsOf } from "../helpers/page-streams.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";

const TIMEOUT_MS = 120_000;

const SHAPE: StreamShape = {
  ...{ pattern: "zipf", layout: "dense", base: 0x7f000, pages: 2000, records: 60_000 },
  ...{ mix: { fetches: 20, stores: 10 }, repeats: 20, unmaps: [], seed: 1 },
};

const POINTS: SweepConfig = {
  geometries: "16:4,64:4,64:full,96:6,130:13,256:1,512:full,640:40,1536:12,4096:16",
  indexes: "modulo,xor",
  check: 0,
};

const options = { samples: 5 };

function unmapsOf(count: number, pages: number): PlannedUnmap[] {
  const random = randomNumbers(count + pages);
  return Array.from({ length: count }, () => {
    return { before: random(), page: random(), pages: 1 + (random() % pages), lessBytes: 0 };
  });
}

it.each(PATTERNS)("counts what plain TLBs count in a long trace: %s", { timeout: TIMEOUT_MS }, async (pattern) => {
  const steps = stepsOf({ ...SHAPE, pattern, layout: pattern === "uniform" ? "mixed" : "dense" });
  await expectPlainCounts(steps, { ...POINTS, pageSizes: "4K,2M" }, { ...options, simulators: 2 });
});

it("counts what plain TLBs count in a long trace with events", { timeout: TIMEOUT_MS }, async () => {
  const unmaps = [...unmapsOf(2000, 1), ...unmapsOf(500, 40), ...unmapsOf(6, 1800)];
  const steps = stepsOf({ ...SHAPE, unmaps, mix: { fetches: 0, stores: 30 } });
  const { invalidations } = await expectPlainCounts(
    steps,
    { ...POINTS, flushEvery: 20_001 },
    { ...options, simulators: 3 },
  );
  expect(invalidations).toEqual({ flushes: 2, unmaps: 2506 });
  await expectPlainCounts(steps, { ...POINTS, stream: "all", l1i: "128:8", l1d: "64:4" }, options);
});

it("counts what plain TLBs count in sets of hundreds of ways", async () => {
  const steps = stepsOf({ ...SHAPE, unmaps: unmapsOf(300, 20), records: 40_000 });
  const geometries = "510:255,512:256,768:256,514:257,1200:400,1024:256";
  await expectPlainCounts(steps, { geometries, indexes: "modulo,xor", check: "all" }, options);
});

// With as many events as records, each batch and each list of references ends between some.
it.each([1, 2, 3])(
  "counts what plain TLBs count when flushed after each %i records",
  { timeout: TIMEOUT_MS },
  async (n) => {
    const steps = stepsOf({ ...SHAPE, records: 50_000, unmaps: unmapsOf(20_000, 3) });
    await expectPlainCounts(
      steps,
      { geometries: "1:1,4:4,16:4", pageSizes: "4K,2M", flushEvery: n, check: 0 },
      options,
    );
  },
);

it("counts what plain TLBs count when a page is unmapped before each record", { timeout: TIMEOUT_MS }, async () => {
  const steps = stepsOf({ ...SHAPE, pages: 300, records: 25_000, unmaps: unmapsOf(50_000, 2) });
  for (const stream of ["data", "fetch", "all"] as const) {
    const points = { geometries: "1:1,4:4,16:4,64:16,300:full", check: 0 };
    await expectPlainCounts(steps, { ...points, stream }, { ...options, simulators: 2 });
  }
});

it("keeps count of a footprint that grows without end", { timeout: TIMEOUT_MS }, async () => {
  // More pages than any table of first touches starts with, and most of them unmapped again.
  const shape = { ...SHAPE, pattern: "scan", pages: 60_000, records: 120_000, repeats: 0 } as const;
  const unmaps = Array.from({ length: 40 }, (_, index) => {
    return { before: index * 3000, page: Math.max(0, index * 1500 - 1000), pages: 900, lessBytes: 0 };
  });
  const config = { geometries: "16:4,1024:full,8192:8", check: 0, stream: "all" } as const;
  await expectPlainCounts(stepsOf({ ...shape, unmaps }), config, { samples: 4 });
});

it("knows a page's first store, whatever page came in between as the first of many more", async () => {
  // Pages 2k are new between two references to 2k - 1, so also where what is known of all pages has to move.
  const access = (page: number, kind: "load" | "store") => ({ kind, va: BigInt(page) << 12n, size: 1 });
  const odd = Array.from({ length: 4200 }, (_, index) => 2 * index + 1);
  const steps = [
    access(0, "load"),
    ...odd.flatMap((page) => [access(page, "load"), access(page + 1, "load"), access(page, "store")]),
    ...odd.flatMap((page) => [access(page, "load"), access(page, "store")]),
  ];
  for (const config of [{ geometries: "1:1,4:2" }, { stlb: "1:1,4:2", l1d: "1:1" }]) {
    const { points } = await expectPlainCounts(steps, { ...config, check: 0 }, { samples: 2 });
    expect(points.map(({ setDirty }) => setDirty)).toEqual([0, odd.length]);
  }
});

it("counts the same far down: distances of tens of thousands of pages", { timeout: TIMEOUT_MS }, async () => {
  const unmaps = [...unmapsOf(300, 3), ...unmapsOf(10, 3000)];
  const steps = stepsOf({ ...SHAPE, pattern: "uniform", pages: 50_000, records: 150_000, repeats: 0, unmaps });
  await expectPlainCounts(steps, { geometries: "64:4,20000:full,40000:full", check: 0, stream: "all" }, options);
});

it("counts distances of more than a million pages", { timeout: TIMEOUT_MS }, async () => {
  // Up and down again: on the way back the page d below the top is found at distance d.
  const pages = 1_200_000;
  const line = (page: number) => ` L ${(page * 4096).toString(16)},1\n`;
  const up = Array.from({ length: pages }, (_, page) => line(page)).join("");
  const down = Array.from({ length: pages }, (_, page) => line(pages - 1 - page)).join("");
  const trace = chunkedTrace(new TextEncoder().encode(up + down), 1 << 20);
  const geometries = "1:full,17:full,100000:full,1000000:full,1100000:full,1199999:full,1200000:full";
  const { points } = await sweep(trace, { geometries, check: 0 });
  expect(points.map(({ misses }) => misses)).toEqual(points.map(({ entries }) => 2 * pages - entries));
});

it("counts the same after unasked checks have ended", { timeout: TIMEOUT_MS }, async () => {
  const random = randomNumbers(1);
  const line = (kind: string, page: number) => ` ${kind} ${(page * 4096).toString(16)},1\n`;
  const checked = Array.from({ length: 2 ** 20 + 100_000 }, () => line("L", random() % 500)).join("");
  const after = Array.from({ length: 50_000 }, () => line("LS".charAt(random() % 2), random() % 900)).join("");
  const text = new TextEncoder().encode(checked + after);
  const points = { geometries: "16:4,36:18,64:full", policies: "lru,fifo", pageSizes: "4K,2M" } as const;
  const countsOf = async (config: SweepConfig) => {
    const { time, checkedPoints, checkedReferences, ...counts } = await sweep(chunkedTrace(text, 1 << 20), config);
    return { counts, checkedPoints };
  };
  const { counts, checkedPoints } = await countsOf(points);
  expect(checkedPoints).toBe(3);
  expect({ counts, checkedPoints: 6 }).toEqual(await countsOf({ ...points, check: "all" }));
});
