/** The plain replay with an operating system: the plain machine where it adds nothing, and small cases by hand. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import { PAGE_SIZES } from "../../src/config/types.ts";
import type { PlainEntry } from "../helpers/entries-of.ts";
import { randomShapes, stepsOf } from "../helpers/page-streams.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { randomRecords } from "../helpers/random-records.ts";
import { bundled } from "../helpers/traces.ts";
import type { Access } from "./access.ts";
import { assertIdentities } from "./assert-counters.ts";
import { parseLackey } from "./lackey.ts";
import { runReference } from "./machine.ts";
import { replacePages } from "./paging-policies.ts";
import { OutOfSwap, type PlainOsConfig, type PlainOsResult, type PlainRow, runPlainOs } from "./plain-os-run.ts";
import { everywhere, type PlainVma, type VmaChange } from "./plain-vmas.ts";

const MACHINE = resolve({ l1i: "4:full", l1d: "4:full", stlb: "8:4", psc: { pde: 2, pdpte: 2, pml4e: 1 } });

const config = fc
  .record({
    l1i: fc.constantFrom("1:1", "4:1", "6:2", "8:2", "16:4"),
    l1d: fc.constantFrom("1:1", "2:full", "12:3", "17:full"),
    stlb: fc.constantFrom("4:1", "20:5", "30:15", "40:20"),
    psc: fc.record({
      pde: fc.constantFrom(0, 1, 3, 33),
      pdpte: fc.constantFrom(0, 1, 2),
      pml4e: fc.constantFrom(0, 1, 2),
    }),
    policy: fc.constantFrom("lru", "fifo"), // which the plain machine knows
    pageSize: fc.constantFrom(...PAGE_SIZES),
  })
  .map(resolve);

/** Records of one byte in the pages of a process; capital letters of `pages` store. */
function uses(pages: string, process = 0n): PlainEntry[] {
  const of: PlainEntry[] = [{ kind: "thread", tid: process, pid: process }];
  for (const letter of pages) {
    const kind = letter === letter.toUpperCase() ? "store" : "load";
    of.push({ kind, va: BigInt(letter.toLowerCase().charCodeAt(0) - 97) << 12n, size: 1 });
  }
  return of;
}

/** VMAs of whole pages, all with this name. */
function vma(firstPage: number, lastPage: number, fields: Partial<PlainVma> = {}): PlainVma {
  const first = BigInt(firstPage) << 12n;
  return { ...everywhere("4K"), first, last: (BigInt(lastPage) << 12n) | 0xfffn, ...fields };
}

