import { describe, expect, it } from "vitest";
import {
  ACCESS_KINDS,
  type ArrayDescription,
  CPU_PAGE_SIZES,
  type CpuDescription,
  type Given,
  type Sourced,
  STATUSES,
  TABLE_ENTRIES,
} from "../../src/config/cpus/description.ts";
import { CPU_PRESETS } from "../../src/config/cpus/presets.ts";
import { resolveCpu } from "../../src/config/cpus/resolve.ts";
import { sourcedValues, weakestStatus } from "../../src/config/cpus/weakest.ts";

const PRESETS: [string, CpuDescription][] = Object.entries(CPU_PRESETS);

function preset(name: string): CpuDescription {
  const found = CPU_PRESETS[name];
  if (found === undefined) throw new Error(`no preset ${name}`);
  return found;
}

/** All arrays of a CPU, with where each is. */
function arraysOf(cpu: CpuDescription): { path: string; array: ArrayDescription }[] {
  const inTlbs = cpu.tlbs.flatMap((tlb) =>
    tlb.arrays.map((array, index) => ({ path: `${tlb.name}[${index}]`, array })),
  );
  return [...inTlbs, ...(cpu.walkCaches ?? []).map((array) => ({ path: array.name, array }))];
}

/** The value of what must be sourced. */
function told<Value>(given: Given<Value> | undefined): Sourced<Value> {
  expect(given).toMatchObject({ value: expect.anything(), status: expect.any(String), source: expect.any(String) });
  return given as Sourced<Value>;
}

function waysOf(array: ArrayDescription): number {
  const ways = told(array.ways).value;
  return ways === "full" ? told(array.entries).value : ways;
}

function setsOf(array: ArrayDescription): number {
  return told(array.entries).value / waysOf(array);
}

const isPowerOfTwo = (value: number) => Number.isInteger(Math.log2(value));

/** Numbers and truths in `value` that are neither sourced nor among `plain`, with their paths. */
function bare(value: unknown, path: string, plain: RegExp): string[] {
  if (typeof value === "number" || typeof value === "boolean") return plain.test(path) ? [] : [path];
  if (typeof value !== "object" || value === null || "status" in value) return [];
  return Object.entries(value).flatMap(([name, item]) => bare(item, `${path}.${name}`, plain));
}

it("there are at least 24 CPUs beside the generic one, with names that a command line takes", () => {
  expect(PRESETS.length).toBeGreaterThanOrEqual(25);
  for (const [name] of PRESETS) expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  expect(new Set(PRESETS.map(([, { title }]) => title)).size).toBe(PRESETS.length);
});

