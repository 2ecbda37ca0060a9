/** How decoders into entries tell of what they cannot accept: a line, or a binary record. */
import { counters } from "../counters";
import { recordsAdded } from "../entries";
import { failAt } from "../input";

/** Records that were decoded before those in the list of entries. */
let earlierRecords: u64 = 0;

/** Starts at the beginning of a trace. */
export function resetUnits(): void {
  earlierRecords = 0;
}

/** Counts the records in the list of entries, which is about to be emptied. */
export function countInList(): void {
  earlierRecords += <u64>recordsAdded();
}

/** Counts `records` records that were decoded without entries, or passed. */
export function countOthers(records: u64): void {
  earlierRecords += records;
}

/** Ends decoding with `error` in the unit of `bytes` bytes at `at`. `line`: counted from 1; 0 in binary formats. */
export function failUnit(error: u32, at: usize, bytes: usize, line: u64): void {
  failAt(error, at, bytes);
  counters.errorRecord = earlierRecords + <u64>recordsAdded() + 1;
  counters.errorLine = line;
}
