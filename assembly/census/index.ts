/**
 * What a trace holds, counted from its entries: records and references by page, by size and by thread, what the
 * addresses look like, and how soon pages come back.
 *
 * Two things are told of reuse. Stack distances of fetches and of data (sweep/distances.ts): Mattson et al., IBM Systems
 * Journal 9(2), 1970. And the gaps between references to one page, of both streams together, of which working-set sizes
 * follow for windows of all lengths: Denning, CACM 11(5), 1968; Denning & Schwartz, CACM 15(3), 1972. Time is the
 * number of references.
 *
 * References to the page of the one before in the stream, at distance 0, are in no stack distance: the host counts them
 * by what is missing. A pages-only trace has no entries: its words are counted instead, and of all this only what they
 * tell. They leave out some of those references alone, so that distances are exact.
 */
import { make } from "../arena";
import { WORDS, wordCount } from "../batch";
import { counters } from "../counters";
import { ENTRY_BYTES, ENTRY_HAS_PC, ENTRY_THREAD, Entry, RECORD_KINDS } from "../entries";
import {
  KIND_FETCH,
  KIND_MASK,
  KIND_WRITES,
  MAX_RECORD_BYTES,
  STATUS_OK,
  STATUS_OUT_OF_MEMORY,
  STREAM_DATA,
  STREAM_FETCH,
  WORD_KIND_SHIFT,
  WORD_PAGE_MASK,
  WORD_PAGE_SHIFT,
  WORD_STRADDLES,
} from "../layout";
import { PAGE_SHIFT, VA_BITS_LA57, isCanonical, isSignExtended, nextPage } from "../paging";
import { countBatch } from "../records";
import { Distances } from "../sweep/distances";
import { resetLists } from "../sweep/lists";
import { Pages, numberOf } from "../sweep/pages";
import {
  CENSUS_PAGE_KINDS,
  CENSUS_PAGE_LATEST,
  CENSUS_PAGE_STREAMS,
  CENSUS_WRITTEN,
  addCensusPage,
  censusPageAt,
  censusPages,
  resetCensusPages,
} from "./pages";
import { countThreadRecords, resetThreads, switchThread } from "./threads";

/** Streams, as indexes. */
const FETCH: u32 = 0;
const DATA: u32 = 1;
const LINE_SHIFT: u64 = 6;
/** No page has this number. */
const NO_PAGE: u64 = ~0;

/** What is counted beside pages and threads. */
@final
@unmanaged
class Census {
  /** Records whose bytes lie on two or more lines of 64 bytes. */
  lineStraddles: u64;
  /** Records of a stream to a line that was among those of the stream seen lately, 64 at most. */
  nearFetches: u64;
  nearData: u64;
  /** Fetches of 4 bytes at a multiple of 4. */
  wordFetches: u64;
  /** Addresses that are not canonical: in 57 bits they are; a user address of 48 bits; the top byte is a tag on one. */
  wideAddresses: u64;
  upperUserAddresses: u64;
  taggedAddresses: u64;
  /** Records that tell the instruction that made them. */
  withPc: u64;
}

const census = changetype<Census>(memory.data(offsetof<Census>(), 8));

/** Two u64 for each bit length of a gap less 1, 0 to 64: gaps, and their sum. */
const GAPS: usize = memory.data(65 * 16, 8);
/** A u64 for each size, 0 to MAX_RECORD_BYTES: fetches; then data. */
const SIZES: usize = memory.data(2 * 4097 * 8, 8);
const SIZES_OF_STREAM: usize = <usize>((MAX_RECORD_BYTES + 1) << 3);
/** Line numbers plus 1, direct-mapped: of fetches, then of data. */
const NEAR_LINES: u32 = 64;
const NEAR: usize = memory.data(2 * 64 * 8, 64);

let pagesByNumber: Pages = changetype<Pages>(<usize>0);
let fetchDistances: Distances = changetype<Distances>(<usize>0);
let dataDistances: Distances = changetype<Distances>(<usize>0);
/** The page of the latest reference of each stream, and its record. */
let fetchPage: u64 = NO_PAGE;
let fetchRecord: usize = 0;
let dataPage: u64 = NO_PAGE;
let dataRecord: usize = 0;
/** References so far. */
let time: u64 = 0;
let isExhausted: bool = false;

