/**
 * Lines of text that need not be read again: what a line begins with, down to its page number, says which record word
 * it makes, unless its record straddles pages. Two things are known of such a text.
 *
 * - Its word. That saves converting the address.
 * - Whether the line may be left out, because it changes nothing: the last kept record of its stream (fetch, or data)
 *   whose page number ends in the same bits was to the same page, and, if it writes, that page was written since. Exact
 *   for every array of one stream whose policy is indifferent to a second hit in a row on the most recent entry of a
 *   set, if its set count is a multiple of the slots, which are as many as the values of those bits. ARCHITECTURE.md,
 *   "What may be left out". A record of a kind that nobody wants may always be left out. Where the policy is indifferent
 *   to a third hit only (SRRIP), the first record after another page used the slot is kept, and so is the one after it.
 *
 * A row of places for each kind of line, by the low five bits of the character that tells the kinds apart; in a row, a
 * place for each two last digits of the page number, of which the first counts by its two lowest bits. A page has the
 * same place in all rows, and the three rows of data hold the same page there: its load, store and modify.
 *
 *   0          8           16         24        32   byte
 *   ├──────────┼───────────┼──────────┼─────────┤
 *   │ text low │ text high │   word   │  count  │
 *   └──────────┴───────────┴──────────┴─────────┘
 *
 * text: zero-padded to 16 characters. Its top bit, which no character has, is KEPT. count: 1 << 16 * kind.
 */
import { KIND_FETCH, KIND_LOAD, KIND_MODIFY, KIND_STORE, WORD_KIND_SHIFT, WORD_PAGE_SHIFT } from "../layout";
import { hasVmas, isAllowed } from "../vma-table";
import { LETTER_L, LETTER_M, LETTER_S, SPACE } from "./text";

/** The most slots: what the last hexadecimal digit can tell apart. */
export const MAX_STRIP_SLOTS: u32 = 16;

const LINE_BYTES_LOG2: u32 = 5;
const ROW_BYTES_LOG2: u32 = 12;
const ROWS: u32 = 32;
const LINES: usize = memory.data(32 << 12, 64);
/** u32 for each slot: the place of the page that the last kept record of the stream used, or 0. */
const LATEST_FETCHED: usize = memory.data(16 * 4, 4);
const LATEST_DATA: usize = memory.data(16 * 4, 4);
/** The column of a line whose character tells the kinds apart, in bits of its text. */
const KIND_SHIFT: u64 = 8;
/** Set in a text whose line is to be kept. */
export const KEPT: u64 = 1 << 63;

/** Whether there are slots; without them, every line that is wanted is kept. */
export let leavesOut: bool = false;
/** Bits of the last digit that are the slot. */
let slotMask: u32 = 0;
let wantedKinds: u32 = 0;
/** Whether two records to the same page in a row are kept, and not only one. */
let keepsTwo: bool = false;
/** No slot has a latest page. */
let isForgotten: bool = false;

@final
@unmanaged
export class KnownLine {
  textLow: u64;
  textHigh: u64;
  word: u64;
  count: u64;

  /** The place of lines whose page number ends in `digits`, two characters, little-endian. */
  @inline
  static placeOf(digits: u32): usize {
    return LINES + <usize>(((digits & 3) << 10) | ((digits >> (8 - LINE_BYTES_LOG2)) & (31 << LINE_BYTES_LOG2)));
  }

  /** The line at `place` in the row of the character `letter`. */
  @inline
  static at(place: usize, letter: u32): KnownLine {
    return changetype<KnownLine>(place + ((<usize>(letter & (ROWS - 1))) << ROW_BYTES_LOG2));
  }
}

/** Slots that are exact for any array which sees nothing but `streams`, in program order. */
export function stripSlotsOf(streams: u32): u32 {
  return popcnt(streams) == 1 ? 1 : 0; // a record of one stream comes between two of the other
}

/**
 * Forgets all lines. `slots`: a power of two up to MAX_STRIP_SLOTS, or 0 to leave nothing out that is wanted. `kinds`:
 * which kinds are, one bit each. `two`: whether of each run of records to one page two are kept.
 */
export function resetKnownLines(slots: u32, kinds: u32, two: bool): void {
  keepsTwo = two;
  leavesOut = slots != 0;
  slotMask = leavesOut ? slots - 1 : 0;
  wantedKinds = kinds;
  memory.fill(LINES, 0xff, (<usize>ROWS) << ROW_BYTES_LOG2); // no text
  memory.fill(LATEST_FETCHED, 0, (<usize>MAX_STRIP_SLOTS) << 2);
  memory.fill(LATEST_DATA, 0, (<usize>MAX_STRIP_SLOTS) << 2);
  isForgotten = true;
}

