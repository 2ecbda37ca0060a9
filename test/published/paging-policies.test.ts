/** Page replacement as published: the counts of known strings, and the laws that papers prove. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PageReference, type PagingOptions, replacePages } from "../reference/paging-policies.ts";
import { PUBLISHED_FAULTS } from "./reference-strings.ts";

const reads = (pages: readonly number[]): PageReference[] => pages.map((page) => ({ page, write: false }));

/** For policies without a choice to be made. */
const faultsOf = (references: PageReference[], policy: PagingOptions["policy"], frames: number) =>
  replacePages(references, { policy, frames }).faults;

const references: fc.Arbitrary<PageReference[]> = fc
  .integer({ min: 1, max: 12 })
  .chain((pages) =>
    fc.array(fc.record({ page: fc.nat(pages - 1), write: fc.boolean() }), { maxLength: 120, size: "max" }),
  );
const frames = fc.integer({ min: 1, max: 9 });

describe("the plain model", () => {
  it.each(PUBLISHED_FAULTS)("faults $faults times under $policy with $frames frames: $name", (published) => {
    expect(faultsOf(reads(published.pages), published.policy, published.frames)).toBe(published.faults);
  });

  // Tanenbaum, Modern Operating Systems, section The Second-Chance Page Replacement Algorithm, its only figure: pages A
  // to H came in in this order; at the next fault A has R set, so that it goes to the end as if it were new, and B is next.
  it("passes a page with A set once, and takes the next one", () => {
    const [a, b, c, d, e, f, g, h, i] = [10, 11, 12, 13, 14, 15, 16, 17, 18] as const;
    const options = { policy: "second-chance", frames: 8, setsAccessed: (index: number) => index === 0 } as const;
    const result = replacePages(reads([a, b, c, d, e, f, g, h, i]), options);
    expect(result.evictions).toEqual([{ at: 8, page: b, written: false }]);
    expect(result.resident).toEqual([c, d, e, f, g, h, a, i]);
  });

  it("evicts the first that came in if all have A set, after it has cleared them all", () => {
    const result = replacePages(reads([1, 2, 3, 4, 2, 5]), { policy: "second-chance", frames: 3 });
    // 4 takes the frame of 1; then 2 alone has been used since all were cleared, and 3 goes for 5.
    expect(result.evictions.map(({ page }) => page)).toEqual([1, 3]);
  });

  it("does not see uses by which no A bit is set, as by a TLB hit", () => {
    const walksOnly = { policy: "second-chance", frames: 3, setsAccessed: (index: number) => index !== 4 } as const;
    expect(replacePages(reads([1, 2, 3, 4, 2, 5]), walksOnly).evictions.map(({ page }) => page)).toEqual([1, 2]);
  });

  it("writes back what was written to since it came in, and nothing else", () => {
    const written = [0, 2].map((page) => ({ page, write: true }));
    const result = replacePages([...written, ...reads([1, 3, 0, 2, 1])], { policy: "fifo", frames: 2 });
    expect(result.evictions.map(({ page, written }) => [page, written])).toEqual([
      [0, true],
      [2, true],
      [1, false],
      [3, false],
      [0, false],
    ]);
    expect(result.writebacks).toBe(2);
  });

  it("asks choose() for a page by its place in the order of arrival", () => {
    const result = replacePages(reads([1, 2, 3, 4]), { policy: "random", frames: 3, choose: () => 1 });
    expect(result.evictions).toEqual([{ at: 3, page: 2, written: false }]);
  });
});

// Mattson et al., IBM Systems Journal 9(2), 1970, doi:10.1147/sj.92.0078.
describe("stack algorithms", () => {
  it("LRU has in fewer frames no page that it does not have in more", () => {
    fc.assert(
      fc.property(references, frames, (references, frames) => {
        const inFewer = replacePages(references, { policy: "lru", frames }).resident;
        expect(replacePages(references, { policy: "lru", frames: frames + 1 }).resident).toEqual(
          expect.arrayContaining(inFewer),
        );
      }),
      { seed: 1 },
    );
  });

  it("LRU and OPT never fault more often with one more frame", () => {
    fc.assert(
      fc.property(references, frames, fc.constantFrom("lru" as const, "opt" as const), (references, frames, policy) => {
        const more = faultsOf(references, policy, frames + 1);
        expect(more).toBeLessThanOrEqual(faultsOf(references, policy, frames));
      }),
      { seed: 2 },
    );
  });
});

// Belady, IBM Systems Journal 5(2), 1966, doi:10.1147/sj.52.0078: MIN is the bound.
describe("OPT", () => {
  it("never faults more often than any other policy", () => {
    fc.assert(
      fc.property(references, frames, fc.infiniteStream(fc.nat()), (references, frames, numbers) => {
        const choose = (count: number) => (numbers.next().value ?? 0) % count;
        const least = faultsOf(references, "opt", frames);
        for (const policy of ["fifo", "lru", "second-chance", "random"] as const) {
          expect(replacePages(references, { policy, frames, choose }).faults, policy).toBeGreaterThanOrEqual(least);
        }
      }),
      { seed: 3 },
    );
  });

  it("faults as seldom as the best of all sequences of victims", () => {
    const short = fc.array(fc.nat(4), { maxLength: 9, size: "max" }).map(reads);
    fc.assert(
      fc.property(short, fc.integer({ min: 1, max: 4 }), (references, frames) => {
        const pages = references.map(({ page }) => page);
        expect(faultsOf(references, "opt", frames)).toBe(fewestFaults(pages, frames, []));
      }),
      { seed: 4 },
    );
  });
});

it("every policy faults once for each page if all fit, and evicts none", () => {
  fc.assert(
    fc.property(references, (references) => {
      const distinct = new Set(references.map(({ page }) => page)).size;
      for (const policy of ["fifo", "lru", "second-chance", "random", "opt"] as const) {
        const result = replacePages(references, { policy, frames: Math.max(1, distinct) });
        expect([result.faults, result.evictions.length]).toEqual([distinct, 0]);
      }
    }),
    { seed: 5 },
  );
});

/** Tries every victim for every fault. */
function fewestFaults(pages: number[], frames: number, resident: number[]): number {
  const [page, ...later] = pages;
  if (page === undefined) return 0;
  if (resident.includes(page)) return fewestFaults(later, frames, resident);
  if (resident.length < frames) return 1 + fewestFaults(later, frames, [...resident, page]);
  const without = resident.map((victim) => resident.filter((other) => other !== victim));
  return 1 + Math.min(...without.map((kept) => fewestFaults(later, frames, [...kept, page])));
}
