/**
 * Valgrind lackey, `--trace-mem=yes`: text, one record a line.
 * Specification: valgrind 3.19, lackey/lk_main.c (trace_instr, trace_load, trace_store, trace_modify).
 *
 *   I  0401ab70,3     kind, address in hexadecimal, size in decimal. `I` stands in column 0, the others in column 1.
 *    L 1ffefff86f,1   A modify is one access.
 *
 * Lines that are no records (Valgrind's own, the program's output) are skipped and counted; those that begin as records
 * do, with a letter between blanks, apart, since output was mixed into a record there. A record with an address
 * over 64 bits, or a size of 0 or over 4096, or one that the end of the trace cuts off, is an error. Of the skipped
 * lines, those about system calls that take pages away are events (syscalls.ts).
 *
 * Here lines become words at once; lackey-records.ts makes entries of them.
 */
import { WORDS, addInstructions, addRecords, clearBatch, recordCount, setWordCount, wordOf } from "../batch";
import { counters } from "../counters";
import { carryRest, failAt, input } from "../input";
import {
  BATCH_WORDS,
  EVENT_FLUSH,
  EVENT_INTERVAL,
  EVENT_UNMAP_FROM,
  EVENT_UNMAP_TO,
  INPUT_BYTES,
  KIND_FETCH,
  KIND_LOAD,
  KIND_MASK,
  KIND_MODIFY,
  KIND_STORE,
  MAX_LINE_BYTES,
  MAX_RECORD_BYTES,
  STATUS_ADDRESS_TOO_WIDE,
  STATUS_OK,
  STATUS_SIZE_OUT_OF_RANGE,
  STATUS_TORN_LINE,
  WORD_KIND_SHIFT,
  WORD_PAGE_MASK,
  WORD_PAGE_SHIFT,
  WORD_STRADDLES,
} from "../layout";
import { isCanonical } from "../paging";
import { KEPT, KnownLine, forgetLatest, learnLine, leavesOut, noteKept } from "./known-lines";
import { firstPage, lastPage, tellsOfUnmap } from "./syscalls";
import {
  COMMA,
  DIGIT_0,
  Hex,
  LETTER_I,
  LETTER_L,
  LETTER_M,
  LETTER_S,
  NEWLINE,
  RETURN,
  SPACE,
  find,
  hexDigit,
  isHexDigit,
  resetText,
  skipDecimal,
  skipHex,
} from "./text";

export const HEAD_BYTES: usize = 3;
/** The column whose character tells the kinds apart: L, S, M, or the space of a fetch. */
const KIND_COLUMN: usize = 1;
/** Hexadecimal digits of the offset in a page. */
const OFFSET_DIGITS: usize = 3;
/** The longest line that the fast path takes: head, 16 digits, comma, two digits, newline, and what SIMD reads past. */
const FAST_LINE_BYTES: usize = 64;
/** Bytes of the shortest line that is a record: ` L 0,1` and its newline. */
const MIN_RECORD_BYTES: usize = 7;

/** Kinds of records to write as words, one bit each; the others are only counted. */
let wantedKinds: u32 = 0;
/** Whether to write words for unmapped pages. */
let wantsUnmaps: bool = false;
/** The event that comes after each so many records, and how many. */
let mark: u32 = EVENT_FLUSH;
let markEvery: u64 = 0;
/** Inside a line of more than MAX_LINE_BYTES, which is skipped up to its newline. */
let inLongLine: bool = false;
/** Whether that line begins like a record: 1, or 0. */
let longLineDamage: u64 = 0;
let records: u64 = 0;
/** Number of the record after which the next mark comes. */
let nextMark: u64 = u64.MAX_VALUE;
/** Words written so far by the call under way. */
let out: usize = 0;

/**
 * Starts at the beginning of a trace. `kinds`: which kinds become words, one bit each. `events`: whether the events that
 * the trace tells of do, too. `every`: after how many records, whatever becomes of them, there is to be a `markEvent`
 * each time, EVENT_FLUSH or EVENT_INTERVAL, also where the trace ends with the last of them; 0 for never.
 */
export function resetLackey(kinds: u32, events: bool, markEvent: u32, every: u64): void {
  wantedKinds = kinds;
  wantsUnmaps = events;
  mark = markEvent;
  markEvery = every;
  nextMark = every == 0 ? u64.MAX_VALUE : every;
  inLongLine = false;
  records = 0;
  resetText();
  fillTables();
}

/** Has the next input begin a line. */
export function dropLongLine(): void {
  inLongLine = false;
}

