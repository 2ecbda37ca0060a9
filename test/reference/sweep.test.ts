/** The plain TLBs of sweeps, against counts worked out by hand. Nothing here runs the kernel. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PageSize, ResolvedGeometry, ResolvedSweep, ResolvedSweepPoint } from "../../src/config/types.ts";
import { steps } from "../helpers/letters.ts";
import { randomRecords } from "../helpers/random-records.ts";
import type { Access, Step } from "./access.ts";
import { setIndex } from "./associative-cache.ts";
import { runReference } from "./machine.ts";
import { ReferenceSweep, referenceSweep, sweepOf } from "./sweep.ts";
import { operationsOf, referencedPages } from "./swept-tlbs.ts";

function geometry(entries: number, ways = entries): ResolvedGeometry {
  return { entries, ways, sets: entries / ways };
}

function point(entries: number, ways = entries, fields: Partial<ResolvedSweepPoint> = {}): ResolvedSweepPoint {
  return { ...geometry(entries, ways), pageSize: "4K", policy: "lru", index: "modulo", ...fields };
}

/** What one point counts, all streams looked at. */
function count(trace: string | Step[], onePoint: ResolvedSweepPoint, fields: Partial<ResolvedSweep> = {}) {
  const given = typeof trace === "string" ? steps(trace) : trace;
  return new ReferenceSweep(given, sweepOf([onePoint], fields)).point(onePoint);
}

function missesBySize(trace: string | Step[], sizes: number[], fields: Partial<ResolvedSweep> = {}): number[] {
  return sizes.map((entries) => count(trace, point(entries), fields).misses);
}

function setDirtyBySize(trace: string, sizes: number[], fields: Partial<ResolvedSweep> = {}): number[] {
  return sizes.map((entries) => count(trace, point(entries), fields).setDirty);
}

describe("references", () => {
  const mixed: Access[] = [
    { kind: "fetch", va: 0n, size: 1 },
    { kind: "load", va: 0n, size: 1 },
    { kind: "store", va: 0x5ffcn, size: 8 },
    { kind: "modify", va: 0x200000n, size: 1 },
    { kind: "load", va: 1n << 63n, size: 1 },
  ];

  test("are those of the chosen stream, one for each page, none for what is not canonical", () => {
    expect(referencedPages(mixed, "fetch")).toEqual([0]);
    expect(referencedPages(mixed, "data")).toEqual([0, 5, 6, 512]);
    expect(referencedPages(mixed, "all")).toEqual([0, 0, 5, 6, 512]);
  });

  test("miss cold once for each page of the point's size", () => {
    const points = (["4K", "2M", "1G"] as const).map((pageSize) => point(1, 1, { pageSize }));
    expect(referenceSweep(mixed, "all", points).map(({ coldMisses }) => coldMisses)).toEqual([4, 2, 1]);
  });
});

describe("misses", () => {
  test("of Belady's string: FIFO has its anomaly, LRU has none", () => {
    const fifo = (entries: number) => count("abcdabeabcde", point(entries, entries, { policy: "fifo" }));
    expect(missesBySize("abcdabeabcde", [1, 2, 3, 4, 5])).toEqual([12, 12, 10, 8, 5]);
    expect(fifo(3)).toMatchObject({ misses: 9, coldMisses: 5, capacityMisses: 5, conflictMisses: -1 });
    expect(fifo(4)).toMatchObject({
      misses: 10,
      coldMisses: 5,
      capacityMisses: 3,
      conflictMisses: 2,
    });
  });

  test("of a loop over one page more than there are entries are all references", () => {
    expect(missesBySize("abcde abcde abcde", [3, 4, 5, 6])).toEqual([15, 15, 5, 5]);
  });

  test("conflict negatively where sets keep part of a loop", () => {
    // a, c and e chase each other through the two ways of set 0; b and d stay in set 1.
    expect(count("abcde abcde abcde", point(4, 2))).toEqual({
      ...{ pageSize: "4K", policy: "lru", index: "modulo", entries: 4, ways: 2, sets: 2 },
      ...{ hits: 4, misses: 11, coldMisses: 5, capacityMisses: 10, conflictMisses: -4, setDirty: 0 },
    });
  });

  test("conflict where pages share a set", () => {
    const expected = { misses: 6, coldMisses: 2, capacityMisses: 0, conflictMisses: 4 };
    expect(count("adadad", point(3, 1))).toMatchObject(expected);
  });
});

describe("the modulo index", () => {
  test("is the page number mod sets, also when sets are no power of two", () => {
    // Pages 0 and 3 share a set of three; pages 0 and 2 share one of two.
    const misses = (trace: string, sets: number) => count(trace, point(sets, 1)).misses;
    expect([misses("adadad", 3), misses("acacac", 3), misses("acacac", 2)]).toEqual([6, 2, 6]);
    // The upper half of the address space: page 2^52-1 is 0 mod 3, as page 0 is.
    const ends: Step[] = [0n, 0xfffffffffffff000n, 0n].map((va) => ({ kind: "load", va, size: 1 }));
    expect(count(ends, point(3, 1)).misses).toBe(3);
  });
});

