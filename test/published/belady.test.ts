/**
 * Belady's anomaly: under FIFO, more frames can miss more often. Belady, Nelson & Shedler, CACM 12(6), 1969,
 * doi:10.1145/363011.363155. LRU is a stack algorithm and has no such anomaly: Mattson et al., IBM Systems Journal 9(2),
 * 1970, doi:10.1147/sj.92.0078.
 */
import { expect, it } from "vitest";
import { sweep } from "../../src/sweep.ts";
import { openTrace } from "../../src/trace/trace.ts";

const PAGES = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];

async function misses(policies: "lru" | "fifo") {
  const text = PAGES.map((page) => ` L ${page.toString(16)}000,1\n`).join("");
  const { points } = await sweep(await openTrace(new TextEncoder().encode(text)), { policies, geometries: "3:3,4:4" });
  return points.map((point) => point.misses);
}

it("FIFO misses 9 times with 3 frames and 10 times with 4", async () => {
  expect(await misses("fifo")).toEqual([9, 10]);
});

it("LRU misses 10 times with 3 frames and 8 times with 4", async () => {
  expect(await misses("lru")).toEqual([10, 8]);
});
