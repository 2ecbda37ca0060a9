/**
 * From entries to the layers of a pages-only trace, or to those beside the whole records of the full form. Of records that
 * provably change nothing only the counts are kept, by the rule of decoders/known-lines.ts, which says why; each layer leaves
 * out what the one before does, and more:
 *
 * | layer         | a record is left out if the latest of these was to its page                |
 * |---------------|----------------------------------------------------------------------------|
 * | LAYER_ANY     | records, and it was of the same stream: fetches, or data                   |
 * | LAYER_STREAMS | those of its stream                                                        |
 * | LAYER_SETS    | those of its stream whose page number has the same four low bits           |
 *
 * unless it is the first of them to write, which counts for D. What straddles or is not canonical is always kept.
 * LAYER_ANY and LAYER_STREAMS leave nothing out by what was before a mark: a flush may stand in its place, or a window
 * begin there. LAYER_SETS is for runs alone, which have no flushes.
 */
import { ENTRY_BYTES, ENTRY_INSTRUCTION, ENTRY_UNMAP, Entry, RECORD_KINDS } from "../entries";
import {
  INTERVAL_RECORDS,
  KIND_FETCH,
  KIND_MODIFY,
  KIND_STORE,
  KIND_WRITES,
  STATUS_OK,
  STATUS_OUT_OF_MEMORY,
  WORD_KIND_SHIFT,
  WORD_PAGE_SHIFT,
  WORD_STRADDLES,
} from "../layout";
import { PAGE_BYTES, PAGE_SHIFT, isCanonical, nextPage } from "../paging";
import { Layer } from "./layer";
import { LAYER_ANY, LAYER_STREAMS, MAX_MARK_INSTRUCTIONS } from "./tokens";

/** Intervals of a block, at most. A million records: what it costs to open a compressed stream is nothing beside them. */
const BLOCK_INTERVALS: u32 = 256;

const ANY = changetype<Layer>(memory.data(offsetof<Layer>(), 8));
const STREAMS = changetype<Layer>(memory.data(offsetof<Layer>(), 8));
const SETS = changetype<Layer>(memory.data(offsetof<Layer>(), 8));

/**
 * u64 each: the page of the latest record, shifted by one, plus 1 if that was of data, and WRITTEN if the page was written
 * since. For each layer: one; of fetches and of data; of each set of fetches and of data.
 */
const LATEST_ANY: usize = memory.data(8, 8);
const LATEST_OF_STREAM: usize = memory.data(2 * 8, 8);
const LATEST_OF_SET: usize = memory.data(2 * 16 * 8, 8);
const SET_MASK: usize = 15;
const WRITTEN: u64 = 1 << 63;
const NO_PAGE: u64 = ~WRITTEN;

/** Since the latest mark: records by kind, u32 each, and instructions that were not fetched. */
const KINDS: usize = memory.data(4 * 4, 4);
let instructions: u64 = 0;
/** Whether there is anything that no mark has counted. */
let isOpen: bool = false;
/** Records since the latest multiple of INTERVAL_RECORDS. */
let intervalRecords: u32 = 0;
/** Of the block: intervals that have ended, records by kind, u32 each, and instructions, fetched or not. */
let intervals: u32 = 0;
const BLOCK_COUNTS: usize = memory.data(5 * 4, 4);
/** Marks of the block. */
let marks: u32 = 0;
/** Whether the block was given out. */
let isComplete: bool = false;
/** Entries that are still to be encoded: from `next` to `end`. */
let next: usize = 0;
let end: usize = 0;

/** Whether there is LAYER_ANY, and blocks end where their layers are full. */
let isAlone: bool = true;

/**
 * Starts at the beginning of a trace. `alone`: the layers are all that is kept of it; otherwise LAYER_ANY is left out, and
 * blocks end where pagesEndBlock() says. Returns a STATUS_.
 */
export function pagesStart(alone: bool): u32 {
  isAlone = alone;
  if (alone && !ANY.configure()) return STATUS_OUT_OF_MEMORY;
  if (!(STREAMS.configure() && SETS.configure())) return STATUS_OUT_OF_MEMORY;
  next = 0;
  end = 0;
  intervalRecords = 0;
  clearCounts();
  startBlock();
  return STATUS_OK;
}

function startBlock(): void {
  isComplete = false;
  intervals = 0;
  marks = 0;
  memory.fill(BLOCK_COUNTS, 0, 20);
  if (isAlone) ANY.startBlock();
  STREAMS.startBlock();
  SETS.startBlock();
  forgetRuns();
  forgetSets();
}

/** Has the entries from `from` to `to` encoded by pagesEncode(). Those before must have been. */
export function pagesTake(from: usize, to: usize): void {
  next = from;
  end = to;
}

