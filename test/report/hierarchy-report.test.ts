/** What is said of a run on a CPU that is not of the plain shape. */
import { describe, expect, it } from "vitest";
import type { CpuDescription } from "../../src/config/cpus/description.ts";
import { resolve } from "../../src/config/resolve.ts";
import type { Config } from "../../src/config/types.ts";
import { compareTable } from "../../src/report/compare-report.ts";
import { runCsv } from "../../src/report/csv.ts";
import { sourceWords } from "../../src/report/hierarchy-report.ts";
import type { RunResult } from "../../src/report/results.ts";
import { runText } from "../../src/report/text.ts";
import { RUN } from "./samples.ts";

const says = <Status extends "vendor" | "measured" | "assumed">(status: Status) => {
  return <Value>(value: Value) => ({ value, status, source: "a text" });
};
const [vendor, measured, assumed] = [says("vendor"), says("measured"), says("assumed")];

/** Split by loads and stores, and below by fetches and data. */
const CPU: CpuDescription = {
  schema: "pagewalk/cpu@1",
  title: "Big\u202eone",
  pageSizes: ["4K", "2M", "1G"],
  tlbs: [
    {
      name: "L1I",
      level: 1,
      kinds: ["fetch"],
      arrays: [
        { holds: ["4K"], entries: vendor(128), ways: vendor(8), policy: measured("tree-plru") },
        { holds: ["2M"], entries: vendor(8), ways: vendor("full") },
      ],
    },
    {
      name: "LOADS",
      level: 1,
      kinds: ["load"],
      arrays: [{ holds: ["4K", "2M", "1G"], entries: vendor(64), ways: vendor(4) }],
    },
    {
      name: "STORES",
      level: 1,
      kinds: ["store"],
      arrays: [{ holds: ["4K", "2M", "1G"], entries: vendor(16), ways: vendor("full") }],
    },
    {
      name: "STLB",
      level: 2,
      kinds: ["fetch", "load", "store"],
      arrays: [
        {
          holds: ["4K", "2M", "pde"],
          entries: vendor(1536),
          ways: vendor(12),
          index: assumed("xor" as const),
          coalesces: assumed(4),
        },
      ],
      takesVictims: assumed(true),
    },
  ],
  walkCaches: [{ name: "UPPER", holds: ["pdpte", "pml4e"], entries: 8, ways: "full" }],
};

function runOn(config: Config): RunResult {
  const resolved = resolve({ ...config, cpu: CPU });
  const array = { index: "modulo", coalesces: 1, policy: "lru" } as const;
  const [l1i, l1d, stlb] = RUN.tlbs;
  return {
    ...RUN,
    config: resolved,
    tlbs: [
      {
        ...{ ...l1i, level: 1, kinds: ["fetch"] },
        arrays: [
          { ...array, holds: ["4K"], entries: 128, ways: 8, policy: "tree-plru" },
          { ...array, holds: ["2M"], entries: 8, ways: 8 },
        ],
      },
      { ...l1d, name: "LOADS", level: 1, kinds: ["load"], arrays: [{ ...array, holds: ["4K"], entries: 64, ways: 4 }] },
      {
        ...{ ...stlb, level: 2, kinds: ["fetch", "load", "store"] },
        arrays: [{ ...array, holds: ["4K", "pde"], entries: 1536, ways: 12, index: "xor", coalesces: 4 }],
      },
    ],
    walkCaches: [{ ...array, name: "UPPER", holds: ["pdpte", "pml4e"], entries: 8, ways: 8, hits: 800 }],
  };
}

const BIG = runOn({});

describe("runText() of a hierarchy", () => {
  it("reads like this", () => {
    const text = runText(BIG);
    expect(text.slice(text.indexOf("machine"), text.indexOf("set-dirty"))).toBe(`\
machine        Big\\u{202e}one, 4K pages
sources        10 vendor, 1 measured, 3 assumed, 2 without source (weakest: assumed)

TLB    level, or array                     lookups     hits  misses  hit rate    MPKI
L1I    level 1: fetch                      250,500  250,496       4  99.9984%   0.016
       4K 128:8 tree-plru
       2M 8:full lru
LOADS  level 1: load                       150,900  138,900  12,000  92.0477%  48.000
       4K 64:4 lru
STLB   level 2: fetch, load, store          12,004    8,800   3,204  73.3089%  12.816
       4K,pde 1536:12 lru xor coalesces 4

Walks: 3,204, 4,046 walk references, 1.263 per walk
             PML4E  PDPTE    PDE    PTE
references       4     34    804  3,204
begun below     30    770  2,400      -

walk cache  holds        geometry    used by walks
UPPER       pdpte,pml4e  8:full lru            800

`);
  });

  it("calls a CPU that has a name by that as well", () => {
    const { hierarchy } = resolve({ cpu: "zen4" });
    const config = { ...BIG.config, cpu: "zen4", ...(hierarchy && { hierarchy }) };
    expect(runText({ ...BIG, config })).toContain("machine        zen4: AMD Zen 4 (");
  });

  it("says nothing of walk caches where there are none", () => {
    expect(runText({ ...BIG, walkCaches: [] })).not.toContain("walk cache");
  });
});

