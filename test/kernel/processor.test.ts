import { describe, expect, it } from "vitest";
import { Processor, type Translation } from "../../src/kernel/processor.ts";
import { BUILDS } from "../helpers/builds.ts";
import { A, ALL, D, G, P, PAT_LARGE, PS, US, XD } from "../reference/entry-bits.ts";
import { CACHES, CR3, foundIn, geometry, Machine, vaOf } from "./machine.ts";

const PAGE = 0x1234_5000n;
const VA = vaOf({ pml4: 1, pdpt: 2, pd: 3, pt: 4, offset: 0x56 });

describe.each(BUILDS)("probe() ($name)", ({ module }) => {
  const ENTRIES = [
    PAGE | ALL,
    PAGE | P | US,
    PAGE | ALL | XD,
    PAGE | (ALL & ~US),
    PAGE | (ALL & ~P),
    PAGE | ALL | (1n << 50n),
  ];

  it.each(ENTRIES)("tells of leaf %s what an access would come to with nothing cached", async (leaf) => {
    for (const va of [VA, VA + (1n << 12n), VA | (1n << 62n), VA + (1n << 39n)]) {
      for (const kind of ["read", "write", "fetch"] as const) {
        const machine = await Machine.create(module);
        machine.map(VA, leaf);
        const access = { va, kind, privilege: "user" } as const;
        const { steps, ...told } = machine.processor.probe(access);
        const { steps: walked, ...made } = machine.processor.access(access);
        expect({ ...told, translations: marked(told.translations) }).toEqual({
          ...made,
          translations: marked(made.translations),
        });
        expect(steps).toEqual(walked.map((step) => ({ ...step, after: step.before })));
      }
    }
  });

  it("changes nothing, and asks no cache", async () => {
    const machine = await Machine.create(module);
    const leaf = machine.map(VA, PAGE | ALL);
    machine.read(VA);
    // The tables have another page now; nobody has told the TLBs.
    machine.processor.writeEntry(leaf, (PAGE + 0x1000n) | ALL);
    const before = [machine.processor.counters(), machine.processor.contents(), machine.processor.registers()];
    const { translations } = machine.processor.probe({ va: VA, kind: "write", privilege: "user" });
    expect(translations).toMatchObject([{ physicalAddress: PAGE + 0x1056n, foundIn: "tables" }]);
    machine.processor.probe({ va: 0n, kind: "write", privilege: "user" });
    expect([machine.processor.counters(), machine.processor.contents(), machine.processor.registers()]).toEqual(before);
    expect(machine.processor.readEntry(leaf)).toBe((PAGE + 0x1000n) | ALL);
  });

  /** Translations as if A and D had been set. */
  function marked(translations: Translation[]): Translation[] {
    return translations.map((each) => ({ ...each, entry: each.entry | A | D }));
  }
});

