/**
 * Dinero din: text, one record a line.
 * Specification: Dinero IV release 7, dinfmt.c, tracein_din(); labels in d4.h, D4XREAD to D4XINVAL.
 *
 *   2 0401ab70 what follows is ignored     label, address in hexadecimal; 0x may stand before it
 *
 * | label | access                 | here                                                                 |
 * |-------|------------------------|----------------------------------------------------------------------|
 * | 0     | read                   | load                                                                 |
 * | 1     | write                  | store                                                                |
 * | 2     | instruction fetch      | fetch                                                                |
 * | 3     | miscellaneous          | load: Dinero IV has it as a read without prefetch                    |
 * | 4, 5  | copy back, invalidate  | no record; skipped and counted. They, and the flush of Dinero III (4), are of caches |
 *
 * There are no sizes: Dinero takes each access for the aligned word of 4 bytes around its address. Here the address stays
 * as it stands and the size is 1: that is in the same page as the word, and so makes the same one reference, and no
 * address is lost. Nothing but records and blank lines may be there.
 */
import { counters } from "../counters";
import { addRecord } from "../entries";
import { STATUS_ADDRESS_TOO_WIDE, STATUS_BAD_RECORD, STATUS_OK } from "../layout";
import { endsField, isTooWide, readHex, skipGap, skipPrefix, value } from "./numbers";
import { DIGIT_0 } from "./text";

const LABELS: u32 = 6;
/** The first label that is no access to memory. */
const COPY_BACK: u32 = 4;
/** KIND_ of each label before that, four bits each: load, store, fetch, load. */
const KINDS: u32 = 0x1021;
const SIZE_BYTES: u32 = 1;

@final
@unmanaged
export class Din {
  line(start: usize, end: usize): u32 {
    const at = skipGap(start, end);
    if (at == end) return STATUS_OK;
    const label = <u32>load<u8>(at) - DIGIT_0;
    if (label >= LABELS || at + 1 == end || !endsField(at + 1, end)) return STATUS_BAD_RECORD;
    const digitsAt = skipPrefix(skipGap(at + 1, end), end);
    const digitsEnd = readHex(digitsAt, end);
    if (digitsEnd == digitsAt || !endsField(digitsEnd, end)) return STATUS_BAD_RECORD;
    if (isTooWide) return STATUS_ADDRESS_TOO_WIDE;
    if (label >= COPY_BACK) counters.skippedLines++;
    else addRecord((KINDS >> (label << 2)) & 15, value, SIZE_BYTES);
    return STATUS_OK;
  }

  longLine(_at: usize): u32 {
    return STATUS_BAD_RECORD;
  }

  isTorn(start: usize, end: usize): bool {
    return skipGap(start, end) < end;
  }
}
