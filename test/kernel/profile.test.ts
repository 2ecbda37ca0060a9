/** The kernel's profile of record words with marks between them, which join and double far more than short traces can. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import type { Config, ResolvedConfig } from "../../src/config/types.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import type { CountsSoFar } from "../../src/kernel/misses.ts";
import { hexAddress } from "../../src/report/format.ts";
import { BUILDS } from "../helpers/builds.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { lackeyText } from "../helpers/random-records.ts";
import type { Access } from "../reference/access.ts";
import { type CountedProfile, ReferenceProfile } from "../reference/profile.ts";

const KINDS = ["fetch", "load", "store", "modify"] as const;
/** EVENT_INTERVAL, from the picture in assembly/layout.ts. */
const MARK = 4n;
const MARK_RECORDS = 4096;

type Step = Access | "mark";

/** `records` records on `pages` pages, which lie `spread` bits apart, with marks among them. */
function steps(seed: number, shape: { marks: number; records: number; pages: number; spread: number }): Step[] {
  const random = randomNumbers(seed);
  const all: Step[] = Array.from({ length: shape.records }, () => {
    const page = BigInt(random() % shape.pages) << BigInt(shape.spread);
    const half = random() % 2 === 0 ? 0n : 0xffff_8000_0000_0000n;
    const isStraddling = random() % 16 === 0;
    return {
      kind: KINDS[random() % 4] ?? "load",
      va: half + ((page << 12n) % 2n ** 47n) + (isStraddling ? 4095n : 0n),
      size: isStraddling ? 2 : 1,
    };
  });
  for (let mark = 0; mark < shape.marks; mark++) all.splice(random() % (all.length + 1), 0, "mark");
  return all;
}

function wordOf(step: Step): bigint {
  if (step === "mark") return MARK;
  const straddles = (step.va & 4095n) + BigInt(step.size) > 4096n;
  return ((step.va >> 12n) << 6n) | (BigInt(KINDS.indexOf(step.kind)) << 4n) | (straddles ? 1n << 63n : 0n);
}

/** What `kernel` makes of `steps`, in batches of `batchWords`, as the plain model has it. */
function profileOf(kernel: Kernel, steps: readonly Step[], config: ResolvedConfig, batchWords: number): CountedProfile {
  kernel.configureRun(config, true);
  for (let at = 0; at < steps.length; at += batchWords) {
    const batch = steps.slice(at, at + batchWords);
    const count = (kind: Access["kind"]) => batch.filter((step) => step !== "mark" && step.kind === kind).length;
    const records = [count("fetch"), count("load"), count("store"), count("modify")] as const;
    kernel.setBatch(BigUint64Array.from(batch, wordOf), records);
    kernel.run();
  }
  const { intervalRecords, ends, blockBytes, blocks, protections } = kernel.profile();
  const { l1iMisses, l1dMisses, stlbMisses, minorFaults, ...reads } = kernel.counters();
  const walkReferences = reads.pml4eReads + reads.pdpteReads + reads.pdeReads + reads.pteReads;
  const now = { l1iMisses, l1dMisses, stlbMisses, walkReferences, minorFaults };
  const since = (end: CountsSoFar, begin: CountsSoFar = { ...end }) => ({
    l1iMisses: end.l1iMisses - begin.l1iMisses,
    l1dMisses: end.l1dMisses - begin.l1dMisses,
    stlbMisses: end.stlbMisses - begin.stlbMisses,
    walkReferences: end.walkReferences - begin.walkReferences,
    minorFaults: end.minorFaults - begin.minorFaults,
  });
  const nothing = since(now);
  return {
    intervalMarks: intervalRecords / MARK_RECORDS,
    intervals: [...ends, now].map((end, index) => since(end, index === 0 ? nothing : ends[index - 1])),
    blockBytes,
    blocks: blocks
      .sort((a, b) => (a.address < b.address ? -1 : 1))
      .map(({ address, ...counts }) => ({ address: hexAddress(address), ...counts })),
    generalProtections: protections.map(({ address, ...rest }) => ({ address: hexAddress(address), ...rest })),
  };
}

function expected(steps: readonly Step[], config: ResolvedConfig): CountedProfile {
  const model = new ReferenceProfile(config);
  for (const step of steps) step === "mark" ? model.mark() : model.access(step);
  return model.counts();
}

const SMALL: Config = { l1d: "8:2", l1i: "4:full", stlb: "32:4" };

