/**
 * What decoders of binary records of one length into entries have in common.
 */
import { entriesAreFull } from "../entries";
import { carryRest, input } from "../input";
import { STATUS_OK, STATUS_TORN_RECORD } from "../layout";
import { failUnit } from "./unit";

/**
 * Decodes records of `bytes` bytes until the entries are full or the input is used up. D.record(at) adds the entries
 * of the record at `at`, and returns STATUS_OK, or another STATUS_ if there is something wrong with it.
 */
export function decodeFixed<D>(bytes: usize): void {
  const decoder = changetype<D>(<usize>0);
  while (!entriesAreFull()) {
    const at = input.at;
    if (input.end - at < bytes) {
      if (input.isLast && at < input.end) failUnit(STATUS_TORN_RECORD, at, bytes, 0);
      else carryRest();
      return;
    }
    // @ts-ignore: D is a decoder class; asc checks its instances
    const status: u32 = decoder.record(at);
    if (status != STATUS_OK) {
      failUnit(status, at, bytes, 0);
      return;
    }
    input.at = at + bytes;
  }
}
