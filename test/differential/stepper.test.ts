/** The Stepper, and with it what Processor.contents() reads, against plain lists: test/reference/small-machine.ts. */
import { describe, expect, it } from "vitest";
import { buildExample, EXAMPLE_DEFAULTS, exampleRegions, regionBytes } from "../../src/explain/example-process.ts";
import { Stepper, type StepperOptions } from "../../src/explain/stepper.ts";
import { Processor } from "../../src/kernel/processor.ts";
import type { CacheContents, Step } from "../../src/report/stepping.ts";
import { levelNumber } from "../../src/tables.ts";
import { Random } from "../conformance/random.ts";
import { D } from "../reference/entry-bits.ts";
import type { Memory } from "../reference/paging.ts";
import type { Mode } from "../reference/rights.ts";
import { type PlainAccess, type PlainName, SmallMachine } from "../reference/small-machine.ts";

const STEPS = 3000;
const CR3 = BigInt(EXAMPLE_DEFAULTS.cr3);

const modeOf = (levels: 4 | 5): Mode => ({
  ...{ levels, maxPhyAddr: EXAMPLE_DEFAULTS.maxPhyAddr, pages1G: true, cr3: CR3 },
  ...{ wp: true, smep: true, smap: true, ac: false, nxe: true, pge: true, pcide: false },
  ...{ pke: true, pks: false, pkru: Number(EXAMPLE_DEFAULTS.pkru), pkrs: 0 },
});

/** The words of the example's tables, which lie one after the other. */
async function exampleMemory(la57: boolean): Promise<Memory> {
  const processor = await Processor.create();
  buildExample(processor, { la57, pages1G: true });
  const memory: Memory = new Map();
  for (let frame = CR3; processor.frame(frame) !== null; frame += 4096n) {
    const words = new BigUint64Array((processor.frame(frame) as Uint8Array).slice().buffer);
    for (const [index, word] of words.entries()) if (word !== 0n) memory.set(frame + BigInt(8 * index), word);
  }
  return memory;
}

const SIZES: { options: StepperOptions; sizes: Partial<Record<PlainName, [number, number]>> }[] = [
  {
    options: {},
    sizes: { L1I: [2, 2], L1D: [4, 2], STLB: [8, 4], PDE: [2, 2], PDPTE: [1, 1], PML4E: [1, 1] },
  },
  {
    options: { la57: true, caches: { l1i: "3:1", l1d: "6:2", stlb: "12:full", psc: "pde=3,pdpte=2,pml4e=2" } },
    sizes: { L1I: [3, 1], L1D: [6, 2], STLB: [12, 12], PDE: [3, 3], PDPTE: [2, 2], PML4E: [2, 2], PML5E: [2, 2] },
  },
  {
    options: { caches: { l1i: "1:1", l1d: "1:1", stlb: "1:1", psc: "none" } },
    sizes: { L1I: [1, 1], L1D: [1, 1], STLB: [1, 1] },
  },
];

function randomAccess(random: Random, la57: boolean): PlainAccess {
  const region = random.pick(exampleRegions(la57));
  const pages = [0n, 1n, 2n, BigInt(region.pages - 1), BigInt(region.pages)];
  const page = random.pick(pages) * (regionBytes(region) / BigInt(region.pages));
  const wild = [0n, 0x0000_8000_0000_1234n, 0x8000_0000_0000_0000n];
  const va = random.chance(0.03) ? random.pick(wild) : region.va + page + BigInt(random.below(4096));
  const kind = random.pick(["read", "read", "write", "fetch"] as const);
  const usual = region.va >= 2n ** 63n ? "supervisor" : "user";
  return { va, kind, privilege: random.chance(0.9) ? usual : random.pick(["user", "supervisor"] as const) };
}

/** Entries of each set by recency, as the model has them. */
const shown = (contents: CacheContents[]) =>
  contents.map(({ name, sets }) => ({
    name,
    sets: sets.map((entries) =>
      entries
        .flatMap((entry) => (entry === null ? [] : [entry]))
        .sort((a, b) => a.age - b.age)
        .map(({ address, pageSize, dirty, global }) => `${address} ${pageSize} ${dirty} ${global}`),
    ),
  }));

