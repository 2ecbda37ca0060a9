/** Replacement policies of a user's own: as classes, and as modules of WebAssembly. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import Bip from "../../examples/policy/bip.mjs";
import type { CpuDescription } from "../../src/config/cpus/description.ts";
import type { OwnPolicy, PolicyChoices, ReplacementPolicy } from "../../src/config/own-policy.ts";
import { resolve } from "../../src/config/resolve.ts";
import type { Config } from "../../src/config/types.ts";
import { ConfigError, KernelError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import type { RunResult } from "../../src/report/results.ts";
import { runText } from "../../src/report/text.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";

const LUA = fileURLToPath(new URL("../traces/lua_bt7.lk.zst", import.meta.url));
const BIP_SOURCE = readFileSync(new URL("../../examples/policy/assembly/bip.ts", import.meta.url), "utf8");

/** The module that asc makes of `source`, as the example's README has it made. */
async function compiled(source: string): Promise<Uint8Array> {
  const { error, binary, stderr } = await asc.compileString(source, { optimizeLevel: 3, runtime: "stub" });
  if (error !== null || binary === null) throw new Error(stderr.toString());
  return binary;
}

/** Tree-PLRU as a user would write it: bits[n] leads to the half of node n that was used longer ago. */
class TreePlru implements ReplacementPolicy {
  readonly idempotent: boolean = true;
  #ways = 0;
  #trees: number[][] = [];

  configure(sets: number, ways: number): void {
    if (!Number.isInteger(Math.log2(ways))) throw new RangeError("ways must be a power of two");
    this.#ways = ways;
    this.#trees = Array.from({ length: sets }, () => Array<number>(2 * ways).fill(0));
  }