describe("without anything that only an operating system does", () => {
  it("counts what the plain machine counts, on random records and machines", () => {
    fc.assert(
      fc.property(config, randomRecords, (machine, records) => {
        expect(runPlainOs(records, { machine }).counters).toEqual(runReference(records, machine));
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it("counts what it counts on a part of a real trace", async () => {
    const text = new TextDecoder().decode(await plainBytes(bundled("matmul24.lk.gz")));
    const { records } = parseLackey(`${text.split("\n", 60_000).join("\n")}\n`);
    for (const machine of [resolve({}), resolve({ pageSize: "2M", l1d: "4:2", policy: "fifo" }), MACHINE]) {
      expect(runPlainOs(records, { machine }).counters).toEqual(runReference(records, machine));
    }
  });
});

const REFERENCES = randomShapes({ pages: fc.integer({ min: 1, max: 20 }), records: fc.integer({ min: 1, max: 300 }) });

describe("with a limit on frames", () => {
  it("faults as page replacement over the string of pages does", () => {
    const policy = fc.constantFrom("fifo" as const, "lru" as const, "opt" as const);
    fc.assert(
      fc.property(REFERENCES, policy, fc.integer({ min: 1, max: 9 }), (shape, reclaim, frames) => {
        const records = stepsOf(shape) as Access[];
        const { counters, denied } = runPlainOs(records, { machine: MACHINE, frames, reclaim });
        fc.pre(denied.length === 0);
        const references = records.flatMap(({ kind, va, size }) =>
          [...new Set([va >> 12n, (va + BigInt(size - 1)) >> 12n])].map((page) => ({
            page: Number(page),
            write: kind === "store" || kind === "modify",
          })),
        );
        const plain = replacePages(references, { policy: reclaim, frames });
        expect(counters.faults.minor + counters.faults.major).toBe(plain.faults);
        expect(counters.memory.evictions).toBe(plain.evictions.length);
        expect(counters.memory.writebacks).toBe(plain.writebacks);
        expect(counters.faults.minor).toBe(new Set(references.map(({ page }) => page)).size);
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  it("a use that hits a TLB gives no second chance", () => {
    const run = (machine: typeof MACHINE) => runPlainOs(uses("abcdbeb"), { machine, frames: 3 }).counters.faults;
    // d clears A of all and takes the place of a. b hits, if it is in a TLB, and then goes for e.
    expect(run(MACHINE)).toMatchObject({ minor: 5, major: 1 });
    const tiny = { entries: 1, ways: 1, sets: 1 };
    expect(run({ ...MACHINE, l1d: tiny, stlb: tiny })).toMatchObject({ minor: 5, major: 0 });
  });

  it("drops clean pages, writes dirty ones, and keeps a slot whose content is good", () => {
    const memoryOf = (pages: string) => runPlainOs(uses(pages), { machine: MACHINE, frames: 1 }).counters.memory;
    expect(memoryOf("abab")).toMatchObject({ evictions: 3, writebacks: 0 });
    expect(memoryOf("Abab")).toMatchObject({ evictions: 3, writebacks: 1 });
    expect(memoryOf("AbAb")).toMatchObject({ evictions: 3, writebacks: 2 });
  });

  it("ends when memory and swap are full", () => {
    const run = (pages: string, swapPages: number) =>
      runPlainOs(uses(pages), { machine: MACHINE, frames: 1, swapPages }).counters.memory.writebacks;
    expect(() => run("ABc", 1)).toThrow(OutOfSwap);
    expect(run("ABc", 2)).toBe(2);
    expect(run("AbAbA", 1)).toBe(2);
  });

  it("forgets an evicted page that is unmapped, and frees its slot", () => {
    const unmapped: PlainEntry = { kind: "unmapped", first: 0n, last: 0xfffn };
    const config = { machine: MACHINE, frames: 1, swapPages: 1 };
    const { counters } = runPlainOs([...uses("Ab"), unmapped, ...uses("Ab")], config);
    expect(counters.faults).toMatchObject({ minor: 3, major: 1 });
    expect(counters.memory).toMatchObject({ evictions: 3, writebacks: 2 });
  });

  it("invalidates what it evicts, and with it the paging-structure caches", () => {
    const { counters } = runPlainOs(uses("aba"), { machine: MACHINE, frames: 1 });
    expect(counters.tlbs[1]).toMatchObject({ hits: 0, misses: 3 });
    expect(counters.psc.pde.hits).toBe(0);
    expect(runPlainOs(uses("aba"), { machine: MACHINE }).counters.psc.pde.hits).toBe(1);
  });
});

describe("with huge pages", () => {
  const thp = (lastPage: number, fields: Partial<PlainVma> = {}) => vma(0, lastPage, { pageSize: "thp", ...fields });
  const pagesOf = (config: Partial<PlainOsConfig>) => runPlainOs(uses("abc"), { machine: MACHINE, ...config }).counters;

  it("takes one where an aligned range lies in one anonymous VMA, has no page in it, and one can be had", () => {
    expect(pagesOf({ vmas: [thp(511)] })).toMatchObject({ faults: { minor: 1 }, memory: { pageTablePages: 3 } });
    expect(pagesOf({ vmas: [thp(510)] }).faults.minor).toBe(3);
    expect(pagesOf({ vmas: [thp(511, { anonymous: false })] }).faults.minor).toBe(3);
    expect(pagesOf({ vmas: [thp(511)], isHugePageAvailable: () => false }).faults.minor).toBe(3);
    expect(pagesOf({ vmas: [thp(511)], frames: 511 }).faults.minor).toBe(3);
    let asked = 0;
    expect(pagesOf({ vmas: [thp(511)], isHugePageAvailable: () => asked++ > 0 }).faults.minor).toBe(3);
  });

  it("splits the victim, and evicts its first piece", () => {
    const far: PlainEntry = { kind: "load", va: 1n << 30n, size: 1 };
    const config = { machine: MACHINE, frames: 512, vmas: [thp(511), vma(2 ** 18, 2 ** 18)], reclaim: "fifo" as const };
    const { counters } = runPlainOs([...uses("Bb"), far, ...uses("ab")], config);
    // a was never touched by itself, but is a piece of a page that was written to.
    expect(counters.faults).toMatchObject({ minor: 2, major: 2 });
    expect(counters.memory).toMatchObject({ evictions: 3, writebacks: 3, pageTablePages: 6 });
  });

  it("splits one of which a part is unmapped", () => {
    const entries: PlainEntry[] = [...uses("ab"), { kind: "unmapped", first: 0n, last: 0xfffn }, ...uses("ab")];
    const { counters } = runPlainOs(entries, { machine: MACHINE, vmas: [thp(511)] });
    expect(counters.faults.minor).toBe(2);
    expect(counters.memory.pageTablePages).toBe(4);
    expect(counters.tlbs[1]).toMatchObject({ hits: 1, misses: 3 });
  });
});

describe("with VMAs", () => {
  it("denies what they forbid, without a reference, and judges records of two pages whole", () => {
    const vmas = [vma(0, 0, { rights: "rw" }), vma(1, 1, { rights: "r" })];
    const records: Access[] = [
      { kind: "store", va: 0xffcn, size: 8 },
      { kind: "load", va: 0xffcn, size: 8 },
      { kind: "fetch", va: 0x10n, size: 1 },
      { kind: "load", va: 0x1ffcn, size: 8 },
      { kind: "load", va: 1n << 47n, size: 1 },
    ];
    const { counters, denied } = runPlainOs(records, { machine: MACHINE, vmas });
    expect(denied).toEqual([
      { address: 0x1000n, code: "SEGV_ACCERR", record: 0, pid: 0n },
      { address: 0x10n, code: "SEGV_ACCERR", record: 2, pid: 0n },
      { address: 0x2000n, code: "SEGV_MAPERR", record: 3, pid: 0n },
      { address: 1n << 47n, code: "SI_KERNEL", record: 4, pid: 0n },
    ]);
    expect(counters.faults).toEqual({ minor: 2, major: 0, protection: 3, generalProtection: 1 });
    expect(counters.references).toEqual({ fetch: 0, data: 2 });
  });

  it("changes them before the record that it is told, and forgets what was there", () => {
    const changes: VmaChange[] = [
      { before: 1, change: { op: "protect", first: 0n, last: 0xfffn, rights: "r" } },
      { before: 3, change: { op: "unmap", first: 0n, last: 0xfffn } },
      { before: 4, change: { op: "map", ...vma(0, 0) } },
    ];
    const { counters, denied } = runPlainOs(uses("AAaaA"), { machine: MACHINE, vmas: [vma(0, 9)], changes });
    expect(denied.map(({ record, code }) => [record, code])).toEqual([
      [1, "SEGV_ACCERR"],
      [3, "SEGV_MAPERR"],
    ]);
    expect(counters.faults).toMatchObject({ minor: 2, major: 0 });
    expect(counters.tlbs[1]).toMatchObject({ hits: 0, misses: 3 });
  });

  it("flushes the PCID for more than 33 pages at once, and else each page", () => {
    const hitsAfter = (pages: number) => {
      const touched: PlainEntry[] = Array.from({ length: 40 }, (_, page) => {
        return { kind: "load", va: BigInt(page) << 12n, size: 1 };
      });
      const last = (BigInt(pages) << 12n) - 1n;
      const machine = resolve({ l1d: "64:full" });
      const entries = [...touched, { kind: "unmapped" as const, first: 0n, last }, ...touched.slice(-1)];
      return runPlainOs(entries, { machine }).counters.tlbs[1].hits;
    };
    expect([hitsAfter(33), hitsAfter(34)]).toEqual([1, 0]);
  });
});

describe("with several processes", () => {
  const entries = [...uses("ab", 1n), ...uses("ab", 2n), ...uses("ab", 1n)];

  it("each has its own pages; a switch flushes unless there are PCIDs", () => {
    const tagged = runPlainOs(entries, { machine: MACHINE }).counters;
    const flushed = runPlainOs(entries, { machine: MACHINE, pcids: false }).counters;
    expect([tagged.faults.minor, flushed.faults.minor]).toEqual([4, 4]);
    expect([tagged.tlbs[1].hits, flushed.tlbs[1].hits]).toEqual([2, 0]);
    expect(flushed.walks.count).toBe(6);
    expect(tagged.memory.pageTablePages).toBe(8);
  });

  it("they share the frames", () => {
    const { counters } = runPlainOs(entries, { machine: MACHINE, frames: 2, reclaim: "fifo" });
    expect(counters.faults).toMatchObject({ minor: 4, major: 2 });
  });
});

it("rows and intervals add up to the counters, with everything at once", () => {
  const shape = randomShapes({ pages: fc.integer({ min: 1, max: 40 }) });
  const vmas = fc.constantFrom(
    [everywhere("4K")],
    [everywhere("thp")],
    [vma(0, 600, { pageSize: "thp", name: "low" })],
  );
  const reclaim = fc.constantFrom("fifo" as const, "lru" as const, "second-chance" as const, "opt" as const);
  fc.assert(
    fc.property(shape, vmas, reclaim, fc.integer({ min: 1, max: 30 }), (shape, vmas, reclaim, frames) => {
      const by = ["region", "page", "pc", "kind"] as const;
      const result = runPlainOs(stepsOf(shape) as Access[], {
        ...{ machine: MACHINE, vmas, reclaim, frames, by, intervalRecords: 64 },
      });
      for (const attribution of by) expectSums(result.rows[attribution] ?? [], result);
      const { counters, intervals } = result;
      const total = (name: keyof (typeof intervals)[number]) => sum(intervals.map((interval) => interval[name]));
      expect(total("records")).toBe(sum(Object.values(counters.accesses)));
      expect(total("stlbMisses")).toBe(counters.walks.count);
      expect(total("walkReferences")).toBe(counters.walks.references);
      expect(total("minorFaults") + total("majorFaults")).toBe(counters.faults.minor + counters.faults.major);
      expect(intervals.slice(0, -1).every(({ records }) => records === 64)).toBe(true);
    }),
    { seed: 3, numRuns: 60 },
  );
});

it("keeps the identities of every run without a limit", () => {
  fc.assert(
    fc.property(randomRecords, (records) => {
      assertIdentities(runPlainOs(records, { machine: MACHINE, by: ["page"] }).counters, MACHINE);
    }),
    { seed: 4, numRuns: 20 },
  );
});

function expectSums(rows: PlainRow[], { counters }: PlainOsResult): void {
  const total = (of: (row: PlainRow) => number) => sum(rows.map(of));
  for (const kind of ["fetch", "load", "store", "modify"] as const) {
    expect(total(({ accesses }) => accesses[kind])).toBe(counters.accesses[kind]);
  }
  expect(total(({ references }) => references.fetch)).toBe(counters.references.fetch);
  expect(total(({ references }) => references.data)).toBe(counters.references.data);
  expect(total(({ l1Misses }) => l1Misses)).toBe(counters.tlbs[0].misses + counters.tlbs[1].misses);
  expect(total(({ stlbMisses }) => stlbMisses)).toBe(counters.tlbs[2].misses);
  expect(total(({ walkReferences }) => walkReferences)).toBe(counters.walks.references);
  expect(total(({ faults }) => faults)).toBe(sum(Object.values(counters.faults)));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
