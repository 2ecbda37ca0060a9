/**
 * Which entries of a trace are wanted: of one thread or of all, and a window of them,
 *
 *   ├── skip ──┼── warm-up ──┼── limit ──┤ …
 *
 * counted in records or in instructions of the thread. In instructions, a boundary lies before the instruction that
 * begins it, so that what belongs to an instruction goes with it.
 */
import { ENTRY_BYTES, ENTRY_THREAD, Entry, RECORD_KINDS, isInstruction } from "./entries";

export const UNIT_RECORDS: u32 = 0;
export const UNIT_INSTRUCTIONS: u32 = 1;

/** The options of a selection, as the host writes them. */
@final
@unmanaged
export class SelectionConfig {
  skip: u64;
  warmup: u64;
  /** u64.MAX_VALUE: none. */
  limit: u64;
  /** The thread that is wanted, if `oneThread`. */
  thread: u64;
  /** A UNIT_. */
  unit: u32;
  /** 0 or 1. */
  oneThread: u32;
}

export const selection = changetype<SelectionConfig>(memory.data(offsetof<SelectionConfig>(), 8));

/** Before, in and after the parts of the window. */
export const PHASE_SKIP: u32 = 0;
export const PHASE_WARMUP: u32 = 1;
export const PHASE_COUNTED: u32 = 2;
export const PHASE_DONE: u32 = 3;

/** The phase that the next entry is in, and how many more units that has. */
let phase: u32 = PHASE_SKIP;
let unitsLeft: u64 = 0;
let inThread: bool = true;
/** Everything is wanted that comes in the counted phase. */
let isEndless: bool = false;

/** Whether everything is wanted, and counted. */
export function selectsAll(): bool {
  const config = selection;
  return !config.oneThread && (config.skip | config.warmup) == 0 && config.limit == u64.MAX_VALUE;
}

/** Starts at the beginning of a trace. */
export function resetSelection(): void {
  phase = PHASE_SKIP;
  unitsLeft = selection.skip;
  inThread = !selection.oneThread;
  isEndless = !selection.oneThread && selection.limit == u64.MAX_VALUE;
  passBoundaries();
}

/** The phase of what comes next. */
export function selectionPhase(): u32 {
  return phase;
}

/** After select(): the first entry that was not looked at, and the end of those that are wanted, which stand from `from` on. */
export let selectedTo: usize = 0;
export let lookedTo: usize = 0;

/** Moves the entries that are wanted, of those from `from` to `end`, together, up to the next boundary of the window. */
export function select(from: usize, end: usize): void {
  selectedTo = end;
  lookedTo = end;
  if (phase == PHASE_COUNTED && isEndless) return;
  let at = from;
  let out = from;
  const startPhase = phase;
  while (at < end) {
    const entry = changetype<Entry>(at);
    const kind = <u32>entry.kind;
    if (kind == ENTRY_THREAD) {
      inThread = !selection.oneThread || entry.address == selection.thread;
    } else if (inThread) {
      const isUnit = selection.unit == UNIT_RECORDS ? kind < RECORD_KINDS : isInstruction(kind);
      if (isUnit) {
        if (unitsLeft == 0) nextPhase();
        if (phase != startPhase) break;
        unitsLeft--;
      }
    }
    if (kind == ENTRY_THREAD || (inThread && phase != PHASE_SKIP)) {
      if (out != at) memory.copy(out, at, ENTRY_BYTES);
      out += <usize>ENTRY_BYTES;
    }
    at += <usize>ENTRY_BYTES;
    // Records end where they end: nothing more need be read to know it.
    if (selection.unit == UNIT_RECORDS && unitsLeft == 0) {
      nextPhase();
      if (phase != startPhase) break;
    }
  }
  selectedTo = out;
  lookedTo = at;
}

/** Passes `records` records of which nobody looks at one. False if a boundary lies between them. In records only. */
export function passRecords(records: u64): bool {
  if (records > unitsLeft) return false;
  unitsLeft -= records;
  passBoundaries();
  return true;
}

/** Passes over so many records and instructions that nobody has decoded, none of which lies behind what is to be skipped. */
export function passUnits(records: u64, instructions: u64): void {
  const units = selection.unit == UNIT_RECORDS ? records : instructions;
  if (phase != PHASE_SKIP || units > unitsLeft) return;
  unitsLeft -= units;
  if (selection.unit == UNIT_RECORDS) passBoundaries();
}

function nextPhase(): void {
  if (phase == PHASE_DONE) return;
  phase++;
  if (phase == PHASE_WARMUP) unitsLeft = selection.warmup;
  else if (phase == PHASE_COUNTED) unitsLeft = selection.limit;
  else unitsLeft = u64.MAX_VALUE;
  passBoundaries();
}

/** Parts of no length are passed at once. */
function passBoundaries(): void {
  if (unitsLeft == 0) nextPhase();
}

export const SELECTION_SKIP: u32 = offsetof<SelectionConfig>("skip");
export const SELECTION_WARMUP: u32 = offsetof<SelectionConfig>("warmup");
export const SELECTION_LIMIT: u32 = offsetof<SelectionConfig>("limit");
export const SELECTION_THREAD: u32 = offsetof<SelectionConfig>("thread");
export const SELECTION_UNIT: u32 = offsetof<SelectionConfig>("unit");
export const SELECTION_ONE_THREAD: u32 = offsetof<SelectionConfig>("oneThread");
