/**
 * From entries to the words of the batch. Of records that provably change nothing only the counts are kept, by the same
 * rule as in known-lines.ts, which says why; here it goes by numbers instead of text.
 */
import { WORDS, addInstructions, addRecords, clearBatch, setWordCount, wordOf } from "../batch";
import { counters } from "../counters";
import { ENTRY_BYTES, ENTRY_UNMAP, Entry, RECORD_KINDS, isInstruction } from "../entries";
import {
  BATCH_WORDS,
  EVENT_INTERVAL,
  EVENT_UNMAP_FROM,
  EVENT_UNMAP_TO,
  KIND_FETCH,
  KIND_WRITES,
  WORD_PAGE_SHIFT,
  WORD_STRADDLES,
} from "../layout";
import { PAGE_SHIFT, isCanonical } from "../paging";
import { hasVmas, isAllowed } from "../vma-table";
import { MAX_STRIP_SLOTS } from "./known-lines";

/** What the words are for: see resetWords(). */
export let wantedKinds: u32 = 0;
let wantsUnmaps: bool = false;
let mark: u32 = 0;
let markEvery: u64 = 0;
/** Records until the next mark. */
export let untilMark: u64 = u64.MAX_VALUE;
export let slots: u32 = 0;
export let keepsTwo: bool = false;

/** u64 for each slot: the page that the last kept record used, plus 1; of fetches, then of data. */
export const LATEST: usize = memory.data(2 * 16 * 8, 8);
export const DATA_OFFSET: usize = <usize>(MAX_STRIP_SLOTS << 3);
/** Set in it if the page was written since. */
export const WRITTEN: u64 = 1 << 63;
/** Set in it, where two records in a row are kept, if two were. */
const AGAIN: u64 = 1 << 62;

/** Words written so far by the call under way. */
let out: usize = 0;

/**
 * Starts at the beginning of a trace. `kinds`: which kinds become words, one bit each. `unmaps`: whether unmapped pages
 * do. `every`: after how many records there is to be a `markEvent`, EVENT_FLUSH or EVENT_INTERVAL; 0 for never.
 * `stripSlots`, `two`: as for resetKnownLines().
 */
export function resetWords(kinds: u32, unmaps: bool, markEvent: u32, every: u64, stripSlots: u32, two: bool): void {
  wantedKinds = kinds;
  wantsUnmaps = unmaps;
  mark = markEvent;
  markEvery = every;
  untilMark = every == 0 ? u64.MAX_VALUE : every;
  slots = stripSlots;
  keepsTwo = two;
  forgetPages();
}

/** Empties the batch. */
export function beginWords(): void {
  clearBatch();
  out = WORDS;
}

/** Completes the batch, of which `instructions` were executed. */
export function endWords(instructions: u32): void {
  addInstructions(instructions);
  setWordCount(<u32>((out - WORDS) >> 3));
}

/** Words in the batch so far. */
export function wordsMade(): u32 {
  return <u32>((out - WORDS) >> 3);
}

/** Puts the entries from `from` to `end` into the batch, which it empties first. */
export function makeWords(from: usize, end: usize): void {
  beginWords();
  let instructions: u32 = 0;
  for (let at = from; at < end; at += <usize>ENTRY_BYTES) {
    const entry = changetype<Entry>(at);
    const kind = <u32>entry.kind;
    if (isInstruction(kind)) instructions++;
    if (kind < RECORD_KINDS) putRecord(kind, entry.address, entry.size);
    else if (kind == ENTRY_UNMAP) putUnmap(entry.address, entry.pc);
  }
  endWords(instructions);
}

/** Counts `records` records, by kind 16 bits each in `counts`, whose words were put; the next mark must be due later. */
export function passRecords(records: u32, counts: u64): void {
  assert(<u64>records < untilMark);
  untilMark -= <u64>records;
  for (let kind: u32 = 0; kind < RECORD_KINDS; kind++) addRecords(kind, <u32>(counts >> (kind << 4)) & 0xffff);
}

/** Counts the entries from `from` to `end` in the header of the batch, which gets no words. */
export function countEntries(from: usize, end: usize): void {
  clearBatch();
  let instructions: u32 = 0;
  for (let at = from; at < end; at += <usize>ENTRY_BYTES) {
    const kind = <u32>changetype<Entry>(at).kind;
    if (isInstruction(kind)) instructions++;
    if (kind < RECORD_KINDS) addRecords(kind, 1);
  }
  addInstructions(instructions);
}

/** Keeps the next record of every page, after one that makeWords() was not told of. */
export function forgetPages(): void {
  memory.fill(LATEST, 0, 2 * DATA_OFFSET);
}

/** Counts a record, and puts its word if it is wanted and may not be left out. */
export function putRecord(kind: u32, va: u64, size: u32): void {
  addRecords(kind, 1);
  if (((wantedKinds >> kind) & 1) != 0) putWord(kind, va, size);
  if (--untilMark == 0) putMark();
}

/** Puts the word of a record of a wanted kind unless it may be left out. */
export function putWord(kind: u32, va: u64, size: u32): void {
  const word = wordOf(kind, va, size);
  const page = va >> PAGE_SHIFT;
  if (slots == 0) {
    put(word);
  } else if ((word & WORD_STRADDLES) != 0 || !isCanonical(page)) {
    put(word);
    forgetPages();
  } else if (changes(kind, page)) {
    put(word);
  }
}

/** Whether a record of `kind` on `page` is to be kept; notes that it is, unless VMAs forbid it: see noteKept(). */
function changes(kind: u32, page: u64): bool {
  const latest = LATEST + (kind == KIND_FETCH ? 0 : DATA_OFFSET) + ((<usize>(page & (slots - 1))) << 3);
  const known = load<u64>(latest);
  const key = page + 1;
  const written = (kind & KIND_WRITES) != 0 ? WRITTEN : 0;
  const same = (known & ~(WRITTEN | AGAIN)) == key;
  const again = keepsTwo ? AGAIN : 0;
  if (same && (known & written) == written && (known & AGAIN) == again) return false;
  if (hasVmas && !isAllowed(page, kind)) return true;
  store<u64>(latest, same ? known | written | again : key | written);
  return true;
}

export function putUnmap(first: u64, last: u64): void {
  if (!wantsUnmaps) return;
  put(((first >> PAGE_SHIFT) << WORD_PAGE_SHIFT) | EVENT_UNMAP_FROM);
  put(((last >> PAGE_SHIFT) << WORD_PAGE_SHIFT) | EVENT_UNMAP_TO);
  counters.unmaps++;
  forgetPages();
}

function putMark(): void {
  put(mark);
  untilMark = markEvery;
  if (mark == EVENT_INTERVAL) return;
  counters.flushes++;
  forgetPages(); // what a record may be left out for was before the flush
}

export function put(word: u64): void {
  assert(out < WORDS + ((<usize>BATCH_WORDS) << 3)); // a batch holds far more than entries make
  store<u64>(out, word);
  out += 8;
}