describe.each(PRESETS)("the description of %s", (_, cpu) => {
  it("is one that can be simulated, in TLBs whose names `policy` takes in any case", () => {
    expect(resolveCpu(cpu).tlbs).toHaveLength(cpu.tlbs.length);
    for (const { name } of cpu.tlbs) expect(name).toBe(name.toUpperCase());
  });

  it("has a source for every number, policy, index and rule", () => {
    expect(bare(cpu, "", /\.level$/)).toEqual([]);
    for (const { array } of arraysOf(cpu)) {
      expect(told(array.entries).value).toBeGreaterThan(0);
      told(array.policy);
      if (setsOf(array) > 1) told(array.index);
    }
    for (const tlb of cpu.tlbs) {
      told(tlb.filledByWalks);
      if (tlb.level === 1) told(tlb.filledByHitsBelow);
      else
        for (const rule of ["takesVictims", "exclusive", "inclusive", "touchedByHitsAbove"] as const) told(tlb[rule]);
    }
  });

  it("names sources that a reader can look up, or says that there is none", () => {
    const claims = sourcedValues(cpu).flatMap(({ claim }) => [claim, ...(claim.others ?? [])]);
    for (const { status, source } of claims) {
      expect(STATUSES).toContain(status);
      expect(source.trim()).not.toBe("");
      expect(source).not.toMatch(/cpu-presets|\/work|\/tmp|shared\/|recollection|TODO/i);
      if (status === "assumed") expect(source).toMatch(/\bno\b|\bnot\b|neither|commonly|simpl|low bits/i);
      else expect(source).toMatch(/[A-Z]|\.com|\.org/);
    }
    for (const text of [cpu.title, ...(cpu.notes ?? [])]) expect(text).not.toMatch(/cpu-presets|\/work|\/tmp|TODO/);
  });

  it("keeps of what others say only what differs", () => {
    for (const { path, claim } of sourcedValues(cpu)) {
      for (const other of claim.others ?? []) expect([path, other.value]).not.toEqual([path, claim.value]);
    }
  });

  it("has arrays that can be built", () => {
    for (const { path, array } of arraysOf(cpu)) {
      const ways = waysOf(array);
      const sets = setsOf(array);
      const policy = told(array.policy).value;
      const index = array.index === undefined ? "modulo" : told(array.index).value;
      expect([path, Number.isInteger(sets) && sets >= 1]).toEqual([path, true]);
      if (policy === "tree-plru") expect([path, isPowerOfTwo(ways)]).toEqual([path, true]);
      if (policy === "mru3-plru4") expect([path, ways]).toEqual([path, 12]);
      if (index === "xor") expect([path, isPowerOfTwo(sets)]).toEqual([path, true]);
      if (typeof index === "object") expect([path, 2 ** index.masks.length]).toEqual([path, sets]);
      if (array.coalesces !== undefined) expect([1, 2, 4, 8]).toContain(told(array.coalesces).value);
    }
  });

  it("has one TLB for each kind of access on the first level, and none twice below", () => {
    const levels = Math.max(...cpu.tlbs.map(({ level }) => level));
    for (let level = 1; level <= levels; level++) {
      const kinds = cpu.tlbs.filter((tlb) => tlb.level === level).flatMap((tlb) => tlb.kinds);
      expect(kinds.toSorted()).toEqual([...ACCESS_KINDS].toSorted());
    }
    expect(new Set(cpu.tlbs.map(({ name }) => name)).size).toBe(cpu.tlbs.length);
    expect(cpu.hitBelowCycles ?? []).toHaveLength(cpu.hitBelowCycles === undefined ? 0 : levels - 1);
  });

  it("holds pages of its own sizes, each in one array of a TLB, the smallest in all", () => {
    const [smallest] = cpu.pageSizes;
    expect([
      ["4K", "2M", "1G"],
      ["16K", "32M"],
    ]).toContainEqual(cpu.pageSizes);
    for (const tlb of cpu.tlbs) {
      const held = tlb.arrays.flatMap((array) => array.holds);
      expect(held).toContain(smallest);
      expect(new Set(held).size).toBe(held.length);
      for (const item of held) expect([...cpu.pageSizes, ...TABLE_ENTRIES]).toContain(item);
    }
    for (const cache of cpu.walkCaches ?? [])
      for (const item of cache.holds) expect(CPU_PAGE_SIZES).not.toContain(item);
  });

  it("caches an entry of the tables in one place only", () => {
    const second = cpu.tlbs.filter(({ level }) => level > 1).flatMap(({ arrays }) => arrays);
    const tables = [...second, ...(cpu.walkCaches ?? [])].flatMap(({ holds }) =>
      holds.filter((item) => (TABLE_ENTRIES as readonly string[]).includes(item)),
    );
    expect(new Set(tables).size).toBe(tables.length);
  });
});