describe("the sources of a run", () => {
  it.each<[config: Config, words: string]>([
    [{}, "10 vendor, 1 measured, 3 assumed, 2 without source (weakest: assumed)"],
    [{ l1i: "4:4" }, "6 vendor, 3 assumed, 2 without source (weakest: assumed)"],
    [{ l1d: "4:4" }, "6 vendor, 1 measured, 3 assumed, 2 without source (weakest: assumed)"],
    [{ stlb: "16:4" }, "8 vendor, 1 measured, 2 without source (weakest: measured)"],
    [{ stlb: "16:4", policy: "stlb=fifo" }, "8 vendor, 1 measured, 2 without source (weakest: measured)"],
    [{ stlb: "16:4", policy: "stlb=fifo,l1i=fifo" }, "8 vendor, 2 without source (weakest: vendor)"],
    [{ stlb: "16:4", policy: "fifo" }, "8 vendor, 2 without source (weakest: vendor)"],
    [{ psc: "pde=4" }, "10 vendor, 1 measured, 3 assumed (weakest: assumed)"],
    [{ l1i: "4:4", l1d: "4:4", stlb: "16:4" }, "2 without source"],
    [{ l1i: "4:4", l1d: "4:4", stlb: "16:4", psc: "none" }, "no value of the CPU was used"],
  ])("are those of the values that %j leaves: %s", (config, words) => {
    const { cpuSources } = resolve({ ...config, cpu: CPU });
    expect(cpuSources && sourceWords(cpuSources)).toBe(words);
  });

  it("are not told of the plain machine", () => {
    expect(resolve({}).cpuSources).toBeUndefined();
    expect(runText(RUN)).not.toContain("sources");
  });
});

describe("runCsv() of a hierarchy", () => {
  it("has its columns behind all others, and walks in the last row", () => {
    const lines = runCsv([RUN, BIG]).trimEnd().split("\n");
    const [head = "", ...rows] = lines;
    expect(head).toMatch(/,setDirtyReferences,level,kinds,arrays$/);
    expect(rows.map((row) => row.replace(/^.*?,(L1I|L1D|STLB|LOADS),/, "$1,"))).toEqual([
      "L1I,128,8,lru,250500,250496,4,0.00001596806387225549,0.016,,,,,,,",
      "L1D,64,4,lru,150900,138900,12000,0.07952286282306163,48,,,,,,,",
      "STLB,1536,12,lru,12004,8800,3204,0.2669110296567811,12.816,3204,4046,350,360,,,",
      "L1I,128,8,lru,250500,250496,4,0.00001596806387225549,0.016,,,,,1,fetch,4K 128:8 tree-plru; 2M 8:full lru",
      "LOADS,64,4,lru,150900,138900,12000,0.07952286282306163,48,,,,,1,load,4K 64:4 lru",
      'STLB,1536,12,lru,12004,8800,3204,0.2669110296567811,12.816,3204,4046,350,360,2,fetch load store,"4K,pde 1536:12 lru xor coalesces 4"',
    ]);
    expect(runCsv([RUN])).not.toContain("kinds");
  });
});

it("compareTable() has a row for each TLB that one of the machines has", () => {
  const { rows } = compareTable([
    { machine: "plain", run: RUN },
    { machine: "big", run: BIG },
  ]);
  const misses = rows.filter(([name]) => name?.endsWith(" misses"));
  expect(misses).toEqual([
    ["L1I misses", "4", "4"],
    ["L1D misses", "12,000", "n/a"],
    ["STLB misses", "3,204", "3,204"],
    ["LOADS misses", "n/a", "12,000"],
  ]);
});
