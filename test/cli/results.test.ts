import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import type { InfoResult, RunResult, SweepResult } from "../../src/report/results.ts";
import { plainTlbs } from "../../src/report/tlb-levels.ts";
import { assertCounters, assertSweepCounters, countersOf } from "../reference/assert-counters.ts";
import { json, output, plainBytes, recorded, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const MATMUL = recorded("matmul24.native.lk.xz");
/** Loads only: a trace without an instruction count. */
const LOADS = " L 1000,8\n L 2000,8\n L 1000,8\n";

const temporary = temporaryFolder();

const COUNT = expect.toSatisfy((value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0, "a count");
const RATIO = expect.toSatisfy((value: unknown) => Number(value) >= 0 && Number(value) <= 1, "a number from 0 to 1");
const NUMBER = expect.any(Number);
const TEXT = expect.any(String);

const TRACE = {
  path: MATMUL,
  format: "lackey",
  compression: "xz",
  records: COUNT,
  instructions: COUNT,
  skippedLines: COUNT,
};

describe("run --json", () => {
  it("is the same from any number of workers", async () => {
    // How much standard input holds is not known, so workers are started whatever it is.
    const input = await readFile(MATMUL);
    const results = await Promise.all(
      ["1", "2", "3"].map(async (jobs) => {
        const { time, ...result } = await json<RunResult>(["run", "-", "--jobs", jobs], { input });
        return result;
      }),
    );
    expect(results[0]?.trace).toMatchObject({ compression: "xz", records: COUNT });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it("has the fields of the contract", async () => {
    const result = await json<RunResult>(["run", MATMUL]);
    assertCounters(result);
    const tlb = { policy: "lru", lookups: COUNT, hits: COUNT, misses: COUNT, missRatio: RATIO, mpki: NUMBER };
    expect(result).toMatchObject({
      schema: "pagewalk/run@1",
      version: TEXT,
      trace: TRACE,
      config: { cpu: "generic", policy: "lru", pageSize: "4K" },
      accesses: { fetch: COUNT, load: COUNT, store: COUNT, modify: COUNT },
      references: { fetch: COUNT, data: COUNT },
      tlbs: [
        { name: "L1I", entries: 128, ways: 8, ...tlb },
        { name: "L1D", entries: 64, ways: 4, ...tlb },
        { name: "STLB", entries: 1536, ways: 12, ...tlb },
      ],
      walks: {
        count: COUNT,
        references: COUNT,
        byLevel: { pml4e: COUNT, pdpte: COUNT, pde: COUNT, pte: COUNT },
        setDirty: COUNT,
      },
      psc: { pml4e: { hits: COUNT }, pdpte: { hits: COUNT }, pde: { hits: COUNT } },
      faults: { minor: COUNT, major: COUNT, protection: COUNT, generalProtection: COUNT },
      memory: { distinctPages: COUNT, pageTablePages: COUNT, evictions: COUNT, writebacks: COUNT },
      time: { seconds: NUMBER, referencesPerSecond: NUMBER },
    });
  });

  it("has no MPKI where the trace has no instructions", async () => {
    const result = await json<RunResult>(["run", "-"], { input: LOADS });
    assertCounters(result);
    expect(result.tlbs.map(({ mpki }) => mpki)).toEqual([null, null, null]);
    expect(await output(["run", "-"], { input: LOADS })).toContain("n/a");
  });

  it("is of the machine that the options describe", async () => {
    const machine = ["--l1i", "8:2", "--l1d", "6:3", "--stlb", "1.5K:full", "--psc", "pde=0,pml4e=1"];
    const result = await json<RunResult>(["run", MATMUL, ...machine, "--policy", "fifo", "--page-size", "2M"]);
    assertCounters(result);
    expect(result.config).toEqual({
      cpu: "generic",
      l1i: { entries: 8, ways: 2, sets: 4 },
      l1d: { entries: 6, ways: 3, sets: 2 },
      stlb: { entries: 1536, ways: 1536, sets: 1 },
      psc: { pde: 0, pdpte: 4, pml4e: 1 },
      policy: "fifo",
      pageSize: "2M",
    });
  });

  it("is an array, in the order of the traces, where there are several", async () => {
    const results = await json<RunResult[]>(["run", MATMUL, "-", recorded("matmul24.lk.gz")], { input: LOADS });
    for (const result of results) assertCounters(result);
    expect(results.map(({ trace }) => [trace.path, trace.compression, trace.records])).toEqual([
      [MATMUL, "xz", 311_574],
      ["-", "none", 3],
      [recorded("matmul24.lk.gz"), "gzip", 311_574],
    ]);
  });
});

describe("sweep --json", () => {
  it("has the fields of the contract", async () => {
    const sizes = ["--entries", "16,64", "--ways", "4,full", "--page-sizes", "4K,2M", "--policies", "lru,fifo"];
    const result = await json<SweepResult>(["sweep", MATMUL, ...sizes]);
    assertSweepCounters(result);
    const counts = {
      ...{ sets: COUNT, hits: COUNT, misses: COUNT, coldMisses: COUNT, capacityMisses: COUNT, conflictMisses: NUMBER },
      ...{ setDirty: COUNT, missRatio: RATIO, mpki: NUMBER },
    };
    const engineOf = (policy: string) => (policy === "lru" ? "one-pass" : "direct");
    const points = ["4K", "2M"].flatMap((pageSize) =>
      ["lru", "fifo"].flatMap((policy) =>
        [
          [16, 4],
          [16, 16],
          [64, 4],
          [64, 64],
        ].map(([entries, ways]) => ({
          pageSize,
          policy,
          index: "modulo",
          engine: engineOf(policy),
          entries,
          ways,
          ...counts,
        })),
      ),
    );
    expect(result).toMatchObject({
      schema: "pagewalk/sweep@1",
      trace: TRACE,
      stream: "data",
      references: COUNT,
      l1: [],
      lookups: ["4K", "2M"].map((pageSize) => ({ pageSize, lookups: result.references })),
      invalidations: { flushes: 0, unmaps: 0 },
      points,
      curves: ["4K", "2M"].map((pageSize) => ({
        ...{ pageSize, footprint: COUNT, coldMisses: COUNT, floorEntries: COUNT },
        knees: [
          { hitRate: 0.99, entries: COUNT },
          { hitRate: 0.999 }, // which cold misses may keep out of reach
        ],
      })),
      checkedPoints: 3,
      time: { seconds: NUMBER, referencesPerSecond: NUMBER },
    });
    for (const { misses, coldMisses, capacityMisses, conflictMisses } of result.points) {
      expect(coldMisses + capacityMisses + conflictMisses).toBe(misses);
    }
  });

  it("has second-level TLBs behind an L1, whose misses they see", async () => {
    const result = await json<SweepResult>(["sweep", MATMUL, "--stlb", "1536:12,64:full", "--stream", "all"]);
    const run = await json<RunResult>(["run", MATMUL]);
    expect(result.l1).toEqual(run.tlbs.slice(0, 2).map((tlb) => ({ ...tlb, pageSize: "4K" })));
    const [, , stlb] = plainTlbs(run);
    expect(result.lookups).toEqual([{ pageSize: "4K", lookups: stlb.lookups }]);
    expect(result.points[0]).toMatchObject({ entries: 1536, ways: 12, misses: stlb.misses });
    const text = await output(["sweep", MATMUL, "--stlb", "1536:12", "--stream", "all"]);
    expect(text).toMatch(/^L1I, 4K +128:8 lru in front: [\d,]+ of [\d,]+ lookups hit, /m);
    expect(text).toMatch(/^L1D, 4K +64:4 lru in front: /m);
    expect(text).toMatch(/^STLB lookups +[\d,]+ with 4K pages; ratios below are of these$/m);
  });

  it("has a point for every size up to the footprint where entries are auto", async () => {
    const result = await json<SweepResult>(["sweep", MATMUL, "--entries", "auto"]);
    const [curve] = result.curves;
    expect(result.points.map(({ entries }) => entries)).toEqual(
      Array.from({ length: curve?.footprint ?? 0 }, (_, index) => index + 1),
    );
    expect(result.points.at(-1)?.misses).toBe(curve?.coldMisses);
  });

  it("sees the references of the chosen stream only, which are those of a run", async () => {
    const { references } = await json<RunResult>(["run", MATMUL]);
    const expected = { data: references.data, fetch: references.fetch, all: references.data + references.fetch };
    for (const [stream, count] of Object.entries(expected)) {
      const result = await json<SweepResult>(["sweep", MATMUL, "--geometry", "64:4", "--stream", stream]);
      assertSweepCounters(result);
      expect(result).toMatchObject({ stream, references: count });
    }
  });

  it("is the same from any number of workers", async () => {
    // Large enough for workers to be started.
    const args = ["sweep", recorded("lua_bt7.lk.zst"), "--ways", "1,4,full", "--policies", "lru,fifo"];
    const results = await Promise.all(
      ["1", "2", "3"].map(async (jobs) => {
        const { time, ...result } = await json<SweepResult>([...args, "--jobs", jobs]);
        expect(time.seconds).toBeGreaterThanOrEqual(0);
        return result;
      }),
    );
    assertSweepCounters({ ...(results[0] as SweepResult) });
    expect(results[0]?.points).toHaveLength(9 * 3 * 2);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});

describe("info --json", () => {
  it("has what the trace holds", async () => {
    const result = await json<InfoResult>(["info", MATMUL]);
    expect(result).toMatchObject({
      schema: "pagewalk/info@1",
      trace: { ...TRACE, records: 311_574, instructions: 238_921, storedBytes: 83_356, bytes: COUNT },
      accesses: { fetch: 238_921, load: 53_603, store: 17_570, modify: 1_480 },
      references: { fetch: 239_058, data: 72_653 },
      footprint: [
        { pageSize: "4K", pages: 180, codePages: 90, dataPages: 90 },
        { pageSize: "2M", pages: 4, codePages: 3, dataPages: 4 },
        { pageSize: "1G", pages: 2, codePages: 2, dataPages: 2 },
      ],
      addresses: { lowest: "0x555555554000", highest: "0x7fffffffe000" },
      straddling: 137,
      nonCanonical: 0,
    });
  });
});

describe("a trace in other containers", () => {
  it.each([
    ["matmul24.native.lk.xz", "xz"],
    ["lua_bt7.lk.zst", "zstd"],
    ["ptrchase.lk.gz", "gzip"],
  ])("has the same counts as file and from standard input: %s", async (name, compression) => {
    const path = recorded(name);
    const plain = await plainBytes(path);
    const gzip = gzipSync(plain, { level: 1 });
    await writeFile(temporary("plain"), plain);
    await writeFile(temporary("gzip"), gzip);
    const results: [compression: string, result: RunResult][] = [
      [compression, await json<RunResult>(["run", path])],
      ["none", await json<RunResult>(["run", temporary("plain")])],
      ["gzip", await json<RunResult>(["run", temporary("gzip")])],
      [compression, await json<RunResult>(["run", "-"], { input: await readFile(path) })],
      ["none", await json<RunResult>(["run", "-"], { input: plain })],
      ["gzip", await json<RunResult>(["run", "-"], { input: gzip })],
      // Members of gzip may follow one another, and be cut anywhere.
      [
        "gzip",
        await json<RunResult>(["run", "-"], {
          input: Buffer.concat([gzipSync(plain.subarray(0, 12_345)), gzipSync(plain.subarray(12_345))]),
        }),
      ],
    ];
    for (const [stored, result] of results) {
      assertCounters(result);
      expect(result.trace.compression).toBe(stored);
      expect(countersOf(result)).toEqual(countersOf(results[0]?.[1] as RunResult));
    }
    expect(results.slice(3).map(([, { trace }]) => trace.path)).toEqual(["-", "-", "-", "-"]);
  });
});