describe("the descriptions", () => {
  // Written down from the sources themselves, not from the descriptions: entries, ways, status of the entries.
  it.each([
    ["generic", "L1I", "4K", 128, 8, "vendor"],
    ["generic", "L1D", "1G", 64, 4, "vendor"],
    ["generic", "STLB", "2M", 1536, 12, "vendor"],
    ["ivy-bridge", "STLB", "4K", 512, 4, "vendor"],
    ["haswell", "STLB", "2M", 1024, 8, "vendor"],
    ["broadwell", "STLB", "1G", 16, 4, "vendor"],
    ["skylake", "STLB", "4K", 1536, 12, "vendor"],
    ["skylake", "L1D", "1G", 4, 4, "vendor"],
    ["golden-cove", "L1D-LOADS", "4K", 96, 6, "vendor"],
    ["golden-cove", "L1D-STORES", "1G", 16, "full", "vendor"],
    ["golden-cove", "L1I", "4K", 256, 8, "vendor"],
    ["raptor-cove", "L1D-LOADS", "4K", 96, 6, "measured"],
    ["lion-cove", "L1D-LOADS", "4K", 128, 8, "vendor"],
    ["gracemont", "L1D", "4K", 48, "full", "vendor"],
    ["crestmont", "STLB", "2M", 3072, 6, "vendor"],
    ["skymont", "STLB", "4K", 4096, 4, "vendor"],
    ["zen1", "L2D", "4K", 1536, 12, "vendor"],
    ["zen4", "L1D", "1G", 72, "full", "vendor"],
    ["zen5", "L2I", "2M", 2048, 8, "vendor"],
    ["zen5", "L2D", "4K", 4096, 16, "vendor"],
    ["apple-m1-p", "L1D", "16K", 160, 5, "vendor"],
    ["apple-m1-p", "L2", "16K", 3072, 12, "vendor"],
    ["apple-m2-p", "L1D", "16K", 256, 8, "vendor"],
    ["neoverse-n1", "L2", "4K", 1280, 5, "vendor"],
    ["neoverse-v1", "L1D", "4K", 40, "full", "vendor"],
    ["cortex-x925", "L1I", "4K", 128, "full", "vendor"],
    ["ampere-emag", "L2", "4K", 512, 4, "measured"],
    ["oryon", "L1D", "4K", 224, 7, "vendor"],
  ] as const)(
    "of %s gives %s for pages of %s %d entries, %s ways (%s)",
    (name, tlbName, size, entries, ways, status) => {
      const tlb = preset(name).tlbs.find((each) => each.name === tlbName);
      const array = tlb?.arrays.find(({ holds }) => (holds as readonly string[]).includes(size));
      expect(array?.entries).toMatchObject({ value: entries, status });
      expect(array?.ways).toMatchObject({ value: ways });
    },
  );

  it("has what TLB;DR measured on Kaby Lake", () => {
    const [l1i, l1d, stlb] = preset("skylake").tlbs;
    const by = (value: unknown) => expect.objectContaining({ value, status: "measured" });
    expect(l1i?.arrays[0]).toMatchObject({ policy: by("tree-plru"), index: by("modulo") });
    expect(l1d?.arrays[0]).toMatchObject({ policy: by("tree-plru"), index: by("modulo") });
    expect(stlb?.arrays[0]).toMatchObject({ policy: by("mru3-plru4"), index: by("xor") });
    expect(l1d).toMatchObject({ filledByHitsBelow: by(true) });
    expect(stlb).toMatchObject({
      takesVictims: by(false),
      exclusive: by(false),
      inclusive: by(false),
      touchedByHitsAbove: by(false),
    });
  });

  it("keeps both sides where maker and measurement differ", () => {
    const entries = (name: string, tlb: number) => told(preset(name).tlbs[tlb]?.arrays[0]?.entries);
    expect(entries("apple-m4-e", 2)).toMatchObject({ value: 2048, others: [{ value: 1024, status: "measured" }] });
    expect(entries("gracemont", 1)).toMatchObject({ value: 48, others: [{ value: 32, status: "vendor" }] });
    expect(entries("oryon", 2)).toMatchObject({ value: 32768, others: [{ value: 8192, status: "vendor" }] });
    expect(preset("neoverse-v2").hitBelowCycles).toMatchObject([{ value: 6, others: [{ value: 5 }] }]);
  });

  it("has PDEs in the L2 DTLB from Zen 2 on", () => {
    for (const name of ["zen2", "zen3", "zen4", "zen5"] as const) {
      expect(preset(name).tlbs.find((tlb) => tlb.name === "L2D")?.arrays[0]?.holds).toEqual(["4K", "2M", "pde"]);
    }
    expect(preset("zen1").tlbs.find((tlb) => tlb.name === "L2D")?.arrays[0]?.holds).toEqual(["4K", "2M"]);
  });
});

const claim = <Value>(value: Value, status: Sourced<Value>["status"]) => ({ value, status, source: status });

/** One TLB of an array with sources of two kinds, and a bare number of a user's own. */
const SMALL: CpuDescription = {
  schema: "pagewalk/cpu@1",
  title: "small",
  pageSizes: ["4K"],
  tlbs: [
    {
      name: "L1",
      level: 1,
      kinds: ["fetch", "load", "store"],
      arrays: [
        { holds: ["4K"], entries: claim(4, "vendor"), ways: 4 },
        { holds: ["2M"], entries: claim(2, "secondary"), ways: claim("full", "measured") },
      ],
      filledByWalks: { ...claim(true, "vendor"), others: [claim(false, "assumed")] },
    },
  ],
  hitBelowCycles: [claim(7, "measured")],
};

describe("sourcedValues()", () => {
  it("gives each value that has a source, with its path, in order", () => {
    expect(sourcedValues(SMALL).map(({ path, claim: { value, status } }) => [path, value, status])).toEqual([
      ["tlbs[0].arrays[0].entries", 4, "vendor"],
      ["tlbs[0].arrays[1].entries", 2, "secondary"],
      ["tlbs[0].arrays[1].ways", "full", "measured"],
      ["tlbs[0].filledByWalks", true, "vendor"],
      ["hitBelowCycles[0]", 7, "measured"],
    ]);
  });
});

describe("weakestStatus()", () => {
  it("is the last of vendor, measured, secondary and assumed; what others say does not count", () => {
    expect(weakestStatus(SMALL)).toBe("secondary");
    expect(weakestStatus({ ...SMALL, walkers: claim(1, "assumed") })).toBe("assumed");
  });

  it("is of the paths that are asked for", () => {
    expect(weakestStatus(SMALL, (path) => path.endsWith("Cycles[0]"))).toBe("measured");
    expect(weakestStatus(SMALL, (path) => path.startsWith("tlbs[0].arrays[0]"))).toBe("vendor");
  });

  it("is null where nothing has a source", () => {
    expect(weakestStatus(SMALL, () => false)).toBeNull();
    expect(weakestStatus({ ...SMALL, tlbs: [], hitBelowCycles: [7] })).toBeNull();
  });
});
