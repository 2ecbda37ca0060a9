/**
 * The ABI of what reads, simulates and explains: all that the page needs. index.ts adds what it does not. Options and results travel in memory, at addresses asked for here; every constant and offset
 * that the host needs is exported by the file that declares it. Calls return a STATUS_ where they can fail.
 */
import { BATCH, BATCH_COUNT_OFFSET, BATCH_INSTRUCTIONS_OFFSET, BATCH_KINDS_OFFSET, BATCH_WORDS_OFFSET } from "./batch";
import { startCensus } from "./census/index";
import { counters } from "./counters";
import { forgetKept, startEntries, startWords } from "./decoders/index";
import { csvConfig } from "./decoders/csv";
import { stripSlotsOf } from "./decoders/known-lines";
import { INPUT, input } from "./input";
import { countBatch } from "./records";
import { pageCount, physicalMemoryBase, physicalMemoryBytes, tableFrameCount } from "./frames";
import {
  ALL_KINDS,
  DECODER_PAGES,
  EVENT_FLUSH,
  EVENT_INTERVAL,
  INTERVAL_RECORDS,
  KIND_FETCH,
  STREAM_DATA,
  STREAM_FETCH,
} from "./layout";
import { machineConfig, machineKeepsTwo, machineStripSlots, startOver } from "./machine";
import { selection } from "./selection";
import { configureMachineByPolicy, replayByPolicy } from "./orders/index";
import { REFERENCES, gatherReferences, resetReferences } from "./references";

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
  CSV_ADDRESS,
  CSV_DELIMITER,
  CSV_HEADER_LINES,
  CSV_HEXADECIMAL,
  CSV_KIND,
  CSV_PC,
  CSV_PID,
  CSV_SIZE,
  CSV_TID,
} from "./decoders/csv";
export {
  decode,
  decodeMore,
  entriesAddress,
  entriesBytes,
  readsEntries,
  readsSlots,
  startPart,
  takeCensus,
} from "./decoders/index";
export {
  ENTRY_BYTES,
  ENTRY_HAS_PC,
  ENTRY_INSTRUCTION,
  ENTRY_KIND_OFFSET,
  ENTRY_PC_OFFSET,
  ENTRY_THREAD,
  ENTRY_UNMAP,
  RECORD_KINDS,
} from "./entries";
export { LAYER_ANY, LAYER_SETS, LAYER_STREAMS } from "./pages/tokens";
export {
  PHASE_COUNTED,
  PHASE_DONE,
  PHASE_SKIP,
  PHASE_WARMUP,
  SELECTION_LIMIT,
  SELECTION_ONE_THREAD,
  SELECTION_SKIP,
  SELECTION_THREAD,
  SELECTION_UNIT,
  SELECTION_WARMUP,
  UNIT_INSTRUCTIONS,
  UNIT_RECORDS,
  selectionPhase,
} from "./selection";
export {
  BATCH_COUNT_OFFSET,
  BATCH_INSTRUCTIONS_OFFSET,
  BATCH_KINDS_OFFSET,
  BATCH_WORDS_OFFSET,
  countBatch,
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
export { VMA_EXEC, VMA_READ, VMA_WRITE } from "./vma-rights";
export {
  VMA_ROW_BYTES,
  VMA_ROW_FIRST,
  VMA_ROW_LAST,
  VMA_ROW_RIGHTS,
  vmaTableAddress,
} from "./vma-table";
export { protectionAddress, protectionCount, protectionInterval, protectionKind } from "./profile/protections";
export {
  CENSUS_LINE_STRADDLES,
  CENSUS_NEAR_DATA,
  CENSUS_NEAR_FETCHES,
  CENSUS_TAGGED_ADDRESSES,
  CENSUS_UPPER_USER_ADDRESSES,
  CENSUS_WIDE_ADDRESSES,
  CENSUS_WITH_PC,
  CENSUS_WORD_FETCHES,
  censusAddress,
  censusCold,
  censusDistanceCount,
  censusDistances,
  censusGaps,
  censusSizes,
} from "./census/index";
export {
  CENSUS_CHUNK_PAGES,
  CENSUS_PAGE_BYTES,
  CENSUS_PAGE_KINDS,
  CENSUS_PAGE_LATEST,
  CENSUS_PAGE_STREAMS,
  CENSUS_WRITTEN,
  censusChunk,
  censusPages,
} from "./census/pages";
export { CENSUS_THREAD_BYTES, censusRecordsBeyond, censusThreads, censusThreadsAddress } from "./census/threads";
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
  SWEEP_LISTED,
  SWEEP_LISTED_TWICE,
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
  seenUses,
  seenUsesCount,
  seenUsesRoom,
  sweepConfigAddress,
  sweepReferences,
} from "./sweep/index";
export {
  CONFIG_HAS_VMAS,
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
  CONFIG_SEED,
  CONFIG_STLB_ENTRIES,
  CONFIG_STLB_WAYS,
  CONFIG_VMAS,
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

/** Where decode() reads its input: INPUT_BYTES at most. */
export function inputAddress(): usize {
  return INPUT;
}

/** Address of what a decoder could not accept, and how many bytes of it are to be shown. */
export function errorAddress(): usize {
  return input.errorAt;
}

export function errorBytes(): u32 {
  return input.errorBytes;
}

export function selectionAddress(): usize {
  return changetype<usize>(selection);
}

/** Address of the columns of a CSV, which the host writes before it starts a trace. */
export function csvConfigAddress(): usize {
  return changetype<usize>(csvConfig);
}

/** Builds the machine of the configuration block and starts a trace of `format` of which every record is wanted. */
export function configureRun(format: u32): u32 {
  const status = configureMachineByPolicy();
  const every: u64 = machineConfig.profiled ? INTERVAL_RECORDS : 0;
  startTrace(format, ALL_KINDS, machineStripSlots(), machineKeepsTwo(), false, EVENT_INTERVAL, every);
  return status;
}

/** Replays the batch. */
export function run(): u32 {
  return replayByPolicy();
}

/**
 * Starts a survey of `streams`, and a trace of `format` of which only their records are wanted, and `events` and a flush
 * after each `flushEvery` records (0: none). `keepsTwo`: whether two references of each run to one page are listed.
 */
export function configureSurvey(format: u32, streams: u32, keepsTwo: bool, events: bool, flushEvery: u64): void {
  startOver();
  startTrace(format, kindsOf(streams), stripSlotsOf(streams), keepsTwo, events, EVENT_FLUSH, flushEvery);
}

/** Starts a trace of `format` whose entries are wanted; `calls`: those of every system call, too. */
export function configureEntries(format: u32, calls: bool): void {
  startOver();
  startEntries(format, calls);
}

/** Starts a census, and a trace of `format` for it: its entries, or words if it has no others. Returns a STATUS_. */
export function configureCensus(format: u32): u32 {
  startOver();
  if (format == DECODER_PAGES) startTrace(format, ALL_KINDS, 0, false, false, EVENT_FLUSH, 0);
  else startEntries(format);
  return startCensus();
}

/** The next batch comes from another decoder, which skipped `skippedLines` lines, `damagedLines` of them damaged. */
export function noteOtherBatch(skippedLines: u32, damagedLines: u32): void {
  counters.skippedLines += skippedLines;
  counters.damagedLines += damagedLines;
  forgetKept();
}

function startTrace(
  format: u32,
  kinds: u32,
  stripSlots: u32,
  keepsTwo: bool,
  events: bool,
  mark: u32,
  every: u64,
): void {
  resetReferences(keepsTwo);
  startWords(format, kinds, events, mark, every, stripSlots, keepsTwo);
}

function kindsOf(streams: u32): u32 {
  const fetch: u32 = 1 << KIND_FETCH;
  return (streams & STREAM_FETCH ? fetch : 0) | (streams & STREAM_DATA ? ALL_KINDS & ~fetch : 0);
}
