import { readdir, readFile, writeFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import type { InfoResult, RunResult, SweepResult } from "../../src/report/results.ts";
import { assertCounters, assertSweepCounters } from "../reference/assert-counters.ts";
import { failure, finished, json, output, pagewalk, recorded, start, temporaryFolder } from "./pagewalk.ts";

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
  it("has the fields of the contract", async () => {
    const result = await json<RunResult>(["run", MATMUL]);
    assertCounters(result);
    const tlb = { policy: "lru", lookups: COUNT, hits: COUNT, misses: COUNT, missRatio: RATIO, mpki: NUMBER };
    expect(result).toMatchObject({
      schema: "pagewalk/run@1",
      version: TEXT,
      trace: TRACE,
      config: { cpu: "skylake", policy: "lru", pageSize: "4K" },
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
      cpu: "skylake",
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
    const counts = { sets: COUNT, hits: COUNT, misses: COUNT, coldMisses: COUNT, missRatio: RATIO };
    const points = ["4K", "2M"].flatMap((pageSize) =>
      ["lru", "fifo"].flatMap((policy) =>
        [
          [16, 4],
          [16, 16],
          [64, 4],
          [64, 64],
        ].map(([entries, ways]) => ({ pageSize, policy, entries, ways, ...counts })),
      ),
    );
    expect(result).toMatchObject({
      schema: "pagewalk/sweep@1",
      trace: TRACE,
      stream: "data",
      references: COUNT,
      points,
    });
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

describe("--csv", () => {
  it("has the numbers of the JSON, a row for each TLB", async () => {
    const { tlbs } = await json<RunResult>(["run", MATMUL]);
    const rows = parseCsv(await output(["run", MATMUL, "--csv"]));
    expect(rows).toMatchObject(
      tlbs.map((tlb) => ({
        trace: MATMUL,
        tlb: tlb.name,
        lookups: String(tlb.lookups),
        misses: String(tlb.misses),
        missRatio: String(tlb.missRatio),
        mpki: String(tlb.mpki),
      })),
    );
  });

  it("has the numbers of the JSON, a row for each point", async () => {
    const { points } = await json<SweepResult>(["sweep", MATMUL]);
    const rows = parseCsv(await output(["sweep", MATMUL, "--csv"]));
    expect(rows).toMatchObject(
      points.map(({ entries, ways, misses }) => ({
        entries: String(entries),
        ways: String(ways),
        misses: String(misses),
      })),
    );
  });

  it("can be parsed whatever the name of the trace, and has one header for several", async () => {
    const path = temporary('a "b", c.lk');
    await writeFile(path, LOADS);
    const rows = parseCsv(await output(["info", path, MATMUL, "--csv"]));
    expect(rows).toMatchObject([
      { trace: path, records: "3", instructions: "0", pages4K: "2" },
      { trace: MATMUL, records: "311574", pages4K: "180" },
    ]);
  });
});

describe("text", () => {
  it.each(["run", "sweep", "info"])("of %s shows the counts of the JSON", async (command) => {
    const result = await json<object>([command, MATMUL]);
    const text = await output([command, MATMUL]);
    const { time: _, ...counted } = result as { time: unknown };
    const exempt = new Set(["sets", "hits", "ways", "entries"]); // a sweep prints misses, and ratios as percent
    for (const [path, count] of countsIn(counted)) {
      if (command === "sweep" && exempt.has(path.split(".").at(-1) ?? "")) continue;
      if (/\.bytes$|\.storedBytes$|^config\./.test(path)) continue; // printed as 5.4 MiB, and as 64:4
      expect(text, path).toMatch(new RegExp(`(?<![\\d,.])${count.toLocaleString("en-US")}(?![\\d,])`));
    }
    expect(text).toContain(MATMUL);
  });

  it("is the same with NO_COLOR, with FORCE_COLOR and without, and has no escape sequences", async () => {
    const texts = await Promise.all(
      [{}, { NO_COLOR: "1" }, { FORCE_COLOR: "1" }].map((env) => output(["sweep", MATMUL], { env })),
    );
    const [first, ...others] = texts.map((text) => text.replace(/^time .*$/m, ""));
    for (const text of others) expect(text).toBe(first);
    expect(first).not.toContain("\x1b");
  });

  it("has only ASCII with --ascii", async () => {
    expect(await output(["sweep", MATMUL, "--ascii"])).toMatch(/^[\n -~]*$/);
  });
});

describe("--output", () => {
  it("writes to the file what else goes to standard output", async () => {
    const path = temporary("out.csv");
    expect(await output(["sweep", MATMUL, "--csv", "-o", path])).toBe("");
    expect(await readFile(path, "utf8")).toBe(await output(["sweep", MATMUL, "--csv", "-o", "-"]));
  });

  it("leaves the old file, and nothing beside it, when the trace is bad", async () => {
    const path = temporary("old.json");
    await writeFile(path, "old");
    const before = await readdir(temporary("."));
    await failure(1, ["run", MATMUL, "-", "--json", "-o", path], { input: `${LOADS} L 1000,0\n` });
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(temporary("."))).toEqual(before);
  });

  it("fails before the trace is read where there is no such folder", async () => {
    const path = temporary("no/such.json");
    const child = start(["run", "-", "-o", path]); // a trace that never comes
    const { status, stderr } = await finished(child);
    expect(stderr).toBe(`pagewalk: ${path}: cannot be written: ENOENT: no such file or directory\n`);
    expect(status).toBe(1);
  });

  it("does not replace a trace by its result", async () => {
    const path = temporary("precious.lk");
    await writeFile(path, LOADS);
    const message = await failure(1, ["run", path, "-o", temporary("./precious.lk")]);
    expect(message).toContain("it is a trace that is to be read");
    expect(await readFile(path, "utf8")).toBe(LOADS);
  });
});

describe("a reader that closes the pipe", () => {
  it.each([
    ["a result", ["run", MATMUL]],
    ["more than a pipe holds", ["sweep", MATMUL, "--json", "--geometry", range(1, 800)]],
    ["help", ["run", "--help"]],
  ])("ends the process without a word and with status 0: %s", async (_, args) => {
    const child = start(args);
    child.stdin.end();
    child.stdout.destroy();
    const { status, stderr } = await finished(child);
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });
});

it("says nothing on standard error with --quiet, either", async () => {
  expect(await pagewalk(["info", MATMUL, "--quiet"])).toMatchObject({ status: 0, stderr: "" });
});

function range(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).join(",");
}

/** Rows of a CSV text (RFC 4180) as objects. */
function parseCsv(text: string): Record<string, string>[] {
  const cells = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n"]*))([,\n])/g)];
  const lines: string[][] = [[]];
  for (const [, quoted, bare, end] of cells) {
    lines.at(-1)?.push(quoted === undefined ? (bare ?? "") : quoted.replaceAll('""', '"'));
    if (end === "\n") lines.push([]);
  }
  expect(lines.pop(), "the text ends with a newline").toEqual([]);
  const [head = [], ...rows] = lines;
  return rows.map((row) => {
    expect(row).toHaveLength(head.length);
    return Object.fromEntries(head.map((name, column) => [name, row[column] ?? ""]));
  });
}

/** All whole numbers in a tree of objects and arrays, with their paths. */
function countsIn(value: unknown, path = ""): [path: string, count: number][] {
  if (typeof value === "number") return Number.isInteger(value) ? [[path, value]] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => countsIn(member, path === "" ? key : `${path}.${key}`));
}
