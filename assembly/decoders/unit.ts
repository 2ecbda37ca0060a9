/** How decoders into entries tell of what they cannot accept: a line, or a binary record. */
import { counters } from "../counters";
import { ENTRIES, ENTRY_BYTES, Entry, RECORD_KINDS, entriesEnd } from "../entries";
import { failAt } from "../input";

/** Records that were decoded before those in the list of entries. */
let earlierRecords: u64 = 0;

/** Starts at the beginning of a trace. */
export function resetUnits(): void {
  earlierRecords = 0;
}

/** Counts the records in the list of entries, which is about to be emptied. */
export function countInList(): void {
  earlierRecords += recordsInList();
}

/** Counts `records` records that were decoded without entries, or passed. */
export function countOthers(records: u64): void {
  earlierRecords += records;
}

/** Ends decoding with `error` in the unit of `bytes` bytes at `at`. `line`: counted from 1; 0 in binary formats. */
export function failUnit(error: u32, at: usize, bytes: usize, line: u64): void {
  failAt(error, at, bytes);
  counters.errorRecord = earlierRecords + recordsInList() + 1;
  counters.errorLine = line;
}

function recordsInList(): u64 {
  let records: u64 = 0;
  for (let at = ENTRIES; at < entriesEnd(); at += <usize>ENTRY_BYTES) {
    if (<u32>changetype<Entry>(at).kind < RECORD_KINDS) records++;
  }
  return records;
}