describe.each(BUILDS)("access() ($name)", ({ module }) => {
  it("reads one entry of each level at its index, and adds the offset to the page", async () => {
    const machine = await Machine.create(module);
    machine.map(VA, PAGE | ALL);
    const { steps, translations } = machine.read(VA);
    expect(steps.map(({ level, address }) => [level, address & 0xfffn])).toEqual([
      [4, 8n * 1n],
      [3, 8n * 2n],
      [2, 8n * 3n],
      [1, 8n * 4n],
    ]);
    expect(translations).toMatchObject([{ physicalAddress: PAGE + 0x56n, leafLevel: 1, foundIn: "tables" }]);
  });

  it("stops at the PD when PS is set, and takes bit 12 of the entry for PAT, not for the address", async () => {
    const machine = await Machine.create(module);
    machine.map(VA, 0x1_4000_0000n | PAT_LARGE | PS | ALL, 2);
    const { steps, translations } = machine.read(VA);
    expect(steps.map(({ level }) => level)).toEqual([4, 3, 2]);
    expect(translations[0]).toMatchObject({ physicalAddress: 0x1_4000_0000n + 0x4056n, leafLevel: 2 });
  });

  it("stops at the PDPT when PS is set there", async () => {
    const machine = await Machine.create(module);
    machine.map(VA, 0x2_4000_0000n | PS | ALL, 3);
    expect(machine.read(VA).translations[0]).toMatchObject({ physicalAddress: 0x2_4060_4056n, leafLevel: 3 });
  });

  it("sets A in every entry and D in the leaf of a write, and nothing when it faults", async () => {
    const machine = await Machine.create(module);
    const leaf = machine.map(VA, PAGE | P | US);
    const refused = machine.write(VA);
    expect(refused.fault).toMatchObject({ vector: 14, errorCode: 0b111, cr2: VA, reason: "read-only", level: 1 });
    expect(refused.steps.every(({ before, after }) => before === after)).toBe(true);
    expect(machine.processor.readEntry(leaf)).toBe(PAGE | P | US);

    machine.processor.writeEntry(leaf, PAGE | ALL);
    const written = machine.write(VA);
    expect(written.steps.map(({ before, after }) => after & ~before)).toEqual([A, A, A, A | D]);
    expect(machine.processor.readEntry(leaf)).toBe(PAGE | ALL | A | D);
  });

  it("walks five levels with LA57, where bits 56 to 48 are an index", async () => {
    const machine = await Machine.create(module, ["LA57"]);
    const va = VA | (5n << 48n);
    machine.map(va, PAGE | ALL, 1, { levels: 5 });
    const { steps, translations } = machine.read(va);
    expect(steps.map(({ level }) => level)).toEqual([5, 4, 3, 2, 1]);
    expect(steps[0]?.address).toBe(CR3 + 8n * 5n);
    expect(translations[0]?.physicalAddress).toBe(PAGE + 0x56n);
  });

  it("raises #GP(0), or #SS(0) through the stack segment, before any table when a byte is not canonical", async () => {
    const machine = await Machine.create(module);
    const untouched = machine.processor.registers().cr2;
    const edge = 0x0000_7fff_ffff_ffffn;
    machine.map(edge, PAGE | ALL);
    expect(machine.read(edge).fault).toBeNull();
    for (const access of [{ va: edge + 1n }, { va: edge, size: 2 }, { va: 0xffff_7fff_ffff_ffffn }]) {
      const { fault, steps } = machine.read(access.va, access);
      expect(fault).toEqual({ vector: 13, errorCode: 0, cr2: null, reason: "non-canonical", level: 0 });
      expect(steps).toEqual([]);
    }
    expect(machine.read(edge + 1n, { stack: true }).fault).toMatchObject({ vector: 12, errorCode: 0 });
    expect(machine.processor.registers().cr2).toBe(untouched);
  });

  it("tells of a straddling access the page that faults, and leaves the other unmarked", async () => {
    const machine = await Machine.create(module);
    const first = machine.map(VA, PAGE | ALL);
    const start = (VA & ~0xfffn) + 0xffcn;
    const { fault } = machine.write(start, { size: 8 });
    expect(fault).toMatchObject({ errorCode: 0b110, cr2: start + 4n, reason: "not-present" });
    expect(machine.processor.readEntry(first)).toBe(PAGE | ALL);

    machine.map(start + 4n, 0x9_9000n | ALL);
    const { translations } = machine.write(start, { size: 8 });
    expect(translations.map(({ physicalAddress }) => physicalAddress)).toEqual([PAGE + 0xffcn, 0x9_9000n]);
  });

  it("ends a straddling access that was allowed, though its first page evicts what the second was found by", async () => {
    const one = geometry(1, 1);
    const machine = await Machine.create(module, [], { ...CACHES, l1d: one, stlb: one });
    const first = machine.map(0x1000n, PAGE | ALL);
    const second = machine.map(0x2000n, 0x9_9000n | ALL);
    machine.write(0x2000n);
    machine.processor.writeEntry(second, 0n); // without an invalidation
    const { fault, translations } = machine.write(0x1ffcn, { size: 8 });
    expect(fault).toBeNull();
    expect(translations.map(({ physicalAddress }) => physicalAddress)).toEqual([PAGE + 0xffcn, 0x9_9000n]);
    expect(machine.processor.readEntry(first)).toBe(PAGE | ALL | A | D);
    expect(machine.read(0x2000n).fault).toMatchObject({ reason: "not-present" });
  });

  it("does nothing, and says what it needs, where a table has no bytes", async () => {
    const machine = await Machine.create(module);
    const leaf = machine.map(VA, PAGE | ALL);
    const pde = machine.read(VA).steps[2]?.address ?? 0n;
    machine.processor.invalidateAll();
    machine.processor.writeEntry(pde, 0x7_7777_7000n | ALL);
    expect(machine.read(VA)).toMatchObject({
      fault: null,
      translations: [],
      missing: { level: 1, physicalAddress: 0x7_7777_7000n + 8n * 4n },
    });
    expect(machine.processor.readEntry(pde) & A).toBe(0n);
    expect(leaf).not.toBe(0n);
  });

  it("lets a prefetch pass whatever it finds, and marks nothing for it", async () => {
    const machine = await Machine.create(module);
    expect(machine.read(VA, { hint: true })).toMatchObject({ fault: null, translations: [] });
    const leaf = machine.map(VA, PAGE | ALL);
    expect(machine.read(VA, { hint: true }).translations).toHaveLength(1);
    expect(machine.processor.readEntry(leaf)).toBe(PAGE | ALL);
    expect(foundIn(machine.read(VA))).toBe("tables");
    // Not even one for a write, to a page that the TLBs have without D.
    expect(machine.write(VA, { hint: true })).toMatchObject({ steps: [], translations: [{ foundIn: "l1" }] });
  });

  it("writes A and D once into an entry that serves several levels", async () => {
    const machine = await Machine.create(module);
    machine.processor.writeEntry(CR3, CR3 | ALL); // PML4E 0 points to the PML4
    const { steps, translations } = machine.write(0x123n);
    expect(translations[0]?.physicalAddress).toBe(CR3 + 0x123n);
    expect(steps.map(({ before }) => before)).toEqual(Array(4).fill(CR3 | ALL));
    expect(machine.processor.readEntry(CR3)).toBe(CR3 | ALL | A | D);
  });
});