/** Learns of a line of `kind` that begins with this text, and of the other kinds of its stream; `word` is of any. */
export function learnLine(place: usize, textLow: u64, textHigh: u64, word: u64, kind: u32): void {
  const latest = latestOf(place, kind);
  if (load<u32>(latest) == <u32>place) store<u32>(latest, 0); // the page before is known no more
  const page = word & ~((<u64>KIND_MODIFY) << WORD_KIND_SHIFT);
  const text = textLow & ~(0xff << KIND_SHIFT);
  if (kind == KIND_FETCH) return learnKind(place, SPACE, text, textHigh, page, KIND_FETCH);
  learnKind(place, LETTER_L, text, textHigh, page, KIND_LOAD);
  learnKind(place, LETTER_S, text, textHigh, page, KIND_STORE);
  learnKind(place, LETTER_M, text, textHigh, page, KIND_MODIFY);
}

function learnKind(place: usize, letter: u32, text: u64, textHigh: u64, page: u64, kind: u32): void {
  const line = KnownLine.at(place, letter);
  line.textLow = text | ((<u64>letter) << KIND_SHIFT);
  line.textHigh = ((wantedKinds >> kind) & 1) != 0 ? textHigh | KEPT : textHigh;
  line.word = page | ((<u64>kind) << WORD_KIND_SHIFT);
  line.count = 1 << ((<u64>kind) << 4);
}

/**
 * Has the lines left out that may be after the record of `word`, of `kind`, whose line is at `place`, was kept. One that
 * VMAs forbid changes nothing, and each is a SIGSEGV.
 */
export function noteKept(place: usize, kind: u32, word: u64): void {
  if (!leavesOut) return;
  if (hasVmas && !isAllowed(word >> WORD_PAGE_SHIFT, kind)) return;
  isForgotten = false;
  const latest = latestOf(place, kind);
  const before = <usize>load<u32>(latest);
  store<u32>(latest, <u32>place);
  if (keepsTwo && before != place) return keepAll(before, kind);
  if (kind == KIND_FETCH) {
    if (before != 0) keep(before, SPACE);
    return leaveOut(place, SPACE);
  }
  if (before != 0 && before != place) keepData(before);
  leaveOut(place, LETTER_L);
  if (kind == KIND_LOAD) return; // the page may have been written before, but then its lines still say so
  leaveOut(place, LETTER_S);
  leaveOut(place, LETTER_M);
}

/** Keeps the lines of the stream of `kind` at `place`, if it is any. */
function keepAll(place: usize, kind: u32): void {
  if (place == 0) return;
  if (kind == KIND_FETCH) keep(place, SPACE);
  else keepData(place);
}

/** Keeps the next line of every page, after a record that noteKept() was not told of. */
export function forgetLatest(): void {
  if (isForgotten) return;
  isForgotten = true;
  for (let offset: usize = 0; offset <= (<usize>slotMask) << 2; offset += 4) {
    const fetched = <usize>load<u32>(LATEST_FETCHED + offset);
    if (fetched != 0) keep(fetched, SPACE);
    const data = <usize>load<u32>(LATEST_DATA + offset);
    if (data != 0) keepData(data);
    store<u32>(LATEST_FETCHED + offset, 0);
    store<u32>(LATEST_DATA + offset, 0);
  }
}

/** Where the latest page of the slot is noted that lines at `place` belong to. */
function latestOf(place: usize, kind: u32): usize {
  const bits = <u32>((place - LINES) >> LINE_BYTES_LOG2) & 31;
  const digit = bits < 16 ? bits + 9 : bits - 16; // letters, from 'a' at 1; digits, from '0' at 16
  return (kind == KIND_FETCH ? LATEST_FETCHED : LATEST_DATA) + ((<usize>(digit & slotMask)) << 2);
}

function keepData(place: usize): void {
  keep(place, LETTER_L);
  keep(place, LETTER_S);
  keep(place, LETTER_M);
}

function keep(place: usize, letter: u32): void {
  const line = KnownLine.at(place, letter);
  line.textHigh |= KEPT;
}

function leaveOut(place: usize, letter: u32): void {
  const line = KnownLine.at(place, letter);
  line.textHigh &= ~KEPT;
}
