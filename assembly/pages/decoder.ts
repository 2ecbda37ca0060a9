/**
 * From the units of pages of one layer (tokens.ts) to the words of the batch. Which layer, layerOf() says.
 *
 * Tokens of the dictionary are decoded sixteen at a time, without a look at what they are: only that all of them are of
 * slots in use. Everything else is read by itself.
 */
import { WORDS, addInstructions, addRecords, clearBatch, instructionCount, setWordCount } from "../batch";
import { counters } from "../counters";
import { failAt, input } from "../input";
import {
  EVENT_FLUSH,
  EVENT_UNMAP_FROM,
  EVENT_UNMAP_TO,
  INTERVAL_RECORDS,
  KIND_FETCH,
  KIND_MASK,
  KIND_MODIFY,
  STATUS_BAD_RECORD,
  STATUS_DONE,
  STATUS_MORE,
  STATUS_OK,
  WORD_KIND_SHIFT,
  WORD_PAGE_MASK,
  WORD_PAGE_SHIFT,
  WORD_STRADDLES,
} from "../layout";
import { isCanonical } from "../paging";
import { PHASE_DONE, PHASE_SKIP, passRecords, passUnits, selection, selectionPhase } from "../selection";
import { PASSED_BYTES, UNIT_FIRST, UNIT_PAGES, UNIT_PASSED } from "../pwt/layout";
import {
  LAYER_ANY,
  LAYER_SETS,
  LAYER_STREAMS,
  MAX_MARK_INSTRUCTIONS,
  MAX_TOKEN_BYTES,
  SLOTS,
  TOKEN_DEFINE,
  TOKEN_MARK,
  TOKEN_ODD,
  TOKEN_UNMAP,
  UNIT_HEADER_BYTES,
} from "./tokens";

/** Words of one batch, about: they stay in the cache until they are replayed. */
const USUAL_WORDS: usize = 16 * 1024;
const FULL: usize = WORDS + (USUAL_WORDS << 3);
/** Instructions of one batch, about. */
const MAX_INSTRUCTIONS: u32 = 1 << 30;

/** u64 for each slot: its word. */
const DICTIONARY: usize = memory.data(256 * 8, 64);
/** Slots that are in use: the first ones. */
let defined: u32 = 0;
/** The slot of the latest define. */
let latest: u32 = SLOTS - 1;
/** Page of the latest define or odd record, of fetches and of data. */
const BEFORE: usize = memory.data(2 * 8, 8);

/** What the mark under way counts, by kind, u32 each. */
const PASSED: usize = memory.data(4 * 4, 4);

const ALL_KINDS: u32 = 15;
/** Kinds that become words, one bit each. */
let wantedKinds: u32 = 0;
let wantsUnmaps: bool = false;
let mark: u32 = 0;
/** Intervals from one mark that is wanted to the next, and to the next one; 0 if none is. */
let markEvery: u64 = 0;
let untilMark: u64 = 0;
/** Records that the marks have counted, and those of them in the interval under way. */
let records: u64 = 0;
let intervalRecords: u32 = 0;
/** Records of which there were tokens since the latest mark. */
let uncounted: u64 = 0;
/** Whether the next input begins a unit. */
let isBetweenUnits: bool = true;

/** Where the next word goes. */
let out: usize = 0;
/** What is read next of the token under way, and the number that was read last. */
let at: usize = 0;
let number: u64 = 0;

/** Starts at the beginning of a trace; as resetWords(). `every` must be a multiple of INTERVAL_RECORDS. */
export function resetPages(kinds: u32, unmaps: bool, markEvent: u32, every: u64): void {
  wantedKinds = kinds;
  wantsUnmaps = unmaps;
  mark = markEvent;
  markEvery = every / INTERVAL_RECORDS;
  untilMark = markEvery;
  records = 0;
  intervalRecords = 0;
  uncounted = 0;
  isBetweenUnits = true;
  startBlock();
}

/** The layer with the fewest words that is exact for who may have words left out by so many slots, in this window. */
export function layerOf(stripSlots: u32): u32 {
  if (stripSlots == 0) return LAYER_ANY;
  // Nothing in a window may have been left out by what is before it: so it is of a layer that forgets at marks.
  return stripSlots == LAYER_SETS && selection.skip == 0 ? LAYER_SETS : LAYER_STREAMS;
}

function startBlock(): void {
  defined = 0;
  latest = SLOTS - 1;
  memory.fill(BEFORE, 0, 16);
}