describe.each(BUILDS)("a processor that was not configured ($name)", ({ module }) => {
  it("has the caches of the default CPU and no memory", async () => {
    const processor = await Processor.create(module);
    const read = { va: 0x234n, kind: "read", privilege: "user" } as const;
    expect(processor.access(read)).toMatchObject({ fault: null, missing: { level: 4, physicalAddress: 0n } });
    processor.writeEntry(0n, ALL); // PML4E 0 points to the PML4
    expect(processor.access(read).translations).toMatchObject([{ physicalAddress: 0x234n }]);
  });

  it("refuses features, caches, addresses and sizes that cannot be", async () => {
    const processor = await Processor.create(module);
    for (const maxPhyAddr of [31, 53, 40.5, Number.NaN])
      expect(() => processor.configure({ features: { maxPhyAddr } })).toThrow("maxPhyAddr: got");
    const tlb = { entries: 4, ways: 3, sets: 1 };
    expect(() => processor.configure({ caches: { ...CACHES, l1d: tlb } })).toThrow("caches.l1d.ways: got 3");
    for (const pa of [0x1802n, 1n << 52n, -8n]) expect(() => processor.writeEntry(pa, 0n)).toThrow(RangeError);
    expect(() => processor.putFrame(0x1800n, new Uint8Array(4096))).toThrow(RangeError);
    expect(() => processor.putFrame(0x1000n, new Uint8Array(4097))).toThrow(RangeError);
    for (const size of [0, 4097, Number.NaN])
      expect(() => processor.access({ va: 0n, size, kind: "read", privilege: "user" })).toThrow(RangeError);
  });
});

