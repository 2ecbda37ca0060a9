/**
 * The reference model itself, against results that follow from the definitions by hand. Nothing here runs the kernel.
 */
import { describe, expect, test } from "vitest";
import { PAGE_SIZE_BYTES } from "../../src/config/page-sizes.ts";
import type { Policy, PscSizes, ResolvedConfig, ResolvedGeometry } from "../../src/config/types.ts";
import { TraceError } from "../../src/errors.ts";
import type { RunResult } from "../../src/report/results.ts";
import { letters } from "../helpers/letters.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import type { Access, AccessKind, PageSize } from "./access.ts";
import { assertCounters, assertIdentities, countersOf } from "./assert-counters.ts";
import { builtIn } from "./built-in-policy.ts";
import { parseLackey } from "./lackey.ts";
import { type Counters, ReferenceMachine, runReference } from "./machine.ts";
import { referenceSweep } from "./sweep.ts";
import { referencedPages } from "./swept-tlbs.ts";

const NO_PSC: PscSizes = { pde: 0, pdpte: 0, pml4e: 0 };

function geometry(entries: number, ways = entries): ResolvedGeometry {
  return { entries, ways, sets: entries / ways };
}

/** Of the plain machine. */
type PlainConfig = ResolvedConfig & { pageSize: PageSize };

/** One entry in every TLB and no PSC, but for what is given. */
function configOf(fields: Partial<PlainConfig> = {}): PlainConfig {
  const one = geometry(1);
  return { cpu: "test", l1i: one, l1d: one, stlb: one, psc: NO_PSC, policy: "lru", pageSize: "4K", ...fields };
}

function vaOf({ pml4 = 0, pdpt = 0, pd = 0, pt = 0, offset = 0 }): bigint {
  const va = (BigInt(pml4) << 39n) | (BigInt(pdpt) << 30n) | (BigInt(pd) << 21n) | (BigInt(pt) << 12n);
  return BigInt.asUintN(64, BigInt.asIntN(48, va | BigInt(offset)));
}

function at(kind: AccessKind, va: bigint, size = 1): Access {
  return { kind, va, size };
}

function sequentialPages(count: number, kind: AccessKind = "load"): Access[] {
  return Array.from({ length: count }, (_, page) => at(kind, BigInt(page) << 12n));
}

/** Runs the reference and asserts all identities. */
function run(records: Iterable<Access>, config: ResolvedConfig): Counters {
  const counters = runReference(records, config);
  assertIdentities(counters, config);
  return counters;
}

