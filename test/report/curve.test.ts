import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { curveOf, missesBySize } from "../../src/report/curve.ts";

describe("missesBySize()", () => {
  it("counts what was not found, and what was found deeper than there are entries", () => {
    expect([...missesBySize(5, Float64Array.of(100, 0, 20, 3))]).toEqual([128, 28, 28, 8, 5]);
    expect([...missesBySize(5, Float64Array.of())]).toEqual([5]);
  });

  it("is what LRU TLBs of every size do, one after the other", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(12), { maxLength: 200 }), (pages) => {
        const { cold, found } = stackDistances(pages);
        missesBySize(cold, found).forEach((misses, entries) => {
          if (entries > 0) expect(misses).toBe(lruMisses(pages, entries));
        });
      }),
    );
  });
});

describe("curveOf()", () => {
  it("tells the size from which on there are cold misses only", () => {
    expect(curve([1, 2, 3, 1, 2, 3])).toMatchObject({ footprint: 3, coldMisses: 3, floorEntries: 3 });
    // Of five pages only two were in use at once.
    expect(curve([1, 2, 1, 2, 3, 4, 3, 4, 5])).toMatchObject({ footprint: 5, coldMisses: 5, floorEntries: 2 });
    expect(curve([1, 2, 3])).toMatchObject({ coldMisses: 3, floorEntries: 1, steps: [] });
  });

  it("tells the fewest entries of a hit rate, which may be reached exactly", () => {
    // 1,000 references, 7 of them cold, 3 found at depth 4 and 3 at depth 6.
    const found = Float64Array.of(900, 0, 0, 87, 3, 0, 3);
    expect(curveOf("4K", 7, 1000, 7, found).knees).toEqual([
      { hitRate: 0.99, entries: 5 },
      { hitRate: 0.999, entries: null },
    ]);
    expect(curveOf("4K", 1, 1000, 1, Float64Array.of(999)).knees.map(({ entries }) => entries)).toEqual([1, 1]);
    expect(curveOf("4K", 1, 999, 1, Float64Array.of(998)).knees.map(({ entries }) => entries)).toEqual([1, null]);
  });

  it("has no knees without lookups", () => {
    expect(curveOf("2M", 0, 0, 0, new Float64Array())).toEqual({
      pageSize: "2M",
      footprint: 0,
      coldMisses: 0,
      floorEntries: 1,
      knees: [
        { hitRate: 0.99, entries: null },
        { hitRate: 0.999, entries: null },
      ],
      steps: [],
      samples: [{ entries: 1, misses: 0 }],
    });
  });

  it("agrees with TLBs that are simulated, at its knees, its floor and every sample", () => {
    const local = fc.tuple(fc.nat(40), fc.nat(4)).map(([page, times]) => Array<number>(times * 20 + 1).fill(page));
    fc.assert(
      fc.property(fc.array(local, { minLength: 1, maxLength: 150 }), (runs) => {
        const pages = runs.flat();
        const { knees, floorEntries, coldMisses, samples, steps } = curve(pages);
        for (const { hitRate, entries } of knees) {
          const oneIn = hitRate === 0.99 ? 100 : 1000;
          const reaches = (size: number) => lruMisses(pages, size) * oneIn <= pages.length;
          if (entries === null) expect(reaches(41)).toBe(false);
          else expect([entries === 1 || !reaches(entries - 1), reaches(entries)]).toEqual([true, true]);
        }
        expect(lruMisses(pages, floorEntries)).toBe(coldMisses);
        if (floorEntries > 1) expect(lruMisses(pages, floorEntries - 1)).toBeGreaterThan(coldMisses);
        for (const { entries, misses } of samples) expect(misses).toBe(lruMisses(pages, entries));
        for (const { fromEntries, toEntries, missesBefore, missesAfter } of steps) {
          expect(fromEntries).toBeLessThan(toEntries);
          expect([missesBefore, missesAfter]).toEqual([lruMisses(pages, fromEntries), lruMisses(pages, toEntries)]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("samples 16 sizes of each octave at most, from 1 to the floor", () => {
    const found = Float64Array.from({ length: 100_000 }, (_, depth) => Math.ceil(100_000 / (depth + 1)));
    const sizes = curveOf("4K", 100_000, 1e9, 5e8, found).samples.map(({ entries }) => entries);
    expect(sizes[0]).toBe(1);
    expect(sizes.at(-1)).toBe(100_000);
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
    for (let from = 1; from < 100_000; from *= 2) {
      const inOctave = sizes.filter((entries) => entries >= from && entries < 2 * from).length;
      expect(inOctave).toBeLessThanOrEqual(16);
    }
    expect(sizes.length).toBeGreaterThan(16 * 12);
  });
});

describe("working-set steps", () => {
  it("are where a loop begins to fit, with samples on both sides", () => {
    for (const pages of [4, 10, 47, 512, 3000]) {
      const { steps, samples } = curve(loop(pages, 10));
      const before = { entries: pages - 1, misses: pages * 10 };
      const after = { entries: pages, misses: pages };
      expect(steps).toEqual([
        { fromEntries: pages - 1, toEntries: pages, missesBefore: pages * 10, missesAfter: pages },
      ]);
      expect(samples).toEqual(expect.arrayContaining([before, after]));
    }
  });

  it.each([
    [20, 30],
    [20, 50],
    [20, 400],
    [20, 2000],
    [100, 150],
  ])("are two where a loop over %i pages runs in one over %i", (inner, outer) => {
    const round = [...loop(inner, 100), ...Array.from({ length: outer - inner }, (_, index) => inner + index)];
    const { steps } = curve(Array.from({ length: 3 }, () => round).flat());
    expect(steps.map(({ fromEntries, toEntries }) => [fromEntries, toEntries])).toEqual([
      [inner - 1, inner],
      [outer - 1, outer],
    ]);
    const [first, second] = steps;
    expect(first?.missesAfter).toBeGreaterThanOrEqual(second?.missesBefore ?? 0);
    expect(second?.missesAfter).toBe(outer);
  });

  it("are found in a loop among random references", () => {
    const random = generator(3);
    const pages = loop(200, 40).flatMap((page) => (random() < 0.2 ? [page, 1000 + zipf(random, 2000)] : [page]));
    const [step, ...others] = curve(pages).steps;
    expect(others).toEqual([]);
    // The loop, and the others that come by in a round.
    expect(step?.fromEntries).toBeGreaterThanOrEqual(200);
    expect(step?.toEntries).toBeLessThan(260);
    expect(step?.missesAfter).toBeLessThan((step?.missesBefore ?? 0) / 2);
  });

  it("is one where all pages are visited again and again, each time in another order", () => {
    const random = generator(5);
    const rounds = Array.from({ length: 30 }, () => {
      const order = Array.from({ length: 300 }, (_, page) => ({ page, key: random() }));
      return order.sort((a, b) => a.key - b.key).map(({ page }) => page);
    });
    const { steps } = curve(rounds.flat());
    expect(steps).toHaveLength(1);
    expect(steps[0]?.fromEntries).toBeGreaterThan(150);
    expect(steps[0]?.toEntries).toBeLessThanOrEqual(300);
  });

  it("are none where nearly all misses are cold", () => {
    const fresh = Array.from({ length: 1000 }, (_, index) => 100 + index);
    expect(curve([...loop(40, 3), ...fresh]).steps).toEqual([]);
    expect(curve([...loop(40, 6), ...fresh]).steps).toHaveLength(1);
  });

  it.each([1, 2, 3])("are none where references follow Zipf's law (seed %i)", (seed) => {
    for (const pages of [20, 300, 3000]) {
      const random = generator(seed);
      expect(curve(Array.from({ length: 20_000 }, () => zipf(random, pages))).steps).toEqual([]);
    }
  });

  it.each([1, 2, 3])("is one, up to the last page, where references are uniformly random (seed %i)", (seed) => {
    for (const pages of [64, 300, 1000]) {
      const random = generator(seed);
      const { steps } = curve(Array.from({ length: 20_000 }, () => Math.floor(random() * pages)));
      expect(steps).toHaveLength(1);
      expect(steps[0]?.fromEntries).toBeGreaterThan(pages / 2);
      expect(steps[0]?.toEntries).toBeGreaterThan(pages * 0.95);
      expect(steps[0]?.toEntries).toBeLessThanOrEqual(pages);
    }
  });
});

function curve(pages: readonly number[]) {
  const { cold, found } = stackDistances(pages);
  return curveOf("4K", new Set(pages).size, pages.length, cold, found);
}

function loop(pages: number, rounds: number): number[] {
  return Array.from({ length: pages * rounds }, (_, index) => index % pages);
}

/** A random number below `pages`, the smaller the likelier: of Zipf's law with exponent 1, as good as. */
function zipf(random: () => number, pages: number): number {
  return Math.floor((pages + 1) ** random()) - 1;
}

/** Numbers from 0 to below 1, the same for the same seed. Lehmer's generator. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** By a list of pages, the last one referenced at its end. */
function stackDistances(pages: readonly number[]): { cold: number; found: Float64Array } {
  const stack: number[] = [];
  const counts: number[] = [];
  let cold = 0;
  for (const page of pages) {
    const at = stack.lastIndexOf(page);
    if (at < 0) cold++;
    else {
      const depth = stack.length - 1 - at;
      counts[depth] = (counts[depth] ?? 0) + 1;
      stack.splice(at, 1);
    }
    stack.push(page);
  }
  return { cold, found: Float64Array.from({ length: stack.length }, (_, depth) => counts[depth] ?? 0) };
}

/** By a TLB of that size, and nothing else. */
function lruMisses(pages: readonly number[], entries: number): number {
  const tlb = new Set<number>();
  let misses = 0;
  for (const page of pages) {
    if (!tlb.delete(page)) misses++;
    tlb.add(page);
    const [oldest] = tlb;
    if (tlb.size > entries && oldest !== undefined) tlb.delete(oldest);
  }
  return misses;
}
