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
import { UNKNOWN_KIND, kindOfWord } from "./kind-words";
import { endsField, isTooWide, readHex, readNumber, skipGap, skipPrefix, skipWord, value } from "./numbers";
import { HASH } from "./pinatrace";
import { enterThread } from "./thread";

/** Whether there is nothing more at `at` but a comment. */
function isOver(at: usize, end: usize): bool {
  return at == end || <u32>load<u8>(at) == HASH;
}

@final
@unmanaged
export class PlainText {
  line(start: usize, end: usize): u32 {
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