describe("the xor index", () => {
  test("is the low bits, each xored with the one k places above it", () => {
    expect([0b00, 0b01, 0b10, 0b11, 0b100].map((page) => setIndex(page, 2, "xor"))).toEqual([0, 1, 1, 0, 0]);
    expect(setIndex(0b01_0110, 4, "xor")).toBe(0b11);
    expect(setIndex(0b1011010_0110101, 128, "xor")).toBe(0b1101111);
    expect(setIndex(2 ** 52 - 1, 128, "xor")).toBe(0);
    expect(setIndex(5, 1, "xor")).toBe(0);
    expect(() => setIndex(5, 6, "xor")).toThrow(RangeError);
  });

  test("spreads the pages that lie sets apart", () => {
    const trace = "aeim aeim";
    expect(count(trace, point(4, 1)).misses).toBe(8);
    expect(count(trace, point(4, 1, { index: "xor" })).misses).toBe(4);
  });

  test("takes the page number at the point's size", () => {
    const at = (pages: number[]): Access[] => pages.map((page) => ({ kind: "load", va: BigInt(page) << 21n, size: 1 }));
    const of = (pageSize: PageSize) => count(at([0, 2, 0, 2]), point(2, 1, { index: "xor", pageSize })).misses;
    expect([of("4K"), of("2M"), of("1G")]).toEqual([4, 2, 1]);
  });
});

describe("unmapped pages", () => {
  test("leave empty ways: entries behind them do not move up", () => {
    // Of one entry b took it, and then nothing had it: a misses. Were b forgotten, a would have seemed to be the last.
    expect(missesBySize("ab!ba", [1, 2, 3])).toEqual([3, 2, 2]);
    // The way that b leaves takes c.
    expect(missesBySize("ab!bca", [1, 2, 3])).toEqual([4, 3, 3]);
  });

  test("leave the youngest way first to be filled, the oldest last", () => {
    expect(missesBySize("abcd!b!dac", [1, 2, 3, 4])).toEqual([6, 5, 5, 4]);
    // What stood in the fourth way left it empty: of four entries, e evicts nothing.
    expect(missesBySize("abcd!b!dace ac", [2, 3, 4])).toEqual([8, 6, 5]);
  });

  test("miss cold when they are touched again, and only they", () => {
    expect(count("ab!bab", point(4))).toMatchObject({ misses: 3, coldMisses: 3 });
    expect(count("ab!cab", point(4))).toMatchObject({ misses: 2, coldMisses: 2 });
    expect(count("!aa!b", point(4))).toMatchObject({ misses: 1, coldMisses: 1 });
  });

  test("are those of which any byte is in the range, at every page size", () => {
    const range: Step = { kind: "unmap", va: 0x1fffn, bytes: 2n };
    const of = (pageSize: PageSize) => {
      const { misses, coldMisses } = count([...steps("abcd"), range, ...steps("abcd")], point(8, 8, { pageSize }));
      return [misses, coldMisses];
    };
    expect([of("4K"), of("2M"), of("1G")]).toEqual([
      [6, 6],
      [2, 2],
      [2, 2],
    ]);
  });

  test("may be half of the address space", () => {
    const upper = 0xffff_8000_0000_0000n;
    const touched: Step[] = [...steps("ab"), { kind: "load", va: upper, size: 1 }];
    const unmap = (va: bigint): Step => ({ kind: "unmap", va, bytes: 1n << 47n });
    const fields = { misses: 4, coldMisses: 4 };
    expect(count([...touched, unmap(upper), ...touched], point(8))).toMatchObject(fields);
    expect(count([...touched, unmap(0n), ...touched], point(8))).toMatchObject({ misses: 5, coldMisses: 5 });
  });

  test("keep the order of what stays, also under FIFO", () => {
    const fifo = point(3, 3, { policy: "fifo" });
    // a b c; b's way takes d; e evicts a, the first of those that are left.
    expect(count("abc!bde c d a", fifo).misses).toBe(6);
  });
});

describe("flushes", () => {
  test("come after each so many records, the last included", () => {
    const operations = operationsOf(steps("aaaaa"), "all", 2).map(({ kind }) => kind);
    expect(operations).toEqual(["reference", "reference", "flush", "reference", "reference", "flush", "reference"]);
    expect(missesBySize("aaaaa", [1, 2], { flushEvery: 2 })).toEqual([3, 3]);
    expect(count("aaaa", point(1), { flushEvery: 1 })).toMatchObject({ misses: 4, coldMisses: 4, hits: 0 });
    expect(new ReferenceSweep(steps("aaaa"), sweepOf([], { flushEvery: 2 })).counts().invalidations.flushes).toBe(2);
  });

  test("count records of every kind, whatever stream is looked at", () => {
    const fields = { stream: "data", flushEvery: 3 } as const;
    expect(count("a@a@aa a@a a", point(4), fields)).toMatchObject({ hits: 1, misses: 3, coldMisses: 3 });
  });

  test("are no unmapping: D stays set, and no page is new", () => {
    expect(count("aA aA aA", point(4), { flushEvery: 2 })).toMatchObject({ misses: 3, coldMisses: 3, setDirty: 1 });
    const sweep = new ReferenceSweep(steps("ab ab"), sweepOf([point(1)], { flushEvery: 2 }));
    expect(sweep.footprint("4K")).toBe(2);
    expect(sweep.coldMisses("4K")).toBe(4);
  });
});