/** Starts with nothing counted. The arena must be empty. Returns a STATUS_. */
export function startCensus(): u32 {
  memory.fill(changetype<usize>(census), 0, offsetof<Census>());
  memory.fill(GAPS, 0, 65 * 16);
  memory.fill(SIZES, 0, SIZES_OF_STREAM << 1);
  memory.fill(NEAR, 0, <usize>(NEAR_LINES << 4));
  resetLists();
  resetCensusPages();
  resetThreads();
  fetchPage = NO_PAGE;
  dataPage = NO_PAGE;
  time = 0;
  isExhausted = false;
  const pages = make<Pages>();
  const fetches = make<Distances>();
  const data = make<Distances>();
  if (pages == null || fetches == null || data == null) return STATUS_OUT_OF_MEMORY;
  pagesByNumber = pages;
  fetchDistances = fetches;
  dataDistances = data;
  return pages.configure() && fetches.configure() && data.configure() ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}

/** Counts the entries from `from` to `end`, whose records the batch has by kind. Returns a STATUS_. */
export function countCensus(from: usize, end: usize): u32 {
  countBatch();
  let records: u64 = 0;
  for (let at = from; at < end; at += <usize>ENTRY_BYTES) {
    const entry = changetype<Entry>(at);
    const kind = <u32>entry.kind;
    if (kind < RECORD_KINDS) {
      records++;
      countRecord(kind, entry.address, entry.size);
      if ((<u32>entry.flags & ENTRY_HAS_PC) != 0) census.withPc++;
    } else if (kind == ENTRY_THREAD) {
      countThreadRecords(records);
      records = 0;
      switchThread(entry.pc, entry.address);
    }
  }
  countThreadRecords(records);
  return isExhausted ? STATUS_OUT_OF_MEMORY : STATUS_OK;
}

/** Counts the batch and its words, of a pages-only trace with every page change in them. Returns a STATUS_. */
export function countCensusWords(): u32 {
  countBatch();
  for (let at = WORDS, end = WORDS + ((<usize>wordCount()) << 3); at < end; at += 8) countWord(load<u64>(at));
  return isExhausted ? STATUS_OUT_OF_MEMORY : STATUS_OK;
}