function plain({ caches }: SmallMachine) {
  return [...caches].map(([name, { sets }]) => ({
    name,
    sets: sets.map((lines) =>
      lines.map(({ level, number, dirty, global }) => {
        const first = BigInt.asUintN(64, number << BigInt(12 + 9 * (level - 1)));
        const isTlb = name === "L1I" || name === "L1D" || name === "STLB";
        const pageSize = isTlb ? ["4K", "2M", "1G"][level - 1] : null;
        return `0x${first.toString(16).padStart(16, "0")} ${pageSize} ${isTlb ? dirty : null} ${global}`;
      }),
    ),
  }));
}

/** `contents` as the steps that they came from tell it: what was filled, updated and invalidated there. */
function apply(before: CacheContents[], { fills, updated, invalidated }: Step, after: CacheContents[]): Set<string> {
  const told = new Set<string>();
  const at = (contents: CacheContents[], { cache, set, way }: Step["invalidated"][number]) =>
    contents.find(({ name }) => name === cache)?.sets[set]?.[way];
  for (const { place, evicted } of fills) {
    expect(evicted).toEqual(at(before, place));
    told.add(JSON.stringify(place));
  }
  for (const place of updated) {
    expect([at(before, place)?.dirty, at(after, place)?.dirty]).toEqual([false, true]);
    told.add(JSON.stringify(place));
  }
  for (const place of invalidated) {
    expect(at(before, place)).not.toBeNull();
    expect(at(after, place)).toBeNull();
    told.add(JSON.stringify(place));
  }
  return told;
}

describe("the Stepper", () => {
  it.each(SIZES)("asks, fills, evicts and invalidates what the plain model does: %j", async ({ options, sizes }) => {
    const la57 = options.la57 ?? false;
    const random = new Random(21);
    // All pages are clean, so that stores have something to set.
    const clean = [...(await exampleMemory(la57))].map(([address, entry]) => [address, entry & ~D] as const);
    const entries = clean.map(([physicalAddress, entry]) => ({ physicalAddress, entry }));
    const stepper = await Stepper.create({ ...options, entries, demandPaging: false });
    const model = new SmallMachine(modeOf(la57 ? 5 : 4), new Map(clean), sizes);
    const seen = new Set<string>();
    let access = randomAccess(random, la57);
    for (let count = 0; count < STEPS; count++) {
      const before = stepper.contents();
      const memoryBefore = new Map(model.memory);
      if (random.chance(0.005)) {
        stepper.flush();
        model.flush();
      } else if (random.chance(0.02)) {
        const { va } = randomAccess(random, la57);
        stepper.invlpg(va);
        if (BigInt.asUintN(64, BigInt.asIntN(la57 ? 57 : 48, va)) === va) model.invlpg(va);
      } else {
        if (random.chance(0.3)) access = { ...access, kind: random.pick(["read", "write"] as const) };
        else access = randomAccess(random, la57);
        const step = stepper.step({ ...access, address: access.va });
        const expected = model.access(access);
        const title = `${count}: ${access.kind} 0x${access.va.toString(16)} by ${access.privilege}`;
        expect(
          step.lookups.map(({ cache, place }) => [cache, place !== null]),
          title,
        ).toEqual(expected.lookups);
        expect(step.explanation.fault?.vector ?? null, title).toBe(expected.vector);
        expect(
          step.explanation.steps.map(({ level }) => levelNumber(level)),
          title,
        ).toEqual(expected.read);
        const marked = [...model.memory].filter(([address, entry]) => memoryBefore.get(address) !== entry);
        expect(
          new Map(step.marked.map(({ physicalAddress, after }) => [BigInt(physicalAddress), BigInt(after)])),
        ).toEqual(new Map(marked));
        const told = apply(before, step, stepper.contents());
        if (step.outcome.endsWith("hit")) expect(told.size).toBe(step.outcome === "l1-hit" ? 0 : 1);
        seen.add(step.outcome);
      }
      expect(shown(stepper.contents())).toEqual(plain(model));
    }
    const outcomes = ["fault", "l1-hit", "not-canonical", "set-dirty", "stlb-hit", "walk"];
    expect([...seen].sort()).toEqual(sizes.PDE === undefined ? outcomes : [...outcomes, "short-walk"].sort());
  });
});
