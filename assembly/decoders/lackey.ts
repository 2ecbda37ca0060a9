/**
 * Valgrind lackey, `--trace-mem=yes`: text, one record a line.
 * Specification: valgrind 3.19, lackey/lk_main.c (trace_instr, trace_load, trace_store, trace_modify).
 *
 *   I  0401ab70,3     kind, address in hexadecimal, size in decimal. `I` stands in column 0, the others in column 1.
 *    L 1ffefff86f,1   A modify is one access.
 *
 * Lines that are no records (Valgrind's own, the program's output) are skipped and counted. A record with an address
 * over 64 bits, or a size of 0 or over 4096, or one that the end of the trace cuts off, is an error.
 */
import { WORDS, addRecords, clearBatch, setWordCount, wordOf } from "../batch";
import { counters } from "../counters";
import {
  INPUT_BYTES,
  KIND_FETCH,
  KIND_LOAD,
  KIND_MODIFY,
  KIND_STORE,
  MAX_LINE_BYTES,
  MAX_RECORD_BYTES,
  STATUS_ADDRESS_TOO_WIDE,
  STATUS_OK,
  STATUS_SIZE_OUT_OF_RANGE,
  STATUS_TORN_LINE,
  WORD_PAGE_MASK,
  WORD_PAGE_SHIFT,
  WORD_STRADDLES,
} from "../layout";
import { isCanonical } from "../paging";
import { forgetStrip, Strip, stripSlot } from "./strip";

const NEWLINE: u32 = 0x0a;
const RETURN: u32 = 0x0d;
const COMMA: u32 = 0x2c;
const SPACE: u32 = 0x20;
const DIGIT_0: u32 = 0x30;
const HEAD_BYTES: usize = 3;
/** Hexadecimal digits of the offset in a page. */
const OFFSET_DIGITS: u32 = 3;
/** The longest line that the fast path takes: head, 16 digits, comma, two digits, newline, and what SIMD reads past. */
const FAST_LINE_BYTES: usize = 64;

/** A partial line is carried over in front of the next input, so that a line is never in two pieces. */
const CARRY: usize = memory.data(<i32>(MAX_LINE_BYTES + INPUT_BYTES) + 64, 64);
const INPUT: usize = CARRY + MAX_LINE_BYTES;

/** Kinds of records to write as words, one bit each; the others are only counted. */
let wantedKinds: u32 = 0;
/** Bytes of the partial line in front of INPUT. */
let carried: u32 = 0;
/** Inside a line of more than MAX_LINE_BYTES, which is skipped up to its newline. */
let inLongLine: bool = false;
let records: u64 = 0;
/** Words written so far by the call under way. */
let out: usize = 0;
/** Stays an error once one was met. */
let status: u32 = STATUS_OK;

/** Starts at the beginning of a trace. `kinds`: which kinds become words, one bit each. */
export function resetLackey(kinds: u32): void {
  wantedKinds = kinds;
  carried = 0;
  inLongLine = false;
  records = 0;
  status = STATUS_OK;
  forgetStrip();
  for (let i: u32 = 0; i < 32; i++) store<u32>(HEADS + (i << 2), NO_HEAD);
  setHead(0x202049, KIND_FETCH); // "I  "
  setHead(0x204c20, KIND_LOAD); // " L "
  setHead(0x205320, KIND_STORE); // " S "
  setHead(0x204d20, KIND_MODIFY); // " M "
  for (let digits: usize = 0; digits <= 16; digits++) {
    const mask = MASKS + (digits << 4);
    memory.fill(mask, 0, 16);
    if (digits > OFFSET_DIGITS) memory.fill(mask, 0xff, digits - OFFSET_DIGITS);
  }
}

/** Where the host writes the next INPUT_BYTES at most. */
export function lackeyInput(): usize {
  return INPUT;
}

// The three bytes that start a record, little-endian, with the kind above them; found by a perfect hash of the first two.
const HEADS: usize = memory.data(32 * 4, 4);
const NO_HEAD: u32 = 0x00ff_ffff;

function headHash(head: u32): usize {
  return (<usize>(((head & 0xff) + ((head >> 8) & 0xff)) & 31)) << 2;
}

function setHead(head: u32, kind: u32): void {
  store<u32>(HEADS + headHash(head), head | (kind << 24));
}

/** v128 for each count of digits: all ones over the digits of the page number. */
const MASKS: usize = memory.data(17 * 16, 16);

/**
 * Decodes `bytes` bytes at lackeyInput() into the batch, which it empties first; `last` if the trace ends with them.
 * On an error status, errorLine and errorOffset in the counters say where.
 */
export function decodeLackey(bytes: u32, last: bool): u32 {
  clearBatch();
  out = WORDS;
  const end = INPUT + bytes;
  let at = INPUT - carried;
  if (inLongLine) at = skipLongLine(at, end);
  at = decodeFast(at, end);
  while (at < end && status == STATUS_OK) {
    const next = decodeLine(at, end);
    if (next == 0) break;
    at = next;
  }
  if (status == STATUS_OK) endInput(at, end, last);
  if (status != STATUS_OK) counters.errorLine = records + counters.skippedLines + 1;
  counters.decodedBytes += bytes;
  setWordCount(<u32>((out - WORDS) >> 3));
  return status;
}

