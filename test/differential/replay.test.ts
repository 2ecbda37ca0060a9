/**
 * The replay machine is the processor with all the rights of one address space, and nothing that it leaves out may
 * show: the processor, given an operating system that maps at first touch, must count the same.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import { PAGE_SIZES, type ResolvedConfig } from "../../src/config/types.ts";
import { Processor, type Access as ProcessorAccess } from "../../src/kernel/processor.ts";
import { BUILDS } from "../helpers/builds.ts";
import { randomRecords } from "../helpers/random-records.ts";
import { type Access, LEAF_LEVEL } from "../reference/access.ts";
import { runReference } from "../reference/machine.ts";

const geometry = fc.constantFrom("1:1", "4:1", "6:2", "8:2", "17:full", "24:12");
// A page fault invalidates paging-structure caches, which the replay machine does not follow: there are none here.
const config = fc.record({
  l1i: geometry,
  l1d: geometry,
  stlb: geometry,
  psc: fc.constant("none"),
  pageSize: fc.constantFrom(...PAGE_SIZES),
});

const KINDS = { fetch: "fetch", load: "read", store: "write", modify: "modify" } as const;
const ALL_RIGHTS = 0x7n;
const PS = 0x80n;
const CR3 = 0x1000n;

describe.each(BUILDS)("the processor ($name)", ({ module }) => {
  it("counts what the replay machine counts", async () => {
    const processor = await Processor.create(module);
    fc.assert(
      fc.property(config, randomRecords, (given, records) => {
        const resolved = resolve(given);
        processor.configure({ features: { maxPhyAddr: 46, pages1G: true }, caches: resolved });
        processor.setRegisters({ cr3: CR3 });
        const system = new FirstTouch(processor, resolved.pageSize);
        for (const record of records) system.run(record);
        expect(countersOf(processor)).toEqual(expected(records, resolved));
      }),
      { seed: 5, numRuns: 60 },
    );
  });
});

/** An operating system that maps a page when it is first touched, and restarts the access. */
class FirstTouch {
  readonly #processor: Processor;
  readonly #leafLevel: number;
  #frames = 1n;
  #pages = 1n;

  constructor(processor: Processor, pageSize: ResolvedConfig["pageSize"]) {
    this.#processor = processor;
    this.#leafLevel = LEAF_LEVEL[pageSize];
    processor.writeEntry(CR3, 0n);
  }

  run({ kind, va, size }: Access): void {
    const access: ProcessorAccess = { va, size, kind: KINDS[kind], privilege: "user" };
    for (;;) {
      const { fault } = this.#processor.access(access);
      if (fault?.vector !== 14) return;
      expect(fault.reason).toBe("not-present");
      this.#map(fault.cr2 ?? 0n);
    }
  }

  #map(va: bigint): void {
    let table = CR3;
    for (let level = 4; level >= this.#leafLevel; level--) {
      const shift = BigInt(12 + 9 * (level - 1));
      const at = table + ((va >> shift) & 511n) * 8n;
      if (level === this.#leafLevel) {
        this.#processor.writeEntry(at, (this.#pages++ << 30n) | ALL_RIGHTS | (level > 1 ? PS : 0n));
      } else if ((this.#processor.readEntry(at) & 1n) === 0n) {
        const below = CR3 + (this.#frames++ << 12n);
        this.#processor.writeEntry(below, 0n);
        this.#processor.writeEntry(at, below | ALL_RIGHTS);
      }
      table = this.#processor.readEntry(at) & 0x000f_ffff_ffff_f000n;
    }
  }
}

function countersOf(processor: Processor) {
  const counters = processor.counters();
  return {
    references: { fetch: counters.fetchReferences, data: counters.dataReferences },
    l1iMisses: counters.l1iMisses,
    l1dMisses: counters.l1dMisses,
    stlbLookups: counters.stlbLookups,
    stlbMisses: counters.stlbMisses,
    walks: counters.walks,
    byLevel: {
      pml4e: counters.pml4eReads,
      pdpte: counters.pdpteReads,
      pde: counters.pdeReads,
      pte: counters.pteReads,
    },
    setDirty: counters.setDirty,
    setDirtyReferences: counters.setDirtyReads,
    pageFaults: counters.pageFaults,
    generalProtections: counters.generalProtections,
  };
}

function expected(records: Access[], config: ReturnType<typeof resolve>): ReturnType<typeof countersOf> {
  const { references, tlbs, walks, faults } = runReference(records, config);
  const [l1i, l1d, stlb] = tlbs;
  return {
    references,
    l1iMisses: l1i.misses,
    l1dMisses: l1d.misses,
    stlbLookups: stlb.lookups,
    stlbMisses: stlb.misses,
    walks: walks.count,
    byLevel: walks.byLevel,
    setDirty: walks.setDirty,
    setDirtyReferences: walks.setDirtyReferences,
    pageFaults: faults.minor,
    generalProtections: faults.generalProtection,
  };
}
