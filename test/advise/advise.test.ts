/** Advice on larger pages: that it finds what was planted, and that its counts are those of runs. */
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { type AdviseConfig, type AdviseOptions, advise, type PlanRunner } from "../../src/advise.ts";
import { convert } from "../../src/convert.ts";
import { ConfigError } from "../../src/errors.ts";
import type { Region } from "../../src/regions/region.ts";
import { adviseCsv } from "../../src/report/advise-csv.ts";
import { adviseText } from "../../src/report/advise-text.ts";
import type { AdvisedPlan, AdviseResult } from "../../src/report/advising.ts";
import { percent } from "../../src/report/format.ts";
import type { Progress } from "../../src/report/progress.ts";
import type { RunResult } from "../../src/report/results.ts";
import { plainTlbs } from "../../src/report/tlb-levels.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { failure, json, output, temporaryFolder } from "../cli/pagewalk.ts";
import { bundled, recordedTraces } from "../helpers/traces.ts";
import { assertCounters } from "../reference/assert-counters.ts";
import { hashJoin } from "./hash-join.ts";

vi.setConfig({ testTimeout: 60_000 });

const MiB = 2 ** 20;
const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const JOIN = hashJoin();
const JOIN_BYTES = new TextEncoder().encode(JOIN.text);
const openJoin = () => openTrace(JOIN_BYTES);

function planNamed({ plans }: AdviseResult, name: string): AdvisedPlan {
  const plan = plans.find((each) => each.name === name);
  if (plan === undefined) throw new Error(`no plan ${name} among ${plans.map((each) => each.name).join()}`);
  return plan;
}

/** What of `plan` a run counts as well. */
function countsOf({ l1Misses, stlbMisses, walkReferences, minorFaults, mappedBytes }: AdvisedPlan, huge: boolean) {
  return { l1Misses, stlbMisses, walkReferences, minorFaults, ...(huge ? { mappedBytes } : {}) };
}

function countsOfRun({ tlbs, walks, faults, memory }: RunResult) {
  const [l1i, l1d, stlb] = plainTlbs({ tlbs });
  return {
    l1Misses: l1i.misses + l1d.misses,
    stlbMisses: stlb.misses,
    walkReferences: walks.references,
    minorFaults: faults.minor,
    ...(memory.mappedBytes === undefined ? {} : { mappedBytes: memory.mappedBytes }),
  };
}

/** Every plan of `result`, counted anew. */
async function expectRuns(result: AdviseResult, config: AdviseConfig, maps?: readonly Region[]): Promise<void> {
  for (const plan of result.plans) {
    const run = await simulate(await openJoin(), { ...config, ...plan.options }, { maps });
    assertCounters(run);
    const isMixed = plan.options.huge !== undefined || plan.options.pageSize === "thp";
    expect(countsOf(plan, isMixed), plan.name).toEqual(countsOfRun(run));
    if (!isMixed) expect(plan.mappedBytes, plan.name).toBe(run.memory.distinctPages * 4096);
  }
}

/** `regions` as NAME.regions.json has them. */
function rowsOf(regions: readonly Region[]): object[] {
  const hex = (address: bigint) => `0x${address.toString(16)}`;
  return regions.map(({ start, end, permissions, name, file }) => {
    return { start: hex(start), end: hex(end), perm: permissions, name, file, from_record: 0 };
  });
}

/** Advice on records of one access each, of `kind` to `pages`. */
function adviceOn(pages: Iterable<bigint>, options: AdviseOptions, config: AdviseConfig = {}): Promise<AdviseResult> {
  const lines = Array.from(pages, (page) => ` S ${(page << 12n).toString(16)},8`);
  const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
  return advise(() => openTrace(bytes), config, options);
}

function anonymous(start: bigint, bytes: bigint): Region {
  return {
    start,
    end: start + bytes,
    permissions: "rw-",
    name: "mmap anon",
    file: null,
    fromRecord: 0,
    toRecord: null,
  };
}