/** Fills the tables of this file, once. */
function fillTables(): void {
  if (tablesAreFilled) return;
  tablesAreFilled = true;
  for (let digits: usize = OFFSET_DIGITS; digits <= 16; digits++) {
    memory.fill(MASKS + (digits << 4), 0xff, HEAD_BYTES + digits - OFFSET_DIGITS);
  }
  for (let pair: usize = 0; pair < 0x10000; pair++) {
    const first = <u32>pair & 0xff;
    const second = <u32>pair >> 8;
    const startsOffset = isHexDigit(first) && isHexDigit(second) && (pair | 0x2020) != 0x6666;
    store<u8>(OFFSET_STARTS + pair, <u8>startsOffset);
    store<u8>(OFFSET_ENDS + pair, <u8>(isHexDigit(first) && second == COMMA));
    store<u8>(SHORT_SIZES + pair, <u8>(first - DIGIT_0 - 1 <= 8 && second == NEWLINE));
  }
}

let tablesAreFilled: bool = false;
/** 16 bytes for each count of digits: all ones over the characters before the offset. */
const MASKS: usize = memory.data(17 * 16, 16);
/**
 * u8 for each pair of characters, little-endian. Whether an offset in a page may start so, if 9 bytes there are not to
 * reach into the next page: not with "ff". Whether its last digit and a comma are such a pair; a size of 1 to 9 and a
 * newline.
 */
const OFFSET_STARTS: usize = memory.data(0x10000, 64);
const OFFSET_ENDS: usize = memory.data(0x10000, 64);
const SHORT_SIZES: usize = memory.data(0x10000, 64);
/** Bytes of a line after the page number, when they are such pairs. */
const USUAL_END_BYTES: usize = 6;

/** Decodes the input into the batch, which it empties first. Returns a STATUS_. */
export function decodeLackey(): u32 {
  clearBatch();
  out = WORDS;
  const end = input.end;
  if (inLongLine) input.at = skipLongLine(input.at, end);
  let at = input.at;
  while (at < end && input.status == STATUS_OK) {
    let next = decodeFast(at, fastEnd(at, end), end);
    if (next == at) next = decodeLine(at, end);
    if (next == 0) break;
    at = next;
    if (records == nextMark) putMark();
  }
  input.at = at;
  if (input.status == STATUS_OK) endInput(at, end);
  if (input.status != STATUS_OK) {
    counters.errorRecord = records + 1;
    counters.errorLine = records + counters.skippedLines + 1;
  }
  addInstructions(recordCount(KIND_FETCH));
  setWordCount(<u32>((out - WORDS) >> 3));
  return input.status;
}

/**
 * How far decodeFast() may go from `at`: to `end`, unless a mark is due before; then one line, or lines that cannot be
 * as many records as there are until then.
 */
function fastEnd(at: usize, end: usize): usize {
  const recordsLeft = <usize>min(nextMark - records, INPUT_BYTES);
  return min(at + max(recordsLeft * MIN_RECORD_BYTES, FAST_LINE_BYTES), end);
}

/**
 * Decodes the lines from `start` on that begin FAST_LINE_BYTES before `fastEnd` or sooner. Returns the start of the
 * first that it left: the next one, one in error, or one that does not end before `end`.
 */
function decodeFast(start: usize, fastEnd: usize, end: usize): usize {
  let counts: u64 = 0; // by kind, 16 bits each, which the lines of one call cannot overflow
  let at = start;
  while (at + FAST_LINE_BYTES <= fastEnd) {
    // Branches, not arithmetic, so that the next line can be fetched before this one's digits are counted. What follows
    // them is not joined, so that the number of digits stays a constant.
    let digits: usize;
    let textLow = load<u64>(at);
    let textHigh: u64 = 0;
    if (load<u8>(at, HEAD_BYTES + 8) == COMMA) {
      const count = Usual.decode(at, 8, textLow, textHigh);
      if (count != 0) {
        counts += count;
        at += 8 + USUAL_END_BYTES;
        continue;
      }
      digits = 8;
    } else if (load<u8>(at, HEAD_BYTES + 10) == COMMA) {
      textHigh = <u64>load<u16>(at, 8);
      const count = Usual.decode(at, 10, textLow, textHigh);
      if (count != 0) {
        counts += count;
        at += 10 + USUAL_END_BYTES;
        continue;
      }
      digits = 10;
    } else {
      if (load<u8>(at, HEAD_BYTES + 12) == COMMA) digits = 12;
      else digits = <usize>ctz(Hex.lanesNotHex(v128.load(at, HEAD_BYTES)) | 0x10000);
      textLow &= load<u64>(MASKS + (digits << 4));
      textHigh = load<u64>(at, 8) & load<u64>(MASKS + (digits << 4), 8);
      const count = Usual.decode(at, digits, textLow, textHigh);
      if (count != 0) {
        counts += count;
        at += digits + USUAL_END_BYTES;
        continue;
      }
    }
    const next = decodeShort(at, digits, textLow, textHigh) || decodeLine(at, end);
    if (next == 0) break;
    at = next;
  }
  for (let kind = KIND_FETCH; kind <= KIND_MODIFY; kind++) countRecords(kind, <u32>(counts >> (kind << 4)) & 0xffff);
  return at;
}

