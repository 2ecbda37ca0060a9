/**
 * What DynamoRIO's view tool prints of a drmemtrace trace, `drrun -t drmemtrace -tool view`: text, one record a line.
 * Specification: DynamoRIO, clients/drcachesim/tools/view.cpp at commit 04d63fdf, parallel_shard_memref() and
 * print_prefix(); traces of versions 5 and 6 differ in how the thread is written.
 *
 *       47445       37770: W0.T2765543 ifetch       5 byte(s) @ 0x0000000000404a7e 48 8b 5c 24 08    mov  …
 *       47446       37770:     2765543 read         8 byte(s) @ 0x00007fdf64e2adc8 by PC 0x0000000000404a7e
 *       47451       37774: W0.T2765543 <marker: system call 273>
 *
 * Columns: record, instruction, thread (W: workload, here the process), what. Reads and writes tell their instruction. An
 * ifetch is no fetch, but an instruction that was executed without one, if it says "non-fetched", or if it has the
 * number and the address of the one before it: instructions are numbered by their fetches, and each further
 * iteration of a string instruction is printed so.
 *
 * Known, and no records: prefetches, flushes, markers, thread exits, and the further bytes of a long instruction. A marker
 * that tells of a cache filter is an error. Lines that do not begin as above are skipped and counted: the tool prints to
 * standard error. A line that begins as a record and does not go on as one is an error.
 */
import { counters } from "../counters";
import { addInstruction, addRecord, addRecordOf } from "../entries";
import {
  KIND_FETCH,
  KIND_LOAD,
  KIND_STORE,
  MAX_RECORD_BYTES,
  STATUS_ADDRESS_TOO_WIDE,
  STATUS_BAD_RECORD,
  STATUS_FILTERED,
  STATUS_OK,
  STATUS_SIZE_OUT_OF_RANGE,
} from "../layout";
import { isTooWide, readDecimal, readHex, skipGap, value } from "./numbers";
import { SPACE } from "./text";
import { enterThread } from "./thread";

const COLON: u32 = 0x3a;
const LETTER_W: u32 = 0x57;
/** The first characters of words, little-endian. */
const READ: u32 = 0x6461_6572; // read
const WRITE: u32 = 0x7469_7277; // writ
const IFETCH: u32 = 0x7465_6669; // ifet
const NON_FETCHED: u32 = 0x2d6e_6f6e; // non-
const DOT_T: u32 = 0x542e; // .T
const READ_BYTES: usize = 4;
const WRITE_BYTES: usize = 5;
const IFETCH_BYTES: usize = 6;
/** ` byte(s) @ 0x`, as 8 and 5 characters. */
const BYTES_AT: u64 = 0x2973_2865_7479_6220;
const BYTES_AT_END: u64 = 0x78_3020_4020;
const BYTES_AT_BYTES: usize = 13;
/** ` by PC 0x`, as 8 and 1. */
const BY_PC: u64 = 0x3020_4350_2079_6220;
const BY_PC_BYTES: usize = 9;
const LETTER_X: u32 = 0x78;
/** ` non-fet`, of what stands behind the address. */
const IS_NON_FETCHED: u64 = 0x7465_662d_6e6f_6e20;
/** `<marker:` and ` filetyp` and `e 0x`. */
const MARKER: u64 = 0x3a72_656b_7261_6d3c;
const FILETYPE: u64 = 0x7079_7465_6c69_6620;
const FILETYPE_END: u32 = 0x7830_2065;
const FILETYPE_BYTES: usize = 20;
/** OFFLINE_FILE_TYPE_FILTERED, IFILTERED and DFILTERED: trace_entry.h. */
const FILTERED_TYPES: u64 = 0x1 | 0x80 | 0x100;
const FIVE_BYTES: u64 = 0xff_ffff_ffff;

/** Number and address of the latest ifetch. */
let fetchNumber: u64 = 0;
let fetchAddress: u64 = 0;

/** Starts at the beginning of a trace. */
export function resetDrmemtraceView(): void {
  fetchNumber = 0;
  fetchAddress = 0;
}

/** What the columns before the record say, and where it begins; 0 if the line does not begin with them. */
let instruction: u64 = 0;
function readColumns(start: usize, end: usize): usize {
  const recordAt = skipGap(start, end);
  const recordEnd = readDecimal(recordAt, end);
  const numberAt = skipGap(recordEnd, end);
  if (recordEnd == recordAt || numberAt == recordEnd) return 0;
  const numberEnd = readDecimal(numberAt, end);
  if (numberEnd == numberAt || end - numberEnd < 2 || <u32>load<u8>(numberEnd) != COLON) return 0;
  instruction = value;
  if (<u32>load<u8>(numberEnd, 1) != SPACE) return 0;
  let at = skipGap(numberEnd + 1, end);
  let workload: u64 = 0;
  if (at < end && <u32>load<u8>(at) == LETTER_W) {
    const workloadEnd = readDecimal(at + 1, end);
    if (workloadEnd == at + 1 || end - workloadEnd < 2 || <u32>load<u16>(workloadEnd) != DOT_T) return 0;
    workload = value;
    at = workloadEnd + 2;
  }
  const threadEnd = readDecimal(at, end);
  if (threadEnd == at || isTooWide || threadEnd == end || <u32>load<u8>(threadEnd) != SPACE) return 0;
  enterThread(workload, value);
  return skipGap(threadEnd, end);
}