describe.each(BUILDS)("the TLBs ($name)", ({ module }) => {
  it("answer by L1 what L1 has, by the STLB what L1 lost, by the tables what neither has", async () => {
    const machine = await Machine.create(module);
    const pages = [0, 1, 2, 3, 4].map((pt) => vaOf({ pt }));
    for (const va of pages) machine.map(va, PAGE | ALL);
    expect(pages.map((va) => foundIn(machine.read(va)))).toEqual(["tables", "tables", "tables", "tables", "tables"]);
    expect(foundIn(machine.read(pages[4] ?? 0n))).toBe("l1");
    expect(foundIn(machine.read(pages[0] ?? 0n))).toBe("stlb");
    expect(foundIn(machine.fetch(pages[4] ?? 0n))).toBe("stlb");
  });

  it("keep the rights that were walked, and drop an entry whose use faulted", async () => {
    const machine = await Machine.create(module);
    const leaf = machine.map(VA, PAGE | P | US);
    machine.read(VA);
    machine.processor.writeEntry(leaf, PAGE | ALL);
    // The cached translation is still read-only, which the SDM allows.
    expect(machine.write(VA)).toMatchObject({ fault: { errorCode: 0b111, reason: "read-only" }, steps: [] });
    expect(foundIn(machine.write(VA))).toBe("tables");
  });

  it("walk once to set D for a write to a page that was read before", async () => {
    const machine = await Machine.create(module);
    const leaf = machine.map(VA, PAGE | ALL);
    machine.read(VA);
    const { steps, translations } = machine.write(VA);
    expect(translations[0]?.foundIn).toBe("l1");
    expect(steps.at(-1)).toMatchObject({ level: 1, after: PAGE | ALL | A | D });
    expect(machine.write(VA).steps).toEqual([]);
    expect(machine.processor.readEntry(leaf) & D).toBe(D);
    expect(machine.processor.counters()).toMatchObject({ walks: 1, setDirty: 1, l1dMisses: 1, dataReferences: 3 });
  });

  it("see, in the walk that sets D, that the page is gone", async () => {
    const machine = await Machine.create(module);
    const leaf = machine.map(VA, PAGE | ALL);
    machine.read(VA);
    machine.processor.writeEntry(leaf, 0n);
    expect(foundIn(machine.read(VA))).toBe("l1");
    expect(machine.write(VA).fault).toMatchObject({ errorCode: 0b110, reason: "not-present", level: 1 });
    expect(machine.read(VA).fault).toMatchObject({ errorCode: 0b100 });
  });

  it("fill the entry that an invalidation emptied before they evict any", async () => {
    const machine = await Machine.create(module);
    const pages = [0, 1, 2, 3, 4].map((pt) => vaOf({ pt }));
    for (const va of pages) machine.map(va, PAGE | ALL);
    const [first = 0n, second = 0n, third = 0n, latest = 0n, other = 0n] = pages;
    for (const va of [first, second, third, latest]) machine.read(va);
    machine.processor.invlpg(latest);
    machine.read(other);
    expect([first, second, third].map((va) => foundIn(machine.read(va)))).toEqual(["l1", "l1", "l1"]);
  });

  it("hold pages of every size at once", async () => {
    const machine = await Machine.create(module);
    const [small, large, huge] = [vaOf({ pt: 1 }), vaOf({ pd: 1, pt: 7 }), vaOf({ pdpt: 1, pd: 3 })];
    machine.map(small, PAGE | ALL);
    machine.map(large, 0x4000_0000n | PS | ALL, 2);
    machine.map(huge, 0x8000_0000n | PS | ALL, 3);
    for (const va of [small, large, huge]) machine.read(va);
    const again = [small, large + 0x5000n, huge + 0x1234_5000n].map((va) => machine.read(va).translations[0]);
    expect(again.map((page) => page?.foundIn)).toEqual(["l1", "l1", "l1"]);
    expect(again[2]?.physicalAddress).toBe(0x8000_0000n + 0x60_0000n + 0x1234_5000n);
  });
});

