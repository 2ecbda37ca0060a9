import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CachedCost, CostOptions } from "../../src/config/cost.ts";
import { resolve } from "../../src/config/resolve.ts";
import type { Config } from "../../src/config/types.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import type { Access } from "../reference/access.ts";
import { ReferenceMachine } from "../reference/machine.ts";
import { PlainDataCaches } from "../reference/plain-data-caches.ts";
import { plainCpu } from "./plain-cpu.ts";

const traceOf = (text: string, options = {}) => openTrace(new TextEncoder().encode(text), options);

/** L1D of one entry, STLB of two, and no walk caches. */
const SMALL = plainCpu({ l1i: [1, 1], l1d: [1, 1], stlb: [2, 2], psc: [0, 0, 0] });
const TWO_CACHES: CostOptions = {
  model: "cached",
  hitBelowCycles: [7],
  walkers: 2,
  dataCaches: [
    { name: "L1D", bytes: 64, ways: 1, cycles: 5 },
    { name: "L2", bytes: 256, ways: 4, cycles: 14 },
  ],
  memoryCycles: 100,
};
/**
 * Pages 1, 2 and 1: both walks read the same four lines, which the kernel has brought into L2; L1D has one of them, but never the one
 * that is read next.
 */
const THREE_LOADS = " L 1000,8\n L 2000,8\n L 1000,8\n";

describe("the example of docs/cost.md", () => {
  it("costs by the cached model what it comes to by hand", async () => {
    const { cycles } = await simulate(await traceOf(THREE_LOADS), { cpu: SMALL, cost: TWO_CACHES });
    expect(cycles).toMatchObject({
      model: "cached",
      lookups: [{ level: 2, hits: 1, misses: 2, cyclesEach: 7, cycles: 21 }],
      dataCaches: [
        { name: "L1D", hits: 0, cyclesEach: 5, cycles: 0 },
        { name: "L2", hits: 8, cyclesEach: 14, cycles: 112 },
        { name: "memory", hits: 0, cyclesEach: 100, cycles: 0 },
      ],
      walks: { count: 2, references: 8, walkers: 2, serial: 112, atLeast: 56 },
      total: { atMost: 133, atLeast: 77 },
      perInstruction: null,
    });
  });

  it("reads from memory what has left the caches since it was mapped", async () => {
    // Pages of three page tables, each of which L2 holds the PTE of, and three lines above: six lines in four.
    const trace = await traceOf(" L 200000,8\n L 400000,8\n L 600000,8\n L 200000,8\n L 400000,8\n");
    const cpu = plainCpu({ l1i: [1, 1], l1d: [1, 1], stlb: [1, 1], psc: [0, 0, 0] });
    const { cycles } = await simulate(trace, { cpu, cost: TWO_CACHES });
    // PML4E, PDPTE and the PDEs' line are used by every walk; of three PTEs' lines the latest alone has room.
    expect(cycles?.dataCaches?.map(({ hits }) => hits)).toEqual([0, 18, 2]);
  });

  it.each([
    ["flat,tlb2=7,reference=10,walkers=3", { serial: 80, atLeast: 27 }],
    ["flat,tlb2=7,walk=30,walkers=3", { serial: 60, atLeast: 20 }],
  ])("costs by %s", async (cost, walks) => {
    const { cycles } = await simulate(await traceOf(THREE_LOADS), { cpu: SMALL, cost });
    expect(cycles?.walks).toMatchObject(walks);
    expect(cycles?.total).toEqual({ atMost: 21 + walks.serial, atLeast: 21 + walks.atLeast });
  });
});

describe("cycles", () => {
  it("are there only if asked for, and change no count", async () => {
    const text = "I  400000,4\n L 1000,8\n S 2000,8\n L 1000,8\nI  400004,4\n";
    const { cycles: none, time: _, ...counts } = await simulate(await traceOf(text));
    const { cycles, time: __, ...same } = await simulate(await traceOf(text), { cost: "flat" });
    expect(none).toBeUndefined();
    expect({ ...same, config: { ...same.config, cost: undefined } }).toEqual({
      ...counts,
      config: { ...counts.config, cost: undefined },
    });
    expect(cycles?.perInstruction?.atMost).toBe((cycles?.total.atMost ?? 0) / 2);
  });

  it("tell of every number who says so", async () => {
    const cpu = {
      ...SMALL,
      hitBelowCycles: [{ value: 9, status: "measured" as const, source: "somebody" }],
      walkers: 4,
    };
    const { cycles } = await simulate(await traceOf(THREE_LOADS), { cpu, cost: "flat" });
    const assumptions = cycles?.assumptions.join("\n");
    expect(assumptions).toContain("costs 9 cycles (measured: somebody)");
    expect(assumptions).toContain("4 walks (given) at once");
    expect(assumptions).toContain("12 cycles (assumed: ");
  });

  it("are those of a measured walk where the description has one, unless another price is given", async () => {
    const cpu = { ...SMALL, walkCycles: 30 };
    const serial = async (cost: string) =>
      (await simulate(await traceOf(THREE_LOADS), { cpu, cost })).cycles?.walks.serial;
    expect(await serial("flat")).toBe(60);
    expect(await serial("flat,reference=1")).toBe(8);
  });

  it("of a warm-up are left out", async () => {
    const trace = await traceOf(THREE_LOADS, { warmup: 1 });
    const { cycles } = await simulate(trace, { cpu: SMALL, cost: TWO_CACHES });
    expect(cycles?.dataCaches?.map(({ hits }) => hits)).toEqual([0, 4, 0]); // of the second walk alone
    expect(cycles?.lookups).toMatchObject([{ hits: 1, misses: 1 }]);
  });

  it("of a guest are of both dimensions' entries", async () => {
    const config = { cpu: SMALL, cost: TWO_CACHES, nested: "4K" } as Config;
    const { cycles, walks } = await simulate(await traceOf(THREE_LOADS), config);
    expect(walks.nested?.references).toBeGreaterThan(0);
    const read = (cycles?.dataCaches ?? []).reduce((sum, { hits }) => sum + hits, 0);
    expect(read).toBe(walks.references + walks.setDirtyReferences);
    expect(cycles?.walks.references).toBe(read);
    expect(cycles?.assumptions.join()).toContain("Nor are the entries that the kernels use");
  });

  it("of a machine that is asked for more than pages are the same", async () => {
    const config = { cpu: SMALL, cost: TWO_CACHES };
    const byWords = await simulate(await traceOf(THREE_LOADS), config);
    const byEntries = await simulate(await traceOf(THREE_LOADS), config, { by: ["kind"] });
    expect(byEntries.cycles).toEqual(byWords.cycles);
  });
});

