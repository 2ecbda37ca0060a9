/** Nested paging against the plain model of two-dimensional walks, and what a host must not change. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CpuDescription } from "../../src/config/cpus/description.ts";
import { type Config, LEAF_LEVELS, PAGE_SIZES, type PageSize } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import type { RunResult } from "../../src/report/results.ts";
import { simulate } from "../../src/simulate.ts";
import { simulateTogether } from "../../src/together.ts";
import { BUILDS } from "../helpers/builds.ts";
import type { Access } from "../reference/access.ts";
import { assertCounters } from "../reference/assert-counters.ts";
import { type PlainNestedCounts, runPlainNested } from "../reference/plain-nested.ts";
import { levelsRead, NO_CACHES, NOT_COMBINED, run, traceOf } from "./guests.ts";

/** Where pages of a size of their own are asked for: in 4 KiB pages. */
const HUGE = [
  { first: 2 ** 18, last: 2 ** 19, pageSize: "2M" },
  { first: 2 ** 27, last: 2 ** 29, pageSize: "1G" },
] as const;
const hugeText = HUGE.map(
  ({ first, last, pageSize }) => `0x${(first * 4096).toString(16)}-0x${(last * 4096).toString(16)}=${pageSize}`,
).join(",");

const page = fc
  .tuple(fc.constantFrom(0, 2 ** 9, 2 ** 18, 2 ** 27, 2 ** 35), fc.nat(23), fc.constantFrom(1, 1, 16, 512, 2 ** 18))
  .map(([base, index, stride]) => base + index * stride);
