import { describe, expect, it } from "vitest";
import { compareWith } from "../../src/compare/compare.ts";
import { readPerfStat } from "../../src/compare/perf-stat.ts";
import { simulatedCounts } from "../../src/compare/simulated.ts";
import type { Counter } from "../../src/config/cpus/events.ts";
import type { Config } from "../../src/config/types.ts";
import { compareCsv, compareText } from "../../src/report/compare-text.ts";
import type { CompareResult } from "../../src/report/results.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { FOR_PEOPLE, INTERVALS, SKYLAKE } from "./perf-outputs.ts";

/** 4 fetches of one page; loads of pages 1 and 2 in turn, a store to page 3, a modify of page 4. */
const RECORDS = [
  "I  400000,4",
  " L 1000,8",
  "I  400004,4",
  " L 2000,8",
  "I  400008,4",
  " S 3000,8",
  "I  40000c,4",
  " M 4000,8",
  " L 1000,8",
];
/** One entry each in the L1 TLBs, so that the last load hits below. */
const CONFIG: Config = { l1i: "1:1", l1d: "1:1" };

const run = async (config: Config = CONFIG, by: string | null = "kind") =>
  simulate(await openTrace(new TextEncoder().encode(`${RECORDS.join("\n")}\n`)), config, { by: by ?? undefined });

const compared = async (text: string, config: Config = CONFIG) =>
  compareWith(await run(config), readPerfStat(text, "perf.txt"), "perf.txt");

const row = ({ rows }: CompareResult, counter: Counter) => rows.find((each) => each.counter === counter);

describe("simulatedCounts()", () => {
  it("has loads and stores apart; a modify misses as a load, and is looked up as both", async () => {
    expect(simulatedCounts(await run())).toEqual({
      instructions: 4,
      fetchLookups: 4,
      dataLookups: 5,
      loadLookups: 4,
      storeLookups: 2,
      fetchL1Misses: 1,
      loadL1Misses: 4,
      storeL1Misses: 1,
      dataL1Misses: 5,
      fetchHitsBelow: 0,
      loadHitsBelow: 1,
      storeHitsBelow: 0,
      dataHitsBelow: 1,
      l2Lookups: 6,
      l2Misses: 5,
      fetchWalks: 1,
      loadWalks: 3,
      storeWalks: 1,
      dataWalks: 4,
      walks: 5,
      // The first walk for data begins below the PDPTE that the fetch has left cached.
      fetchWalkReferences: 4,
      dataWalkReferences: 5,
      walkReferences: 9,
      minorFaults: 5,
      majorFaults: 0,
      faults: 5,
    });
  });

  it("has of a run that tells no kinds apart what its TLBs tell", async () => {
    const counts = simulatedCounts(await run(CONFIG, null));
    expect(counts).toMatchObject({ fetchL1Misses: 1, dataL1Misses: 5, walks: 5 });
    expect(counts.loadWalks).toBeUndefined();
  });
});

