/**
 * The ABI: exports only. Options and results travel in memory, at addresses asked for here; every constant and offset
 * that the host needs is exported by the file that declares it. Calls return a STATUS_ where they can fail.
 */
import { BATCH, BATCH_COUNT_OFFSET, BATCH_KINDS_OFFSET, BATCH_WORDS_OFFSET } from "./batch";
import { counters } from "./counters";
import { decodeLackey, dropUnfinishedLine, lackeyInput, resetLackey } from "./decoders/lackey";
import { forgetLatest, resetKnownLines, stripSlotsOf } from "./decoders/known-lines";
import { pageCount, physicalMemoryBase, physicalMemoryBytes, tableFrameCount } from "./frames";
import { EVENT_FLUSH, EVENT_INTERVAL, INTERVAL_RECORDS, KIND_FETCH, STREAM_DATA, STREAM_FETCH } from "./layout";
import { machineConfig, machineStripSlots, startOver } from "./machine";
import { configureMachineByPolicy, replayByPolicy } from "./policies/index";
import { REFERENCES, gatherReferences, resetReferences } from "./references";
import { startSurvey } from "./survey";

export * from "./layout";
export * from "./counters";
export {
  PTE_A,
  PTE_ADDRESS,
  PTE_D,
  PTE_G,
  PTE_P,
  PTE_PAT_4K,
  PTE_PAT_LARGE,
  PTE_PCD,
  PTE_PKEY_MASK,
  PTE_PKEY_SHIFT,
  PTE_PS,
  PTE_PWT,
  PTE_RW,
  PTE_US,
  PTE_XD,
} from "./paging";
export * from "./processor/index";
export {
  BATCH_COUNT_OFFSET,
  BATCH_KINDS_OFFSET,
  BATCH_WORDS_OFFSET,
  gatherReferences,
  pageCount,
  physicalMemoryBase,
  physicalMemoryBytes,
  tableFrameCount,
};
export {
  CELL_BYTES,
  CELL_L1_MISSES,
  CELL_STLB_MISSES,
  COLUMN_BYTES,
  blockNumbers,
  blockShift,
  missCells,
  missedBlocks,
} from "./profile/blocks";
export {
  END_BYTES,
  END_L1D_MISSES,
  END_L1I_MISSES,
  END_MINOR_FAULTS,
  END_STLB_MISSES,
  END_WALK_REFERENCES,
  endedIntervals,
  intervalEnds,
  intervalRecords,
} from "./profile/intervals";
export { protectionAddress, protectionCount, protectionInterval, protectionKind } from "./profile/protections";
export { lowestTouched, highestTouched, survey, touchedPages } from "./survey";
export {
  ENGINE_CHECK,
  ENGINE_DIRECT,
  ENGINE_ONE_PASS,
  POINT_BYTES,
  POINT_ENGINE,
  POINT_ENTRIES,
  POINT_FOLD_BITS,
  POINT_LEAF_LEVEL,
  POINT_POLICY,
  POINT_WAYS,
  SWEEP_CHECKED_PAGES,
  SWEEP_DISTANCES,
  SWEEP_L1D_ENTRIES,
  SWEEP_L1D_WAYS,
  SWEEP_L1I_ENTRIES,
  SWEEP_L1I_WAYS,
  beginSweep,
  coldMisses,
  configureSweep,
  directFirstStoreMisses,
  directMisses,
  distanceCount,
  distancesFirstStores,
  distancesFound,
  firstStores,
  firstStoresCold,
  footprint,
  l1dMisses,
  l1iMisses,
  onePassFirstStoreMisses,
  onePassMisses,
  sweepConfigAddress,
  sweepReferences,
} from "./sweep/index";
export {
  CONFIG_L1D_ENTRIES,
  CONFIG_L1D_WAYS,
  CONFIG_L1I_ENTRIES,
  CONFIG_L1I_WAYS,
  CONFIG_LEAF_LEVEL,
  CONFIG_PDE_ENTRIES,
  CONFIG_PDPTE_ENTRIES,
  CONFIG_PML4E_ENTRIES,
  CONFIG_POLICY,
  CONFIG_PROFILED,
  CONFIG_STLB_ENTRIES,
  CONFIG_STLB_WAYS,
} from "./machine";

export function configAddress(): usize {
  return changetype<usize>(machineConfig);
}

export function countersAddress(): usize {
  return changetype<usize>(counters);
}

export function batchAddress(): usize {
  return BATCH;
}

export function referencesAddress(): usize {
  return REFERENCES;
}

/** Where decodeLackey() reads its input: INPUT_BYTES at most. */
export function inputAddress(): usize {
  return lackeyInput();
}

/** Builds the machine of the configuration block and starts a trace of which every record is wanted. */
export function configureRun(): u32 {
  const status = configureMachineByPolicy();
  startTrace(ALL_KINDS, machineStripSlots(), false, EVENT_INTERVAL, machineConfig.profiled ? INTERVAL_RECORDS : 0);
  return status;
}

/** Replays the batch. */
export function run(): u32 {
  return replayByPolicy();
}

/**
 * Starts a survey of `streams`, and a trace of which only their records are wanted, and `events` and a flush after each
 * `flushEvery` records (0: none) as resetLackey() says.
 */
export function configureSurvey(streams: u32, events: bool, flushEvery: u64): u32 {
  startOver();
  startTrace(kindsOf(streams), stripSlotsOf(streams), events, EVENT_FLUSH, flushEvery);
  return startSurvey();
}

/** Decodes `bytes` bytes at inputAddress() into the batch; `last`: the trace ends with them. */
export function decode(bytes: u32, last: bool): u32 {
  return decodeLackey(bytes, last);
}

/** The next input begins a line, anywhere in the trace: a line that was not finished is dropped. */
export function startPart(): void {
  dropUnfinishedLine();
  forgetLatest();
}

/** The next batch comes from another decoder, which skipped `skippedLines` lines. */
export function noteOtherBatch(skippedLines: u32): void {
  counters.skippedLines += skippedLines;
  forgetLatest();
}

function startTrace(kinds: u32, stripSlots: u32, events: bool, mark: u32, every: u64): void {
  resetReferences();
  resetLackey(kinds, events, mark, every);
  resetKnownLines(stripSlots, kinds);
}

const ALL_KINDS: u32 = 15;

function kindsOf(streams: u32): u32 {
  const fetch: u32 = 1 << KIND_FETCH;
  return (streams & STREAM_FETCH ? fetch : 0) | (streams & STREAM_DATA ? ALL_KINDS & ~fetch : 0);
}
