/**
 * CSV: one record a line, in columns that the header or the user names; docs/formats.md.
 * Specification: RFC 4180 sections 2.1 to 2.7, but that a field has no line break inside; pagewalk's columns.
 *
 *   pc,address,size,kind
 *   0x401136,0x7ffe1000,8,load
 *
 * The host reads the header (src/trace/formats/csv.ts) and says which column is what. Numbers are decimal, or
 * hexadecimal with 0x or if the host says so of their column. A field may stand in quotes; spaces around it do not
 * count. Where there is no column of kinds, each record is a load; where there is none of sizes, or the field is empty,
 * the size is 1. Lines that begin with # are comments. Nothing else but blank lines may be there. RFC 4180, 2.2: the last
 * line need not end with a newline.
 */
import { addRecord, addRecordOf } from "../entries";
import {
  KIND_FETCH,
  KIND_LOAD,
  MAX_RECORD_BYTES,
  STATUS_ADDRESS_TOO_WIDE,
  STATUS_BAD_RECORD,
  STATUS_OK,
  STATUS_SIZE_OUT_OF_RANGE,
} from "../layout";
import { UNKNOWN_KIND, kindOfWord } from "./kind-words";
import { isGap, isTooWide, readHex, readNumber, skipGap, skipPrefix, value } from "./numbers";
import { HASH } from "./pinatrace";
import { find } from "./text";
import { enterThread } from "./thread";

const QUOTE: u32 = 0x22;
const SPACE: u32 = 0x20;

/** What the columns are, as the host writes it. A column is counted from 1; 0: there is none. */
@final
@unmanaged
export class CsvConfig {
  /** The character between fields; a space stands for any gap. */
  delimiter: u32;
  /** Lines that are no records, from the first on; blank ones and comments are not counted. */
  headerLines: u32;
  address: u32;
  kind: u32;
  size: u32;
  pid: u32;
  tid: u32;
  pc: u32;
  /** One bit for each column, in the order of the fields above from `address`, if its numbers are always hexadecimal. */
  hexadecimal: u32;
}

export const csvConfig = changetype<CsvConfig>(memory.data(offsetof<CsvConfig>(), 4));

const HEX_ADDRESS: u32 = 1;
const HEX_SIZE: u32 = 4;
const HEX_PID: u32 = 8;
const HEX_TID: u32 = 16;
const HEX_PC: u32 = 32;

let headerLinesLeft: u32 = 0;
/** Columns that are looked at. */
let lastColumn: u32 = 0;

/** Starts at the beginning of a trace. */
export function resetCsv(): void {
  const config = csvConfig;
  headerLinesLeft = config.headerLines;
  lastColumn = max(max(max(config.address, config.kind), max(config.size, config.pid)), max(config.tid, config.pc));
}

/** The field that was read last: from fieldAt to fieldEnd, without quotes and the spaces around it. */
let fieldAt: usize = 0;
let fieldEnd: usize = 0;

/** Reads the field at `start`, and returns where the next one begins; after the last one, beyond `end`. */
function readField(start: usize, end: usize): usize {
  const delimiter = csvConfig.delimiter;
  let at = start;
  if (delimiter == SPACE) {
    at = skipGap(start, end);
    fieldAt = at;
    while (at < end && !isGap(<u32>load<u8>(at))) at++;
    fieldEnd = at;
    const next = skipGap(at, end);
    return next == end ? end + 1 : next;
  }
  while (at < end && <u32>load<u8>(at) == SPACE) at++;
  if (at < end && <u32>load<u8>(at) == QUOTE) {
    fieldAt = at + 1;
    fieldEnd = find(QUOTE, fieldAt, end);
    // Two quotes are one inside the field: no number or kind has any, so where it is cut does not matter.
    while (fieldEnd + 1 < end && <u32>load<u8>(fieldEnd, 1) == QUOTE) fieldEnd = find(QUOTE, fieldEnd + 2, end);
    return find(delimiter, min(fieldEnd, end), end) + 1;
  }
  fieldAt = at;
  const delimiterAt = find(delimiter, at, end);
  fieldEnd = delimiterAt;
  while (fieldEnd > fieldAt && <u32>load<u8>(fieldEnd - 1) == SPACE) fieldEnd--;
  return delimiterAt + 1;
}