/** Decodes lines of the usual form; returns the start of the first line that lies too near `end` for that. */
function decodeFast(start: usize, end: usize): usize {
  let at = start;
  let counts: u64 = 0; // records of each kind, 16 bits each: INPUT_BYTES holds fewer than 2^16 lines
  while (at + FAST_LINE_BYTES <= end) {
    const head = load<u32>(at) & 0x00ff_ffff;
    const expected = load<u32>(HEADS + headHash(head));
    const kind = expected >> 24;
    const text = v128.load(at, HEAD_BYTES);
    const notHex = lanesNotHex(text);
    // Branches, not arithmetic, so that the next line can be fetched before this one's digits are counted.
    let digits: u32;
    if (load<u8>(at, HEAD_BYTES + 8) == COMMA) digits = 8;
    else if (load<u8>(at, HEAD_BYTES + 10) == COMMA) digits = 10;
    else if (load<u8>(at, HEAD_BYTES + 12) == COMMA) digits = 12;
    else digits = ctz(notHex | 0x10000);
    const tail = load<u32>(at + digits, HEAD_BYTES);
    let size = ((tail >> 8) & 0xff) - DIGIT_0;
    let next = at + HEAD_BYTES + digits + 3;
    let malformed = <u32>(size - 1 > 8);
    if ((tail & 0x00ff_00ff) != 0x000a_002c) {
      // not ",d\n"; ",dd\n" perhaps
      const units = ((tail >> 16) & 0xff) - DIGIT_0;
      malformed |= <u32>(units > 9) | <u32>((tail & 0xff00_00ff) != 0x0a00_002c);
      size = size * 10 + units;
      next++;
    }
    malformed |= ((head ^ expected) & 0x00ff_ffff) | (notHex & ((1 << digits) - 1)) | <u32>(digits <= OFFSET_DIGITS);
    if (malformed != 0) {
      next = decodeLine(at, end);
      if (next == 0 || status != STATUS_OK) break;
      at = next;
      continue;
    }
    counts += (<u64>1) << (kind << 4);
    const page = v128.and(text, v128.load(MASKS + ((<usize>digits) << 4)));
    const offsetAt = at + HEAD_BYTES + digits - OFFSET_DIGITS;
    const slot = stripSlot(kind, load<u8>(offsetAt - 1));
    // A record of up to 16 bytes can only reach into the next page from an offset of 0xff0 or more.
    const nearEnd = size > 16 || (load<u16>(offsetAt) | 0x2020) == 0x6666;
    if (nearEnd || !Strip.omits(slot, page)) keep(kind, text, digits, size, slot, page);
    at = next;
  }
  for (let kind: u32 = 0; kind <= KIND_MODIFY; kind++) countRecords(kind, <u32>(counts >> (kind << 4)) & 0xffff);
  return at;
}

function countRecords(kind: u32, count: u32): void {
  addRecords(kind, count);
  records += count;
}