describe("compareWith()", () => {
  it("puts rates side by side, and sums up what the processor tells apart", async () => {
    const result = await compared(SKYLAKE, { ...CONFIG, cpu: "skylake" });
    expect(result.family).toBe("skylake");
    expect(row(result, "instructions")).toMatchObject({ measured: 2_389_210, simulated: 4, ratio: 4 / 2_389_210 });
    expect(row(result, "loadWalks")).toMatchObject({
      measured: 1500,
      simulated: 3,
      measuredPerThousand: 1_500_000 / 2_389_210,
      simulatedPerThousand: 750,
      ratio: 750 / (1_500_000 / 2_389_210),
    });
    expect(row(result, "loadL1Misses")).toMatchObject({
      measured: 1610,
      events: [
        { event: "dtlb_load_misses.stlb_hit:u", count: 110 },
        { event: "dtlb_load_misses.walk_completed:u", count: 1500 },
      ],
    });
    expect(row(result, "dataL1Misses")?.measured).toBe(1500 + 110 + 12 + 44);
    expect(row(result, "walks")).toMatchObject({ measured: 1500 + 44 + 70, simulated: 5 });
    // Hits of fetches were not counted, so that their L1 misses are not known.
    expect(row(result, "fetchL1Misses")).toBeUndefined();
    expect(result.unmeasured).toContainEqual({ counter: "fetchHitsBelow", event: "itlb_misses.stlb_hit" });
    expect(result.others).toEqual([
      { event: "itlb_misses.stlb_hit:u", count: null, why: "not counted: it never ran" },
      { event: "LLC-loads", count: null, why: expect.stringContaining("nothing of this is simulated") },
      { event: "cpu/event=0x08,umask=0x10/u", count: 1234, why: expect.stringContaining("a code") },
    ]);
    expect(result.notes).toEqual([
      expect.stringContaining("dtlb_store_misses.walk_completed:u, which was 74.99% of the time"),
      expect.stringContaining("Measured were 2,389,210 instructions, traced 4"),
    ]);
  });

  it("takes events of a generic CPU for those of the family that has them, and says so", async () => {
    const result = await compared(SKYLAKE);
    expect(result.family).toBe("sandy-bridge"); // the first that has all of them
    expect(result.notes[0]).toContain("what was simulated is generic: name the CPU with --cpu");
    const amd = await compared("   12   ls_l1_d_tlb_miss.all:u\n   3   ls_l1_d_tlb_miss.all_l2_miss:u\n");
    expect(amd.family).toBe("zen4");
    expect(row(amd, "dataWalks")).toMatchObject({ measured: 3, simulated: 4, ratio: 4 / 3 });
    expect((await compared("   12   l1d_tlb_refill:u\n")).family).toBe("neoverse");
  });

  it("takes perf's own names for nothing before the CPU is known: they mean something else on each", async () => {
    const text = "   1000   instructions:u\n   50   dTLB-load-misses:u\n   7   minor-faults:u\n";
    const unknown = await compared(text);
    expect(unknown.family).toBeNull();
    expect(unknown.others).toMatchObject([{ event: "dTLB-load-misses:u", why: expect.stringContaining("--cpu") }]);
    expect(row(unknown, "minorFaults")).toMatchObject({ measured: 7, simulated: 5 });
    expect(row(await compared(text, { cpu: "skylake" }), "loadWalks")?.measured).toBe(50);
    expect(row(await compared(text, { cpu: "zen3" }), "dataWalks")?.measured).toBe(50);
    expect(row(await compared(text, { cpu: "neoverse-n1" }), "dataL1Misses")?.measured).toBe(50);
  });

  it("takes of a hybrid processor the cores that are simulated", async () => {
    const text = [
      "1000;;cpu_core/instructions/u;1;100.00;;",
      "9000;;cpu_atom/instructions/u;1;100.00;;",
      "20;;cpu_core/dtlb_load_misses.walk_completed/u;1;100.00;;",
      "90;;cpu_atom/dtlb_load_misses.walk_completed/u;1;100.00;;",
    ].join("\n");
    const core = await compared(text, { cpu: "golden-cove" });
    expect(row(core, "loadWalks")).toMatchObject({ measured: 20, measuredPerThousand: 20 });
    expect(core.others.map(({ why }) => why)).toEqual(Array(2).fill("of the processor's other cores"));
    expect(row(await compared(text, { cpu: "gracemont" }), "loadWalks")).toMatchObject({
      measured: 90,
      measuredPerThousand: 10,
    });
    expect((await compared(text)).family).toBe("golden-cove");
  });

  it("prefers what was counted in user mode alone, and says where it was not", async () => {
    const both = await compared("   9   itlb_misses.walk_completed\n   4   itlb_misses.walk_completed:u\n", {
      cpu: "skylake",
    });
    expect(row(both, "fetchWalks")?.measured).toBe(4);
    expect(both.others).toMatchObject([{ event: "itlb_misses.walk_completed", count: 9 }]);
    expect(both.notes.join()).not.toContain("user mode");
    const all = await compared("   9   itlb_misses.walk_completed\n", { cpu: "skylake" });
    expect(all.notes.join()).toContain("1 event is not said to be of user mode alone (:u)");
  });

  it("sums events of one page size up, and says which are missing; the whole goes first", async () => {
    const parts = "   5   dtlb_load_misses.walk_completed_4k:u\n   2   dtlb_load_misses.walk_completed_2m_4m:u\n";
    const result = await compared(parts, { cpu: "haswell" });
    expect(row(result, "loadWalks")).toMatchObject({
      measured: 7,
      differs: expect.stringMatching(/^Without 1G, which/),
    });
    const whole = await compared(`${parts}   8   dtlb_load_misses.walk_completed:u\n`, { cpu: "haswell" });
    expect(row(whole, "loadWalks")?.measured).toBe(8);
    expect(whole.others.map(({ why }) => why)).toEqual(Array(2).fill("a part of what is there whole"));
  });

  it("sums up what a walker read from each cache", async () => {
    const text = ["l1", "l2", "l3", "memory"].map((level, at) => `   ${at + 1}   page_walker_loads.dtlb_${level}:u\n`);
    expect(row(await compared(text.join(""), { cpu: "broadwell" }), "dataWalkReferences")).toMatchObject({
      measured: 10,
      simulated: 5,
    });
  });

  it("says that nothing could be counted, and how many intervals there were", async () => {
    const nothing = await compared(FOR_PEOPLE, { cpu: "skylake" });
    expect(nothing.rows.map(({ counter }) => counter)).toEqual(["minorFaults"]);
    expect(nothing.notes).toEqual([expect.stringContaining("Instructions were not measured")]);
    expect((await compared(INTERVALS)).notes[0]).toBe("Counts of 3 intervals are summed up.");
  });
});

describe("the comparison", () => {
  it("is a table for people, and what is to be known", async () => {
    const text = compareText(await compared(SKYLAKE, { ...CONFIG, cpu: "skylake" }));
    expect(text).toMatch(/^walks, loads +dtlb_load_misses\.walk_completed:u +1,500 +0\.628 +3 +750\.000 +1,194\.61x$/m);
    expect(text).toMatch(/^walks +sum of 3 +1,614 +0\.676 +5 /m);
    expect(text).toContain("Not compared:\n  - itlb_misses.stlb_hit:u: not counted: it never ran\n");
  });

  it("is a table of CSV, and shows no control character of a file", async () => {
    const text = "   5   itlb_misses.walk_completed:u\n   6   x\u001b[2Jy\n";
    const result = await run({ cpu: "skylake" });
    result.compare = compareWith(result, readPerfStat(text, ""), "perf\u001b.txt");
    expect(compareText(result.compare)).not.toContain("\u001b");
    const [head, ...rows] = compareCsv([result]).trimEnd().split("\n");
    expect(head).toBe(
      "trace,cpu,file,counter,measured,simulated,measuredPerThousand,simulatedPerThousand,ratio,events",
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain(",fetchWalks,5,1,,250,0.2,itlb_misses.walk_completed:u");
  });
});
