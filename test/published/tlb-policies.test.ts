/** Replacement policies of TLBs as others have published them: tables of states, worked examples, counterexamples. */
import { describe, expect, it } from "vitest";
import { ONLINE_POLICIES, type Policy } from "../../src/config/types.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { lackeyText } from "../helpers/random-records.ts";
import { plainSet, Tree } from "../reference/replacement.ts";

/** Loads of pages, each only once in a row. */
const loadsOf = (pages: readonly number[]) =>
  new TextEncoder().encode(
    lackeyText(pages.map((page) => ({ kind: "load" as const, va: BigInt(page + 16) << 12n, size: 1 }))),
  );

/** For each of `pages` whether it misses in one set, as the kernel has it: by one run for each beginning. */
async function missesOf(policy: Policy, ways: number, pages: readonly number[]): Promise<boolean[]> {
  const geometry = `${ways}:full`;
  const counts = [0];
  for (let count = 1; count <= pages.length; count++) {
    const config = { policy, l1d: geometry, l1i: geometry, stlb: geometry };
    const { tlbs } = await simulate(await openTrace(loadsOf(pages.slice(0, count))), config);
    counts.push(tlbs.find(({ name }) => name === "L1D")?.misses ?? 0);
  }
  return pages.map((_, index) => (counts[index + 1] ?? 0) > (counts[index] ?? 0));
}

/**
 * Four ways and three bits, of which 1 says that the left side was referenced more recently: Mark Smotherman, "pseudoLRU",
 * https://people.cs.clemson.edu/~mark/464/p_lru.txt, after figure 3-7 of Intel's Embedded Pentium Processor Family
 * Developer's Manual, 1998 (order number 273204). `.`: either; `_`: as before.
 */
const REPLACED = [
  ["00.", 0],
  ["01.", 1],
  ["1.0", 2],
  ["1.1", 3],
] as const;
const NEXT_STATE = ["11_", "10_", "0_1", "0_0"] as const;

describe("tree-PLRU of four ways", () => {
  const states = Array.from({ length: 8 }, (_, number) => number.toString(2).padStart(3, "0"));
  const after = (state: string, way: number) =>
    [...(NEXT_STATE[way] ?? "")].map((bit, index) => (bit === "_" ? state[index] : bit)).join("");
  const replacedIn = (state: string) => REPLACED.find(([pattern]) => new RegExp(`^${pattern}$`).test(state))?.[1];

  /** References that lead from the state in which all bits are 0 to `state`. */
  const leadingTo = (state: string): number[] => {
    const open: { state: string; ways: number[] }[] = [{ state: "000", ways: [] }];
    for (const { state: reached, ways } of open) {
      if (reached === state) return ways;
      if (ways.length < 4)
        for (const way of [0, 1, 2, 3]) open.push({ state: after(reached, way), ways: [...ways, way] });
    }
    throw new Error(`no references lead to ${state}`);
  };

  it.each(states)("replaces, in the state %s and after each reference, what the table says", (state) => {
    for (const more of [[], [0], [1], [2], [3]]) {
      const tree = new Tree(4);
      for (const way of [...leadingTo(state), ...more]) tree.hit(way);
      expect(tree.victim()).toBe(replacedIn(more.reduce(after, state)));
    }
  });

  /** Found by search over random references: what hits in four ways and misses in eight, so that PLRU is no stack policy. */
  it("hits in 4 ways at the 26th of these references, and misses in 8", async () => {
    const pages = [8, 8, 8, 1, 5, 9, 5, 1, 3, 6, 5, 9, 1, 4, 3, 9, 3, 2, 4, 3, 7, 8, 7, 7, 9, 2, 0, 4, 7, 4];
    expect((await missesOf("tree-plru", 4, pages))[25]).toBe(false);
    expect((await missesOf("tree-plru", 8, pages))[25]).toBe(true);
  });
});

/**
 * What RRIP was made for: a scan between uses of a working set, in four ways. Jaleel et al., ISCA 2010,
 * doi:10.1145/1815961.1815971.
 */
describe("a1 a2 a2 a1, a scan of b1 to b4, and a1 a2 again", () => {
  const PAGES = [1, 2, 2, 1, 11, 12, 13, 14, 1, 2];
  it.each([
    ["lru", "MMHHMMMMMM"],
    ["nru", "MMHHMMMMMM"],
    ["srrip", "MMHHMMMMHH"],
  ] as const)("under %s: %s", async (policy, expected) => {
    const misses = await missesOf(policy, 4, PAGES);
    expect(misses.map((isMiss) => (isMiss ? "M" : "H")).join("")).toBe(expected);
  });
});

it("FIFO misses more often in four ways than in three on a string of Belady's kind", async () => {
  const pages = [1, 2, 4, 0, 1, 2, 3, 1, 0, 2, 4, 0, 4, 3];
  const total = async (ways: number) => (await missesOf("fifo", ways, pages)).filter(Boolean).length;
  expect(await total(3)).toBeLessThan(await total(4));
});

/** The others may: NRU, where all ways were used, forgets that of every one. */
const KEEPING = ONLINE_POLICIES.filter((policy) => !["random", "fifo", "nru"].includes(policy));

it.each(KEEPING)("the way used last is not evicted next: %s", (policy) => {
  const isTree = policy === "tree-plru";
  const set = plainSet(policy, isTree ? 16 : 12, 1);
  for (let way = 0; way < (isTree ? 16 : 12); way++) set.fill(way);
  for (let way = 0; way < 12; way++) {
    set.hit(way);
    expect(set.victim()).not.toBe(way);
  }
});