/** Writes the word of a record, unless it turns out to change nothing. */
function keep(kind: u32, text: v128, digits: u32, size: u32, slot: usize, page: v128): void {
  const word = wordOf(kind, hexValue(text, digits), size);
  if ((word & WORD_STRADDLES) != 0) {
    forgetStrip();
  } else if (isCanonical((word >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK)) {
    if (Strip.omits(slot, page)) return;
    Strip.note(slot, kind, page);
  } // else a fault each time
  write(kind, word);
}

function write(kind: u32, word: u64): void {
  if (((wantedKinds >> kind) & 1) == 0) return;
  store<u64>(out, word);
  out += 8;
}

/** Bit i is set unless lane i is a hexadecimal digit. */
function lanesNotHex(text: v128): u32 {
  const decimal = i8x16.lt_u(i8x16.sub(text, i8x16.splat(0x30)), i8x16.splat(10));
  const letter = i8x16.lt_u(i8x16.sub(v128.or(text, i8x16.splat(0x20)), i8x16.splat(0x61)), i8x16.splat(6));
  return <u32>i8x16.bitmask(v128.or(decimal, letter)) ^ 0xffff;
}

/** The number that the first `digits` lanes (1..16) spell. Lanes are turned round, right-aligned and packed by nibble. */
function hexValue(text: v128, digits: u32): u64 {
  const letter = i8x16.gt_s(text, i8x16.splat(0x40));
  const nibbles = i8x16.add(v128.and(text, i8x16.splat(15)), v128.and(letter, i8x16.splat(9)));
  const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const reversed = i8x16.swizzle(nibbles, i8x16.sub(i8x16.splat(<i8>(digits - 1)), lanes)); // out of range: 0
  const bytes = v128.and(v128.or(reversed, i16x8.shr_u(reversed, 4)), i16x8.splat(0xff));
  return i64x2.extract_lane(i8x16.narrow_i16x8_u(bytes, bytes), 0);
}

/** Decodes the line at `at` whatever its form. Returns the start of the next, or 0 if `end` comes before its newline. */
function decodeLine(at: usize, end: usize): usize {
  const newline = find(NEWLINE, at, end);
  if (newline == end) return 0;
  let lineEnd = newline;
  if (lineEnd > at && load<u8>(lineEnd - 1) == RETURN) lineEnd--;
  const digitsAt = at + HEAD_BYTES;
  const comma = skipHex(digitsAt, lineEnd);
  if (newline - at > MAX_LINE_BYTES || kindAt(at, lineEnd) == NO_KIND || comma == digitsAt || !isSize(comma, lineEnd)) {
    counters.skippedLines++;
    return newline + 1;
  }
  let va: u64 = 0;
  for (let digit = digitsAt; digit < comma; digit++) {
    if (va >> 60 != 0) return fail(STATUS_ADDRESS_TOO_WIDE, at);
    const c = <u32>load<u8>(digit);
    va = (va << 4) | ((c & 15) + (c >> 6) * 9);
  }
  let size: u32 = 0;
  for (let digit = comma + 1; digit < lineEnd; digit++) {
    size = size * 10 + (<u32>load<u8>(digit) - DIGIT_0);
    if (size > MAX_RECORD_BYTES) break;
  }
  if (size == 0 || size > MAX_RECORD_BYTES) return fail(STATUS_SIZE_OUT_OF_RANGE, at);
  const kind = kindAt(at, lineEnd);
  countRecords(kind, 1);
  write(kind, wordOf(kind, va, size));
  forgetStrip();
  return newline + 1;
}

const NO_KIND: u32 = 0xff;

/** Kind of the record whose line starts at `at`, or NO_KIND. */
function kindAt(at: usize, lineEnd: usize): u32 {
  if (lineEnd - at < HEAD_BYTES) return NO_KIND;
  const head = <u32>load<u16>(at) | ((<u32>load<u8>(at, 2)) << 16);
  const expected = load<u32>(HEADS + headHash(head));
  return (expected & 0x00ff_ffff) == head ? expected >> 24 : NO_KIND;
}

/** Whether a comma and decimal digits, at least one, fill `at` to `lineEnd`. */
function isSize(at: usize, lineEnd: usize): bool {
  if (at + 1 >= lineEnd || load<u8>(at) != COMMA) return false;
  return skipDecimal(at + 1, lineEnd) == lineEnd;
}

function skipHex(start: usize, end: usize): usize {
  let at = start;
  while (at < end) {
    const c = <u32>load<u8>(at);
    if (c - DIGIT_0 > 9 && (c | 0x20) - 0x61 > 5) break;
    at++;
  }
  return at;
}

function skipDecimal(start: usize, end: usize): usize {
  let at = start;
  while (at < end && <u32>load<u8>(at) - DIGIT_0 <= 9) at++;
  return at;
}

function find(byte: u32, start: usize, end: usize): usize {
  let at = start;
  while (at < end && <u32>load<u8>(at) != byte) at++;
  return at;
}

/** Ends the decoding with an error in the line at `at`. */
function fail(error: u32, at: usize): usize {
  status = error;
  counters.errorOffset = counters.decodedBytes + <u64>at - <u64>INPUT;
  return 0;
}

/** The rest of a line that is longer than any record. Returns the start of the next line, or `end`. */
function skipLongLine(at: usize, end: usize): usize {
  const newline = find(NEWLINE, at, end);
  if (newline == end) return end;
  inLongLine = false;
  counters.skippedLines++;
  return newline + 1;
}

/** Deals with the bytes after the last newline: part of a line that goes on in the next input, or never. */
function endInput(at: usize, end: usize, last: bool): void {
  const bytes = <u32>(end - at);
  carried = 0;
  if (last) {
    if (bytes == 0 && !inLongLine) return;
    if (!inLongLine && bytes <= MAX_LINE_BYTES && beginsLikeRecord(at, end)) fail(STATUS_TORN_LINE, at);
    else counters.skippedLines++;
  } else if (bytes > MAX_LINE_BYTES) {
    inLongLine = true;
  } else {
    carried = bytes;
    memory.copy(INPUT - bytes, at, bytes);
  }
}

/** Whether more bytes could make a record of the text from `at` to `end`, or it is one without its newline. */
function beginsLikeRecord(at: usize, end: usize): bool {
  const bytes = end - at;
  const first = <u32>load<u8>(at);
  if (bytes < HEAD_BYTES) {
    if (bytes == 1) return first == 0x49 || first == SPACE;
    const second = <u32>load<u8>(at, 1);
    return first == 0x49 ? second == SPACE : first == SPACE && (second == 0x4c || second == 0x53 || second == 0x4d);
  }
  if (kindAt(at, end) == NO_KIND) return false;
  let rest = skipHex(at + HEAD_BYTES, end);
  if (rest < end && rest > at + HEAD_BYTES && load<u8>(rest) == COMMA) {
    const sizeAt = rest + 1;
    rest = skipDecimal(sizeAt, end);
    if (rest > sizeAt && rest + 1 == end && load<u8>(rest) == RETURN) return true;
  }
  return rest == end;
}
