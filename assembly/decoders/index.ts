/**
 * The decoders: which one reads the trace, and what becomes of what it reads. Those of text and of binary records write
 * entries, which are selected and, where words are wanted, made into words. Where everything is selected and words are
 * wanted, lackey's text and units of .pwt become words at once. Its pages (pages/decoder.ts) have no entries; a file of the
 * full form has them beside its whole records, for who wants no more.
 *
 * To add a decoder: its file, its DECODER_ in layout.ts, its lines in resetDecoder() and decodeEntries().
 */
import { countCensus, countCensusWords } from "../census/index";
import { ENTRIES, clearEntries, entriesEnd } from "../entries";
import { dropCarried, failAt, input, resetInput, takeInput } from "../input";
import {
  DECODER_CHAMPSIM,
  DECODER_CLOUDSUITE,
  DECODER_CSV,
  DECODER_DIN,
  DECODER_DRMEMTRACE,
  DECODER_DRMEMTRACE_VIEW,
  DECODER_LACKEY,
  DECODER_PAGES,
  DECODER_PERF_SCRIPT,
  DECODER_PINATRACE,
  DECODER_PWT,
  DECODER_TEXT,
  DECODER_XDIN,
  INTERVAL_RECORDS,
  STATUS_DONE,
  STATUS_MORE,
  STATUS_OK,
  STATUS_UNSUPPORTED,
} from "../layout";
import { decodePages, layerOf, resetPages } from "../pages/decoder";
import { UNIT_PAGES } from "../pwt/layout";
import { UNIT_HEADER_BYTES } from "../pages/tokens";
import { PHASE_DONE, lookedTo, resetSelection, select, selectedTo, selectionPhase, selectsAll } from "../selection";
import { decodeUnit } from "../pwt/decode";
import { resetUnit } from "../pwt/unit";
import { decodeUnitToWords, resetUnitWords } from "../pwt/words";
import { hasVmas } from "../vma-table";
import { CHAMPSIM_BYTES, CLOUDSUITE_BYTES, ChampSim, CloudSuite, resetChampSim } from "./champsim";
import { DRMEMTRACE_BYTES, Drmemtrace, resetDrmemtrace } from "./drmemtrace";
import { decodeFixed } from "./fixed";
import { Csv, resetCsv } from "./csv";
import { Din } from "./din";
import { DrmemtraceView, resetDrmemtraceView } from "./drmemtrace-view";
import { resetKindWords } from "./kind-words";
import { forgetLatest, resetKnownLines } from "./known-lines";
import { decodeLackey, dropLongLine, resetLackey } from "./lackey";
import { decodeLackeyRecords, resetLackeyRecords } from "./lackey-records";
import { decodeLines, resetLines } from "./lines";
import { PerfScript } from "./perf-script";
import { Pinatrace } from "./pinatrace";
import { PlainText } from "./plain-text";
import { resetText } from "./text";
import { resetThread } from "./thread";
import { countInList, resetUnits } from "./unit";
import { countEntries, forgetPages, makeWords, resetWords } from "./words";
import { Xdin } from "./xdin";

/** A DECODER_. */
let decoder: u32 = DECODER_LACKEY;
/** Whether consumers read entries, so that no words are made. */
let wantsEntries: bool = false;
/** Slots by which words may be left out. */
let wantedSlots: u32 = 0;
/** The decoder makes words without entries. */
let isDirect: bool = false;
/** The unit of .pwt that is the input has pages. */
let hasPages: bool = false;
/** Entries that were decoded, but not yet given out: from `pending` to entriesEnd(). */
let pending: usize = ENTRIES;
/** The entries given out last. */
let givenFrom: usize = ENTRIES;
let givenTo: usize = ENTRIES;

/** What of the trace is wanted: whole records or words, and slots by which those may be left out. */
export function readsEntries(): bool {
  return wantsEntries;
}

export function readsSlots(): u32 {
  return wantedSlots;
}

/** Starts a trace of format `format`, a DECODER_, whose entries are wanted; `calls`: those of every system call, too. */
export function startEntries(format: u32, calls: bool = false): void {
  start(format, true);
  resetLackeyRecords(calls);
  if (format == DECODER_PAGES) failAt(STATUS_UNSUPPORTED, input.at, 0); // it has none
}

/** Starts a trace of format `format` of which words are wanted; the rest as for resetWords(). */
export function startWords(
  format: u32,
  kinds: u32,
  unmaps: bool,
  mark: u32,
  every: u64,
  stripSlots: u32,
  keepsTwo: bool,
): void {
  start(format, false);
  isDirect = (format == DECODER_LACKEY || format == DECODER_PWT) && selectsAll();
  if (isDirect && format == DECODER_LACKEY) {
    resetLackey(kinds, unmaps, mark, every);
    resetKnownLines(stripSlots, kinds, keepsTwo);
  } else if (format == DECODER_PAGES) {
    wantedSlots = layerOf(stripSlots);
    resetPages(kinds, unmaps, mark, every);
    if (keepsTwo) failAt(STATUS_UNSUPPORTED, input.at, 0); // every layer has one of a run
  } else if (isDirect && stripSlots != 0 && !keepsTwo && every % INTERVAL_RECORDS == 0 && !hasVmas) {
    // Whether a file of the full form has pages, the reader finds out; if not, whole records come.
    wantedSlots = layerOf(stripSlots);
    resetPages(kinds, unmaps, mark, every);
    resetWords(kinds, unmaps, mark, every, stripSlots, keepsTwo);
  } else {
    resetWords(kinds, unmaps, mark, every, stripSlots, keepsTwo);
  }
}