describe("advise() on a hash join over 40 MB", () => {
  it("has the heap put on 2 MiB pages, which takes nearly all walks away and hardly more memory", async () => {
    const result = await advise(openJoin, {}, { maps: JOIN.regions });
    expect(result.verdict).toMatchObject({ reason: "gain", recommended: ["heap (brk) on 2M"], together: null });
    const [base, plan] = [planNamed(result, "4K"), planNamed(result, "heap (brk) on 2M")];
    expect(plan.regions).toEqual([{ name: "heap (brk)", kind: "heap", pageSize: "2M" }]);
    expect(plan.options).toEqual({ huge: "heap (brk)" });
    expect(plan.savedShare).toBeGreaterThan(0.95);
    expect(plan.savedWalkReferences).toBe(base.walkReferences - plan.walkReferences);
    expect(plan.mappedBytes).toBeLessThanOrEqual(base.mappedBytes + 2 * MiB);
    expect(plan.isWasteful).toBe(false);
    expect(result.regions.rows[0]).toMatchObject({ name: "heap (brk)", kind: "heap", bytes: JOIN.heapBytes });
    expect(result.regions.source).toBe("maps");
  });

  it("predicts what runs with these mappings count, on any machine", async () => {
    for (const config of [
      {},
      { cpu: "generic", l1d: { entries: 16, ways: 4 }, stlb: "64:4", policy: "fifo" },
    ] as const) {
      const result = await advise(openJoin, config, { maps: JOIN.regions });
      expect(result.plans.map(({ name }) => name)).toEqual(expect.arrayContaining(["4K", "thp", "heap (brk) on 2M"]));
      await expectRuns(result, config, JOIN.regions);
    }
  });

  it("finds it without mappings, by what the trace touches", async () => {
    const result = await advise(openJoin);
    expect(result.regions.source).toBe("inferred");
    expect(result.verdict.reason).toBe("gain");
    const [name = ""] = result.verdict.recommended;
    const plan = planNamed(result, name);
    expect(plan.regions[0]?.kind).toBe("heap");
    expect(plan.options.huge).toBe("0x600000-0x2e00000"); // the first 2 MiB have code as well
    expect(plan.savedShare).toBeGreaterThan(0.95);
    await expectRuns(result, {});
  });

  it("says of each region what it costs, and of all what the run costs", async () => {
    for (const maps of [JOIN.regions, undefined]) {
      const { regions, plans } = await advise(openJoin, {}, { maps });
      const base = plans.find(({ name }) => name === "4K");
      for (const count of ["l1Misses", "stlbMisses", "walkReferences"] as const) {
        expect(
          regions.rows.reduce((sum, row) => sum + row[count], 0),
          count,
        ).toBe(base?.[count]);
      }
      expect(regions.rows.reduce((sum, row) => sum + row.walkReferenceShare, 0)).toBeCloseTo(1, 9);
    }
  });

  it("prints what to do first, and commands that print the same counts", async () => {
    const path = folder("a join's.lk");
    const maps = folder("join.json");
    await writeFile(path, JOIN_BYTES);
    await writeFile(maps, JSON.stringify({ regions: rowsOf(JOIN.regions) }));
    const args = ["advise", path, "--maps", maps, "--stlb", "512:8", "--limit", "300000"];
    const result = await json<AdviseResult>(args);
    expect(result.schema).toBe("pagewalk/advise@1");
    expect(result.trace.records).toBeLessThanOrEqual(300_000);
    for (const plan of result.plans) {
      const script = `pagewalk() { "$NODE" "$CLI" "$@"; }; ${plan.command} --json`;
      const { stdout, stderr } = spawnSync("sh", ["-c", script], {
        encoding: "utf8",
        env: { ...process.env, NODE: process.execPath, CLI },
      });
      expect(stderr, plan.command).toBe("");
      const isMixed = plan.options.huge !== undefined || plan.options.pageSize === "thp";
      expect(countsOf(plan, isMixed), plan.command).toEqual(countsOfRun(JSON.parse(stdout)));
    }
    const text = await output(args);
    expect(text).toMatch(/^Put heap \(brk\) on 2M pages: \d+\.\d+% of the walk references go/);
    expect(text).toContain(`${percent(planNamed(result, "heap (brk) on 2M").savedShare)} fewer`);
    expect(text.indexOf("GLIBC_TUNABLES=glibc.malloc.hugetlb=1")).toBeLessThan(text.indexOf("Who misses"));
    for (const plan of result.plans) {
      expect(text).toContain(plan.command);
      expect(text).toContain(plan.walkReferences.toLocaleString("en-US"));
    }
    const csv = await output([...args, "--csv"]);
    expect(csv).toBe(adviseCsv([result]));
    expect(csv.split("\n")).toHaveLength(result.plans.length + 2);
  });

  it("takes the regions that were recorded with the trace, as --maps recorded does", async () => {
    const path = folder("join.pwt");
    const small = hashJoin(10_000);
    const lines = await openTrace(new TextEncoder().encode(small.text));
    const metadata = async () => [{ recording: { regions: rowsOf(small.regions) } }];
    await writeFile(path, convert(lines, { to: "pwt", metadata }));
    const result = await json<AdviseResult>(["advise", path, "--stlb", "64:4"]);
    expect(result.regions.source).toBe("recorded");
    expect(result.verdict.recommended).toEqual(["heap (brk) on 2M"]);
    const plan = planNamed(result, "heap (brk) on 2M");
    expect(plan.command).toBe(`pagewalk run ${path} --stlb 64:4 --maps recorded --huge 'heap (brk)'`);
    const run = ["run", path, "--stlb", "64:4", "--huge", "heap (brk)", "--maps"];
    const counted = countsOfRun(await json<RunResult>([...run, "recorded"]));
    expect(counted).toEqual(countsOf(plan, true));
    const maps = folder("small.json");
    await writeFile(maps, JSON.stringify({ regions: rowsOf(small.regions) }));
    expect(countsOfRun(await json<RunResult>([...run, maps]))).toEqual(counted);
    const { regions: _, ...others } = await json<AdviseResult>([
      "advise",
      path,
      "--stlb",
      "64:4",
      "--maps",
      "recorded",
    ]);
    expect(others).toMatchObject({ plans: result.plans, verdict: result.verdict });
    expect(await failure(2, ["run", bundled("matmul24.lk.gz"), "--maps", "recorded"])).toContain(
      "--maps: got recorded; allowed: a file: none were recorded with",
    );
  });

  it.skipIf(!recordedTraces().some(({ name }) => name === "hashjoin_large"))(
    "finds it in a recorded one",
    async () => {
      const path = recordedTraces().find(({ name }) => name === "hashjoin_large")?.path ?? "";
      const result = await advise(() => openTrace(path));
      expect(result.verdict.reason).toBe("gain");
      const plan = planNamed(result, result.verdict.recommended[0] ?? "");
      expect(plan.regions[0]?.kind).toBe("anonymous");
      expect(plan.savedShare).toBeGreaterThan(0.99);
      expect(plan.bloatBytes).toBeLessThan(4 * MiB);
    },
    300_000,
  );
});

