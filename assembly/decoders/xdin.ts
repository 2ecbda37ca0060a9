/**
 * Dinero's extended din: text, one record a line.
 * Specification: Dinero IV release 7, xdinfmt.c, tracein_xdin().
 *
 *   r 1fff000728 8 what follows is ignored     access, address and size in hexadecimal; 0x may stand before them
 *
 * Accesses, in letters of either case: r read, w write, i instruction fetch; m miscellaneous, which is a read without
 * prefetch, and here a load; c copy back and v invalidate, which are of caches: skipped and counted. `m` is not lackey's
 * modify. Nothing but records and blank lines may be there.
 */
import { counters } from "../counters";
import { addRecord } from "../entries";
import {
  KIND_FETCH,
  KIND_LOAD,
  KIND_STORE,
  MAX_RECORD_BYTES,
  STATUS_ADDRESS_TOO_WIDE,
  STATUS_BAD_RECORD,
  STATUS_OK,
  STATUS_SIZE_OUT_OF_RANGE,
} from "../layout";
import { endsField, isTooWide, readHex, skipGap, skipPrefix, value } from "./numbers";

const LETTER_C: u32 = 0x63;
const LETTER_I: u32 = 0x69;
const LETTER_M: u32 = 0x6d;
const LETTER_R: u32 = 0x72;
const LETTER_V: u32 = 0x76;
const LETTER_W: u32 = 0x77;

@final
@unmanaged
export class Xdin {
  line(start: usize, end: usize): u32 {
    const at = skipGap(start, end);
    if (at == end) return STATUS_OK;
    const letter = <u32>load<u8>(at) | 0x20;
    const isOfCaches = letter == LETTER_C || letter == LETTER_V;
    let kind = KIND_LOAD;
    if (letter == LETTER_W) kind = KIND_STORE;
    else if (letter == LETTER_I) kind = KIND_FETCH;
    else if (letter != LETTER_R && letter != LETTER_M && !isOfCaches) return STATUS_BAD_RECORD;
    if (at + 1 == end || !endsField(at + 1, end)) return STATUS_BAD_RECORD;
    const addressAt = skipPrefix(skipGap(at + 1, end), end);
    const addressEnd = readHex(addressAt, end);
    const address = value;
    const isAddressTooWide = isTooWide;
    const sizeAt = skipPrefix(skipGap(addressEnd, end), end);
    if (addressEnd == addressAt || sizeAt == addressEnd) return STATUS_BAD_RECORD;
    const sizeEnd = readHex(sizeAt, end);
    if (sizeEnd == sizeAt || !endsField(sizeEnd, end)) return STATUS_BAD_RECORD;
    if (isAddressTooWide) return STATUS_ADDRESS_TOO_WIDE;
    if (isOfCaches) {
      counters.skippedLines++;
      return STATUS_OK;
    }
    if (isTooWide || value == 0 || value > MAX_RECORD_BYTES) return STATUS_SIZE_OUT_OF_RANGE;
    addRecord(kind, address, <u32>value);
    return STATUS_OK;
  }

  longLine(_at: usize): u32 {
    return STATUS_BAD_RECORD;
  }

  isTorn(start: usize, end: usize): bool {
    return skipGap(start, end) < end;
  }
}