/** Decodes the input into the batch, which it empties first, up to the next phase of the selection. Returns a STATUS_. */
export function decodePages(): u32 {
  clearBatch();
  const phase = selectionPhase();
  if (phase == PHASE_DONE) return STATUS_DONE;
  const end = input.end;
  out = WORDS;
  let next = input.at;
  if (isBetweenUnits && next < end && input.status == STATUS_OK) next = beginUnit(next, end);
  while (input.status == STATUS_OK && selectionPhase() == phase && instructionCount() < MAX_INSTRUCTIONS) {
    const from = next;
    next = wantedKinds == ALL_KINDS ? decodeSlots(from, end) : decodeWantedSlots(from, end);
    uncounted += <u64>(next - from);
    if (next == end || out >= FULL) break;
    at = next;
    if (decodeOther(load<u8>(next), end)) next = at;
    else if (input.status == STATUS_OK) fail(next); // it goes beyond the end
  }
  input.at = next;
  if (next == end && input.status == STATUS_OK) {
    isBetweenUnits = true;
    if (uncounted != 0) fail(end - 1); // the unit does not end with a mark
  }
  if (phase == PHASE_SKIP) clearBatch();
  else setWordCount(<u32>((out - WORDS) >> 3));
  if (input.status != STATUS_OK) {
    counters.errorRecord = records + uncounted + 1;
    counters.errorLine = 0;
    return input.status;
  }
  if (selectionPhase() == PHASE_DONE) return STATUS_DONE;
  return next == end ? STATUS_OK : STATUS_MORE;
}

/** Reads the header of the unit at `start`, which goes to `end`. Returns where its tokens begin. */
function beginUnit(start: usize, end: usize): usize {
  isBetweenUnits = false;
  const bytes = end - start;
  const flags: u32 = bytes < <usize>UNIT_HEADER_BYTES ? 0 : load<u32>(start, 4);
  if (flags == UNIT_PASSED && bytes == <usize>PASSED_BYTES) {
    passBlocks(load<u64>(start, 8));
    return end;
  }
  const isUnit =
    bytes >= <usize>UNIT_HEADER_BYTES && <usize>load<u32>(start) == bytes && (flags & ~UNIT_PAGES) <= UNIT_FIRST;
  if (!isUnit) {
    fail(start);
    return start;
  }
  if ((flags & UNIT_FIRST) != 0) startBlock();
  return start + <usize>UNIT_HEADER_BYTES;
}

/** Passes the records of blocks that were not read, since the window skips them. */
function passBlocks(passed: u64): void {
  passUnits(passed, 0);
  records += passed;
  intervalRecords = <u32>((<u64>intervalRecords + passed) % <u64>INTERVAL_RECORDS);
}

/** Decodes tokens of the dictionary, up to the first other one, the end, or a full batch. Returns where it stopped. */
function decodeSlots(start: usize, end: usize): usize {
  const slots = defined;
  const limit = v128.splat<u8>(<u8>slots);
  let from = start;
  let to = out;
  while (from + 16 <= end && to < FULL) {
    if (v128.any_true(v128.ge<u8>(v128.load(from), limit))) break;
    Slot.decode(from, to, 0);
    Slot.decode(from, to, 1);
    Slot.decode(from, to, 2);
    Slot.decode(from, to, 3);
    Slot.decode(from, to, 4);
    Slot.decode(from, to, 5);
    Slot.decode(from, to, 6);
    Slot.decode(from, to, 7);
    Slot.decode(from, to, 8);
    Slot.decode(from, to, 9);
    Slot.decode(from, to, 10);
    Slot.decode(from, to, 11);
    Slot.decode(from, to, 12);
    Slot.decode(from, to, 13);
    Slot.decode(from, to, 14);
    Slot.decode(from, to, 15);
    from += 16;
    to += 128;
  }
  while (from < end && to < FULL) {
    if (<u32>load<u8>(from) >= slots) break;
    Slot.decode(from, to, 0);
    from++;
    to += 8;
  }
  out = to;
  return from;
}

/** A namespace, so that its function can be inlined. */
abstract class Slot {
  /** Writes the word of the token of number `index` from `from` on. */
  @inline
  static decode(from: usize, to: usize, index: usize): void {
    store<u64>(to + (index << 3), load<u64>(DICTIONARY + ((<usize>load<u8>(from + index)) << 3)));
  }
}

/** decodeSlots() where some kinds are not wanted. */
function decodeWantedSlots(start: usize, end: usize): usize {
  const slots = defined;
  const kinds = wantedKinds;
  let from = start;
  let to = out;
  while (from < end && to < FULL) {
    const slot = <u32>load<u8>(from);
    if (slot >= slots) break;
    const word = load<u64>(DICTIONARY + ((<usize>slot) << 3));
    store<u64>(to, word);
    to += (<usize>((kinds >> ((<u32>word >> WORD_KIND_SHIFT) & KIND_MASK)) & 1)) << 3;
    from++;
  }
  out = to;
  return from;
}

/** Decodes any other token, `token` at `at`, and moves `at` behind it. False if it is not whole, or in error. */
function decodeOther(token: u32, end: usize): bool {
  const start = at++;
  if (token >= TOKEN_DEFINE && token < TOKEN_DEFINE + KIND_MODIFY) return define(token - TOKEN_DEFINE, start, end);
  if (token >= TOKEN_ODD && token <= TOKEN_ODD + KIND_MODIFY) return decodeOdd(token - TOKEN_ODD, start, end);
  if (token == TOKEN_MARK) return passMark(start, end);
  if (token == TOKEN_UNMAP) return decodeUnmap(start, end);
  return fail(start);
}