/** A stream with locality in every table level, both canonical halves, straddles and non-canonical addresses. */
function randomRecords(count: number, seed: number): Access[] {
  const random = randomNumbers(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[random() % items.length] as Item;
  return Array.from({ length: count }, () => {
    const pages = { pml4: pick([0, 0, 255, 256, 511]), pdpt: pick([0, 1, 511]), pd: pick([0, 1, 2, 511]) };
    const va = vaOf({ ...pages, pt: pick([0, 1, 2, 3, 4, 5, 510, 511]), offset: pick([0, 8, 4092, 4095]) });
    const isHole = random() % 64 === 0;
    return at(pick(["fetch", "load", "store", "modify"]), isHole ? va ^ (1n << 62n) : va, pick([1, 4, 8, 4096]));
  });
}

describe("walks", () => {
  test("sequential pages without a PSC cost four references each", () => {
    const counters = run(sequentialPages(1024), configOf());
    expect(counters.walks).toEqual({
      count: 1024,
      references: 4096,
      byLevel: { pml4e: 1024, pdpte: 1024, pde: 1024, pte: 1024 },
      setDirty: 0,
      setDirtyReferences: 0,
    });
    // PML4, PDPT, PD and two PTs.
    expect(counters.memory).toEqual({ distinctPages: 1024, pageTablePages: 5, evictions: 0, writebacks: 0 });
    expect(counters.faults).toEqual({ minor: 1024, major: 0, protection: 0, generalProtection: 0 });
  });

  test("sequential pages with one entry in each PSC cost one reference, and one more at each 2 MiB boundary", () => {
    const counters = run(sequentialPages(1024), configOf({ psc: { pde: 1, pdpte: 1, pml4e: 1 } }));
    expect(counters.walks.byLevel).toEqual({ pml4e: 1, pdpte: 1, pde: 2, pte: 1024 });
    expect(counters.psc).toEqual({ pde: { hits: 1022 }, pdpte: { hits: 1 }, pml4e: { hits: 0 } });
  });

  test.each([
    ["pde", { pml4e: 1, pdpte: 1, pde: 1, pte: 4 }],
    ["pdpte", { pml4e: 1, pdpte: 1, pde: 4, pte: 4 }],
    ["pml4e", { pml4e: 1, pdpte: 4, pde: 4, pte: 4 }],
  ] as const)("four pages of one PT with only the %s cache walk in full once", (cache, byLevel) => {
    const counters = run(sequentialPages(4), configOf({ psc: { ...NO_PSC, [cache]: 1 } }));
    expect(counters.walks.byLevel).toEqual(byLevel);
    expect(counters.psc[cache].hits).toBe(3);
  });

  test.each([
    ["4K", { pml4e: 1, pdpte: 1, pde: 1, pte: 4 }, { distinctPages: 4, pageTablePages: 4 }],
    ["2M", { pml4e: 1, pdpte: 1, pde: 1, pte: 0 }, { distinctPages: 1, pageTablePages: 3 }],
    ["1G", { pml4e: 1, pdpte: 1, pde: 0, pte: 0 }, { distinctPages: 1, pageTablePages: 2 }],
  ] as const)("with %s pages a walk stops at the leaf", (pageSize, byLevel, memory) => {
    const config = configOf({ pageSize, psc: { pde: 4, pdpte: 4, pml4e: 4 } });
    const counters = run(sequentialPages(4), config);
    expect(counters.walks.byLevel).toEqual(byLevel);
    expect(counters.memory).toMatchObject(memory);
    expect(counters.references.data).toBe(4);
  });

  test("a leaf never enters a PSC, so large pages start from the cache above it", () => {
    const psc = { pde: 4, pdpte: 4, pml4e: 4 };
    const largePages = [0, 1, 2].map((pd) => at("load", vaOf({ pd })));
    const hugePages = [0, 1, 2].map((pdpt) => at("load", vaOf({ pdpt })));
    const large = run(largePages, configOf({ pageSize: "2M", psc }));
    const huge = run(hugePages, configOf({ pageSize: "1G", psc }));
    expect(large.psc).toEqual({ pde: { hits: 0 }, pdpte: { hits: 2 }, pml4e: { hits: 0 } });
    expect(huge.psc).toEqual({ pde: { hits: 0 }, pdpte: { hits: 0 }, pml4e: { hits: 2 } });
  });

  test("a hit in the PDE cache leaves the order of the PDPTE cache as it was", () => {
    const records = [
      vaOf({ pdpt: 0 }), // fills PDPTE 0
      vaOf({ pdpt: 1 }), // fills PDPTE 1
      vaOf({ pdpt: 0, pt: 1 }), // PDE hit: PDPTE 0 stays the oldest
      vaOf({ pdpt: 2 }), // evicts PDPTE 0
      vaOf({ pdpt: 0, pd: 1 }), // so this reads four entries, not two
    ].map((va) => at("load", va));
    const counters = run(records, configOf({ psc: { pde: 8, pdpte: 2, pml4e: 0 } }));
    expect(counters.walks.references).toBe(4 + 4 + 1 + 4 + 4);
  });

  test("a PSC is LRU, whatever the policy of the TLBs", () => {
    const records = [
      vaOf({ pd: 0 }), // fills PDE 0
      vaOf({ pd: 1 }), // fills PDE 1
      vaOf({ pd: 0, pt: 1 }), // hits: PDE 1 is the oldest now
      vaOf({ pd: 2 }), // evicts PDE 1
      vaOf({ pd: 0, pt: 2 }), // hits
    ].map((va) => at("load", va));
    for (const policy of ["lru", "fifo"] as const) {
      expect(run(records, configOf({ policy, psc: { ...NO_PSC, pde: 2 } })).psc.pde.hits).toBe(2);
    }
  });

  test("the walk that faulted fills no PSC", () => {
    const counters = run([at("load", 0n)], configOf({ psc: { pde: 4, pdpte: 4, pml4e: 4 } }));
    expect(counters.walks).toMatchObject({ count: 1, references: 4 });
    expect(counters.psc).toEqual({ pde: { hits: 0 }, pdpte: { hits: 0 }, pml4e: { hits: 0 } });
  });
});

describe("TLBs", () => {
  test("LRU misses always in a loop over one page more than it holds, FIFO too", () => {
    for (const policy of ["lru", "fifo"] as Policy[]) {
      const counters = run(letters("abcde".repeat(10)), configOf({ l1d: geometry(4), stlb: geometry(4), policy }));
      expect(counters.tlbs[2]).toEqual({ name: "STLB", lookups: 50, hits: 0, misses: 50 });
      expect(counters.faults.minor).toBe(5);
    }
  });

  // Belady, Nelson, Shedler: An anomaly in space-time characteristics of certain programs running in a paging machine,
  // doi:10.1145/363011.363155. The LRU counts are ours, by hand.
  test.each([
    ["fifo", 3, 9],
    ["fifo", 4, 10],
    ["lru", 3, 10],
    ["lru", 4, 8],
  ] as const)("Belady's reference string misses, with %s and %i frames, %i times", (policy, frames, misses) => {
    const records = letters("abcdabeabcde");
    expect(run(records, configOf({ l1d: geometry(frames), policy })).tlbs[1].misses).toBe(misses);
  });

  test("a hit in L1 does not change the order of the STLB", () => {
    // The second a hits L1D, so c evicts a from the STLB although it was used after b.
    const config = configOf({ l1d: geometry(2), stlb: geometry(2) });
    expect(run(letters("abacb"), config).tlbs[2]).toMatchObject({ lookups: 4, hits: 1 });
  });

  test("a page evicted from the STLB stays in L1", () => {
    const config = configOf({ l1d: geometry(2), stlb: geometry(1) });
    expect(run(letters("abab"), config).tlbs[1]).toMatchObject({ lookups: 4, hits: 2 });
  });

  test("a fetch and a load of one page miss in L1I and L1D, and share the STLB entry", () => {
    const counters = run([at("fetch", 0n), at("load", 0n)], configOf());
    expect(counters.tlbs.map(({ lookups, hits }) => ({ lookups, hits }))).toEqual([
      { lookups: 1, hits: 0 },
      { lookups: 1, hits: 0 },
      { lookups: 2, hits: 1 },
    ]);
  });
});

describe("setting D", () => {
  const WIDE = { l1i: geometry(4), l1d: geometry(4), stlb: geometry(8) };

  test.each(["store", "modify"] as const)(
    "a %s that hits a page only read so far walks once more, and once only",
    (kind) => {
      const records = [at("load", 0n), at(kind, 0n), at(kind, 0n)];
      const counters = run(records, configOf(WIDE));
      expect(counters.walks).toMatchObject({ count: 1, references: 4, setDirty: 1, setDirtyReferences: 4 });
      expect(counters.tlbs[1]).toMatchObject({ lookups: 3, hits: 2, misses: 1 });
    },
  );

  test("the walk that sets D uses the PSCs, uncounted", () => {
    const counters = run(letters("aA"), configOf({ ...WIDE, psc: { pde: 1, pdpte: 1, pml4e: 1 } }));
    expect(counters.walks).toMatchObject({ references: 4, setDirty: 1, setDirtyReferences: 1 });
    expect(counters.psc.pde.hits).toBe(0);
  });

  test("the walk that sets D fills the PSCs as any walk", () => {
    const [a, b] = [vaOf({ pd: 0 }), vaOf({ pd: 1 })];
    // The walk for b takes the one PDE entry; that for D of a takes it back; so the next page beside a hits.
    const records = [at("load", a), at("load", b), at("store", a), at("load", a + 4096n)];
    const counters = run(records, configOf({ ...WIDE, psc: { ...NO_PSC, pde: 1 } }));
    expect(counters.walks).toMatchObject({ setDirty: 1, setDirtyReferences: 4 });
    expect(counters.psc.pde.hits).toBe(1);
  });

  test("a store that misses needs no extra walk", () => {
    expect(run(letters("AA"), configOf(WIDE)).walks.setDirty).toBe(0);
  });

  test("D comes back from the leaf after eviction", () => {
    expect(run(letters("AbaA"), configOf()).walks.setDirty).toBe(0);
  });

  test("the copy in the STLB gets D too, without becoming younger", () => {
    const config = configOf({ l1d: geometry(2), stlb: geometry(2) });
    // The store to a does not save it in the STLB: c evicts it, and b is still there.
    expect(run(letters("abAcb"), config).tlbs[2]).toMatchObject({ lookups: 4, hits: 1 });
    // b evicts a from L1D; the refill from the STLB brings D along.
    expect(run(letters("aAbaA"), configOf({ stlb: geometry(2) })).walks.setDirty).toBe(1);
  });

  test("a store that misses L1 and hits the STLB with D clear sets D in both", () => {
    const records = [at("fetch", 0n), at("store", 0n), at("store", 0n)];
    const counters = run(records, configOf());
    expect(counters.walks).toMatchObject({ count: 1, setDirty: 1 });
    expect(counters.tlbs[2]).toMatchObject({ lookups: 2, hits: 1 });
  });

  const ALL_RIGHTS = { writable: true, executable: true };

  test("leaves show A for pages touched and D for pages written, by page number", () => {
    const machine = new ReferenceMachine(configOf());
    for (const { kind, va, size } of letters("aBcC")) machine.access(kind, va, size);
    machine.access("load", vaOf({ pml4: 511, pdpt: 511, pd: 511, pt: 511 }), 1);
    expect([...machine.leafFlags()]).toEqual([
      [0, { accessed: true, dirty: false, ...ALL_RIGHTS }],
      [1, { accessed: true, dirty: true, ...ALL_RIGHTS }],
      [2, { accessed: true, dirty: true, ...ALL_RIGHTS }],
      [2 ** 52 - 1, { accessed: true, dirty: false, ...ALL_RIGHTS }],
    ]);
  });
});

describe("records", () => {
  test("bytes on two pages make two references", () => {
    const counters = run([at("store", 0xffcn, 8), at("fetch", 0xffcn, 4)], configOf());
    expect(counters.references).toEqual({ fetch: 1, data: 2 });
    expect(referencedPages([at("load", 0xffcn, 8)], "all")).toEqual([0, 1]);
  });

  test("two 4 KiB pages of one large page make two references, the second of which hits", () => {
    const counters = run([at("store", 0xffcn, 8)], configOf({ pageSize: "2M" }));
    expect(counters.tlbs[1]).toMatchObject({ lookups: 2, hits: 1, misses: 1 });
    expect(counters.memory.distinctPages).toBe(1);
  });

  test("the address space wraps from the last page to page 0", () => {
    expect(referencedPages([at("load", 0xfffffffffffffffcn, 8)], "all")).toEqual([2 ** 52 - 1, 0]);
  });

  test.each([
    ["below the hole", 0x00007fffffffffffn, 1, false],
    ["from below into the hole", 0x00007fffffffffffn, 2, true],
    ["in the hole, at its beginning", 0x0000800000000000n, 1, true],
    ["in the hole, at its end", 0xffff7fffffffffffn, 1, true],
    ["from the hole into the upper half", 0xffff7fffffffffffn, 2, true],
    ["above the hole", 0xffff800000000000n, 1, false],
  ])("an access %s", (_, va, size, raisesGeneralProtection) => {
    const counters = run([at("load", va, size)], configOf());
    expect(counters.accesses.load).toBe(1);
    expect(counters.faults.generalProtection).toBe(raisesGeneralProtection ? 1 : 0);
    expect(counters.references.data).toBe(raisesGeneralProtection ? 0 : 1);
    expect(counters.memory.pageTablePages).toBe(raisesGeneralProtection ? 1 : 4);
  });

  test("translations keep the offset, and distinct pages have distinct frames", () => {
    for (const pageSize of ["4K", "2M", "1G"] as const) {
      const machine = new ReferenceMachine(configOf({ pageSize }));
      const [low, high] = [vaOf({ pt: 1, offset: 0x123 }), vaOf({ pml4: 511, offset: 0x123 })];
      expect(machine.translate(low)).toBeNull();
      machine.access("load", low, 1);
      machine.access("load", high, 1);
      expect(machine.translate(low)).toSatisfy((pa: bigint) => (pa & 0xfffn) === 0x123n);
      expect(machine.translate(low)).not.toBe(machine.translate(high));
    }
  });
});

describe("every simulation", () => {
  const records = randomRecords(20_000, 1);
  const psc = { pde: 3, pdpte: 2, pml4e: 1 };
  const configs = (["4K", "2M", "1G"] as const).flatMap((pageSize) =>
    (["lru", "fifo"] as const).flatMap((policy) => [
      configOf({ pageSize, policy }),
      configOf({ pageSize, policy, psc, l1i: geometry(4, 2), l1d: geometry(6, 3), stlb: geometry(48, 4) }),
      configOf({ pageSize, policy, psc, l1i: geometry(64), l1d: geometry(64), stlb: geometry(12, 4) }),
    ]),
  );

  test.each(configs)("of a random stream keeps the identities: $pageSize $policy $l1d $stlb", (config) => {
    const { tlbs, memory, faults } = run(records, config);
    const { pageSize } = config;
    const policy = builtIn(config.policy);
    const pointOf = (tlb: ResolvedGeometry) => ({ pageSize, policy, index: "modulo" as const, ...tlb });
    const [l1i] = referenceSweep(records, "fetch", [pointOf(config.l1i)]);
    const [l1d] = referenceSweep(records, "data", [pointOf(config.l1d)]);
    expect([tlbs[0].misses, tlbs[1].misses]).toEqual([l1i?.misses, l1d?.misses]);
    const [all] = referenceSweep(records, "all", [pointOf(config.stlb)]);
    expect(memory.distinctPages).toBe(all?.coldMisses);
    expect(faults.generalProtection).toBeGreaterThan(0);
  });

  test("leaves D exactly in the pages that were written", () => {
    for (const config of configs) {
      const machine = new ReferenceMachine(config);
      const written = new Set<number>();
      const pageBytes = PAGE_SIZE_BYTES[config.pageSize];
      for (const record of records) {
        machine.access(record.kind, record.va, record.size);
        if (record.kind !== "store" && record.kind !== "modify") continue;
        for (const vpn of referencedPages([record], "all")) written.add(Math.floor((vpn * 4096) / pageBytes));
      }
      const dirty = [...machine.leafFlags()].filter(([, flags]) => flags.dirty).map(([page]) => page);
      expect(new Set(dirty)).toEqual(written);
      expect([...machine.leafFlags().values()].every((flags) => flags.accessed)).toBe(true);
    }
  });

  test("of nothing counts nothing but the PML4", () => {
    const counters = run([], configOf());
    expect(counters.tlbs.map(({ lookups }) => lookups)).toEqual([0, 0, 0]);
    expect(counters.memory.pageTablePages).toBe(1);
  });
});

describe("assertCounters", () => {
  function resultOf(records: Access[], config: ResolvedConfig): RunResult {
    const counters = runReference(records, config);
    const instructions = counters.accesses.fetch;
    const full = (tlb: Counters["tlbs"][number], { entries, ways }: ResolvedGeometry) => ({
      ...tlb,
      entries,
      ways,
      policy: config.policy,
      missRatio: tlb.lookups === 0 ? 0 : tlb.misses / tlb.lookups,
      mpki: instructions === 0 ? null : (tlb.misses / instructions) * 1000,
    });
    const [l1i, l1d, stlb] = counters.tlbs;
    return {
      ...counters,
      schema: "pagewalk/run@1",
      version: "0",
      trace: {
        path: "-",
        format: "lackey",
        compression: "none",
        records: records.length,
        instructions,
        skippedLines: 0,
      },
      config,
      tlbs: [full(l1i, config.l1i), full(l1d, config.l1d), full(stlb, config.stlb)],
      time: { seconds: 0, referencesPerSecond: 0 },
    };
  }

  test("accepts the reference's own results", () => {
    const withFetches = resultOf(randomRecords(2_000, 2), configOf({ psc: { pde: 2, pdpte: 2, pml4e: 2 } }));
    assertCounters(withFetches);
    assertCounters(resultOf(letters("abc"), configOf()));
    assertCounters(resultOf([], configOf()));
    expect(countersOf(withFetches)).toEqual(runReference(randomRecords(2_000, 2), withFetches.config));
  });

  test("rejects a result in which any one counter is off by one", () => {
    const result = resultOf(randomRecords(2_000, 3), configOf({ psc: { pde: 2, pdpte: 2, pml4e: 2 } }));
    // Those that no identity ties down: bounded, or zero until there is a limit on memory.
    const loose =
      /accesses|generalProtection|faults\.(major|protection)|evictions|writebacks|pageTablePages|setDirty|time|psc|trace/;
    const paths = numberPaths(result).filter((path) => !loose.test(path.join(".")) && path[0] !== "config");
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) {
      const wrong = structuredClone(result);
      const last = path.at(-1) as string;
      // biome-ignore lint/suspicious/noExplicitAny: a path of any shape.
      const owner = path.slice(0, -1).reduce((value: any, key) => value[key], wrong);
      owner[last] += 1;
      expect(() => assertCounters(wrong), path.join(".")).toThrow();
    }
  });

  function numberPaths(value: unknown, path: string[] = []): string[][] {
    if (typeof value === "number") return [path];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, member]) => numberPaths(member, [...path, key]));
  }
});

