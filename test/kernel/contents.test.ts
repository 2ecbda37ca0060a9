import { describe, expect, it } from "vitest";
import { BUILDS } from "../helpers/builds.ts";
import { A, ALL, D, G, KEY_SHIFT, P, PS, US, XD } from "../reference/entry-bits.ts";
import { CR3, geometry, Machine, vaOf } from "./machine.ts";

const VA = vaOf({ pml4: 1, pdpt: 2, pd: 3, pt: 4 });
const PAGE = 0x1234_5000n;

const held = ({ processor }: Machine, cache: string) =>
  processor
    .contents()
    .filter(({ name }) => name === cache)
    .flatMap(({ sets }) => sets.flat())
    .filter((entry) => entry !== null);

describe.each(BUILDS)("contents() ($name)", ({ module }) => {
  it("is empty at first, with every cache that has entries, in sets of ways", async () => {
    const machine = await Machine.create(module);
    expect(machine.processor.contents().map(({ name, ways, sets }) => [name, ways, sets.length])).toEqual([
      ["L1I", 4, 1],
      ["L1D", 4, 1],
      ["STLB", 4, 2],
      ["PDE", 2, 1],
      ["PDPTE", 2, 1],
      ["PML4E", 2, 1],
    ]);
    expect(
      machine.processor
        .contents()
        .flatMap(({ sets }) => sets.flat(2))
        .every((entry) => entry === null),
    ).toBe(true);
  });

  it("leaves out caches that are turned off, and has PML5Es with five levels", async () => {
    const psc = { pde: 0, pdpte: 1, pml4e: 2 };
    const caches = { l1i: geometry(1, 1), l1d: geometry(1, 1), stlb: geometry(1, 1), psc };
    const namesOf = async (cr4: string[]) =>
      (await Machine.create(module, cr4, caches)).processor.contents().map(({ name }) => name);
    expect(await namesOf([])).toEqual(["L1I", "L1D", "STLB", "PDPTE", "PML4E"]);
    expect(await namesOf(["LA57"])).toEqual(["L1I", "L1D", "STLB", "PDPTE", "PML4E", "PML5E"]);
  });

  it("tells of a page its address, where it lies, the rights of all levels, D and key", async () => {
    const machine = await Machine.create(module);
    machine.map(VA, PAGE | P | US | XD | (5n << KEY_SHIFT));
    machine.read(VA + 0x56n);
    const page = {
      ...{ address: VA, level: 1, physicalAddress: PAGE, pcid: 0, protectionKey: 5, age: 0 },
      ...{ write: false, user: true, execute: false, dirty: false },
    };
    expect(held(machine, "L1D")).toEqual([page]);
    expect(held(machine, "STLB")).toEqual([page]);
    expect(held(machine, "L1I")).toEqual([]);
    const pde = held(machine, "PDE");
    expect(pde).toMatchObject([{ address: VA & ~0x1fffffn, level: 2, dirty: null, protectionKey: null, write: true }]);
    expect(machine.processor.readEntry((pde[0]?.physicalAddress ?? 0n) + 8n * 4n) & ~A).toBe(
      PAGE | P | US | XD | (5n << KEY_SHIFT),
    );
    expect(held(machine, "PDPTE")).toMatchObject([{ address: VA & ~0x3fffffffn, level: 3 }]);
    expect(held(machine, "PML4E")).toMatchObject([{ address: VA & ~0x7fffffffffn, level: 4 }]);
  });

  it("extends addresses of the upper half by their sign, with four levels and with five", async () => {
    const upper = 0xffff_9234_5678_9000n;
    for (const [cr4, levels, va] of [
      [[], 4, upper],
      [["LA57"], 5, upper],
      [["LA57"], 5, 0xff12_3456_789a_b000n],
    ] as const) {
      const machine = await Machine.create(module, [...cr4]);
      machine.map(va, PAGE | ALL, 1, { levels });
      machine.read(va);
      expect(held(machine, "L1D")).toMatchObject([{ address: va }]);
    }
  });

  it("has large pages whole, global ones without a PCID, and others with theirs", async () => {
    const machine = await Machine.create(module, ["PGE", "PCIDE"]);
    machine.processor.writeCr3(CR3 | 7n);
    machine.map(VA, 0x4000_0000n | PS | ALL | G, 3);
    machine.map(vaOf({ pml4: 1, pdpt: 3 }), 0x60_0000n | PS | ALL | D, 2);
    machine.read(VA);
    machine.read(vaOf({ pml4: 1, pdpt: 3, pt: 9 }));
    expect(held(machine, "L1D").sort((a, b) => b.age - a.age)).toMatchObject([
      {
        address: vaOf({ pml4: 1, pdpt: 2 }),
        level: 3,
        physicalAddress: 0x4000_0000n,
        pcid: null,
        dirty: false,
        age: 1,
      },
      { address: vaOf({ pml4: 1, pdpt: 3 }), level: 2, physicalAddress: 0x60_0000n, pcid: 7, dirty: true, age: 0 },
    ]);
    expect(held(machine, "PML4E")).toMatchObject([{ pcid: 7 }]);
  });

  it("fills ways from the first, and tells by age which page a full set loses", async () => {
    const machine = await Machine.create(module);
    const pages = [0, 1, 2, 3, 4].map((pt) => vaOf({ pml4: 1, pt }));
    for (const va of pages) machine.map(va, PAGE | ALL);
    for (const va of pages.slice(0, 4)) machine.read(va);
    const ways = () => machine.processor.contents().find(({ name }) => name === "L1D")?.sets[0];
    expect(ways()?.map((entry) => entry?.address)).toEqual(pages.slice(0, 4));
    machine.read(pages[0] as bigint);
    expect(ways()?.map((entry) => entry?.age)).toEqual([0, 3, 2, 1]);
    machine.read(pages[4] as bigint);
    expect(ways()?.map((entry) => entry?.address)).toEqual([pages[0], pages[4], pages[2], pages[3]]);
  });
});

describe("setOf()", () => {
  it("is the page number at the page's own size, mod sets", async () => {
    const { processor } = await Machine.create((BUILDS[0] as (typeof BUILDS)[number]).module);
    const va = vaOf({ pd: 1, pt: 2 });
    expect([1, 2, 3].map((level) => processor.setOf("STLB", va, level))).toEqual([0, 1, 0]);
    expect(processor.setOf("L1D", va, 1)).toBe(0);
  });
});