describe.each(BUILDS)("invalidation ($name)", ({ module }) => {
  const OTHER = vaOf({ pml4: 9 });

  /** Two address spaces, PCIDs 1 and 2, and a global page that only the first one's tables map. */
  async function spaces() {
    const machine = await Machine.create(module, ["PGE", "PCIDE"]);
    const { processor } = machine;
    for (const cr3 of [0x2000n | 1n, 0x3000n | 2n]) {
      processor.writeCr3(cr3);
      machine.map(VA, (PAGE + (cr3 << 12n)) | ALL, 1, { cr3 });
      if (cr3 === 0x2001n) machine.map(OTHER, PAGE | ALL | G, 1, { cr3 });
    }
    return {
      machine,
      processor,
      space: (pcid: bigint) => processor.writeCr3((0x1000n + 0x1000n * pcid) | pcid | (1n << 63n)),
    };
  }

  /** The same in PCID 1, with every page in the TLBs. */
  async function cachedSpaces() {
    const all = await spaces();
    all.space(2n);
    all.machine.read(VA);
    all.space(1n);
    all.machine.read(VA);
    all.machine.read(OTHER);
    return all;
  }

  it("keeps the translations of PCIDs apart, and those of global pages for all", async () => {
    const { machine, space } = await spaces();
    space(1n);
    const one = machine.read(VA).translations[0]?.physicalAddress;
    machine.read(OTHER);
    space(2n);
    const two = machine.read(VA).translations[0]?.physicalAddress;
    expect(one).not.toBe(two);
    expect(foundIn(machine.read(OTHER))).toBe("l1");
    space(1n);
    expect(machine.read(VA).translations[0]).toMatchObject({ physicalAddress: one, foundIn: "l1" });
  });

  it("by MOV to CR3 spares other PCIDs, global pages, and with bit 63 everything", async () => {
    const { machine, processor, space } = await cachedSpaces();
    processor.writeCr3(0x2000n | 1n);
    expect(foundIn(machine.read(VA))).toBe("tables");
    expect(foundIn(machine.read(OTHER))).toBe("l1");
    space(2n);
    expect(foundIn(machine.read(VA))).toBe("l1");
    expect(processor.registers().cr3).toBe(0x3002n);
  });

  it("by INVLPG drops the page of the current PCID, also a global one, and no other PCID's", async () => {
    const { machine, processor, space } = await cachedSpaces();
    processor.invlpg(VA);
    processor.invlpg(OTHER);
    processor.invlpg(0x8000_0000_0000n);
    expect(foundIn(machine.read(VA))).toBe("tables");
    expect(foundIn(machine.read(OTHER))).toBe("tables");
    space(2n);
    expect(foundIn(machine.read(VA))).toBe("l1");
  });

  it.each([
    { type: 0, what: "an address of a PCID", kept: { own: false, other: true, global: true } },
    { type: 1, what: "a PCID", kept: { own: false, other: true, global: true } },
    { type: 2, what: "everything", kept: { own: false, other: false, global: false } },
    { type: 3, what: "everything but global pages", kept: { own: false, other: false, global: true } },
  ])("by INVPCID of type $type drops $what", async ({ type, kept }) => {
    const { machine, processor, space } = await cachedSpaces();
    expect(processor.invpcid(type, type < 2 ? 1n : 0n, VA)).toBeNull();
    const survives = (va: bigint) => foundIn(machine.read(va)) === "l1";
    const global = survives(OTHER);
    const own = survives(VA);
    space(2n);
    expect({ own, other: survives(VA), global }).toEqual(kept);
  });

  it("by INVPCID of an address spares a global page there", async () => {
    const { machine, processor, space } = await spaces();
    space(1n);
    machine.read(OTHER);
    processor.invpcid(0, 1n, OTHER);
    expect(foundIn(machine.read(OTHER))).toBe("l1");
  });

  it("refuses what INVPCID, MOV to CR3 and MOV to CR4 may not do with #GP(0)", async () => {
    const { processor } = await spaces();
    const refused = { vector: 13, errorCode: 0 };
    expect(processor.invpcid(4, 0n, 0n)).toEqual(refused);
    expect(processor.invpcid(1, 0x1000n, 0n)).toEqual(refused);
    expect(processor.invpcid(0, 0n, 0x8000_0000_0000n)).toEqual(refused);
    expect(processor.writeCr3(1n << 46n)).toEqual(refused);
    expect(processor.writeCr4(processor.registers().cr4 | processor.registerBit("cr4", "LA57"))).toEqual(refused);
    const withoutPcids = await Machine.create(module);
    expect(withoutPcids.processor.writeCr3(1n << 63n)).toEqual(refused);
    expect(withoutPcids.processor.invpcid(1, 1n, 0n)).toEqual(refused);
    withoutPcids.processor.writeCr3(CR3 | 8n);
    const pcide = withoutPcids.processor.registerBit("cr4", "PCIDE");
    expect(withoutPcids.processor.writeCr4(pcide)).toEqual(refused);
  });

  it("by a change of CR4.PGE drops global pages too", async () => {
    const machine = await Machine.create(module);
    machine.map(VA, PAGE | ALL | G);
    machine.read(VA);
    machine.processor.writeCr3(CR3);
    expect(foundIn(machine.read(VA))).toBe("l1");
    machine.processor.writeCr4(0n);
    expect(foundIn(machine.read(VA))).toBe("tables");
    machine.processor.writeCr3(CR3);
    expect(foundIn(machine.read(VA))).toBe("tables");
  });
});

