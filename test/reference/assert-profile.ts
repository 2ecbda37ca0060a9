/** What must be true of the profile of every run. */
import { expect } from "vitest";
import { PAGE_SIZE_BYTES } from "../../src/config/page-sizes.ts";
import type { RunProfile, RunResult } from "../../src/report/results.ts";
import { plainTlbs } from "../../src/report/tlb-levels.ts";

/** Fails unless the profile of `result` agrees with its counters. Returns the profile. */
export function assertProfile(result: RunResult): RunProfile {
  const { profile, trace, walks, faults } = result;
  const [l1i, l1d, stlb] = plainTlbs(result);
  if (profile === undefined) throw new Error("the result has no profile");
  const { intervals, intervalRecords, blocks, blockBytes, generalProtections } = profile;
  const sumOf = (name: keyof RunProfile["intervals"][number]) => sum(intervals.map((interval) => interval[name]));
  expect(
    {
      records: sumOf("records"),
      l1iMisses: sumOf("l1iMisses"),
      l1dMisses: sumOf("l1dMisses"),
      stlbMisses: sumOf("stlbMisses"),
      walkReferences: sumOf("walkReferences"),
      minorFaults: sumOf("minorFaults"),
    },
    "sums over the intervals",
  ).toEqual({
    records: trace.records,
    l1iMisses: l1i.misses,
    l1dMisses: l1d.misses,
    stlbMisses: stlb.misses,
    walkReferences: walks.references,
    minorFaults: faults.minor,
  });

  expect(Number.isInteger(Math.log2(intervalRecords)), "the records of an interval are a power of two").toBe(true);
  expect(intervals.length).toBe(Math.ceil(trace.records / intervalRecords));
  expect(intervals.length).toBeLessThanOrEqual(512);
  for (const { records } of intervals.slice(0, -1)) expect(records).toBe(intervalRecords);

  intervals.forEach(({ l1iMisses, l1dMisses, stlbMisses }, index) => {
    const inBlocks = {
      l1Misses: sum(blocks.map((block) => block.l1Misses[index] ?? 0)),
      stlbMisses: sum(blocks.map((block) => block.stlbMisses[index] ?? 0)),
    };
    const inInterval = { l1Misses: l1iMisses + l1dMisses, stlbMisses };
    expect(inBlocks, `sums over the blocks in interval ${index}`).toEqual(inInterval);
  });
  expect(Number.isInteger(Math.log2(blockBytes)), "the bytes of a block are a power of two").toBe(true);
  expect(blockBytes).toBeGreaterThanOrEqual(PAGE_SIZE_BYTES[result.config.pageSize]);
  expect(blocks.length).toBeLessThanOrEqual(1024);
  const addresses = blocks.map(({ address }) => BigInt(address));
  expect(addresses.every((address) => address % BigInt(blockBytes) === 0n)).toBe(true);
  expect(addresses, "blocks ascend").toEqual([...new Set(addresses)].sort((a, b) => (a < b ? -1 : 1)));
  for (const { l1Misses, stlbMisses } of blocks) {
    expect([l1Misses.length, stlbMisses.length]).toEqual([intervals.length, intervals.length]);
    expect(sum(l1Misses), "something missed in a block").toBeGreaterThan(0);
  }

  expect(generalProtections.length).toBe(Math.min(16, faults.generalProtection));
  return profile;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