/** Encodes entries until a block is complete, which is to be read before the next call. False if they are used up. */
export function pagesEncode(): bool {
  if (isComplete) startBlock();
  let at = next;
  while (at < end && !isComplete) {
    if (!isAlone) {
      at = passKnown(at);
      if (intervalRecords == INTERVAL_RECORDS) endInterval();
      if (at == end) break;
    }
    const entry = changetype<Entry>(at);
    const kind = <u32>entry.kind;
    at += <usize>ENTRY_BYTES;
    if (kind < RECORD_KINDS) {
      putRecord(kind, entry.address, entry.size);
      if (intervalRecords == INTERVAL_RECORDS) endInterval();
    } else if (kind == ENTRY_UNMAP) {
      putUnmap(entry.address >> PAGE_SHIFT, entry.pc >> PAGE_SHIFT);
    } else if (kind == ENTRY_INSTRUCTION) {
      isOpen = true;
      if (++instructions == MAX_MARK_INSTRUCTIONS) putMark();
    } // else a thread: all of them are one stream
  }
  next = at;
  return isComplete;
}

/**
 * Passes the entries from `from` on that LAYER_STREAMS, and so LAYER_SETS, leave out, up to the end of the interval at most.
 * Returns where it stopped. LATEST_ANY is not told, whose record is the latest one of its stream in any case.
 */
function passKnown(from: usize): usize {
  const fetched = load<u64>(LATEST_OF_STREAM);
  const data = load<u64>(LATEST_OF_STREAM, 8);
  const last = min(end, from + <usize>(INTERVAL_RECORDS - intervalRecords) * <usize>ENTRY_BYTES);
  let counts: u64 = 0; // by kind, 16 bits each
  let at = from;
  for (; at < last; at += <usize>ENTRY_BYTES) {
    const va = load<u64>(at);
    const shape = load<u64>(at, 16); // size, kind, flags
    const kind = <u32>(shape >> 32) & 0xff;
    if (kind > KIND_MODIFY || (<u32>va & (PAGE_BYTES - 1)) + <u32>shape > PAGE_BYTES) break;
    const isData = <u64>(kind != KIND_FETCH);
    const key = ((va >> PAGE_SHIFT) << 1) | isData;
    // If the page was written before, whether this record writes does not matter.
    const differs = (isData != 0 ? data : fetched) ^ (key | ((kind & KIND_WRITES) != 0 ? WRITTEN : 0));
    if (differs != 0 && (differs != WRITTEN || (kind & KIND_WRITES) != 0)) break;
    counts += (<u64>1) << (kind << 4);
  }
  if (at == from) return at;
  for (let kind: u32 = 0; kind < RECORD_KINDS; kind++) {
    addTo(KINDS + ((<usize>kind) << 2), <u32>(counts >> (kind << 4)) & 0xffff);
  }
  intervalRecords += <u32>((at - from) / <usize>ENTRY_BYTES);
  isOpen = true;
  return at;
}

/** Completes the block of what is left. False if nothing is. */
export function pagesFinish(): bool {
  if (isComplete) startBlock();
  if (isOpen) putMark();
  if (marks == 0) return false;
  endBlock();
  return true;
}

/** Ends the block, whatever it has. Only where the layers are not alone. */
export function pagesEndBlock(): void {
  if (isComplete) startBlock();
  if (isOpen) putMark();
  endBlock();
}

/** Whether the block had better end soon: it has room for the next unit of the full form, and no more. */
export function pagesAreFull(): bool {
  return !isComplete && (STREAMS.isFull() || SETS.isFull());
}

/** Address of the counts of the block: u32 each, records by kind, and instructions. */
export function pagesCountsAddress(): usize {
  return BLOCK_COUNTS;
}

/** Address of the units of the block in `layer`, a LAYER_. */
export function pagesLayerAddress(layer: u32): usize {
  return layerOf(layer).block;
}

/** How many bytes they are. */
export function pagesLayerBytes(layer: u32): u32 {
  return <u32>(layerOf(layer).out - layerOf(layer).block);
}

/** How many they are. */
export function pagesLayerUnits(layer: u32): u32 {
  return layerOf(layer).units;
}

function layerOf(layer: u32): Layer {
  return layer == LAYER_ANY ? ANY : layer == LAYER_STREAMS ? STREAMS : SETS;
}

function endInterval(): void {
  intervalRecords = 0;
  intervals++;
  putMark();
  if (isAlone && intervals == BLOCK_INTERVALS) endBlock();
  else cutUnits();
}

function endBlock(): void {
  if (isAlone) ANY.endBlock();
  STREAMS.endBlock();
  SETS.endBlock();
  isComplete = true;
}