function start(format: u32, entries: bool): void {
  decoder = format;
  wantsEntries = entries;
  wantedSlots = 0;
  isDirect = false;
  hasPages = false;
  pending = ENTRIES;
  clearEntries();
  resetInput();
  resetUnits();
  resetText();
  resetLines();
  resetDrmemtrace();
  resetChampSim();
  resetThread();
  resetKindWords();
  resetDrmemtraceView();
  resetCsv();
  resetSelection();
  if (format == DECODER_PWT) {
    resetUnit();
    resetUnitWords();
  }
}

/**
 * Decodes `bytes` bytes at INPUT; `last`: the trace ends with them. Returns STATUS_OK if they are used up; STATUS_MORE if
 * decodeMore() is to be called next; STATUS_DONE if nothing more is wanted; or what is wrong. With the first three
 * there are words in the batch, or entries.
 */
export function decode(bytes: u32, last: bool): u32 {
  takeInput(bytes, last);
  if (decoder == DECODER_PWT && bytes >= UNIT_HEADER_BYTES) hasPages = (load<u32>(input.at, 4) & UNIT_PAGES) != 0;
  return decodeMore();
}

/** Goes on with the input that was given last. */
export function decodeMore(): u32 {
  if (isDirect) {
    if (decoder == DECODER_LACKEY) return decodeLackey();
    return hasPages && wantedSlots != 0 ? decodePages() : decodeUnitToWords();
  }
  if (decoder == DECODER_PAGES && !wantsEntries) return decodePages();
  giveOut(ENTRIES, ENTRIES);
  if (selectionPhase() == PHASE_DONE) return STATUS_DONE;
  if (pending == entriesEnd()) {
    countInList();
    clearEntries();
    pending = ENTRIES;
    if (input.status == STATUS_OK) decodeEntries();
    if (input.status != STATUS_OK && entriesEnd() == ENTRIES) return input.status; // all before it was given out
  }
  const from = pending;
  select(from, entriesEnd());
  pending = lookedTo;
  giveOut(from, selectedTo);
  if (selectionPhase() == PHASE_DONE) return STATUS_DONE;
  const isUsedUp = pending == entriesEnd() && input.at == input.end && input.status == STATUS_OK;
  return isUsedUp ? STATUS_OK : STATUS_MORE;
}

function giveOut(from: usize, to: usize): void {
  givenFrom = from;
  givenTo = to;
  if (wantsEntries) countEntries(from, to);
  else makeWords(from, to);
}

/** Counts the entries given out last, or the batch where there are none, for the census. Returns a STATUS_. */
export function takeCensus(): u32 {
  return wantsEntries ? countCensus(givenFrom, givenTo) : countCensusWords();
}

/** Address of the entries that the latest call of decode() or decodeMore() decoded and selected, and their bytes. */
export function entriesAddress(): usize {
  return givenFrom;
}

export function entriesBytes(): u32 {
  return <u32>(givenTo - givenFrom);
}

/** Decodes what is in the input until the entries are full, or it is used up, or in error. */
function decodeEntries(): void {
  if (decoder == DECODER_LACKEY) decodeLackeyRecords();
  else if (decoder == DECODER_DRMEMTRACE) decodeFixed<Drmemtrace>(DRMEMTRACE_BYTES);
  else if (decoder == DECODER_CHAMPSIM) decodeFixed<ChampSim>(CHAMPSIM_BYTES);
  else if (decoder == DECODER_CLOUDSUITE) decodeFixed<CloudSuite>(CLOUDSUITE_BYTES);
  else if (decoder == DECODER_DRMEMTRACE_VIEW) decodeLines<DrmemtraceView>();
  else if (decoder == DECODER_DIN) decodeLines<Din>();
  else if (decoder == DECODER_XDIN) decodeLines<Xdin>();
  else if (decoder == DECODER_PINATRACE) decodeLines<Pinatrace>();
  else if (decoder == DECODER_PERF_SCRIPT) decodeLines<PerfScript>();
  else if (decoder == DECODER_TEXT) decodeLines<PlainText>();
  else if (decoder == DECODER_CSV) decodeLines<Csv>();
  else if (decoder == DECODER_PWT) decodeUnit();
}

/** The next input begins a line, anywhere in the trace: a line that was not finished is dropped. */
export function startPart(): void {
  dropCarried();
  dropLongLine();
  forgetKept();
}

/** Keeps the next record of every page, since others came in between. */
export function forgetKept(): void {
  forgetLatest();
  forgetPages();
}
