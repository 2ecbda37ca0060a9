/** Results made by hand whose numbers agree with each other as those of a simulation must. */
import type { PageSize } from "../../src/config/types.ts";
import { missRatio, mpki } from "../../src/report/metrics.ts";
import type {
  InfoResult,
  Region,
  RunProfile,
  RunResult,
  SweepCurve,
  SweepPoint,
  SweepResult,
} from "../../src/report/results.ts";
import type { plainTlbs } from "../../src/report/tlb-levels.ts";

export const RUN: RunResult & { tlbs: ReturnType<typeof plainTlbs> } = {
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
    cpu: "generic",
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

/** Of `RUN`: its misses in two blocks, the second interval shorter than the first. */
export const PROFILE: RunProfile = {
  intervalRecords: 262_144,
  intervals: [
    {
      records: 262_144,
      l1iMisses: 4,
      l1dMisses: 11_996,
      stlbMisses: 3_200,
      walkReferences: 4_030,
      minorFaults: 1_500,
    },
    { records: 137_856, l1iMisses: 0, l1dMisses: 4, stlbMisses: 4, walkReferences: 16, minorFaults: 0 },
  ],
  blockBytes: 8_192,
  blocks: [
    { address: "0x4000", l1Misses: [9_000, 0], stlbMisses: [3_200, 0] },
    { address: "0xffffffffffffe000", l1Misses: [3_000, 4], stlbMisses: [0, 4] },
  ],
  generalProtections: [],
};

const SWEEP_REFERENCES = 400_000;

/** Misses of fully associative LRU TLBs of 4K pages, from 1 entry to the floor. */
const FULL: readonly [entries: number, misses: number][] = [
  ...([
    [1, 301_404],
    [2, 280_110],
    [4, 261_003],
    [8, 240_250],
    [16, 218_279],
    [32, 188_334],
  ] as const),
  ...([
    [64, 157_051],
    [128, 127_480],
    [256, 95_986],
    [512, 66_004],
    [1024, 36_311],
    [1536, 17_460],
  ] as const),
  ...([
    [2048, 9_100],
    [4096, 5_068],
    [4700, 4_721],
  ] as const),
].map(([entries, misses]) => [entries, misses]);

/** A point of the data stream of `SWEEP`; the sets and all that is not a miss follow. */
export function point(
  entries: number,
  ways: number,
  misses: number,
  pageSize: PageSize = "4K",
  coldMisses = 4_721,
): SweepPoint {
  const full = (pageSize === "4K" ? FULL.find(([size]) => size === entries)?.[1] : undefined) ?? misses;
  return {
    pageSize,
    policy: "lru",
    index: "modulo",
    engine: "one-pass",
    entries,
    ways,
    sets: entries / ways,
    hits: SWEEP_REFERENCES - misses,
    misses,
    coldMisses,
    capacityMisses: full - coldMisses,
    conflictMisses: misses - full,
    setDirty: 120,
    missRatio: missRatio(misses, SWEEP_REFERENCES),
    mpki: mpki(misses, RUN.trace.instructions),
  };
}

const CURVE: SweepCurve = {
  pageSize: "4K",
  footprint: 4_721,
  coldMisses: 4_721,
  floorEntries: 4_700,
  knees: [
    { hitRate: 0.99, entries: null },
    { hitRate: 0.999, entries: null },
  ],
  steps: [],
  samples: FULL.map(([entries, misses]) => ({ entries, misses })),
};

export const SWEEP: SweepResult = {
  schema: "pagewalk/sweep@1",
  version: "0.1.0",
  trace: { ...RUN.trace, skippedLines: 0 },
  stream: "data",
  references: SWEEP_REFERENCES,
  l1: [],
  lookups: [{ pageSize: "4K", lookups: SWEEP_REFERENCES }],
  invalidations: { flushes: 0, unmaps: 0 },
  points: [
    ...[point(16, 1, 236_177), point(16, 4, 221_862), point(16, 16, 218_279)],
    ...[point(64, 1, 166_591), point(64, 4, 157_400), point(64, 64, 157_051)],
    ...[point(256, 1, 119_100), point(256, 4, 96_202), point(256, 256, 95_986)],
    ...[point(1024, 1, 61_158), point(1024, 4, 37_118), point(1024, 1024, 36_311)],
    ...[point(4096, 1, 12_031), point(4096, 4, 5_923), point(4096, 4096, 5_068)],
  ],
  curves: [CURVE],
  checkedPoints: 3,
  checkedReferences: null,
  time: { seconds: 1.2, referencesPerSecond: 333_333.3 },
};

export const INFO: InfoResult = {
  schema: "pagewalk/info@1",
  version: "0.1.0",
  complete: true,
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
  lineStraddling: 9_100,
  sizes: [
    { bytes: 3, fetches: 150_000, data: 0 },
    { bytes: 4, fetches: 100_000, data: 30_000 },
    { bytes: 8, fetches: 0, data: 120_000 },
  ],
  architecture: { guess: "x86-64", kernelHalf: false, lowerHalfBits: 47 },
  threads: [
    { pid: "7", tid: "7", records: 300_000 },
    { pid: "7", tid: "8", records: 100_000 },
  ],
  unlistedThreadRecords: 0,
  reuse: [
    {
      stream: "fetch",
      references: 250_500,
      coldReferences: 12,
      pagesForHitRate: [
        { hitRate: 0.9, pages: 1 },
        { hitRate: 0.99, pages: 3 },
        { hitRate: 0.999, pages: 9 },
      ],
    },
    {
      stream: "data",
      references: 150_900,
      coldReferences: 1_488,
      pagesForHitRate: [
        { hitRate: 0.9, pages: 14 },
        { hitRate: 0.99, pages: 1_200 },
        { hitRate: 0.999, pages: null },
      ],
    },
  ],
  workingSet: Array.from({ length: 19 }, (_, log2) => ({ windowReferences: 2 ** log2, averagePages: 1.5 ** log2 })),
  regions: {
    gapBytes: 1 << 20,
    ranges: [
      { ...region(), address: "0x400000", bytes: 49_152, pages: 12, codePages: 12, fetches: 250_000, guess: "program" },
      { ...region(), address: "0x1200000", bytes: 6_094_848, pages: 1_485, dataPages: 1_485, loads: 90_000 },
      {
        ...region(),
        address: "0x7ffc12343000",
        bytes: 12_288,
        pages: 3,
        dataPages: 3,
        loads: 10_000,
        stores: 40_000,
        modifies: 10_000,
        guess: "stack",
      },
    ],
  },
  notes: [],
  error: null,
  time: { seconds: 0.0421, recordsPerSecond: 9_501_187.6 },
};

function region(): Region {
  const counts = { fetches: 0, loads: 0, stores: 0, modifies: 0 };
  return { address: "0x0", bytes: 0, pages: 0, codePages: 0, dataPages: 0, ...counts, guess: null };
}