/** Ends the units that are full, and the block if it is. */
function cutUnits(): void {
  if (isAlone) {
    if (ANY.isFull() || STREAMS.isFull() || SETS.isFull()) return endBlock();
    ANY.cutUnit();
  }
  STREAMS.cutUnit();
  SETS.cutUnit();
}

function putRecord(kind: u32, va: u64, size: u32): void {
  store<u32>(KINDS + ((<usize>kind) << 2), load<u32>(KINDS + ((<usize>kind) << 2)) + 1);
  intervalRecords++;
  isOpen = true;
  const page = va >> PAGE_SHIFT;
  if ((<u32>va & (PAGE_BYTES - 1)) + size > PAGE_BYTES || !isCanonical(page)) return putOdd(kind, va, size);
  const isData = <u64>(kind != KIND_FETCH);
  const key = (page << 1) | isData;
  const written = (kind & KIND_WRITES) != 0 ? WRITTEN : 0;
  if (!Latest.changes(LATEST_ANY, key, written)) return;
  const word = (page << WORD_PAGE_SHIFT) | ((<u64>min(kind, KIND_STORE)) << WORD_KIND_SHIFT);
  if (isAlone) ANY.putPlain(word);
  if (!Latest.changes(LATEST_OF_STREAM + ((<usize>isData) << 3), key, written)) return;
  STREAMS.putPlain(word);
  if (Latest.changes(setOf(page, isData), key, written)) SETS.putPlain(word);
}

/** A namespace, so that its function can be inlined. */
abstract class Latest {
  /** Whether a record of `key` is to be kept, that at `latest` being before it; notes that it came. */
  @inline
  static changes(latest: usize, key: u64, written: u64): bool {
    const known = load<u64>(latest);
    if ((known & ~WRITTEN) == key && (known & written) == written) return false;
    store<u64>(latest, key | written);
    return true;
  }
}

function setOf(page: u64, isData: u64): usize {
  return LATEST_OF_SET + ((((<usize>isData) << 4) | (<usize>page & SET_MASK)) << 3);
}

function putOdd(kind: u32, va: u64, size: u32): void {
  const page = va >> PAGE_SHIFT;
  const straddles = (<u32>va & (PAGE_BYTES - 1)) + size > PAGE_BYTES;
  const word = (page << WORD_PAGE_SHIFT) | ((<u64>kind) << WORD_KIND_SHIFT) | (straddles ? WORD_STRADDLES : 0);
  if (isAlone) ANY.putOdd(word);
  STREAMS.putOdd(word);
  SETS.putOdd(word);
  if (!isCanonical(page) || !isCanonical(nextPage(page))) return; // a fault, which touches nothing
  noteTouched(kind, page);
  noteTouched(kind, nextPage(page));
}

/** Notes that a record that was kept touched `page`. */
function noteTouched(kind: u32, page: u64): void {
  const isData = <u64>(kind != KIND_FETCH);
  const key = (page << 1) | isData | ((kind & KIND_WRITES) != 0 ? WRITTEN : 0);
  store<u64>(LATEST_ANY, key);
  store<u64>(LATEST_OF_STREAM + ((<usize>isData) << 3), key);
  store<u64>(setOf(page, isData), key);
}

function putUnmap(first: u64, last: u64): void {
  isOpen = true;
  if (isAlone) ANY.putUnmap(first, last);
  STREAMS.putUnmap(first, last);
  SETS.putUnmap(first, last);
  forgetRuns();
  forgetSets();
  // Only unmaps can fill a unit or block within an interval.
  if (!((isAlone && ANY.unitIsFull()) || STREAMS.unitIsFull() || SETS.unitIsFull())) return;
  putMark();
  cutUnits();
}

function putMark(): void {
  marks++;
  if (isAlone) ANY.putMark(KINDS, instructions);
  STREAMS.putMark(KINDS, instructions);
  SETS.putMark(KINDS, instructions);
  for (let at: usize = 0; at < 16; at += 4) addTo(BLOCK_COUNTS + at, load<u32>(KINDS + at));
  addTo(BLOCK_COUNTS + 16, load<u32>(KINDS) + <u32>instructions);
  clearCounts();
  forgetRuns();
}

function addTo(count: usize, more: u32): void {
  store<u32>(count, load<u32>(count) + more);
}

function clearCounts(): void {
  memory.fill(KINDS, 0, 16);
  instructions = 0;
  isOpen = false;
}

function forgetRuns(): void {
  store<u64>(LATEST_ANY, NO_PAGE);
  store<u64>(LATEST_OF_STREAM, NO_PAGE);
  store<u64>(LATEST_OF_STREAM, NO_PAGE, 8);
}

function forgetSets(): void {
  for (let at: usize = 0; at < 2 * 16 * 8; at += 8) store<u64>(LATEST_OF_SET + at, NO_PAGE);
}
