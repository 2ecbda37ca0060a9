/** Results made by hand whose numbers agree with each other as those of a simulation must. */
import type { PageSize } from "../../src/config/types.ts";
import type { InfoResult, RunResult, SweepPoint, SweepResult } from "../../src/report/results.ts";

export const RUN: RunResult = {
  schema: "pagewalk/run@1",
  version: "0.1.0",
  trace: {
    path: "traces/sort.lackey.zst",
    format: "lackey",
    compression: "zstd",
    records: 400_000,
    instructions: 250_000,
    skippedLines: 2,
  },
  config: {
    cpu: "skylake",
    l1i: { entries: 128, ways: 8, sets: 16 },
    l1d: { entries: 64, ways: 4, sets: 16 },
    stlb: { entries: 1536, ways: 12, sets: 128 },
    psc: { pde: 32, pdpte: 4, pml4e: 2 },
    policy: "lru",
    pageSize: "4K",
  },
  accesses: { fetch: 250_000, load: 100_000, store: 40_000, modify: 10_000 },
  references: { fetch: 250_500, data: 150_900 },
  tlbs: [
    {
      name: "L1I",
      entries: 128,
      ways: 8,
      policy: "lru",
      lookups: 250_500,
      hits: 250_496,
      misses: 4,
      missRatio: 4 / 250_500,
      mpki: 0.016,
    },
    {
      name: "L1D",
      entries: 64,
      ways: 4,
      policy: "lru",
      lookups: 150_900,
      hits: 138_900,
      misses: 12_000,
      missRatio: 12_000 / 150_900,
      mpki: 48,
    },
    {
      name: "STLB",
      entries: 1536,
      ways: 12,
      policy: "lru",
      lookups: 12_004,
      hits: 8_800,
      misses: 3_204,
      missRatio: 3_204 / 12_004,
      mpki: 12.816,
    },
  ],
  walks: {
    count: 3_204,
    references: 4_046,
    byLevel: { pml4e: 4, pdpte: 34, pde: 804, pte: 3_204 },
    setDirty: 350,
    setDirtyReferences: 360,
  },
  psc: { pml4e: { hits: 30 }, pdpte: { hits: 770 }, pde: { hits: 2_400 } },
  faults: { minor: 1_500, major: 0, protection: 0, generalProtection: 0 },
  memory: { distinctPages: 1_500, pageTablePages: 15, evictions: 0, writebacks: 0 },
  time: { seconds: 1.24, referencesPerSecond: 323_709.7 },
};

const SWEEP_REFERENCES = 400_000;

/** A point of the data stream of `SWEEP`; the sets and all that is not a miss follow. */
export function point(
  entries: number,
  ways: number,
  misses: number,
  pageSize: PageSize = "4K",
  coldMisses = 4_721,
): SweepPoint {
  const hits = SWEEP_REFERENCES - misses;
  const missRatio = misses / SWEEP_REFERENCES;
  return { pageSize, policy: "lru", entries, ways, sets: entries / ways, hits, misses, coldMisses, missRatio };
}

export const SWEEP: SweepResult = {
  schema: "pagewalk/sweep@1",
  version: "0.1.0",
  trace: { ...RUN.trace, skippedLines: 0 },
  stream: "data",
  references: SWEEP_REFERENCES,
  points: [
    ...[point(16, 1, 236_177), point(16, 4, 221_862), point(16, 16, 218_279)],
    ...[point(64, 1, 166_591), point(64, 4, 157_400), point(64, 64, 157_051)],
    ...[point(256, 1, 119_100), point(256, 4, 96_202), point(256, 256, 95_986)],
    ...[point(1024, 1, 61_158), point(1024, 4, 37_118), point(1024, 1024, 36_311)],
    ...[point(4096, 1, 12_031), point(4096, 4, 5_923), point(4096, 4096, 5_068)],
  ],
  time: { seconds: 1.2, referencesPerSecond: 333_333.3 },
};

export const INFO: InfoResult = {
  schema: "pagewalk/info@1",
  version: "0.1.0",
  trace: { ...RUN.trace, storedBytes: 1_572_864, bytes: 5_713_920 },
  accesses: RUN.accesses,
  references: RUN.references,
  footprint: [
    { pageSize: "4K", pages: 1_500, codePages: 12, dataPages: 1_488 },
    { pageSize: "2M", pages: 9, codePages: 2, dataPages: 7 },
    { pageSize: "1G", pages: 3, codePages: 1, dataPages: 2 },
  ],
  addresses: { lowest: "0x400000", highest: "0x7ffc12345000" },
  straddling: 1_400,
  nonCanonical: 0,
  time: { seconds: 0.0421, recordsPerSecond: 9_501_187.6 },
};
