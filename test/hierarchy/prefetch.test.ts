/** Prefetchers against plain models of them, and a plain machine with a buffer behind its second-level TLB. */
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CpuDescription,
  PREFETCHERS,
  type PrefetchDescription,
  type Prefetcher,
} from "../../src/config/cpus/description.ts";
import { type ResolvedPrefetch, resolvePrefetch } from "../../src/config/cpus/prefetch.ts";
import { ConfigError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { runCsv } from "../../src/report/csv.ts";
import type { RunResult } from "../../src/report/results.ts";
import { runText } from "../../src/report/text.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { type Access, isCanonical, touchedPages } from "../reference/access.ts";
import { AssociativeCache } from "../reference/associative-cache.ts";
import { plainPrefetcher } from "../reference/prefetchers.ts";

const LUA = fileURLToPath(new URL("../traces/lua_bt7.lk.zst", import.meta.url));
const L1 = { entries: 4, ways: 2, sets: 2 };
const L2 = { entries: 8, ways: 4, sets: 2 };
const KINDS = { fetch: "fetch", load: "load", store: "store", modify: "store" } as const;

/** No walk caches, so that what walks read is told by the tables alone. */
function cpuWith(prefetch?: PrefetchDescription): CpuDescription {
  const holds = ["4K", "2M", "1G"] as const;
  return {
    schema: "pagewalk/cpu@1",
    title: "small",
    pageSizes: holds,
    tlbs: [
      { name: "L1I", level: 1, kinds: ["fetch"], arrays: [{ holds, entries: L1.entries, ways: L1.ways }] },
      { name: "L1D", level: 1, kinds: ["load", "store"], arrays: [{ holds, entries: L1.entries, ways: L1.ways }] },
      // Nothing but the buffer is below it.
      {
        name: "STLB",
        level: 2,
        kinds: ["fetch", "load", "store"],
        arrays: [{ holds, entries: L2.entries, ways: L2.ways }],
        filledByHitsBelow: false,
      },
    ],
    ...(prefetch === undefined ? {} : { prefetch }),
  };
}

interface Entry {
  dirty: boolean;
}

/** The machine of cpuWith() as one reads it, record by record. */
class PlainMachine {
  readonly counts = {
    l1iMisses: 0,
    l1dMisses: 0,
    stlbLookups: 0,
    stlbMisses: 0,
    bufferLookups: 0,
    walks: 0,
    walkReferences: 0,
    setDirty: 0,
    predictions: 0,
    prefetchWalks: 0,
    prefetchWalkReferences: 0,
    issued: 0,
    useful: 0,
  };
  readonly #prefetch: ResolvedPrefetch;
  readonly #prefetcher: ReturnType<typeof plainPrefetcher>;
  readonly #l1i = new AssociativeCache<Entry>(L1, "lru");
  readonly #l1d = new AssociativeCache<Entry>(L1, "lru");
  readonly #stlb = new AssociativeCache<Entry>(L2, "lru");
  /** Page numbers to entries, the next to go first. */
  readonly #buffer = new Map<number, Entry>();
  /** Mapped pages, and whether D is set. */
  readonly #mapped = new Map<number, boolean>();
  readonly #tables = new Set<string>();
  #pc = 1n << 63n;

  constructor(prefetch: ResolvedPrefetch) {
    this.#prefetch = prefetch;
    this.#prefetcher = plainPrefetcher(prefetch.policy, prefetch.degree, prefetch.table);
  }

  run(record: Access): void {
    if (record.kind === "fetch") this.#pc = record.va;
    for (const page of touchedPages(record.va, record.size) ?? []) this.#refer(page, record.kind);
  }

  #refer(page: number, kind: Access["kind"]): void {
    const writes = kind === "store" || kind === "modify";
    const l1 = kind === "fetch" ? this.#l1i : this.#l1d;
    const looksIntoBuffer = this.#prefetch.kinds.includes(KINDS[kind]);
    let entry = l1.lookup(page);
    let missedAll = false;
    if (entry === undefined) {
      this.counts[l1 === this.#l1i ? "l1iMisses" : "l1dMisses"]++;
      this.counts.stlbLookups++;
      entry = this.#stlb.lookup(page);
      if (entry === undefined) {
        missedAll = true;
        this.counts.stlbMisses++;
        entry = looksIntoBuffer ? this.#fromBuffer(page) : undefined;
        if (entry === undefined) entry = this.#walk(page, writes);
        this.#stlb.fill(page, { ...entry });
      }
      entry = { ...entry };
      l1.fill(page, entry);
    }
    if (writes && !entry.dirty) {
      this.counts.setDirty++;
      this.#mapped.set(page, true);
      for (const cache of [this.#l1d, this.#stlb]) {
        const copy = cache.peek(page);
        if (copy !== undefined) copy.dirty = true;
      }
      const waiting = this.#buffer.get(page);
      if (waiting !== undefined && looksIntoBuffer) waiting.dirty = true;
    }
    if (missedAll && looksIntoBuffer) this.#train(page, l1);
  }

  #fromBuffer(page: number): Entry | undefined {
    this.counts.bufferLookups++;
    const entry = this.#buffer.get(page);
    if (entry === undefined) return undefined;
    this.#buffer.delete(page);
    this.counts.useful++;
    return entry;
  }

  #walk(page: number, writes: boolean): Entry {
    this.counts.walks++;
    this.counts.walkReferences += 4;
    for (const bits of [9, 18, 27]) this.#tables.add(`${bits}: ${Math.floor(page / 2 ** bits)}`);
    const dirty = writes || this.#mapped.get(page) === true;
    this.#mapped.set(page, dirty);
    return { dirty };
  }

  #train(page: number, l1: AssociativeCache<Entry>): void {
    for (const predicted of this.#prefetcher.miss(BigInt(page), this.#pc)) {
      this.counts.predictions++;
      if (predicted < 0n || predicted >= 1n << 52n || !isCanonical(predicted << 12n)) continue;
      const next = Number(predicted);
      if ([l1, this.#stlb].some((cache) => cache.peek(next) !== undefined) || this.#buffer.has(next)) continue;
      this.counts.prefetchWalks++;
      const present = [9, 18, 27].filter((bits) => this.#tables.has(`${bits}: ${Math.floor(next / 2 ** bits)}`));
      this.counts.prefetchWalkReferences += 1 + present.length;
      const dirty = this.#mapped.get(next);
      if (dirty === undefined) continue;
      if (this.#buffer.size === this.#prefetch.buffer) this.#buffer.delete([...this.#buffer.keys()][0] as number);
      this.#buffer.set(next, { dirty });
      this.counts.issued++;
    }
  }
}

function countsOf({ tlbs, walks, prefetch }: RunResult): PlainMachine["counts"] {
  const [l1i, l1d, stlb, buffer] = tlbs;
  return {
    l1iMisses: l1i?.misses ?? -1,
    l1dMisses: l1d?.misses ?? -1,
    stlbLookups: stlb?.lookups ?? -1,
    stlbMisses: stlb?.misses ?? -1,
    bufferLookups: buffer?.lookups ?? -1,
    walks: walks.count,
    walkReferences: walks.references,
    setDirty: walks.setDirty,
    predictions: prefetch?.predictions ?? -1,
    prefetchWalks: prefetch?.walks ?? -1,
    prefetchWalkReferences: prefetch?.walkReferences ?? -1,
    issued: prefetch?.issued ?? -1,
    useful: prefetch?.useful ?? -1,
  };
}

/** What must hold in any run with a prefetcher. */
function assertIdentities({ tlbs, walks, prefetch }: RunResult): void {
  for (const { hits, misses, lookups } of tlbs) expect(hits + misses).toBe(lookups);
  const [, , stlb, buffer] = tlbs;
  if (prefetch === undefined || stlb === undefined || buffer === undefined) throw new Error("no prefetcher");
  expect(prefetch.useful).toBe(buffer.hits);
  expect(walks.count).toBe(stlb.misses - prefetch.useful);
  expect(prefetch.issued).toBe(prefetch.useful + prefetch.unused);
  expect(prefetch.unused).toBeGreaterThanOrEqual(0);
  expect(prefetch.accuracy).toBe(prefetch.issued === 0 ? null : prefetch.useful / prefetch.issued);
  expect(prefetch.coverage).toBe(buffer.lookups === 0 ? null : prefetch.useful / buffer.lookups);
}

/** Instructions that each step through pages, some of them over and over, some at random. */
const steppingRecords: fc.Arbitrary<Access[]> = fc
  .array(
    fc.record({
      pc: fc.constantFrom(0x40_0000n, 0x40_0004n, 0x40_0404n, 0x41_0000n),
      first: fc.constantFrom(0x1000n, 0x1010n, 0x1040n, (1n << 35n) - 8n, (1n << 52n) - (1n << 35n), (1n << 52n) - 8n),
      strides: fc.array(fc.constantFrom(1n, 1n, 2n, 3n, -1n, -2n, 0n, 9n), { minLength: 1, maxLength: 3, size: "max" }),
      count: fc.integer({ min: 1, max: 24 }),
      kind: fc.constantFrom("load" as const, "load" as const, "store" as const),
    }),
    { minLength: 1, maxLength: 16, size: "max" },
  )
  .map((loops) =>
    [...loops, ...loops].flatMap(({ pc, first, strides, count, kind }) => {
      let page = first;
      return Array.from({ length: count }, (_, index): Access[] => {
        const va = BigInt.asUintN(64, page << 12n);
        page += strides[index % strides.length] ?? 0n;
        return [
          { kind: "fetch", va: pc, size: 4 },
          { kind, va, size: 8 },
        ];
      }).flat();
    }),
  );

const prefetch = (policy: Prefetcher) =>
  fc.record({
    policy: fc.constant(policy),
    degree: fc.constantFrom(1, 2, 3),
    ...(policy === "next-page" ? {} : { table: fc.constantFrom(1, 3, 4, 64) }),
    buffer: fc.constantFrom(1, 2, 5, 16),
    replacement: fc.constantFrom("lru" as const, "fifo" as const),
    kinds: fc.constantFrom(["fetch", "load", "store"] as const, ["load", "store"] as const, ["load"] as const),
  });

describe.each(BUILDS)("a prefetcher ($name)", ({ module }) => {
  it.each(PREFETCHERS)("%s fetches what its plain model does, and nothing else changes", async (policy) => {
    provideKernelModule(module);
    let used = 0;
    await fc.assert(
      fc.asyncProperty(
        prefetch(policy),
        fc.oneof(randomRecords, steppingRecords, steppingRecords),
        async (given, some) => {
          // An instruction is known from the beginning, without which a trace is refused.
          const records: Access[] = [{ kind: "fetch", va: 0x40_0000n, size: 4 }, ...some];
          const trace = new TextEncoder().encode(lackeyText(records));
          const result = await simulate(await openTrace(trace), { cpu: cpuWith(given) });
          const plain = new PlainMachine(resolvePrefetch(given) as ResolvedPrefetch);
          for (const record of records) plain.run(record);
          expect(countsOf(result)).toEqual(plain.counts);
          assertIdentities(result);
          used += plain.counts.useful;
          if (some.length > 60 || policy === "stride") return;
          // By entries it is the same machine.
          const whole = await simulate(await openTrace(trace), { cpu: cpuWith(given) }, { by: ["kind"] });
          expect(countsOf(whole)).toEqual(plain.counts);
        },
      ),
      { seed: 22, numRuns: 40 },
    );
    expect(used).toBeGreaterThan(50);
  });
});

/** Maps the pages by fetches, which no prefetcher for data sees, then loads them, which alone is counted. */
async function loadsOf(pages: readonly number[], given: string): Promise<RunResult> {
  const all = [...new Set(pages.flatMap((page) => [page, page + 1, page + 2, page + 3]))];
  const record = (kind: Access["kind"], page: number): Access => ({ kind, va: BigInt(page) << 12n, size: 4 });
  const text = lackeyText([...all.map((page) => record("fetch", page)), ...pages.map((page) => record("load", page))]);
  const trace = await openTrace(new TextEncoder().encode(text), { warmup: String(all.length) });
  return simulate(trace, {
    stlb: "1:1",
    l1d: "1:1",
    l1i: "1:1",
    prefetch: `${given}${given.includes(":") ? "," : ":"}kinds=load`,
  });
}

describe("distance", () => {
  // Distances 1, 2, 1, 2, …: the fourth miss is the first after a distance that something has followed before.
  it("learns from two distances that take turns: worked by hand", async () => {
    const { prefetch } = await loadsOf([1, 2, 4, 5, 7, 8, 10, 11], "distance");
    //   miss        1   2    4        5            7            8             10            11
    //   distance    -   1    2        1            2            1             2             1
    //   learned              1: {2}   2: {1}       known        known         known         known
    //   predicted                     5 + 2 = 7    7 + 1 = 8    8 + 2 = 10    10 + 1 = 11   11 + 2 = 13
    expect(prefetch).toMatchObject({
      predictions: 5,
      issued: 5,
      useful: 4,
      unused: 1,
      accuracy: 4 / 5,
      coverage: 4 / 8,
    });
  });

  it("keeps as many distances for each as its degree, the latest first", async () => {
    // After 1 came 5, then 7: of degree 1 only 7 is left when 1 comes again.
    const pages = [10, 11, 16, 17, 24, 25, 30];
    expect((await loadsOf(pages, "distance:degree=2")).prefetch?.useful).toBe(1);
    expect((await loadsOf(pages, "distance:degree=1")).prefetch?.useful).toBe(0);
  });
});

describe("next-page", () => {
  it("has every second of pages in a row, and of more degree all but one in each so many", async () => {
    const pages = Array.from({ length: 12 }, (_, index) => 100 + index);
    // Each miss is told to it, also one that the buffer answers: so all but the first are there.
    expect((await loadsOf(pages, "next-page")).prefetch).toMatchObject({ predictions: 12, issued: 12, useful: 11 });
    expect((await loadsOf(pages, "next-page:degree=3")).prefetch).toMatchObject({
      predictions: 36,
      issued: 14,
      useful: 11,
    });
  });
});

describe("a run with a prefetcher", () => {
  const trace = () => openTrace(LUA);

  it("has the TLBs of one without: only walks become fewer", async () => {
    const small = { l1d: "16:4", stlb: "64:4" };
    const without = await simulate(await trace(), small);
    for (const policy of PREFETCHERS) {
      const result = await simulate(await trace(), { ...small, prefetch: policy });
      assertIdentities(result);
      const names = (one: RunResult) =>
        one.tlbs.slice(0, 3).map(({ name, lookups, misses }) => [name, lookups, misses]);
      expect(names(result)).toEqual(names(without));
      expect(result.walks.count + (result.prefetch?.useful ?? 0)).toBe(without.walks.count);
      expect(result.faults).toEqual(without.faults);
      expect(result.memory).toEqual(without.memory);
    }
  });

  it("tells of it in text and CSV", async () => {
    const result = await simulate(await trace(), { l1d: "16:4", stlb: "64:4", prefetch: "distance" });
    expect(runText(result)).toMatch(/prefetch +distance: \d+ used of \d+ issued, accuracy [\d.]+%, coverage [\d.]+%\n/);
    const [head = "", ...rows] = runCsv([result]).trim().split("\n");
    const values = rows.map((row) => row.split(",").slice(-9));
    const { predictions, walks, walkReferences, issued, useful, unused, accuracy, coverage } = result.prefetch ?? {};
    expect(head.split(",").slice(-9)[0]).toBe("prefetcher");
    expect(values[0]).toEqual(Array(9).fill(""));
    expect(values.at(-1)).toEqual(
      ["distance", predictions, walks, walkReferences, issued, useful, unused, accuracy, coverage].map(String),
    );
  });

  it("counts each use once after a warm-up, and its issue with it", async () => {
    const opened = await openTrace(LUA, { warmup: "1M" });
    const result = await simulate(opened, { l1d: "16:4", stlb: "64:4", prefetch: "distance" });
    assertIdentities(result);
  });

  it("by stride refuses a trace that does not tell instructions", async () => {
    const bytes = new TextEncoder().encode(
      Array.from({ length: 64 }, (_, page) => `0 ${(page << 12).toString(16)}\n`).join(""),
    );
    const din = async () => openTrace(bytes, { format: "din" });
    await expect(simulate(await din(), { prefetch: "stride" })).rejects.toThrow(ConfigError);
    await expect(simulate(await din(), { prefetch: "stride" })).rejects.toThrow("does not tell which instruction");
    expect((await simulate(await din(), { prefetch: "next-page" })).prefetch?.predictions).toBe(64);
  });
});

describe("a prefetcher's description", () => {
  it.each([
    ["nearest", "got nearest; allowed: next-page, stride, distance"],
    ["distance:degree=0", "prefetch.degree: got 0; allowed: a whole number from 1 to 64"],
    ["distance:degree=65", "prefetch.degree: got 65"],
    ["distance:degree=x", "prefetch.degree: got x"],
    ["stride:table=99999999", "prefetch.table: got 99999999"],
    ["next-page:table=4", "prefetch.table: got 4; allowed: nothing with next-page"],
    ["next-page:buffer=0", "prefetch.buffer: got 0; allowed: a whole number from 1"],
    ["next-page:replacement=random", "prefetch.replacement: got random; allowed: lru, fifo"],
    ["next-page:kinds=loads", "prefetch.kinds: got loads; allowed: fetch, load, store"],
    ["next-page:speed=2", "got next-page:speed=2; allowed: NAME, or NAME:degree=2"],
    ["next-page:degree=2:buffer=4", "allowed: NAME, or NAME:degree=2"],
  ])("%s is refused", (text, message) => {
    expect(() => resolvePrefetch(text)).toThrow(message);
  });

  it("none is none, whatever the CPU has", async () => {
    const trace = () => openTrace(new TextEncoder().encode(" L 1000,8\n"));
    const cpu = cpuWith({ policy: "next-page" });
    expect((await simulate(await trace(), { cpu })).tlbs.map(({ name }) => name)).toEqual(["L1I", "L1D", "STLB", "PB"]);
    expect((await simulate(await trace(), { cpu, prefetch: "none" })).prefetch).toBeUndefined();
  });
});

it("a prefetched translation costs what a hit in the last level does", async () => {
  const trace = () => openTrace(new TextEncoder().encode(lackeyText(scan)));
  const scan: Access[] = Array.from({ length: 400 }, (_, n) => ({ kind: "load", va: BigInt(n % 100) << 12n, size: 8 }));
  const run = async (prefetch: string) =>
    simulate(await trace(), { l1d: "4:4", stlb: "16:4", psc: "none", cost: "flat", prefetch, cpu: "skylake" });
  const [without, result] = [await run("none"), await run("next-page")];
  expect(result.prefetch?.useful).toBeGreaterThan(200);
  expect(result.cycles?.lookups.map(({ cycles }) => cycles)).toEqual(
    without.cycles?.lookups.map(({ cycles }) => cycles),
  );
  expect(result.cycles?.walks.count).toBe((without.cycles?.walks.count ?? 0) - (result.prefetch?.useful ?? 0));
});