function countWord(word: u64): void {
  const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
  const stream = kind == KIND_FETCH ? FETCH : DATA;
  const page = (word >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK;
  const straddles = (word & WORD_STRADDLES) != 0;
  if (!isCanonical(page) || (straddles && !isCanonical(nextPage(page)))) {
    countFault(stream, page << PAGE_SHIFT);
    return;
  }
  const record = refer(stream, page);
  if (record != 0 && (kind & KIND_WRITES) != 0) markWritten(record);
  if (straddles) referToNext(stream, kind, page);
}

function countRecord(kind: u32, va: u64, size: u32): void {
  const stream = kind == KIND_FETCH ? FETCH : DATA;
  const sizes = SIZES + <usize>stream * SIZES_OF_STREAM + ((<usize>size) << 3);
  store<u64>(sizes, load<u64>(sizes) + 1);
  if ((<u32>va & 63) + size > 64) census.lineStraddles++;
  if (stream == FETCH && size == 4 && (va & 3) == 0) census.wordFetches++;
  noteLine(stream, va >> LINE_SHIFT);
  const page = va >> PAGE_SHIFT;
  const straddles = (<u32>va & 4095) + size > 4096;
  if (!isCanonical(page) || (straddles && !isCanonical(nextPage(page)))) {
    countFault(stream, va);
    return;
  }
  const record = refer(stream, page);
  if (record == 0) return;
  const count = record + <usize>CENSUS_PAGE_KINDS + ((<usize>kind) << 3);
  store<u64>(count, load<u64>(count) + 1);
  if (straddles) referToNext(stream, kind, page);
}

function countFault(stream: u32, va: u64): void {
  counters.generalProtections++;
  addReferences(stream, -1);
  noteNonCanonical(va);
}

/** The second page of a record of `kind` whose first byte is in `page`. */
function referToNext(stream: u32, kind: u32, page: u64): void {
  counters.straddles++;
  addReferences(stream, 1);
  const record = refer(stream, nextPage(page));
  if (record != 0 && (kind & KIND_WRITES) != 0) markWritten(record);
}

function markWritten(record: usize): void {
  store<u32>(record, load<u32>(record, CENSUS_PAGE_STREAMS) | CENSUS_WRITTEN, CENSUS_PAGE_STREAMS);
}

/** Refers to `page`, and returns its record; 0 if memory is exhausted. */
function refer(stream: u32, page: u64): usize {
  let record: usize;
  if (page == (stream == FETCH ? fetchPage : dataPage)) {
    record = stream == FETCH ? fetchRecord : dataRecord; // at distance 0, which the host counts
  } else {
    record = referToOther(stream, page);
    if (record == 0) {
      isExhausted = true;
      return 0;
    }
  }
  time++;
  const latest = load<u64>(record, CENSUS_PAGE_LATEST);
  store<u64>(record, time, CENSUS_PAGE_LATEST);
  if (latest != 0) addGap(time - latest);
  return record;
}

/** The record of `page`, which is not that of the latest reference of the stream; 0 if memory is exhausted. */
function referToOther(stream: u32, page: u64): usize {
  const known = pagesByNumber.recordOf(page);
  if (known == 0) return 0;
  const number = numberOf(known);
  const record = number == censusPages() ? addCensusPage(page) : censusPageAt(number);
  const distances = stream == FETCH ? fetchDistances : dataDistances;
  if (record == 0 || !distances.refer(number)) return 0;
  const bit = stream == FETCH ? STREAM_FETCH : STREAM_DATA;
  store<u32>(record, load<u32>(record, CENSUS_PAGE_STREAMS) | bit, CENSUS_PAGE_STREAMS);
  if (stream == FETCH) {
    fetchPage = page;
    fetchRecord = record;
  } else {
    dataPage = page;
    dataRecord = record;
  }
  return record;
}

function addGap(gap: u64): void {
  const at = GAPS + ((<usize>(64 - clz<u64>(gap - 1))) << 4);
  store<u64>(at, load<u64>(at) + 1);
  store<u64>(at, load<u64>(at, 8) + gap, 8);
}

function noteLine(stream: u32, line: u64): void {
  const at = NEAR + ((<usize>(stream * NEAR_LINES + (<u32>line & (NEAR_LINES - 1)))) << 3);
  if (load<u64>(at) != line + 1) store<u64>(at, line + 1);
  else if (stream == FETCH) census.nearFetches++;
  else census.nearData++;
}

function noteNonCanonical(va: u64): void {
  if (isSignExtended(va, VA_BITS_LA57)) census.wideAddresses++;
  if (va >> 47 == 1) census.upperUserAddresses++;
  if (va >> 56 != 0 && ((va >> 48) & 0xff) == 0) census.taggedAddresses++;
}

function addReferences(stream: u32, change: i64): void {
  if (stream == FETCH) counters.fetchReferences += change;
  else counters.dataReferences += change;
}

export function censusAddress(): usize {
  return changetype<usize>(census);
}

/** Address of the gaps between references to one page: number and sum, u64, of those of 1; then up to 2, 4, 8, ... */
export function censusGaps(): usize {
  return GAPS;
}

/** Address of u64 numbers of fetches by size, 0 to MAX_RECORD_BYTES; behind them, those of data. */
export function censusSizes(): usize {
  return SIZES;
}

/** Address of u64 numbers of references by stack distance, censusDistanceCount() of them, and those found at none. */
export function censusDistances(data: bool): usize {
  return data ? dataDistances.found : fetchDistances.found;
}

export function censusDistanceCount(data: bool): u32 {
  return data ? dataDistances.depths : fetchDistances.depths;
}

export function censusCold(data: bool): u64 {
  return data ? dataDistances.cold : fetchDistances.cold;
}

export const CENSUS_LINE_STRADDLES: u32 = offsetof<Census>("lineStraddles");
export const CENSUS_NEAR_FETCHES: u32 = offsetof<Census>("nearFetches");
export const CENSUS_NEAR_DATA: u32 = offsetof<Census>("nearData");
export const CENSUS_WORD_FETCHES: u32 = offsetof<Census>("wordFetches");
export const CENSUS_WIDE_ADDRESSES: u32 = offsetof<Census>("wideAddresses");
export const CENSUS_UPPER_USER_ADDRESSES: u32 = offsetof<Census>("upperUserAddresses");
export const CENSUS_TAGGED_ADDRESSES: u32 = offsetof<Census>("taggedAddresses");
export const CENSUS_WITH_PC: u32 = offsetof<Census>("withPc");