@final
@unmanaged
export class DrmemtraceView {
  line(start: usize, end: usize): u32 {
    const at = readColumns(start, end);
    if (at == 0) {
      if (skipGap(start, end) < end) counters.skippedLines++;
      return STATUS_OK;
    }
    if (end - at < 4) return STATUS_OK;
    const word = load<u32>(at);
    if (word == READ) return DrmemtraceView.access(KIND_LOAD, at + READ_BYTES, end);
    if (word == WRITE) return DrmemtraceView.access(KIND_STORE, at + WRITE_BYTES, end);
    if (word == IFETCH) return DrmemtraceView.access(KIND_FETCH, at + IFETCH_BYTES, end);
    if (word == NON_FETCHED) return DrmemtraceView.nonFetched(at, end);
    return load<u64>(at) == MARKER ? DrmemtraceView.marker(at, end) : STATUS_OK;
  }

  /** A record of `kind`, from the gap before its size on. */
  private static access(kind: u32, from: usize, end: usize): u32 {
    const sizeAt = skipGap(from, end);
    const sizeEnd = readDecimal(sizeAt, end);
    const sizeBytes = isTooWide ? u64.MAX_VALUE : value;
    const addressAt = sizeEnd + BYTES_AT_BYTES;
    if (sizeAt == from || sizeEnd == sizeAt || addressAt >= end) return STATUS_BAD_RECORD;
    if (load<u64>(sizeEnd) != BYTES_AT || (load<u64>(sizeEnd, 8) & FIVE_BYTES) != BYTES_AT_END)
      return STATUS_BAD_RECORD;
    const addressEnd = readHex(addressAt, end);
    if (addressEnd == addressAt) return STATUS_BAD_RECORD;
    if (isTooWide) return STATUS_ADDRESS_TOO_WIDE;
    if (sizeBytes == 0 || sizeBytes > MAX_RECORD_BYTES) return STATUS_SIZE_OUT_OF_RANGE;
    const address = value;
    if (kind == KIND_FETCH) {
      const isRepeated = instruction == fetchNumber && address == fetchAddress && instruction != 0;
      fetchNumber = instruction;
      fetchAddress = address;
      if (addressEnd < end && <u32>load<u8>(addressEnd) != SPACE) return STATUS_BAD_RECORD;
      const saysSo = end - addressEnd >= 8 && load<u64>(addressEnd) == IS_NON_FETCHED;
      if (isRepeated || saysSo) addInstruction(address, <u32>sizeBytes);
      else addRecord(KIND_FETCH, address, <u32>sizeBytes);
      return STATUS_OK;
    }
    const pcAt = addressEnd + BY_PC_BYTES;
    if (pcAt >= end || load<u64>(addressEnd) != BY_PC || <u32>load<u8>(addressEnd, 8) != LETTER_X) {
      return STATUS_BAD_RECORD;
    }
    const pcEnd = readHex(pcAt, end);
    if (pcEnd == pcAt || skipGap(pcEnd, end) != end) return STATUS_BAD_RECORD;
    if (isTooWide) return STATUS_ADDRESS_TOO_WIDE;
    addRecordOf(value, kind, address, <u32>sizeBytes);
    return STATUS_OK;
  }

  /** "non-fetched instr", as other versions name it, with size and address as an ifetch has them. */
  private static nonFetched(at: usize, end: usize): u32 {
    let sizeAt = at;
    while (sizeAt < end && <u32>load<u8>(sizeAt) - 0x30 > 9) sizeAt++;
    const sizeEnd = readDecimal(sizeAt, end);
    const sizeBytes = isTooWide ? u64.MAX_VALUE : value;
    const addressAt = sizeEnd + BYTES_AT_BYTES;
    if (addressAt >= end || load<u64>(sizeEnd) != BYTES_AT) return STATUS_BAD_RECORD;
    if ((load<u64>(sizeEnd, 8) & FIVE_BYTES) != BYTES_AT_END) return STATUS_BAD_RECORD;
    if (readHex(addressAt, end) == addressAt) return STATUS_BAD_RECORD;
    if (isTooWide) return STATUS_ADDRESS_TOO_WIDE;
    if (sizeBytes == 0 || sizeBytes > MAX_RECORD_BYTES) return STATUS_SIZE_OUT_OF_RANGE;
    addInstruction(value, <u32>sizeBytes);
    return STATUS_OK;
  }

  private static marker(at: usize, end: usize): u32 {
    if (end - at <= FILETYPE_BYTES) return STATUS_OK;
    if (load<u64>(at, 8) != FILETYPE || load<u32>(at, 16) != FILETYPE_END) return STATUS_OK;
    readHex(at + FILETYPE_BYTES, end);
    return (value & FILTERED_TYPES) != 0 ? STATUS_FILTERED : STATUS_OK;
  }

  longLine(_at: usize): u32 {
    return STATUS_OK;
  }

  /** Whether it begins with the number of a record, or the gap before it. */
  isTorn(start: usize, end: usize): bool {
    const recordAt = skipGap(start, end);
    const recordEnd = readDecimal(recordAt, end);
    if (recordEnd == recordAt) return recordAt == end;
    const numberAt = skipGap(recordEnd, end);
    const numberEnd = readDecimal(numberAt, end);
    return numberEnd == end || (numberEnd > numberAt && <u32>load<u8>(numberEnd) == COLON);
  }
}
