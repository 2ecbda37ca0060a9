/**
 * What of the entries the format that is written has no place for. Counted, as nothing may be lost without a word.
 */
import { ENTRY_BYTES, Entry, RECORD_KINDS } from "../entries";

/** Instructions that were not fetched. */
export const LOSS_INSTRUCTIONS: u32 = 0;
/** Records of another thread than the record before them. */
export const LOSS_THREADS: u32 = 1;
/** Records of another instruction than the latest one. */
export const LOSS_PCS: u32 = 2;
/** Ranges of pages that were unmapped, and those whose rights were changed. */
export const LOSS_UNMAPS: u32 = 3;
export const LOSS_PROTECTS: u32 = 4;
/** Records whose bytes reach into the next page, where sizes are not kept. */
export const LOSS_STRADDLES: u32 = 5;
/** Records of more than one byte, where sizes are not kept. */
export const LOSS_SIZES: u32 = 6;
/** Records that became a load and a store. */
export const LOSS_MODIFIES: u32 = 7;
/** Fetches that were written and are none of the trace's. */
export const LOSS_ADDED_FETCHES: u32 = 8;
/** Loads that were written in front of a store before them. */
export const LOSS_ORDER: u32 = 9;
/** From here on, records that are left out: those at address 0, */
export const LOSS_AT_ZERO: u32 = 10;
/** those before the first instruction, */
export const LOSS_WITHOUT_FETCH: u32 = 11;
/** and those with a byte that is not canonical. */
export const LOSS_NON_CANONICAL: u32 = 12;
const LOSS_KINDS: u32 = 13;

const LOSSES: usize = memory.data(13 * 8, 8);

/** Thread that the entries are of, and that the latest record was of. */
let thread: u64 = 0;
let threadOfRecord: u64 = 0;
/** Whether `thread` has changed since the latest record. */
export let threadChanged: bool = false;
let sawRecord: bool = false;
/** Number, from 1, of the first record in the list of entries that was left out; 0: none. */
let firstLost: u32 = 0;

/** Starts at the beginning of a trace. */
export function resetLosses(): void {
  memory.fill(LOSSES, 0, LOSS_KINDS << 3);
  thread = 0;
  threadOfRecord = 0;
  threadChanged = true;
  sawRecord = false;
  firstLost = 0;
}

/** Address of the u64 counts of losses, indexed by LOSS_. */
export function lossesAddress(): usize {
  return LOSSES;
}

/** Number, from 1, in the entries given out when it was lost, of the first record that was left out; 0: none. */
export function firstLostRecord(): u32 {
  return firstLost;
}

export function lose(loss: u32): void {
  const at = LOSSES + ((<usize>loss) << 3);
  store<u64>(at, load<u64>(at) + 1);
}

/** Counts the record at `entry`, one of those from `from` on, which is left out. */
export function loseRecord(loss: u32, from: usize, entry: usize): void {
  lose(loss);
  if (firstLost != 0) return;
  firstLost = 1;
  for (let at = from; at < entry; at += <usize>ENTRY_BYTES) {
    if (<u32>changetype<Entry>(at).kind < RECORD_KINDS) firstLost++;
  }
}

/** What comes after is of thread `tid`. */
export function noteThread(tid: u64): void {
  thread = tid;
  threadChanged = true;
}

/** A record has come, the first since `threadChanged`. */
export function settleThread(): void {
  if (sawRecord && thread != threadOfRecord) lose(LOSS_THREADS);
  sawRecord = true;
  threadOfRecord = thread;
  threadChanged = false;
}