describe.each(BUILDS)("paging-structure caches ($name)", ({ module }) => {
  it("start a walk below the deepest entry that they hold, with the rights of the levels above it", async () => {
    const machine = await Machine.create(module);
    machine.map(VA, PAGE | ALL);
    machine.map(VA + 0x1000n, PAGE | ALL | XD);
    const pml4e = machine.read(VA).steps[0]?.address ?? 0n;
    expect(machine.read(VA + 0x1000n).steps.map(({ level }) => level)).toEqual([1]);
    expect(machine.processor.counters()).toMatchObject({ walks: 2, pdeHits: 1, pteReads: 2, pml4eReads: 1 });
    // Made supervisor-only, without an invalidation: the cached PDE still says user.
    machine.processor.writeEntry(pml4e, machine.processor.readEntry(pml4e) & ~US);
    machine.map(VA + 0x2000n, PAGE | ALL);
    expect(machine.read(VA + 0x2000n).fault).toBeNull();
    machine.processor.invlpg(0n);
    machine.map(VA + 0x3000n, PAGE | ALL);
    expect(machine.read(VA + 0x3000n).fault).toMatchObject({ reason: "supervisor-page" });
  });

  it("keep the entry that a walk started from longer than those used before it", async () => {
    const machine = await Machine.create(module); // two PDEs are cached
    const [one, two, three] = [1, 2, 3].map((pd) => vaOf({ pd })) as [bigint, bigint, bigint];
    for (const va of [one, two, three, one + 0x1000n]) machine.map(va, PAGE | ALL);
    const startsAt = (va: bigint) => machine.read(va).steps[0]?.level;
    expect([one, two, one + 0x1000n, three].map(startsAt)).toEqual([4, 2, 1, 2]);
    machine.map(one + 0x2000n, PAGE | ALL);
    machine.map(two + 0x2000n, PAGE | ALL);
    expect([one + 0x2000n, two + 0x2000n].map(startsAt)).toEqual([1, 2]);
  });

  it("lose what a page fault would have used", async () => {
    const machine = await Machine.create(module);
    machine.map(VA, PAGE | ALL);
    machine.read(VA);
    expect(machine.read(VA + 0x1000n)).toMatchObject({ fault: { reason: "not-present" }, steps: [{ level: 1 }] });
    machine.map(VA + 0x1000n, PAGE | ALL);
    expect(machine.read(VA + 0x1000n).steps.map(({ level }) => level)).toEqual([4, 3, 2, 1]);
  });
});
