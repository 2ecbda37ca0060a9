import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryMap } from "../../src/regions/memory-map.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";

/** Pages of the address space of the property test. */
const PAGES = 24;
const PAGE = 4096n;

const ranges = fc
  .tuple(fc.nat({ max: PAGES - 1 }), fc.integer({ min: 1, max: 8 }))
  .map(([first, count]) => ({ first, last: Math.min(PAGES, first + count) }));
const actions = fc.array(
  fc.tuple(
    fc.constantFrom("map", "unmap", "protect"),
    ranges,
    fc.constantFrom("r--", "rw-", "r-x"),
    fc.nat({ max: 2 }),
  ),
  { size: "max", maxLength: 30 },
);

describe("MemoryMap", () => {
  it("knows at every time what every page was", () => {
    fc.assert(
      fc.property(actions, (list) => {
        const map = new MemoryMap();
        const pages: (string | null)[] = Array(PAGES).fill(null);
        const history: (string | null)[][] = [];
        let record = 0;
        list.forEach(([action, { first, last }, permissions, records], index) => {
          const [start, end] = [BigInt(first) * PAGE, BigInt(last) * PAGE];
          if (action === "map") map.map({ start, end, permissions, name: `${index}`, file: null, fromRecord: record });
          else if (action === "unmap") map.unmap(start, end, record);
          else map.protect(start, end, permissions, record);
          for (let page = first; page < last; page++) {
            const before = pages[page] ?? null;
            if (action === "map") pages[page] = `${index} ${permissions}`;
            else if (action === "unmap") pages[page] = null;
            else if (before !== null) pages[page] = `${before.split(" ")[0]} ${permissions}`;
          }
          for (let count = 0; count < records; count++) history[record++] = [...pages];
        });
        history.forEach((wanted, at) => {
          const alive = map
            .regions()
            .filter(({ fromRecord, toRecord }) => fromRecord <= at && (toRecord === null || at < toRecord));
          const got = wanted.map((_, page) => {
            const there = alive.filter(({ start, end }) => start <= BigInt(page) * PAGE && BigInt(page) * PAGE < end);
            expect(there.length).toBeLessThanOrEqual(1);
            return there[0] === undefined ? null : `${there[0].name} ${there[0].permissions}`;
          });
          expect(got).toEqual(wanted);
        });
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});

describe("MemoryMap of many regions", () => {
  it("finds, cuts and joins them as an array of pages does", () => {
    const map = new MemoryMap();
    const pages: (string | null)[] = Array(6000).fill(null);
    const next = randomNumbers(7);
    const random = (below: number) => next() % below;
    for (let step = 0; step < 20_000; step++) {
      const first = random(pages.length);
      const count = 1 + (random(4000) === 0 ? random(3000) : random(3));
      const [start, end] = [BigInt(first) * PAGE, BigInt(Math.min(pages.length, first + count)) * PAGE];
      const name = `${step}`;
      const isMapped = random(3) > 0;
      if (isMapped) map.map({ start, end, permissions: "rw-", name, file: null, fromRecord: step });
      else map.unmap(start, end, step);
      pages.fill(isMapped ? name : null, first, Number(end / PAGE));
      const asked = random(pages.length);
      expect(map.at(BigInt(asked) * PAGE + 7n)?.name ?? null).toBe(pages[asked]);
    }
    expect(pages.map((_, page) => map.at(BigInt(page) * PAGE)?.name ?? null)).toEqual(pages);
    expect(new Set(pages).size, "several blocks of OrderedRegions").toBeGreaterThan(1200);
  });

  it("begins what a region grows by anew where something else was in its time", () => {
    const map = new MemoryMap();
    const region = { permissions: "rw-", name: "a", file: null };
    map.map({ ...region, start: 0n, end: PAGE, fromRecord: 5 });
    map.map({ ...region, name: "b", start: 2n * PAGE, end: 3n * PAGE, fromRecord: 6 });
    map.unmap(2n * PAGE, 3n * PAGE, 8);
    for (const pagesThen of [2n, 4n]) {
      const grown = map.at(0n);
      if (grown !== undefined) map.resize(grown, pagesThen * PAGE, 9);
    }
    const shown = map
      .regions()
      .map(({ start, end, name, fromRecord }) => `${name} ${start / PAGE}-${end / PAGE} ${fromRecord}`);
    expect(shown).toEqual(["a 0-2 5", "b 2-3 6", "a 2-4 9"]);
  });
});