function define(kind: u32, start: usize, end: usize): bool {
  if (at == end) return false;
  const slot = (latest + 1 + <u32>load<u8>(at++)) % SLOTS;
  if (slot > defined) return fail(start);
  latest = slot;
  if (!readVarint(start, end)) return false;
  const page = (pageBefore(kind) + signed(number)) & WORD_PAGE_MASK;
  if (number > WORD_PAGE_MASK || !isCanonical(page)) return fail(start);
  const word = (page << WORD_PAGE_SHIFT) | ((<u64>kind) << WORD_KIND_SHIFT);
  store<u64>(DICTIONARY + ((<usize>slot) << 3), word);
  if (slot == defined) defined++;
  putRecord(kind, page, word);
  return true;
}

function decodeOdd(kind: u32, start: usize, end: usize): bool {
  if (!readVarint(start, end)) return false;
  const straddles = (number & 1) != 0;
  const page = (pageBefore(kind) + signed(number >> 1)) & WORD_PAGE_MASK;
  if (number >> 1 > WORD_PAGE_MASK || (!straddles && isCanonical(page))) return fail(start);
  const word = (page << WORD_PAGE_SHIFT) | ((<u64>kind) << WORD_KIND_SHIFT) | (straddles ? WORD_STRADDLES : 0);
  putRecord(kind, page, word);
  return true;
}

/** Puts the record of a define or odd token. */
function putRecord(kind: u32, page: u64, word: u64): void {
  store<u64>(beforeOf(kind), page);
  uncounted++;
  if (((wantedKinds >> kind) & 1) != 0) put(word);
}

function decodeUnmap(start: usize, end: usize): bool {
  if (!readVarint(start, end)) return false;
  const first = number;
  if (!readVarint(start, end)) return false;
  const last = first + number;
  if (first > WORD_PAGE_MASK || number > WORD_PAGE_MASK || last > WORD_PAGE_MASK) return fail(start);
  if (!wantsUnmaps || selectionPhase() == PHASE_SKIP) return true;
  put((first << WORD_PAGE_SHIFT) | EVENT_UNMAP_FROM);
  put((last << WORD_PAGE_SHIFT) | EVENT_UNMAP_TO);
  counters.unmaps++;
  return true;
}

/** Counts what the mark at `start` counts, and tells of the interval that ends there, if one does. */
function passMark(start: usize, end: usize): bool {
  let passed: u32 = 0;
  for (let kind = KIND_FETCH; kind <= KIND_MODIFY; kind++) {
    if (!readVarint(start, end)) return false;
    if (number > <u64>(INTERVAL_RECORDS - intervalRecords - passed)) return fail(start);
    passed += <u32>number;
    store<u32>(PASSED + ((<usize>kind) << 2), <u32>number);
  }
  if (!readVarint(start, end)) return false;
  if (number > MAX_MARK_INSTRUCTIONS || uncounted > <u64>passed) return fail(start);
  const isSkipped = selectionPhase() == PHASE_SKIP;
  if (!passRecords(<u64>passed)) return fail(start); // a window that begins or ends between two marks
  uncounted = 0;
  records += <u64>passed;
  intervalRecords += passed;
  const isWhole = intervalRecords == INTERVAL_RECORDS;
  if (isWhole) intervalRecords = 0;
  if (isSkipped) return true;
  for (let kind = KIND_FETCH; kind <= KIND_MODIFY; kind++) addRecords(kind, load<u32>(PASSED + ((<usize>kind) << 2)));
  addInstructions(load<u32>(PASSED) + <u32>number);
  if (isWhole && markEvery != 0) endInterval();
  return true;
}

function endInterval(): void {
  if (--untilMark != 0) return;
  untilMark = markEvery;
  put(mark);
  if (mark == EVENT_FLUSH) counters.flushes++;
}

/** Reads a varint of the token at `start`. False if it is not whole, or in error. */
function readVarint(start: usize, end: usize): bool {
  number = 0;
  for (let shift: u64 = 0; shift < 63; shift += 7) {
    if (at == end) return false;
    const byte = <u64>load<u8>(at++);
    number |= (byte & 127) << shift;
    if (byte < 128) return true;
  }
  return fail(start);
}

/** The number that zigzag has as `code`. */
function signed(code: u64): u64 {
  return (code >> 1) ^ -(code & 1);
}

function pageBefore(kind: u32): u64 {
  return load<u64>(beforeOf(kind));
}

function beforeOf(kind: u32): usize {
  return BEFORE + (kind == KIND_FETCH ? 0 : 8);
}

function put(word: u64): void {
  store<u64>(out, word);
  out += 8;
}

/** Ends decoding with the token at `start`, which the format does not have. */
function fail(start: usize): bool {
  failAt(STATUS_BAD_RECORD, start, MAX_TOKEN_BYTES);
  return false;
}