describe("parseLackey()", () => {
  test("reads all four kinds", () => {
    const text = "I  0401ab70,3\n L 1ffefff86f,1\n S 1FFEFFF870,8\r\n M ffffffffffffffff,4096\n";
    expect(parseLackey(text)).toEqual({
      records: [
        { kind: "fetch", va: 0x0401ab70n, size: 3 },
        { kind: "load", va: 0x1ffefff86fn, size: 1 },
        { kind: "store", va: 0x1ffefff870n, size: 8 },
        { kind: "modify", va: 0xffffffffffffffffn, size: 4096 },
      ],
      skippedLines: 0,
      damagedLines: 0,
    });
  });

  test.each([
    "",
    "\r",
    "==5072== Lackey, an example Valgrind tool",
    "I 0401ab70,3",
    "I   0401ab70,3",
    "L 0401ab70,3",
    " SB 0401ab70",
    " L 0x401ab70,3",
    " L 0401ab70,3 ",
    " L 0401ab70,-1",
    " L 0401ab70, 3",
    " L ,3",
    " L 0401ab70",
    " L 0401ab70,3\r\r",
    " L 0401ab7\u00e9,3",
    ` L ${"0".repeat(4096)}1,1`,
  ])("skips and counts %j", (line) => {
    expect(parseLackey(`${line}\nI  1,1\n`)).toEqual({
      records: [{ kind: "fetch", va: 1n, size: 1 }],
      skippedLines: 1,
      damagedLines: Number(line.startsWith(" L ") || line.startsWith("I  ")),
    });
  });

  test("takes leading zeros, in lines of 4096 bytes at most", () => {
    const line = (bytes: number) => ` L ${"0".repeat(bytes - 6)}1,1`;
    expect(line(4096)).toHaveLength(4096);
    expect(parseLackey(`${line(4096)}\n`).records).toEqual([at("load", 1n)]);
    expect(parseLackey(`${line(4097)}\n`)).toEqual({ records: [], skippedLines: 1, damagedLines: 1 });
  });

  test.each([" L 10000000000000000,1", " L 1000,0", " L 1000,4097", `I  1000,${"9".repeat(400)}`])(
    "rejects %j with its place",
    (line) => {
      const error = errorOf(() => parseLackey(`==1== \u00e9\nI  1000,4\n${line}\nI  1000,4\n`));
      // The e with acute accent has two bytes.
      expect(error).toMatchObject({ line: 3, record: 2, byteOffset: 9 + 10 });
    },
  );

  test("calls every beginning of a record torn when the trace ends there", () => {
    for (const record of ["I  0401ab70,3\r", " L 0401ab70,3", " S 0,16", " M f,1\r"]) {
      for (let length = 1; length <= record.length; length++) {
        const error = errorOf(() => parseLackey(`I  1000,4\n${record.slice(0, length)}`));
        expect(error, record.slice(0, length)).toMatchObject({ line: 2, byteOffset: 10 });
      }
    }
  });

  test.each(["==1== bye", "I 4", " X", " SB 0401ab70", "\r", " L 1,2 "])("skips %j at the end", (line) => {
    expect(parseLackey(`I  1,1\n${line}`).skippedLines).toBe(1);
  });

  test("reads bytes as it reads text, and an empty trace as no records", () => {
    const text = "I  1,1\n# \u00e9\n S 2,2\n";
    expect(parseLackey(new TextEncoder().encode(text))).toEqual(parseLackey(text));
    expect(parseLackey("")).toEqual({ records: [], skippedLines: 0, damagedLines: 0 });
  });

  function errorOf(act: () => unknown): TraceError {
    try {
      act();
    } catch (error) {
      if (error instanceof TraceError) return error;
      throw error;
    }
    throw new Error("no error was thrown");
  }
});