const kind = fc.constantFrom<Access["kind"]>("load", "load", "fetch", "store", "modify");
const randomRecords = fc
  .array(page, { minLength: 2, maxLength: 40, size: "max" })
  .chain((pages) =>
    fc.array(
      fc.record({
        kind,
        page: fc.constantFrom(...pages),
        offset: fc.constantFrom(0, 8, 4092),
        times: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 300, size: "max" },
    ),
  )
  .map((runs) =>
    runs.flatMap(({ kind, page, offset, times }) =>
      Array<Access>(times).fill({ kind, va: BigInt(page) * 4096n + BigInt(offset), size: 8 }),
    ),
  );

const geometry = fc.constantFrom("1:1", "2:full", "6:2", "8:2", "16:4", "40:20");
const psc = fc.record({ pde: fc.constantFrom(0, 2, 33), pdpte: fc.constantFrom(0, 2), pml4e: fc.constantFrom(0, 1) });
const guest = fc.record({ l1i: geometry, l1d: geometry, stlb: geometry, psc });
const host = fc.record({
  nested: fc.constantFrom(...PAGE_SIZES),
  nestedTlb: fc.constantFrom("none", "1:1", "3:full", "8:2", "24:12", "64:full"),
  nestedPsc: psc,
});
/** Caches of the host's side of other shapes: any policy and index, and several sorts of entries in one array. */
const OTHER_SHAPES: CpuDescription = {
  ...NOT_COMBINED,
  nested: {
    tlb: { holds: ["4K", "2M"], entries: 16, ways: 4, policy: "tree-plru", index: "xor" },
    walkCaches: [
      {
        name: "SHARED",
        holds: ["pde", "pdpte"],
        entries: 8,
        ways: 2,
        policy: "nru",
        index: { masks: ["0x200000", "0x40200000"] },
      },
      { name: "PML4E", holds: ["pml4e"], entries: 1, ways: 1, policy: "random" },
    ],
  },
};
/** Four pages share an entry of L1D, the only one; the STLB has none of use. */
const COALESCING: CpuDescription = {
  ...NOT_COMBINED,
  tlbs: NOT_COMBINED.tlbs.map((tlb) =>
    tlb.name === "L1D" ? { ...tlb, arrays: [{ holds: ["4K"], entries: 1, ways: 1, coalesces: 4 }] } : tlb,
  ),
};
const cpu = fc.constantFrom("generic", "generic", NOT_COMBINED);
/** What decides where pages are: `os` only has whole records replayed, which is another loop. */
const memory = fc.oneof(
  fc.record({ pageSize: fc.constantFrom(...PAGE_SIZES, "thp" as const) }),
  fc.record({ pageSize: fc.constantFrom(...PAGE_SIZES), pcid: fc.constant("on" as const) }),
  fc.record({ huge: fc.constant(hugeText) }),
  fc.record({
    memory: fc.integer({ min: 1, max: 30 }).map((frames) => frames * 4096),
    reclaim: fc.constant("fifo" as const),
  }),
) as fc.Arbitrary<Pick<Config, "pageSize" | "pcid" | "huge" | "reclaim"> & { memory?: number }>;

function countsOf({ walks, psc, tlbs, faults }: RunResult): PlainNestedCounts {
  const [l1i, l1d, stlb] = tlbs.map(({ misses }) => misses);
  return { walks, psc, misses: [l1i ?? 0, l1d ?? 0, stlb ?? 0], loads: faults.minor + faults.major };
}

type Leaf = 1 | 2 | 3;
const leafLevelOf = ({ pageSize = "4K", huge }: Config) => {
  if (huge !== undefined) {
    return (vpn: number): Leaf => {
      const part = HUGE.find(({ first, last }) => first <= vpn && vpn < last);
      return part === undefined ? 1 : LEAF_LEVELS[part.pageSize];
    };
  }
  const level: Leaf = pageSize === "thp" ? 2 : (LEAF_LEVELS[pageSize] as Leaf);
  return () => level;
};

describe.each(BUILDS)("a run in a guest ($name)", ({ name, module }) => {
  const runs = (count: number) => (name === "release" ? count : Math.ceil(count / 5));

  it("counts what the plain model counts", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(cpu, guest, host, memory, randomRecords, async (cpu, guest, host, memory, records) => {
        const result = await run(records, { cpu, ...guest, ...host, ...memory });
        const { config } = result;
        const plain = runPlainNested(records, {
          ...config,
          leafLevel: leafLevelOf(memory),
          hostLevel: LEAF_LEVELS[host.nested] as Leaf,
          nestedTlb: config.nested?.tlb ?? null,
          nestedPsc: host.nestedPsc,
          combined: cpu === "generic",
          ...(memory.memory === undefined ? {} : { frames: memory.memory / 4096 }),
        });
        expect(countsOf(result)).toEqual(plain);
      }),
      { seed: 8, numRuns: runs(100) },
    );
  });

  it("has the TLBs, faults and guest walks of a run in none where the host's pages are as large as the guest's", async () => {
    provideKernelModule(module);
    const sizes = fc.constantFrom<[PageSize | "thp", PageSize]>(
      ["4K", "4K"],
      ["4K", "2M"],
      ["2M", "2M"],
      ["thp", "1G"],
      ["1G", "1G"],
    );
    const limits = fc.constantFrom({}, { memory: "64K" }, { memory: "3M" }, {
      memory: "64K",
      reclaim: "random",
    } as const);
    await fc.assert(
      fc.asyncProperty(guest, sizes, limits, randomRecords, async (guest, [pageSize, nested], limits, records) => {
        // Pages that were asked for are smaller where memory is, which the identities do not follow.
        const isLimited = pageSize === "4K" || pageSize === "thp";
        const config = { ...guest, ...(isLimited ? limits : {}), pageSize };
        const alone = await run(records, config);
        const guests = await run(records, { ...config, nested });
        const counts = ({ tlbs, faults, memory }: RunResult) => ({
          tlbs: tlbs.map(({ name, lookups, hits, misses }) => ({ name, lookups, hits, misses })),
          faults,
          memory,
        });
        expect(counts(guests)).toEqual(counts(alone));
        expect(guests.walks.byLevel).toEqual(alone.walks.byLevel);
        expect(guests.psc).toEqual(alone.psc);
      }),
      { seed: 3, numRuns: runs(25) },
    );
  });

  it("reads the host's levels once for each entry and page, without caches, whatever the sizes of the guest's pages", async () => {
    provideKernelModule(module);
    const sizes = fc.constantFrom<Config>(
      { huge: hugeText },
      { pageSize: "thp" },
      { pageSize: "thp", memory: "3M" },
      { memory: "32K" },
    );
    await fc.assert(
      fc.asyncProperty(sizes, fc.constantFrom(...PAGE_SIZES), randomRecords, async (memory, nested, records) => {
        const { walks } = await run(records, { ...NO_CACHES, ...memory, nested });
        const { pml4e, pdpte, pde, pte } = walks.byLevel;
        const read = pml4e + pdpte + pde + pte;
        expect(walks.nested?.references).toBe((read + walks.count) * levelsRead(nested));
      }),
      { seed: 4, numRuns: runs(25) },
    );
  });

  it("has caches of any shape on the host's side", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(
        guest,
        fc.constantFrom(...PAGE_SIZES),
        memory,
        randomRecords,
        async (guest, nested, memory, records) => {
          const result = await run(records, { ...guest, ...memory, cpu: OTHER_SHAPES, nested });
          const { walks, config } = result;
          expect(config.nested?.assumed).toEqual([]);
          // A page of 1 GiB is held in parts.
          const most = runPlainNested(records, {
            ...config,
            leafLevel: leafLevelOf(memory),
            hostLevel: LEAF_LEVELS[nested] as Leaf,
            nestedTlb: null,
            nestedPsc: { pde: 0, pdpte: 0, pml4e: 0 },
            combined: true,
            ...(memory.memory === undefined ? {} : { frames: memory.memory / 4096 }),
          });
          expect(walks.nested?.tlb.lookups).toBe(most.walks.nested?.tlb.lookups);
          expect(walks.nested?.faults).toBe(most.walks.nested?.faults);
          expect(walks.nested?.references).toBeLessThanOrEqual(most.walks.nested?.references ?? 0);
        },
      ),
      { seed: 9, numRuns: runs(25) },
    );
  });

  it.each([
    ["1G", "none", 6],
    ["2M", "64:full", 6],
    // The frames of the four pages are 5 to 8: PTEs of the host in two lines.
    ["4K", "none", 7],
    // No walk of the host, no line of its PTEs.
    ["4K", "64:full", 9],
  ] as const)(
    "coalesces what is contiguous in a host of %s pages, as far as a walk with nested TLB %s knows",
    async (nested, nestedTlb, misses) => {
      provideKernelModule(module);
      const loads = [0, 1, 2, 3, 100, 0, 1, 2, 3].map(
        (page): Access => ({ kind: "load", va: BigInt(page) << 12n, size: 1 }),
      );
      const result = await simulate(await traceOf(loads), { cpu: COALESCING, nested, nestedTlb });
      expect(result.tlbs.find(({ name }) => name === "L1D")?.misses).toBe(misses);
    },
  );

  it("tells the host's side of what follows a warm-up, and of each interval and page its share", async () => {
    provideKernelModule(module);
    const records = fc.sample(randomRecords, { seed: 6, numRuns: 1 })[0] as Access[];
    const many = [...records, ...records, ...records];
    const config = { ...NO_CACHES, stlb: "8:2", nested: "4K" } as const satisfies Config;
    const whole = await run(many, config);
    const first = await run(many.slice(0, records.length), config);
    const rest = await simulate(await traceOf(many, { warmup: records.length }), config);
    const rows = await run(many, config, { by: ["page", "kind"], interval: 50 });
    expect(rest.walks.references).toBe(whole.walks.references - first.walks.references);
    expect(rest.walks.nested?.tlb.lookups).toBe(
      (whole.walks.nested?.tlb.lookups ?? 0) - (first.walks.nested?.tlb.lookups ?? 0),
    );
    expect(rest.walks.nested?.faults).toBe((whole.walks.nested?.faults ?? 0) - (first.walks.nested?.faults ?? 0));
    expect(rows.walks).toEqual(whole.walks);
    const total = (all: readonly { walkReferences: number }[] = []) =>
      all.reduce((sum, row) => sum + row.walkReferences, 0);
    for (const all of [rows.by?.page, rows.by?.kind, rows.series?.intervals])
      expect(total(all)).toBe(whole.walks.references);
  });

  it("reads both dimensions through the data caches of the cost model", async () => {
    provideKernelModule(module);
    const records = fc.sample(randomRecords, { seed: 7, numRuns: 1 })[0] as Access[];
    const { cycles, walks } = await run(records, { nested: "4K", cost: "cached", l1d: "2:1", stlb: "4:2" });
    const read = cycles?.dataCaches?.reduce((sum, { hits }) => sum + hits, 0);
    expect(read).toBe(walks.references + walks.setDirtyReferences);
    expect(cycles?.walks.references).toBe(read);
  });

  it("keeps guest-physical mappings when processes take turns, with PCIDs or without", async () => {
    provideKernelModule(module);
    const loads = Array.from(
      { length: 60 },
      (_, index): Access => ({ kind: "load", va: BigInt(index % 6) << 12n, size: 1 }),
    );
    const config = { nested: "4K", nestedTlb: "64:full", switchEvery: 5 } as const satisfies Config;
    for (const pcid of ["on", "off"] as const) {
      const result = await simulateTogether([await traceOf(loads), await traceOf(loads)], { ...config, pcid });
      assertCounters(result);
      const { tlb, faults } = result.walks.nested ?? { tlb: { misses: -1 }, faults: -2 };
      // Each process has four tables and six pages.
      expect(tlb.misses).toBe(20);
      expect(faults).toBe(20);
      if (pcid === "off") expect(result.walks.count).toBeGreaterThan(12);
    }
  });
});
