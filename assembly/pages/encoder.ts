/**
 * From entries to the layers of a pages-only trace. Of records that provably change nothing only the counts are kept, by
 * the rule of decoders/known-lines.ts, which says why; each layer leaves out what the one before does, and more:
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
import { MAX_MARK_INSTRUCTIONS, TOKEN_END, TOKEN_MARK, TOKEN_UNMAP } from "./tokens";

/** Intervals of a unit, at most. A million records: what it costs to open a compressed stream is nothing beside them. */
const UNIT_INTERVALS: u32 = 256;

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
/** Records since the latest multiple of INTERVAL_RECORDS. */
let intervalRecords: u32 = 0;
/** Intervals of the unit that have ended. */
let intervals: u32 = 0;
/** Whether the unit has anything that no mark has counted. */
let isOpen: bool = false;

/** Starts at the beginning of a trace. Returns a STATUS_. */
export function startPages(): u32 {
  const configured = ANY.configure() && STREAMS.configure() && SETS.configure();
  intervalRecords = 0;
  clearCounts();
  startUnit();
  return configured ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}

/** Starts a unit. The one before must have been ended. */
export function startUnit(): void {
  intervals = 0;
  isOpen = false;
  ANY.startUnit();
  STREAMS.startUnit();
  SETS.startUnit();
  forgetRuns();
  forgetSets();
}

/**
 * Encodes the entries from `from` to `end`. Returns the address of the first entry that is not in the unit, when that is
 * full and has been ended: its layers must be taken, and startUnit() called, before the rest is encoded. Else 0.
 */
export function encodeUnit(from: usize, end: usize): usize {
  let at = from;
  while (at < end) {
    const entry = changetype<Entry>(at);
    const kind = <u32>entry.kind;
    at += <usize>ENTRY_BYTES;
    if (kind < RECORD_KINDS) {
      putRecord(kind, entry.address, entry.size);
      if (intervalRecords == INTERVAL_RECORDS && endsUnitAtInterval()) return at;
    } else if (kind == ENTRY_UNMAP) {
      putUnmap(entry.address >> PAGE_SHIFT, entry.pc >> PAGE_SHIFT);
      if (ANY.hasNoRoom() && endUnit()) return at; // there is none but for unmaps without end
    } else if (kind == ENTRY_INSTRUCTION) {
      isOpen = true;
      if (++instructions == MAX_MARK_INSTRUCTIONS && endUnit()) return at;
    } // else a thread: all of them are one stream
  }
  return 0;
}

/** Ends the unit: its layers are complete. False if nothing is in it. */
export function endUnit(): bool {
  if (isOpen) putMark();
  if (ANY.isEmpty()) return false;
  ANY.putByte(TOKEN_END);
  STREAMS.putByte(TOKEN_END);
  SETS.putByte(TOKEN_END);
  return true;
}

/** Address of the tokens of the unit in `layer`, a LAYER_. */
export function layerAddress(layer: u32): usize {
  return layerOf(layer).tokens;
}

/** How many bytes they are. */
export function layerBytes(layer: u32): u32 {
  return <u32>(layerOf(layer).out - layerOf(layer).tokens);
}

function layerOf(layer: u32): Layer {
  return layer == 0 ? ANY : layer == 1 ? STREAMS : SETS;
}

function endsUnitAtInterval(): bool {
  putMark();
  intervalRecords = 0;
  intervals++;
  return (intervals == UNIT_INTERVALS || ANY.isFull()) && endUnit();
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
  ANY.putPlain(word);
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
  const word =
    (page << WORD_PAGE_SHIFT) | ((<u64>kind) << WORD_KIND_SHIFT) | (straddles ? WORD_STRADDLES : 0);
  ANY.putOdd(word);
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
  putUnmapIn(ANY, first, last);
  putUnmapIn(STREAMS, first, last);
  putUnmapIn(SETS, first, last);
  forgetRuns();
  forgetSets();
}

function putUnmapIn(layer: Layer, first: u64, last: u64): void {
  layer.putByte(TOKEN_UNMAP);
  layer.putVarint(first);
  layer.putVarint(last - first);
}

function putMark(): void {
  putMarkIn(ANY);
  putMarkIn(STREAMS);
  putMarkIn(SETS);
  clearCounts();
  forgetRuns();
}

function putMarkIn(layer: Layer): void {
  layer.putByte(TOKEN_MARK);
  for (let kind = KIND_FETCH; kind <= KIND_MODIFY; kind++) layer.putVarint(<u64>load<u32>(KINDS + ((<usize>kind) << 2)));
  layer.putVarint(instructions);
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