const folder = temporaryFolder();

describe("advise()", () => {
  it("says that there is nothing to gain where nearly all misses are first touches", async () => {
    const result = await advise(() => openTrace(bundled("matmul24.lk.gz")));
    expect(result.verdict).toMatchObject({ reason: "few-misses", recommended: [], together: null });
    expect(adviseText(result)).toMatch(/^Nothing to gain: the STLB misses 0\.\d+ per 1,000 instructions/);
  });

  it("recommends nothing where each page lies alone, so that large ones save nothing and waste much", async () => {
    const apart = 1n << 18n; // 1 GiB
    const pages = Array.from({ length: 8 * 64 }, (_, index) => BigInt(index % 64) * apart);
    const region = anonymous(1n << 40n, 64n << 30n);
    const shifted = pages.map((page) => page + (1n << 28n));
    const result = await adviceOn(shifted, { maps: [region] }, { l1d: "4:4", stlb: "16:4" });
    expect(result.verdict).toMatchObject({ reason: "no-remedy", recommended: [] });
    expect(adviseText(result)).toMatch(/^No larger pages help: /);
    for (const [name, pageBytes] of [
      ["2M", 2 * MiB],
      ["1G", 1024 * MiB],
    ] as const) {
      const plan = planNamed(result, `mmap anon on ${name}`);
      expect(plan.mappedBytes).toBe(64 * pageBytes);
      expect(plan.bloatBytes).toBe(64 * (pageBytes - 4096));
      expect(plan.isWasteful).toBe(true);
    }
  });

  it("has plans for 1 GiB only where an aligned one lies in one mapping", async () => {
    const pages = Array.from({ length: 4096 }, (_, index) => (1n << 28n) + BigInt((index * 7919) % 4096) * 64n);
    const names = async (region: Region) =>
      (await adviceOn(pages, { maps: [region] }, { stlb: "16:4" })).plans.map(({ name }) => name);
    expect(await names(anonymous(1n << 40n, 1n << 30n))).toContain("mmap anon on 1G");
    expect(await names(anonymous((1n << 40n) - 4096n, 1n << 30n))).not.toContain("mmap anon on 1G");
  });

  it("has no plan for a region that has no room for a large page, nor for one that costs nothing", async () => {
    const pages = Array.from({ length: 4000 }, (_, index) => 0x40000n + BigInt((index * 79) % 256));
    const small = { ...anonymous(0x40000n << 12n, 1n << 20n), name: "heap (brk)" };
    const idle = { ...anonymous(1n << 40n, 1n << 30n), name: "file idle" };
    const result = await adviceOn(pages, { maps: [small, idle] }, { stlb: "16:4", l1d: "4:4" });
    expect(result.plans.map(({ name }) => name).toSorted()).toEqual(["4K", "thp"]);
    expect(result.regions.rows).toMatchObject([{ name: "heap (brk)", largestPage: "4K", walkReferenceShare: 1 }]);
    expect(result.verdict.reason).toBe("no-remedy");
  });

  it("means a region that is called so alone, though the names of others begin alike", async () => {
    const pages = Array.from({ length: 8192 }, (_, index) => (1n << 28n) + BigInt((index * 7919) % 8192));
    const [one, other] = [0n, 1n].map((number) => anonymous((1n << 40n) + number * (16n << 20n), 16n << 20n));
    if (one === undefined || other === undefined) throw new Error("two regions");
    const maps = [
      { ...one, name: "exe sort" },
      { ...other, name: "exe sort400" },
    ];
    const result = await adviceOn([...pages, ...pages], { maps }, { stlb: "64:4" });
    expect(planNamed(result, "exe sort on 2M").options).toEqual({ huge: "exe sort" });
    expect(planNamed(result, "exe sort on 2M").minorFaults).toBe(4096 + 8);
  });

  it("tells regions of several names together", async () => {
    const two = (index: number) => (index % 2 === 0 ? 1n << 28n : 1n << 29n);
    const pages = Array.from({ length: 20_000 }, (_, index) => two(index) + BigInt(((index >> 1) * 7919) % 4096));
    const other = { ...anonymous(1n << 41n, 16n << 20n), name: "file data, old=1G", file: "/data" };
    const maps = [anonymous(1n << 40n, 16n << 20n), other];
    const result = await adviceOn(pages, { maps }, { stlb: "64:4" });
    expect(result.verdict.recommended.toSorted()).toEqual(["file data, old=1G on 2M", "mmap anon on 2M"]);
    const together = planNamed(result, result.verdict.together ?? "");
    expect(together.regions).toHaveLength(2);
    // A name that a list of names cannot have stands there by its addresses.
    expect(together.options.huge?.split(",").toSorted()).toEqual(["0x20000000000-0x20001000000", "mmap anon"]);
    for (const name of result.verdict.recommended) {
      expect(together.savedWalkReferences).toBeGreaterThan(planNamed(result, name).savedWalkReferences);
    }
  });

  it("looks at as many regions as it is to", async () => {
    const plans = async (top: number) =>
      (await advise(openJoin, { stlb: "64:4" }, { top })).plans.map(({ name }) => name);
    const [one, all] = [await plans(1), await plans(8)];
    expect(one).toHaveLength(3);
    expect(all.length).toBeGreaterThan(one.length);
    expect(all).toEqual(expect.arrayContaining(one));
  });

  it("tells of accesses that the mappings do not allow", async () => {
    const pages = Array.from({ length: 100 }, (_, index) => BigInt(0x1000 + index));
    const result = await adviceOn(pages, { maps: [anonymous(0x1000n << 12n, 90n << 12n)] });
    expect(result.regions.forbidden).toBe(10);
    expect(adviseText(result)).toContain("10 accesses are not allowed by the mappings");
  });

  it("has others simulate, several plans at once, and tells how far all are", async () => {
    let [running, most] = [0, 0];
    const runner = (): PlanRunner => ({
      run: async (config, options) => {
        most = Math.max(most, ++running);
        try {
          return await simulate(await openJoin(), config, options);
        } finally {
          running--;
        }
      },
    });
    const seen: Progress[] = [];
    const options = {
      maps: JOIN.regions,
      runners: [runner(), runner()],
      onProgress: (one: Progress) => seen.push(one),
    };
    const result = await advise(openJoin, {}, options);
    expect(most).toBe(2);
    const { time: _, ...counts } = result;
    const { time: __, ...here } = await advise(openJoin, {}, { maps: JOIN.regions });
    expect(counts).toEqual(here);
    expect(seen.some(({ storedBytes }) => storedBytes === 2 * JOIN_BYTES.length)).toBe(true);
    for (const { consumedBytes, storedBytes } of seen) expect(consumedBytes).toBeLessThanOrEqual(storedBytes ?? 0);
  });

  it("ends all runs when one fails, or the caller wants no more", async () => {
    const failing: PlanRunner = { run: () => Promise.reject(new Error("out of luck")) };
    let ended = false;
    const waiting: PlanRunner = {
      run: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => {
            ended = true;
            reject(signal.reason);
          });
        }),
    };
    const options = { maps: JOIN.regions, runners: [waiting, failing] };
    await expect(advise(openJoin, {}, options)).rejects.toThrow("out of luck");
    expect(ended).toBe(true);
    const reason = new Error("enough");
    await expect(advise(openJoin, {}, { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("refuses options that its plans set", async () => {
    await expect(advise(openJoin, { pageSize: "2M" } as AdviseConfig)).rejects.toThrow(ConfigError);
    await expect(advise(openJoin, { huge: "heap" } as AdviseConfig)).rejects.toThrow(ConfigError);
    await expect(advise(openJoin, {}, { top: 0 })).rejects.toThrow("top");
  });
});

describe("pagewalk advise", () => {
  const trace = bundled("matmul24.lk.gz");

  it.each([
    ["a trace on standard input", ["-"], "can be read once: write it into a file first"],
    ["a pipe", ["/dev/stdin"], "can be read once: write it into a file first"],
    ["a program", ["--", "ls"], "record the program first"],
    ["separate threads", [trace, "--threads", "separate"], "--threads separate"],
    ["a page size", [trace, "--page-size", "2M"], "unknown option '--page-size'"],
    ["no regions at all", [trace, "--top", "0"], "--top: got 0; allowed: 1 to 64"],
    ["mappings that were not recorded", [trace, "--maps", "recorded"], "--maps: got recorded; allowed: a file"],
  ])("refuses %s", async (_, args, message) => {
    expect(await failure(2, ["advise", ...args])).toContain(message);
  });

  it("says what is wrong with a trace that is none", async () => {
    expect(await failure(1, ["advise", `${trace}.not-there`])).toContain("matmul24.lk.gz.not-there");
  });
});
