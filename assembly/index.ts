/** The ABI, whole: exports only. The page is built from core.ts alone, which is less to load. */
import { entriesAddress, entriesBytes, startEntries, startWords } from "./decoders/index";
import { MAX_STRIP_SLOTS } from "./decoders/known-lines";
import { ENTRIES } from "./entries";
import { hierarchyConfig } from "./hierarchy/config";
import { replayWords } from "./hierarchy/run";
import { ALL_KINDS, EVENT_FLUSH } from "./layout";
import { startOver } from "./machine";
import { configureOsReplay, recentSets } from "./os/configure";
import { replayEntries } from "./os/replay";
import { resetSieves } from "./sieves";

export * from "./core";
export {
  BY_KIND,
  BY_PAGE,
  BY_PC,
  BY_REGION,
  NO_PC,
  attribute,
  attributionRow,
  attributionRows,
} from "./attribution/index";
export {
  ROW_ACCESSES,
  ROW_BYTES,
  ROW_DATA_REFERENCES,
  ROW_FAULTS,
  ROW_FETCH_REFERENCES,
  ROW_L1_MISSES,
  ROW_REGION,
  ROW_STLB_MISSES,
  ROW_WALK_REFERENCES,
} from "./attribution/rows";
export {
  pwtClearCounts,
  pwtCountsAddress,
  pwtEncode,
  pwtFinish,
  pwtIsCrowded,
  pwtStart,
  pwtStartBlock,
  pwtTake,
  pwtTakenTo,
  pwtUnitAddress,
} from "./pwt/encode";
export * from "./encoders/index";
export {
  LOSS_ADDED_FETCHES,
  LOSS_AT_ZERO,
  LOSS_INSTRUCTIONS,
  LOSS_MODIFIES,
  LOSS_NON_CANONICAL,
  LOSS_ORDER,
  LOSS_PCS,
  LOSS_PROTECTS,
  LOSS_SIZES,
  LOSS_STRADDLES,
  LOSS_THREADS,
  LOSS_UNMAPS,
  LOSS_WITHOUT_FETCH,
  firstLostRecord,
  lossesAddress,
} from "./encoders/losses";
export { REQUEST_BYTES, linkRequests } from "./encoders/requests";
export {
  pagesAreFull,
  pagesCountsAddress,
  pagesEncode,
  pagesEndBlock,
  pagesFinish,
  pagesLayerAddress,
  pagesLayerBytes,
  pagesLayerUnits,
  pagesStart,
  pagesTake,
} from "./pages/encoder";
export * from "./hierarchy/index";
export * from "./nested/index";
export * from "./os/index";
export { MAX_STRIP_SLOTS } from "./decoders/known-lines";
export { machineKeepsTwo, machineStripSlots } from "./machine";
export { recentSets } from "./os/configure";
export { MAX_SIEVES, MAX_SIEVE_SLOTS, siftWords, siftedAddress } from "./sieves";
export { endReplayWarmup } from "./os/replay";

/**
 * Builds the machine of the configuration block with the operating system of its own options, and starts a trace of `format`
 * whose entries are wanted. Returns a STATUS_.
 */
export function configureOs(format: u32): u32 {
  const status = configureOsReplay();
  startEntries(format, true);
  return status;
}

/** The same without mappings or limits, and a trace whose words are wanted. Returns a STATUS_. */
export function configureHierarchy(format: u32): u32 {
  const status = configureOsReplay();
  const slots = hierarchyConfig.splitsStores ? 0 : min(recentSets(), MAX_STRIP_SLOTS);
  startWords(format, ALL_KINDS, false, EVENT_FLUSH, 0, slots, false);
  return status;
}

/** Starts a trace of `format` of which every word is wanted, for machines in other instances; `stripSlots`: as all of them allow. */
export function configureSieves(format: u32, stripSlots: u32): void {
  startOver();
  resetSieves();
  startWords(format, ALL_KINDS, false, EVENT_FLUSH, 0, stripSlots, false);
}

/** Replays the batch. Returns a STATUS_. */
export function runHierarchy(): u32 {
  return replayWords();
}

/** Replays the entries that were decoded last. Returns a STATUS_. */
export function runOs(): u32 {
  return replayEntries(entriesAddress(), entriesBytes());
}

/** Where the host puts entries of another decoder, as many as one gives out. */
export function givenAddress(): usize {
  return ENTRIES;
}

/** Replays `bytes` bytes of entries at givenAddress(), or those before the turn ends: see replayedBytes. Returns a STATUS_. */
export function runGiven(bytes: u32): u32 {
  return replayEntries(ENTRIES, bytes);
}
