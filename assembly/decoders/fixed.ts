/**
 * What decoders of binary records of one length into entries have in common.
 */
import { counters } from "../counters";
import { entriesAreFull } from "../entries";
import { carryRest, input } from "../input";
import { STATUS_OK, STATUS_TORN_RECORD } from "../layout";
import { failUnit } from "./unit";

/**
 * Decodes records of `bytes` bytes until the entries are full or the input is used up. D.record(at) adds the entries
 * of the record at `at`, and returns STATUS_OK, or another STATUS_ if there is something wrong with it. D.finish() returns
 * STATUS_OK if the trace may end after the record before.
 */
export function decodeFixed<D>(bytes: usize): void {
  const decoder = changetype<D>(<usize>0);
  const start = input.at;
  const end = input.end;
  let at = start;
  let status: u32 = STATUS_OK;
  while (!entriesAreFull()) {
    if (end - at < bytes) break;
    // @ts-ignore: D is a decoder class; asc checks its instances
    status = decoder.record(at);
    if (status != STATUS_OK) break;
    at += bytes;
  }
  input.at = at;
  counters.formatRecords += <u64>((at - start) / bytes);
  if (status != STATUS_OK) failUnit(status, at, bytes, 0);
  else if (end - at < bytes) endInput<D>(bytes);
}

/** What is left is less than a record. */
function endInput<D>(bytes: usize): void {
  if (!input.isLast) {
    carryRest();
  } else if (input.at < input.end) {
    failUnit(STATUS_TORN_RECORD, input.at, bytes, 0);
  } else {
    // @ts-ignore: as above
    const status: u32 = changetype<D>(<usize>0).finish();
    if (status != STATUS_OK) failUnit(status, input.at, 0, 0);
  }
}
