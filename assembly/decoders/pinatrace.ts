/**
 * Pin's pinatrace: text, one record a line.
 * Specification: Intel Pin 3.30, source/tools/ManualExamples/pinatrace.cpp, RecordMemRead(), RecordMemWrite(), Fini().
 *
 *   0x7f8c5c0a2093: R 0x7fff1c3e0a48     instruction, R or W, address: all as C prints %p
 *   #eof                                 written when the program ends
 *
 * %p is hexadecimal with 0x on Linux, where 0 is `(nil)`, and without on Windows. Some people's pinatrace print the size
 * in decimal after the address; else there is none, and it is taken for 1. Instructions are not fetched, only known.
 * Lines that begin with # are comments; but for them and blank lines, nothing else may be there. A trace without #eof
 * is read to its end all the same: a pinatrace that was killed, or detached, does not write it.
 */
import { addRecordOf } from "../entries";
import {
  KIND_LOAD,
  KIND_STORE,
  MAX_RECORD_BYTES,
  STATUS_ADDRESS_TOO_WIDE,
  STATUS_BAD_RECORD,
  STATUS_OK,
  STATUS_SIZE_OUT_OF_RANGE,
} from "../layout";
import { endsField, isTooWide, readDecimal, readHex, skipGap, skipPrefix, value } from "./numbers";

export const HASH: u32 = 0x23;
const LETTER_R: u32 = 0x52;
const LETTER_W: u32 = 0x57;
/** `: ` and ` ` around the letter. */
const COLON_SPACE: u32 = 0x203a;
const SPACE: u32 = 0x20;
const NIL_LOW: u32 = 0x6c_696e28; // (nil
const NIL_HIGH: u32 = 0x29; // )
const NIL_BYTES: usize = 5;

/** The pointer at `at`, in `value`; returns where it ends: at `at` if there is none. */
function readPointer(at: usize, end: usize): usize {
  if (end - at >= NIL_BYTES && load<u32>(at) == NIL_LOW && <u32>load<u8>(at, 4) == NIL_HIGH) {
    readHex(at, at); // 0
    return at + NIL_BYTES;
  }
  const digitsAt = skipPrefix(at, end);
  const digitsEnd = readHex(digitsAt, end);
  return digitsEnd == digitsAt ? at : digitsEnd;
}

@final
@unmanaged
export class Pinatrace {
  line(start: usize, end: usize): u32 {
    const at = skipGap(start, end);
    if (at == end || <u32>load<u8>(at) == HASH) return STATUS_OK;
    const pcEnd = readPointer(at, end);
    const pc = value;
    const isPcTooWide = isTooWide;
    if (pcEnd == at || end - pcEnd < 5) return STATUS_BAD_RECORD;
    const letter = <u32>load<u8>(pcEnd, 2);
    if (<u32>load<u16>(pcEnd) != COLON_SPACE || <u32>load<u8>(pcEnd, 3) != SPACE) return STATUS_BAD_RECORD;
    if (letter != LETTER_R && letter != LETTER_W) return STATUS_BAD_RECORD;
    const addressAt = pcEnd + 4;
    const addressEnd = readPointer(addressAt, end);
    const address = value;
    if (addressEnd == addressAt || !endsField(addressEnd, end)) return STATUS_BAD_RECORD;
    if (isPcTooWide || isTooWide) return STATUS_ADDRESS_TOO_WIDE;
    let sizeBytes: u64 = 1;
    const sizeAt = skipGap(addressEnd, end);
    if (sizeAt < end) {
      const sizeEnd = readDecimal(sizeAt, end);
      if (sizeEnd == sizeAt || skipGap(sizeEnd, end) < end) return STATUS_BAD_RECORD;
      if (isTooWide || value == 0 || value > MAX_RECORD_BYTES) return STATUS_SIZE_OUT_OF_RANGE;
      sizeBytes = value;
    }
    addRecordOf(pc, letter == LETTER_R ? KIND_LOAD : KIND_STORE, address, <u32>sizeBytes);
    return STATUS_OK;
  }

  longLine(at: usize): u32 {
    return <u32>load<u8>(at) == HASH ? STATUS_OK : STATUS_BAD_RECORD;
  }

  isTorn(start: usize, end: usize): bool {
    const at = skipGap(start, end);
    return at < end && <u32>load<u8>(at) != HASH;
  }
}
