/**
 * Plain text: pagewalk's own grammar for people's own recorders, in docs/formats.md.
 *
 *   R 0x7ffe1000 8 412 0x401136 # what follows is ignored      kind, address, size, thread, instruction
 *
 * The kind is a letter or a word (kind-words.ts). The address and the instruction are hexadecimal, with 0x; the size
 * and the thread are decimal, or hexadecimal with 0x. All but kind and address may be missing, from the end on; a size
 * that is missing is 1. Fields are separated by spaces or tabs. # begins a comment. Nothing else may be there.
 */
import { addRecord, addRecordOf } from "../entries";
import {
  KIND_FETCH,
  MAX_RECORD_BYTES,
  STATUS_ADDRESS_TOO_WIDE,
  STATUS_BAD_RECORD,
  STATUS_OK,
  STATUS_SIZE_OUT_OF_RANGE,
} from "../layout";
import { UNKNOWN_KIND, kindOfLetter, kindOfWord } from "./kind-words";
import { endsField, isTooWide, readHex, readNumber, skipGap, skipPrefix, skipWord, value } from "./numbers";
import { HASH } from "./pinatrace";
import { DIGIT_0, Hex, SPACE } from "./text";
import { enterThread } from "./thread";

/** What stands behind the kind, ` 0x`, of the four bytes of a usual line. */
const HEAD: u32 = 0x7830_2000;
const HEAD_MASK: u32 = 0xffff_ff00;
const HEAD_BYTES: usize = 4;

/** Whether there is nothing more at `at` but a comment. */
function isOver(at: usize, end: usize): bool {
  return at == end || <u32>load<u8>(at) == HASH;
}

@final
@unmanaged
export class PlainText {
  line(start: usize, end: usize): u32 {
    return PlainText.isUsual(start, end) ? STATUS_OK : PlainText.anyLine(start, end);
  }

  /** Adds the record of a line such as `R 0x7ffe1000 8`, with one space each and a size below 100; else does nothing. */
  private static isUsual(start: usize, end: usize): bool {
    if ((load<u32>(start) & HEAD_MASK) != HEAD) return false; // past the end of the input is room for loads
    const kind = kindOfLetter(<u32>load<u8>(start));
    const text = v128.load(start, HEAD_BYTES);
    const digits = ctz(Hex.lanesNotHex(text) | 0x10000);
    const sizeAt = start + HEAD_BYTES + <usize>digits + 1;
    let sizeBytes = <u32>load<u8>(sizeAt) - DIGIT_0;
    let sizeEnd = sizeAt + 1;
    if (sizeEnd < end) {
      const digit = <u32>load<u8>(sizeEnd) - DIGIT_0;
      if (sizeBytes > 9 || digit > 9) return false;
      sizeBytes = sizeBytes * 10 + digit;
      sizeEnd++;
    } else if (sizeBytes > 9) {
      return false;
    }
    const isUsual = sizeEnd == end && sizeBytes != 0 && digits - 1 < 15 && <u32>load<u8>(sizeAt - 1) == SPACE;
    if (!isUsual || kind == UNKNOWN_KIND) return false;
    addRecord(kind, Hex.hexValue(text, digits), sizeBytes);
    return true;
  }

  private static anyLine(start: usize, end: usize): u32 {
    const kindAt = skipGap(start, end);
    if (isOver(kindAt, end)) return STATUS_OK;
    const kindEnd = skipWord(kindAt, end);
    const kind = kindOfWord(kindAt, kindEnd);
    if (kind == UNKNOWN_KIND) return STATUS_BAD_RECORD;
    const prefixAt = skipGap(kindEnd, end);
    const addressAt = skipPrefix(prefixAt, end);
    const addressEnd = readHex(addressAt, end);
    if (addressAt == prefixAt || addressEnd == addressAt || !endsField(addressEnd, end)) return STATUS_BAD_RECORD;
    if (isTooWide) return STATUS_ADDRESS_TOO_WIDE;
    const address = value;
    const sizeAt = skipGap(addressEnd, end);
    if (isOver(sizeAt, end)) {
      addRecord(kind, address, 1);
      return STATUS_OK;
    }
    const sizeEnd = readNumber(sizeAt, end);
    if (sizeEnd == sizeAt || !endsField(sizeEnd, end)) return STATUS_BAD_RECORD;
    if (isTooWide || value == 0 || value > MAX_RECORD_BYTES) return STATUS_SIZE_OUT_OF_RANGE;
    const sizeBytes = <u32>value;
    const threadAt = skipGap(sizeEnd, end);
    if (isOver(threadAt, end)) {
      addRecord(kind, address, sizeBytes);
      return STATUS_OK;
    }
    return PlainText.ofThread(kind, address, sizeBytes, threadAt, end);
  }

  /** The rest of the line, from the thread on. */
  private static ofThread(kind: u32, address: u64, sizeBytes: u32, threadAt: usize, end: usize): u32 {
    const threadEnd = readNumber(threadAt, end);
    if (threadEnd == threadAt || !endsField(threadEnd, end) || isTooWide) return STATUS_BAD_RECORD;
    const thread = value;
    const prefixAt = skipGap(threadEnd, end);
    const hasPc = !isOver(prefixAt, end);
    if (hasPc) {
      const pcAt = skipPrefix(prefixAt, end);
      const pcEnd = readHex(pcAt, end);
      if (pcAt == prefixAt || pcEnd == pcAt || !isOver(skipGap(pcEnd, end), end)) return STATUS_BAD_RECORD;
      if (!endsField(pcEnd, end)) return STATUS_BAD_RECORD;
      if (isTooWide) return STATUS_ADDRESS_TOO_WIDE;
    }
    enterThread(0, thread);
    if (hasPc && kind != KIND_FETCH) addRecordOf(value, kind, address, sizeBytes);
    else addRecord(kind, address, sizeBytes);
    return STATUS_OK;
  }

  longLine(at: usize): u32 {
    return <u32>load<u8>(at) == HASH ? STATUS_OK : STATUS_BAD_RECORD;
  }

  isTorn(start: usize, end: usize): bool {
    return !isOver(skipGap(start, end), end);
  }
}