/** What the plain model makes of `records`. */
function plainReads(records: readonly Access[], config: Config) {
  const resolved = resolve(config);
  const caches = new PlainDataCaches((resolved.cost as CachedCost).dataCaches);
  const machine = new ReferenceMachine(resolved, null, {
    onRead: (address) => caches.read(address),
    onMapped: (address) => caches.useByKernel(address),
  });
  for (const { kind, va, size } of records) machine.access(kind, va, size);
  return { caches, counters: machine.counters() };
}

const cache = fc
  .record({ sets: fc.integer({ min: 1, max: 6 }), ways: fc.integer({ min: 1, max: 4 }), cycles: fc.nat(300) })
  .map(({ sets, ways, cycles }) => ({ name: "C", bytes: 64 * sets * ways, ways, cycles }));

const machine = fc.record({
  l1i: fc.constantFrom([1, 1] as const, [4, 2] as const),
  l1d: fc.constantFrom([1, 1] as const, [4, 4] as const),
  stlb: fc.constantFrom([2, 1] as const, [8, 4] as const),
  psc: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(1)),
});

it("of random records on random machines are those of the plain model", { timeout: 60_000 }, async () => {
  const options = fc.record({
    hitBelow: fc.nat(50),
    walkers: fc.integer({ min: 1, max: 5 }),
    dataCaches: fc.array(cache, { minLength: 1, maxLength: 3, size: "max" }),
    memoryCycles: fc.nat(500),
  });
  await fc.assert(
    fc.asyncProperty(
      randomRecords,
      machine,
      options,
      fc.constantFrom("4K", "2M"),
      async (records, sizes, given, pageSize) => {
        const { hitBelow, ...numbers } = given;
        const cost: CostOptions = { model: "cached", hitBelowCycles: [hitBelow], ...numbers };
        const config = { cpu: plainCpu(sizes), cost, pageSize } as Config;
        const { cycles, walks } = await simulate(await traceOf(lackeyText(records)), config);
        const { caches, counters } = plainReads(records, config);
        const rows = cycles?.dataCaches ?? [];
        expect(rows.map(({ hits }) => hits)).toEqual([...caches.hits, caches.memoryReads]);
        const latencies = [...given.dataCaches.map((each) => each.cycles), given.memoryCycles];
        const serial = latencies.reduce((sum, each, at) => sum + each * (rows[at]?.hits ?? 0), 0);
        const spent = hitBelow * counters.tlbs[2].lookups;
        expect(cycles?.walks).toEqual({
          count: counters.walks.count + counters.walks.setDirty,
          references: walks.references + walks.setDirtyReferences,
          walkers: given.walkers,
          serial,
          atLeast: Math.ceil(serial / given.walkers),
        });
        expect(rows.reduce((sum, { hits }) => sum + hits, 0)).toBe(cycles?.walks.references);
        expect(cycles?.total).toEqual({ atMost: spent + serial, atLeast: spent + Math.ceil(serial / given.walkers) });
      },
    ),
    { numRuns: 60, seed: 8 },
  );
});

describe("wrong numbers of cost are told", () => {
  it.each([
    ["", "cost: got ; allowed: flat, cached"],
    ["flat,walk", "cost: got walk; allowed: of flat: NAME=N"],
    [
      "flat,memory=3",
      "cost: got memory=3; allowed: of flat: NAME=N, whole numbers, with tlb2, tlb3, walkers, walk, reference",
    ],
    ["cached,walk=3", "of cached: NAME=N, whole numbers, with tlb2, tlb3, walkers, l1, l2, l3, memory"],
    ["flat,walk=1,walk=2", "cost: got walk=2; allowed: walk once"],
    ["flat,walkers=65", "cost.walkers: got 65; allowed: a whole number from 1 to 64"],
    ["flat,tlb2=1000001", "cost.hitBelowCycles: got 1000001; allowed: a number from 0 to 1000000"],
    [{ model: "cached", dataCaches: [] }, "cost.dataCaches: got 0 caches; allowed: 1 to 3"],
    [
      { model: "cached", dataCaches: [{ name: "L1D", bytes: 96, ways: 1, cycles: 1 }] },
      "cost.dataCaches[0].bytes: got 96; allowed: a multiple of 64: 1 ways of 64-byte lines",
    ],
  ] as [CostOptions | string, string][])("%j", (cost, message) => {
    expect(() => resolve({ cost })).toThrow(message);
  });
});