describe("walks that set D", () => {
  test("are for a page's first store, if that hits", () => {
    expect(setDirtyBySize("abA", [1, 2, 3])).toEqual([0, 1, 1]);
    expect(setDirtyBySize("A", [1])).toEqual([0]);
    expect(setDirtyBySize("AA bA", [1, 2])).toEqual([0, 0]);
    expect(setDirtyBySize("a~a ~a", [1])).toEqual([1]);
  });

  test("are not made again after the entry was evicted: it comes back with D", () => {
    expect(setDirtyBySize("aAbaA", [1, 2])).toEqual([1, 1]);
  });

  test("are made again after the page was unmapped", () => {
    expect(setDirtyBySize("aA!aaA", [1, 2])).toEqual([2, 2]);
    expect(setDirtyBySize("aA!aA", [1, 2])).toEqual([1, 1]);
    expect(setDirtyBySize("aA!baA", [1, 2])).toEqual([1, 1]);
  });

  test("are for pages of the point's size", () => {
    const at = (pageSize: PageSize) => count("aBa Ac!d cA", point(8, 8, { pageSize })).setDirty;
    // 4K: A, once. 2M: B; then A after the page of all four was unmapped.
    expect([at("4K"), at("2M")]).toEqual([1, 2]);
  });
});

describe("L1 TLBs in front", () => {
  const behind = (l1i: number, l1d: number) => ({ front: { l1i: geometry(l1i), l1d: geometry(l1d) } });
  const l1Of = (trace: string, fields: Partial<ResolvedSweep>) =>
    new ReferenceSweep(steps(trace), sweepOf([point(4)], fields)).l1().map(({ hits, misses }) => [hits, misses]);

  test("let through what they miss", () => {
    expect(l1Of("aab@b", behind(1, 1))).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(count("aab@b", point(4), behind(1, 1))).toMatchObject({ hits: 1, misses: 2, coldMisses: 2 });
    expect(count("aba", point(2), behind(1, 1))).toMatchObject({ hits: 1, misses: 2 });
  });

  test("hide hits: recency behind them does not change, and nothing is invalidated in them", () => {
    // L1 keeps a and c; behind it a is the oldest when c comes, so that b and c are left.
    expect(count("abacb", point(2), behind(1, 2))).toMatchObject({ hits: 1, misses: 3 });
    expect(count("abaca", point(2), behind(1, 2))).toMatchObject({ hits: 0, misses: 3 });
    expect(l1Of("abaca", behind(1, 2))[1]).toEqual([2, 3]);
  });

  test("have copies of D that are set with those behind them", () => {
    expect(count("aAbA", point(2), behind(1, 1)).setDirty).toBe(1); // in L1; the copy behind it has it, too
    expect(count("abAaA", point(2), behind(1, 1)).setDirty).toBe(1); // behind L1, which is then filled with D
    expect(count("a@aA", point(2), behind(1, 1)).setDirty).toBe(1);
    expect(count("@aA", point(2), behind(1, 1)).setDirty).toBe(1);
  });

  test("are emptied by flushes and lose what is unmapped", () => {
    expect(l1Of("aa!aa", behind(4, 4))[1]).toEqual([1, 2]);
    expect(count("aa!aa", point(4), behind(4, 4))).toMatchObject({ hits: 0, misses: 2, coldMisses: 2 });
    expect(l1Of("aaaa", { ...behind(4, 4), flushEvery: 2 })[1]).toEqual([2, 2]);
    expect(count("aaaa", point(4), { ...behind(4, 4), flushEvery: 2 })).toMatchObject({ hits: 0, misses: 2 });
  });

  test("and the point behind them count what the machine of runs counts", () => {
    const front = { l1i: geometry(2), l1d: geometry(4, 2) };
    const psc = { pde: 0, pdpte: 0, pml4e: 0 };
    fc.assert(
      fc.property(fc.constantFrom("4K", "2M", "1G"), randomRecords, (pageSize, records) => {
        const stlb = geometry(6, 3);
        const run = runReference(records, { cpu: "test", ...front, stlb, psc, policy: "lru", pageSize });
        const [l1i, l1d] = run.tlbs;
        const sweep = new ReferenceSweep(records, sweepOf([point(6, 3, { pageSize })], { front }));
        expect(sweep.l1().map(({ name, lookups, hits, misses }) => ({ name, lookups, hits, misses }))).toEqual([
          l1i,
          l1d,
        ]);
        const { hits, misses } = run.tlbs[2];
        expect(sweep.points()[0]).toMatchObject({ hits, misses, setDirty: run.walks.setDirty });
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});