describe.each(BUILDS)("Kernel.profile() ($name)", ({ module }) => {
  it.each([
    { marks: 511, intervalMarks: 1 },
    { marks: 512, intervalMarks: 2 },
    { marks: 1023, intervalMarks: 2 },
    { marks: 1024, intervalMarks: 4 },
    { marks: 9000, intervalMarks: 32 },
  ])("joins intervals two by two when there are too many: $marks marks", async ({ marks, intervalMarks }) => {
    const config = resolve(SMALL);
    const drawn = steps(marks, { marks, records: 4000, pages: 60, spread: 0 });
    const profile = profileOf(await Kernel.create(module), drawn, config, 999);
    expect(profile.intervalMarks).toBe(intervalMarks);
    expect(profile).toEqual(expected(drawn, config));
  });

  it.each([
    { pages: 300, spread: 0, pageSize: "4K", shift: 12 },
    { pages: 3000, spread: 0, pageSize: "4K", shift: 15 },
    { pages: 3000, spread: 5, pageSize: "4K", shift: 20 },
    { pages: 100_000, spread: 18, pageSize: "4K", shift: 38 },
    { pages: 3000, spread: 5, pageSize: "2M", shift: 21 },
    { pages: 3000, spread: 11, pageSize: "2M", shift: 26 },
    { pages: 3000, spread: 19, pageSize: "1G", shift: 34 },
  ] as const)("doubles blocks when there are too many: $pages pages, 2^$spread apart, of $pageSize", async (shape) => {
    const config = resolve({ ...SMALL, pageSize: shape.pageSize });
    const drawn = steps(7, { ...shape, marks: 40, records: 12_000 });
    const profile = profileOf(await Kernel.create(module), drawn, config, 5000);
    expect(Math.log2(profile.blockBytes)).toBe(shape.shift);
    expect(profile).toEqual(expected(drawn, config));
  });

  it("does both at once, whatever the batches and the runs before", async () => {
    const shape = fc.record({
      marks: fc.integer({ min: 0, max: 3000 }),
      records: fc.integer({ min: 0, max: 6000 }),
      pages: fc.integer({ min: 1, max: 5000 }),
      spread: fc.integer({ min: 0, max: 24 }),
    });
    const config = fc.record({
      l1d: fc.constantFrom("4:1", "8:2", "17:full"),
      l1i: fc.constantFrom("2:full", "16:4"),
      stlb: fc.constantFrom("16:full", "128:4"),
      policy: fc.constantFrom("lru" as const, "fifo" as const),
      pageSize: fc.constantFrom("4K" as const, "2M" as const, "1G" as const),
    });
    const kernel = await Kernel.create(module); // one, so that each run finds the memory as the one before left it
    fc.assert(
      fc.property(fc.nat(), shape, config, fc.integer({ min: 50, max: 9000 }), (seed, shape, given, batch) => {
        const resolved = resolve(given);
        const drawn = steps(seed, shape);
        expect(profileOf(kernel, drawn, resolved, batch)).toEqual(expected(drawn, resolved));
      }),
      { seed: 31, numRuns: 25 },
    );
  });

  it("starts anew with each configuration", async () => {
    const kernel = await Kernel.create(module);
    const words = BigUint64Array.from([...Array(600).fill(MARK), wordOf({ kind: "load", va: 1n << 47n, size: 1 })]);
    for (let run = 0; run < 2; run++) {
      kernel.configureRun(resolve({ pageSize: "4K" }), true);
      kernel.setBatch(words, [0, 1, 0, 0]);
      kernel.run();
      expect(kernel.profile().protections).toEqual([{ address: 1n << 47n, access: "load", interval: 300 }]);
    }
    kernel.configureRun(resolve({ pageSize: "2M" }), true);
    expect(kernel.profile()).toEqual({
      intervalRecords: MARK_RECORDS,
      ends: [],
      blockBytes: 2 ** 21,
      blocks: [],
      protections: [],
    });
  });

  it("has its marks from the decoder, after each so many records, which change nothing for the records around", async () => {
    const kernel = await Kernel.create(module);
    const text = lackeyText(Array<Access>(10_000).fill({ kind: "load", va: 0x1000n, size: 4 }));
    for (const [profiled, words] of [
      [false, [wordOf({ kind: "load", va: 0x1000n, size: 4 })]],
      [true, [wordOf({ kind: "load", va: 0x1000n, size: 4 }), MARK, MARK]],
    ] as const) {
      kernel.configureRun(resolve({}), profiled);
      kernel.input().set(new TextEncoder().encode(text));
      expect(kernel.decode(text.length, false)).toBeNull();
      expect([...new Set(kernel.batchWords())]).toEqual([...new Set(words)]);
      expect(kernel.batchWords().filter((word) => word === MARK).length).toBe(profiled ? 2 : 0);
      expect(kernel.batchWords().length).toBeLessThan(10);
    }
  });
});