/** Reads the number in the field, all of it, into `value`; whether there is one. */
function readFieldNumber(hexadecimalBit: u32): bool {
  if ((csvConfig.hexadecimal & hexadecimalBit) == 0) return readNumber(fieldAt, fieldEnd) == fieldEnd;
  const digitsAt = skipPrefix(fieldAt, fieldEnd);
  return digitsAt < fieldEnd && readHex(digitsAt, fieldEnd) == fieldEnd;
}

/** Whether there is nothing in the line, or a comment. */
function isBlank(start: usize, end: usize): bool {
  const at = skipGap(start, end);
  return at == end || <u32>load<u8>(at) == HASH;
}

@final
@unmanaged
export class Csv {
  line(start: usize, end: usize): u32 {
    if (isBlank(start, end)) return STATUS_OK;
    if (headerLinesLeft > 0) {
      headerLinesLeft--;
      return STATUS_OK;
    }
    const config = csvConfig;
    let kind = KIND_LOAD;
    let address: u64 = 0;
    let sizeBytes: u64 = 1;
    let pid: u64 = 0;
    let tid: u64 = 0;
    let hasThread = false;
    let pc: u64 = 0;
    let hasPc = false;
    let status = STATUS_OK;
    let at = start;
    for (let column: u32 = 1; column <= lastColumn; column++) {
      if (at > end) return STATUS_BAD_RECORD; // too few fields
      at = readField(at, end);
      const isEmpty = fieldAt == fieldEnd;
      if (column == config.address) {
        if (isEmpty || !readFieldNumber(HEX_ADDRESS)) return STATUS_BAD_RECORD;
        if (isTooWide) status = STATUS_ADDRESS_TOO_WIDE;
        address = value;
      } else if (column == config.kind) {
        kind = kindOfWord(fieldAt, fieldEnd);
        if (kind == UNKNOWN_KIND) return STATUS_BAD_RECORD;
      } else if (isEmpty) {
        continue;
      } else if (column == config.size) {
        if (!readFieldNumber(HEX_SIZE)) return STATUS_BAD_RECORD;
        sizeBytes = isTooWide ? 0 : value;
      } else if (column == config.pid) {
        if (!readFieldNumber(HEX_PID) || isTooWide) return STATUS_BAD_RECORD;
        pid = value;
        hasThread = true;
      } else if (column == config.tid) {
        if (!readFieldNumber(HEX_TID) || isTooWide) return STATUS_BAD_RECORD;
        tid = value;
        hasThread = true;
      } else if (column == config.pc) {
        if (!readFieldNumber(HEX_PC)) return STATUS_BAD_RECORD;
        if (isTooWide) status = STATUS_ADDRESS_TOO_WIDE;
        pc = value;
        hasPc = true;
      }
    }
    if (status != STATUS_OK) return status;
    if (sizeBytes == 0 || sizeBytes > MAX_RECORD_BYTES) return STATUS_SIZE_OUT_OF_RANGE;
    if (hasThread) enterThread(pid, tid);
    if (hasPc && kind != KIND_FETCH) addRecordOf(pc, kind, address, <u32>sizeBytes);
    else addRecord(kind, address, <u32>sizeBytes);
    return STATUS_OK;
  }

  longLine(at: usize): u32 {
    return <u32>load<u8>(at) == HASH ? STATUS_OK : STATUS_BAD_RECORD;
  }

  /** Whether fields are missing of those that are looked at. */
  isTorn(start: usize, end: usize): bool {
    if (isBlank(start, end)) return false;
    let at = start;
    for (let column: u32 = 1; column <= lastColumn; column++) {
      if (at > end) return true;
      at = readField(at, end);
    }
    return false;
  }
}

export const CSV_DELIMITER: u32 = offsetof<CsvConfig>("delimiter");
export const CSV_HEADER_LINES: u32 = offsetof<CsvConfig>("headerLines");
export const CSV_ADDRESS: u32 = offsetof<CsvConfig>("address");
export const CSV_KIND: u32 = offsetof<CsvConfig>("kind");
export const CSV_SIZE: u32 = offsetof<CsvConfig>("size");
export const CSV_PID: u32 = offsetof<CsvConfig>("pid");
export const CSV_TID: u32 = offsetof<CsvConfig>("tid");
export const CSV_PC: u32 = offsetof<CsvConfig>("pc");
export const CSV_HEXADECIMAL: u32 = offsetof<CsvConfig>("hexadecimal");