/** A namespace, so that its function can be inlined. */
abstract class Usual {
  /**
   * Decodes the line at `at`, whose address has `digits` digits, if it is known and ends as usual, and returns its
   * KnownLine.count; else 0. textLow, textHigh: the line down to its page number.
   */
  @inline
  static decode(at: usize, digits: usize, textLow: u64, textHigh: u64): u64 {
    const endAt = at + digits;
    const startsOffset = load<u8>(OFFSET_STARTS + <usize>load<u16>(endAt));
    const endsOffset = load<u8>(OFFSET_ENDS + <usize>load<u16>(endAt, 2));
    if (!(startsOffset & endsOffset & load<u8>(SHORT_SIZES + <usize>load<u16>(endAt, 4)))) return 0;
    const place = KnownLine.placeOf(<u32>load<u16>(endAt - 2));
    const known = KnownLine.at(place, <u32>load<u8>(at, KIND_COLUMN));
    const differences = textLow ^ known.textLow;
    const differencesHigh = textHigh ^ known.textHigh;
    if ((differences | differencesHigh) == 0) return known.count;
    if ((differences | (differencesHigh & ~KEPT)) != 0) return 0;
    put(known.word);
    if (leavesOut) noteKept(place, (<u32>known.word >> WORD_KIND_SHIFT) & KIND_MASK, known.word);
    return known.count;
  }
}

function countRecords(kind: u32, count: u32): void {
  addRecords(kind, count);
  records += count;
}

/**
 * Decodes the line at `at` if its address has `digits` digits and its size one or two, and returns the start of the
 * next line; else 0. textLow, textHigh: the line down to its page number.
 */
