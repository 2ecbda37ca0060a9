/** The kernel against the plain model of test/reference, on random records and random machines. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import { type Config, ONLINE_POLICIES, PAGE_SIZES, type ResolvedConfig } from "../../src/config/types.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { replayWords } from "../helpers/record-words.ts";
import type { Access } from "../reference/access.ts";
import { assertCounters, countersOf } from "../reference/assert-counters.ts";
import { ReferenceMachine, runReference } from "../reference/machine.ts";
import { leafFlagsIn } from "./leaf-flags.ts";

/** Every kind of array: direct-mapped, set-associative, sets that are no power of two, more ways than SIMD compares. */
const geometry = fc.constantFrom(
  "1:1",
  "2:full",
  "4:1",
  "6:2",
  "8:2",
  "12:3",
  "16:4",
  "20:5",
  "17:full",
  "24:12",
  "40:20",
  "30:15",
  "132:33",
);
const pscSize = fc.constantFrom(0, 1, 2, 3, 17, 32, 33, 70);

const config: fc.Arbitrary<Config> = fc.record({
  l1i: geometry,
  l1d: geometry,
  stlb: geometry,
  psc: fc.record({ pde: pscSize, pdpte: pscSize, pml4e: pscSize }),
  policy: fc.constantFrom(...ONLINE_POLICIES),
  pageSize: fc.constantFrom(...PAGE_SIZES),
});

const bytesOf = (records: Access[]) => new TextEncoder().encode(lackeyText(records));

describe.each(BUILDS)("the kernel ($name)", ({ module }) => {
  it("counts what the plain model counts, on any machine and any records", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(config, randomRecords, async (config, records) => {
        const result = await simulate(await openTrace(bytesOf(records)), config);
        assertCounters(result);
        expect(countersOf(result)).toEqual(runReference(records, result.config));
      }),
      { seed: 2, numRuns: 250 },
    );
  });

  it("counts the same from record words, which no decoder has thinned out", async () => {
    await fc.assert(
      fc.asyncProperty(config, randomRecords, async (config, records) => {
        const resolved = resolve(config);
        const kernel = await Kernel.create(module);
        kernel.configureRun(resolved);
        replayWords(kernel, records);
        expect(missesOf(kernel)).toEqual(missesIn(records, resolved));
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it("leaves A and D in its page tables where the plain model has them", async () => {
    await fc.assert(
      fc.asyncProperty(config, randomRecords, async (config, records) => {
        const resolved = resolve(config);
        const kernel = await Kernel.create(module);
        kernel.configureRun(resolved);
        replayWords(kernel, records);
        const model = new ReferenceMachine(resolved);
        for (const { kind, va, size } of records) model.access(kind, va, size);
        expect(leafFlagsIn(kernel.physicalMemory())).toEqual(model.leafFlags());
      }),
      { seed: 4, numRuns: 100 },
    );
  });
});

function missesOf(kernel: Kernel) {
  const { l1iMisses, l1dMisses, stlbLookups, stlbMisses, setDirty, pteReads, minorFaults } = kernel.counters();
  return { l1iMisses, l1dMisses, stlbLookups, stlbMisses, setDirty, pteReads, minorFaults };
}

function missesIn(records: Access[], config: ResolvedConfig): ReturnType<typeof missesOf> {
  const { tlbs, walks, faults } = runReference(records, config);
  const [l1i, l1d, stlb] = tlbs;
  return {
    l1iMisses: l1i.misses,
    l1dMisses: l1d.misses,
    stlbLookups: stlb.lookups,
    stlbMisses: stlb.misses,
    setDirty: walks.setDirty,
    pteReads: walks.byLevel.pte,
    minorFaults: faults.minor,
  };
}