  touch(set: number, way: number): void {
    const tree = this.#trees[set] as number[];
    for (let node = this.#ways + way; node > 1; node >>= 1) tree[node >> 1] = node % 2 === 0 ? 1 : 0;
  }

  fill(set: number, way: number): void {
    this.touch(set, way);
  }

  victim(set: number): number {
    let node = 1;
    while (node < this.#ways) node = 2 * node + (this.#trees[set]?.[node] ?? 0);
    return node - this.#ways;
  }
}

/** The same, told of every access. */
class ToldTreePlru extends TreePlru {
  override readonly idempotent = false;
}

/** LRU by times, which holds whoever calls it to the contract. */
class StrictLru implements ReplacementPolicy {
  static invalidations = 0;
  #sets: Map<number, number>[] = [];
  #pages: Map<number, number>[] = [];
  #ways = 0;
  #time = 0;
  /** The victim that must be filled next: of which set, and which way. */
  #due: [set: number, way: number] | null = null;

  configure(sets: number, ways: number): void {
    expect(this.#sets.length).toBe(0);
    this.#ways = ways;
    this.#sets = Array.from({ length: sets }, () => new Map());
    this.#pages = Array.from({ length: sets }, () => new Map());
  }

  touch(set: number, way: number): void {
    expect(this.#due).toBeNull();
    expect(this.#sets[set]?.has(way)).toBe(true);
    this.#sets[set]?.set(way, this.#time++);
  }

  fill(set: number, way: number, page: number): void {
    const [valid, pages] = [this.#sets[set] as Map<number, number>, this.#pages[set] as Map<number, number>];
    if (this.#due !== null) expect([set, way]).toEqual(this.#due);
    else {
      // The first that is not valid.
      expect(valid.has(way)).toBe(false);
      for (let before = 0; before < way; before++) expect(valid.has(before)).toBe(true);
    }
    this.#due = null;
    pages.delete(way);
    expect(Number.isInteger(page) && page >= 0 && page < 2 ** 52).toBe(true);
    expect([...pages.values()]).not.toContain(page);
    expect(page % this.#sets.length).toBe(set);
    pages.set(way, page);
    valid.set(way, this.#time++);
  }

  victim(set: number): number {
    const valid = this.#sets[set] as Map<number, number>;
    expect(valid.size).toBe(this.#ways);
    const [[way] = [-1]] = [...valid].sort(([, one], [, other]) => one - other);
    this.#due = [set, way];
    return way;
  }

  invalidate(set: number, way: number): void {
    StrictLru.invalidations++;
    expect(this.#sets[set]?.delete(way)).toBe(true);
    this.#pages[set]?.delete(way);
  }
}

const GEOMETRIES = { l1i: "4:2", l1d: "8:4", stlb: "16:8" };

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function run(trace: string | Uint8Array, config: Config): Promise<RunResult> {
  return simulate(await openTrace(trace), config);
}

/** All that is counted. */
function countsOf({ tlbs, walks, faults, references, psc, os }: RunResult) {
  const ofTlbs = tlbs.map(({ name, lookups, hits, misses }) => ({ name, lookups, hits, misses }));
  return { tlbs: ofTlbs, walks, faults, references, psc, os };
}

describe.each(BUILDS)("a policy of one's own ($name)", ({ module }) => {
  it("counts as the built-in one that it is written after, told of every access or not", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(randomRecords, async (records) => {
        const trace = bytesOf(lackeyText(records));
        const builtIn = countsOf(await run(trace, { ...GEOMETRIES, policy: { "*": "tree-plru" } }));
        for (const policy of [TreePlru, ToldTreePlru]) {
          expect(countsOf(await run(trace, { ...GEOMETRIES, policy }))).toEqual(builtIn);
        }
      }),
      { seed: 30, numRuns: 12 },
    );
  });

  it("is called as its contract says, and told of what becomes invalid", async () => {
    provideKernelModule(module);
    StrictLru.invalidations = 0;
    await fc.assert(
      fc.asyncProperty(
        randomRecords,
        fc.constantFrom({}, { switchEvery: 40, pcid: "off" } as const),
        async (records, os) => {
          const trace = bytesOf(lackeyText(records));
          const config = { ...GEOMETRIES, ...os };
          const builtIn = countsOf(await run(trace, { ...config, policy: { "*": "lru" } }));
          expect(countsOf(await run(trace, { ...config, policy: StrictLru }))).toEqual(builtIn);
        },
      ),
      { seed: 31, numRuns: 16 },
    );
    expect(StrictLru.invalidations).toBeGreaterThan(100);
  });
});

describe("as WebAssembly", () => {
  let bip: Uint8Array;
  let bad: Uint8Array;
  beforeAll(async () => {
    bip = await compiled(BIP_SOURCE);
    // What it does wrong depends on the ways.
    bad = await compiled(`
      const ways = new StaticArray<i32>(64);
      export function configure(array: i32, sets: i32, w: i32): void { ways[array] = w; if (w == 16) throw new Error("no"); }
      export function touch(array: i32, set: i32, way: i32): void { if (ways[array] == 8) unreachable(); }
      export function fill(array: i32, set: i32, way: i32, page: f64): void {}
      export function victim(array: i32, set: i32): i32 { return ways[array] == 4 ? 1000 : ways[array] == 2 ? i32.MIN_VALUE : 0; }
    `);
  }, 60_000);

  it("the example counts what the example as a class counts, in one TLB, in all, and beside others", async () => {
    const wasm = { name: "bip", wasm: bip };
    const small = { l1d: "16:4", stlb: "64:4" };
    const mixed = (one: OwnPolicy, other: OwnPolicy): PolicyChoices => ({ l1d: one, stlb: other, l1i: "nru" });
    const expected = countsOf(await run(LUA, { ...small, policy: Bip }));
    expect(countsOf(await run(LUA, { ...small, policy: wasm }))).toEqual(expected);
    const beside = countsOf(await run(LUA, { ...small, policy: mixed(Bip, Bip) }));
    expect(beside).not.toEqual(expected);
    for (const policy of [mixed(wasm, wasm), mixed(Bip, wasm), mixed(wasm, Bip), mixed(wasm, { ...wasm })]) {
      expect(countsOf(await run(LUA, { ...small, policy }))).toEqual(beside);
    }
    expect(countsOf(await run(LUA, small))).not.toEqual(expected);
  });

  it.each([
    ["4:4", "policy bad of L1D: victim() of set 0 returned 1000; expected a way, 0 to 3"],
    ["2:2", "policy bad of L1D: victim() of set 0 returned -2147483648; expected a way, 0 to 1"],
    ["8:8", "policy bad of L1D: touch() of set 0 failed: unreachable"],
  ])("what it does wrong in %s ends the run", async (l1d, message) => {
    const records = Array.from({ length: 40 }, (_, n) => ` L ${(n % 9) * 4096},8\n L ${(n % 9) * 4096},8\n`).join("");
    for (const policy of [{ l1d: { name: "bad", wasm: bad } }, { l1d: { name: "bad", wasm: bad }, stlb: TreePlru }]) {
      const done = run(bytesOf(records), { l1d, stlb: "64:4", policy });
      await expect(done).rejects.toThrow(KernelError);
      await expect(done).rejects.toThrow(message);
    }
  });

  it("is refused where it cannot be loaded, or is no policy", async () => {
    const trace = bytesOf(" L 1000,8\n");
    const refused = async (policy: OwnPolicy, message: string, l1d = "64:4") => {
      const done = run(trace, { policy: { l1d: policy }, l1d });
      await expect(done).rejects.toThrow(ConfigError);
      await expect(done).rejects.toThrow(message);
    };
    await refused({ name: "junk", wasm: bytesOf("junk") }, "policy junk of L1D, which cannot be loaded");
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    await refused({ name: "empty", wasm: empty }, "policy empty of L1D without configure()");
    await refused({ name: "bad", wasm: bad }, "policy bad of L1D, which failed: it was aborted", "64:16");
    const otherTypes = await compiled(`
      export function configure(array: i32, sets: i32, ways: i32): void {}
      export function touch(array: i32, set: i32, way: i32): void {}
      export function fill(array: i32, set: i32, way: i32, page: i64): void {}
      export function victim(array: i32, set: i32): i32 { return 0; }
    `);
    await refused({ name: "other", wasm: otherTypes }, "a module that does not fit");
  }, 30_000);
});

describe("what a class does wrong", () => {
  const records = bytesOf(Array.from({ length: 40 }, (_, n) => ` L ${(n % 9).toString(16)}000,8\n`).join(""));
  const withVictim = (victim: () => unknown) => {
    return class Bad extends ToldTreePlru {
      override victim(): number {
        return victim() as number;
      }
    };
  };

  it.each<[string, () => unknown]>([
    ["undefined", () => undefined],
    ["NaN", () => Number.NaN],
    ["Infinity", () => Number.POSITIVE_INFINITY],
    ["1.5", () => 1.5],
    ["-1", () => -1],
    ["4", () => 4],
    ["-2147483648", () => -(2 ** 31)],
    ["4294967296", () => 2 ** 32],
    ["a string", () => "1"],
    ["a bigint", () => 1n],
    ["an object", () => []],
  ])("is told: a victim of %s", async (got, victim) => {
    const done = run(records, { l1d: "4:4", policy: { l1d: withVictim(victim) } });
    await expect(done).rejects.toThrow(KernelError);
    await expect(done).rejects.toThrow(`policy Bad of L1D: victim() of set 0 returned ${got}; expected a way, 0 to 3`);
  });

  it("is told: what it throws, with the call, the array and the set", async () => {
    class Throws extends ToldTreePlru {
      override fill(set: number, way: number): void {
        if (set === 1) throw new Error(`no ${way}`);
        super.fill(set, way);
      }
    }
    const done = run(records, { l1d: "8:4", policy: { l1d: Throws } });
    await expect(done).rejects.toThrow("policy Throws of L1D: fill() of set 1 failed: no 0");
    const cpu: CpuDescription = {
      schema: "pagewalk/cpu@1",
      title: "two arrays",
      pageSizes: ["4K", "2M"],
      tlbs: [
        {
          name: "L1",
          level: 1,
          kinds: ["fetch", "load", "store"],
          arrays: [
            { holds: ["2M"], entries: 4, ways: 4 },
            { holds: ["4K"], entries: 8, ways: 4 },
          ],
        },
      ],
    };
    await expect(run(records, { cpu, policy: Throws })).rejects.toThrow("policy Throws of L1 (4K): fill() of set 1");
  });

  it("is told before anything runs where that can be", async () => {
    class NoTouch {
      configure(): void {}
      fill(): void {}
      victim(): number {
        return 0;
      }
    }
    const refused = async (policy: unknown, message: string) => {
      const done = run(records, { policy } as Config);
      await expect(done).rejects.toThrow(ConfigError);
      await expect(done).rejects.toThrow(message);
    };
    await refused(NoTouch, "policy NoTouch of L1I without touch()");
    await refused(new TreePlru(), "one object as policy TreePlru of L1D, and for another array");
    await refused({ l3: TreePlru }, "policy: got l3; allowed: a policy, or NAME=POLICY with one of l1i, l1d, stlb");
    await refused({ stlb: {} }, "an object that is none");
    await refused(7, "got 7");
    await refused({ stlb: "./bip.mjs" }, "policy: got ./bip.mjs");
    const ofTwelveWays = run(records, { policy: TreePlru });
    await expect(ofTwelveWays).rejects.toThrow("policy TreePlru of STLB, which failed: ways must be a power of two");
  });
});

describe("the result of a run with a policy of one's own", () => {
  it("calls it by its name, in text and JSON, and has nothing of it", async () => {
    const result = await run(LUA, { policy: { stlb: Bip } });
    expect(result.tlbs.map(({ policy }) => policy)).toEqual(["lru", "lru", "custom:Bip"]);
    expect(runText(result)).toContain("1536:12 custom:Bip");
    const { config } = JSON.parse(JSON.stringify(result));
    expect(config.hierarchy.own).toEqual(["custom:Bip"]);
    expect(() => structuredClone(result)).not.toThrow();
  });

  it("tells apart two of one name", () => {
    const named = (of: typeof TreePlru) => class Mine extends of {};
    const { hierarchy } = resolve({ ...GEOMETRIES, policy: { l1d: named(TreePlru), stlb: named(ToldTreePlru) } });
    expect(hierarchy?.tlbs.flatMap(({ arrays }) => arrays.map(({ policy }) => policy))).toEqual([
      "lru",
      "custom:Mine",
      "custom:Mine-2",
    ]);
  });
});

it("the page's module asks for nothing: it has no such policies", () => {
  const page = new WebAssembly.Module(readFileSync(new URL("../../wasm/page.wasm", import.meta.url)));
  expect(WebAssembly.Module.imports(page)).toEqual([]);
});