function decodeShort(at: usize, digits: usize, textLow: u64, textHigh: u64): usize {
  const kind = kindOf(load<u32>(at) & 0x00ff_ffff);
  const text = v128.load(at, HEAD_BYTES);
  const tail = load<u32>(at + digits, HEAD_BYTES);
  let size = ((tail >> 8) & 0xff) - DIGIT_0;
  let next = at + HEAD_BYTES + digits + 3;
  if (digits <= OFFSET_DIGITS) return 0; // what is known of lines goes by a digit of the page number
  if (kind == NO_KIND || (Hex.lanesNotHex(text) & ((1 << (<u32>digits)) - 1)) != 0 || (tail & 0xff) != COMMA) return 0;
  if (size - 1 > 8) return 0;
  if (((tail >> 16) & 0xff) != NEWLINE) {
    const units = ((tail >> 16) & 0xff) - DIGIT_0;
    if (units > 9 || tail >> 24 != NEWLINE) return 0;
    size = size * 10 + units;
    next++;
  }
  countRecords(kind, 1);
  const word = wordOf(kind, Hex.hexValue(text, <u32>digits), size);
  if ((word & WORD_STRADDLES) != 0) {
    forgetLatest();
  } else if (isCanonical((word >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK)) {
    const place = KnownLine.placeOf(<u32>load<u16>(at + digits - 2));
    const known = KnownLine.at(place, <u32>load<u8>(at, KIND_COLUMN));
    const isKnown = known.textLow == textLow && (known.textHigh & ~KEPT) == textHigh;
    if (!isKnown) learnLine(place, textLow, textHigh, word, kind);
    if ((known.textHigh & KEPT) == 0) return next;
    noteKept(place, kind, word);
  } // else a fault each time
  write(kind, word);
  return next;
}

function write(kind: u32, word: u64): void {
  if (((wantedKinds >> kind) & 1) != 0) put(word);
}

function put(word: u64): void {
  assert(out < WORDS + ((<usize>BATCH_WORDS) << 3)); // see BATCH_WORDS
  store<u64>(out, word);
  out += 8;
}

function putMark(): void {
  put(mark);
  nextMark += markEvery;
  if (mark == EVENT_INTERVAL) return;
  counters.flushes++;
  forgetLatest(); // what a line may be left out for was before the flush
}

/** Writes the event that the line from `at` to `lineEnd`, which is no record, tells of, if any is wanted. */
function tellEvent(at: usize, lineEnd: usize): void {
  if (!wantsUnmaps || !tellsOfUnmap(at, lineEnd)) return;
  put((firstPage << WORD_PAGE_SHIFT) | EVENT_UNMAP_FROM);
  put((lastPage << WORD_PAGE_SHIFT) | EVENT_UNMAP_TO);
  counters.unmaps++;
  forgetLatest();
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
    counters.damagedLines += damageOf(at, lineEnd);
    if (newline - at <= MAX_LINE_BYTES) tellEvent(at, lineEnd);
    return newline + 1;
  }
  let va: u64 = 0;
  for (let digit = digitsAt; digit < comma; digit++) {
    if (va >> 60 != 0) return fail(STATUS_ADDRESS_TOO_WIDE, at);
    va = (va << 4) | hexDigit(<u32>load<u8>(digit));
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
  forgetLatest();
  return newline + 1;
}

export const NO_KIND: u32 = 0xff;

/** Kind of the record whose line starts at `at`, or NO_KIND. */
export function kindAt(at: usize, lineEnd: usize): u32 {
  if (lineEnd - at < HEAD_BYTES) return NO_KIND;
  return kindOf(<u32>load<u16>(at) | ((<u32>load<u8>(at, 2)) << 16));
}

/** What the line at `at`, which is no record, adds to the damaged ones: 1 if it begins like a record, or 0. */
function damageOf(at: usize, lineEnd: usize): u64 {
  return <u64>(kindAt(at, lineEnd) != NO_KIND);
}

/** Kind of a record whose line starts with the three characters `head`, little-endian, or NO_KIND. */
function kindOf(head: u32): u32 {
  if (head == 0x20_20_49) return KIND_FETCH; // "I  "
  if (head == 0x20_4c_20) return KIND_LOAD; // " L "
  if (head == 0x20_53_20) return KIND_STORE; // " S "
  return head == 0x20_4d_20 ? KIND_MODIFY : NO_KIND; // " M "
}

/** Whether a comma and decimal digits, at least one, fill `at` to `lineEnd`. */
export function isSize(at: usize, lineEnd: usize): bool {
  if (at + 1 >= lineEnd || load<u8>(at) != COMMA) return false;
  return skipDecimal(at + 1, lineEnd) == lineEnd;
}

/** Ends the decoding with an error in the line at `at`. */
function fail(error: u32, at: usize): usize {
  failAt(error, at, find(NEWLINE, at, input.end) - at);
  return 0;
}

/** The rest of a line that is longer than any record. Returns the start of the next line, or `end`. */
function skipLongLine(at: usize, end: usize): usize {
  const newline = find(NEWLINE, at, end);
  if (newline == end) return end;
  inLongLine = false;
  counters.skippedLines++;
  counters.damagedLines += longLineDamage;
  return newline + 1;
}

/** Deals with the bytes after the last newline: part of a line that goes on in the next input, or never. */
function endInput(at: usize, end: usize): void {
  const bytes = end - at;
  if (input.isLast) {
    if (bytes == 0 && !inLongLine) return;
    if (!inLongLine && bytes <= MAX_LINE_BYTES && beginsLikeRecord(at, end)) {
      fail(STATUS_TORN_LINE, at);
      return;
    }
    counters.skippedLines++;
    counters.damagedLines += inLongLine ? longLineDamage : damageOf(at, end);
  } else if (bytes > MAX_LINE_BYTES) {
    inLongLine = true;
    longLineDamage = damageOf(at, end);
  } else {
    carryRest();
  }
}

/** Whether more bytes could make a record of the text from `at` to `end`, or it is one without its newline. */
export function beginsLikeRecord(at: usize, end: usize): bool {
  const bytes = end - at;
  const first = <u32>load<u8>(at);
  if (bytes < HEAD_BYTES) {
    if (bytes == 1) return first == LETTER_I || first == SPACE;
    const second = <u32>load<u8>(at, 1);
    if (first == LETTER_I) return second == SPACE;
    return first == SPACE && (second == LETTER_L || second == LETTER_S || second == LETTER_M);
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
