/**
 * Which pages a trace touches, for footprints and compulsory misses: page tables of the survey's own, whose last-level
 * entries hold a bit for code and a bit for data instead of a mapping.
 */
import { leafAddress } from "./address-space";
import { allocateTable, bytesAt, resetFrames } from "./frames";
import { STATUS_OK, STATUS_OUT_OF_MEMORY, STREAM_DATA, STREAM_FETCH } from "./layout";
import { ENTRIES_PER_TABLE, LEVEL_BITS, PAGE_SHIFT, PTE_ADDRESS, TOP_LEVEL, VA_BITS } from "./paging";
import { REFERENCES, REFERENCE_DATA, REFERENCE_PAGE_SHIFT, REFERENCE_WRITE } from "./references";

/** References seen lately, direct-mapped, so that most need no walk. */
const MEMO_SLOTS: u32 = 512;
const MEMO: usize = memory.data(512 * 8, 64);

let pml4: u64 = 0;

/** Starts a survey with no page touched. Physical memory must be empty. Returns a STATUS_. */
export function startSurvey(): u32 {
  memory.fill(MEMO, 0xff, MEMO_SLOTS << 3);
  if (!resetFrames()) return STATUS_OUT_OF_MEMORY;
  pml4 = allocateTable();
  return pml4 == 0 ? STATUS_OUT_OF_MEMORY : STATUS_OK;
}

/** Marks the pages of the first `count` references. Returns a STATUS_. */
export function survey(count: u32): u32 {
  for (let at = REFERENCES, end = REFERENCES + ((<usize>count) << 3); at < end; at += 8) {
    const reference = load<u64>(at) & ~(<u64>REFERENCE_WRITE);
    const memo = MEMO + ((<usize>(((reference >> 1) | reference) & (MEMO_SLOTS - 1))) << 3);
    if (load<u64>(memo) == reference) continue;
    store<u64>(memo, reference);
    const leaf = leafAddress(pml4, reference >> REFERENCE_PAGE_SHIFT, 1);
    if (leaf == 0) return STATUS_OUT_OF_MEMORY;
    store<u64>(leaf, load<u64>(leaf) | <u64>(reference & REFERENCE_DATA ? STREAM_DATA : STREAM_FETCH));
  }
  return STATUS_OK;
}

/** Distinct pages touched by any of `streams`, were all pages of the size of a leaf of `leafLevel`. */
export function touchedPages(streams: u32, leafLevel: u32): u32 {
  return countTouched(pml4, TOP_LEVEL, streams, leafLevel);
}

function countTouched(table: u64, level: u32, streams: u32, leafLevel: u32): u32 {
  let count: u32 = 0;
  for (let index: u32 = 0; index < ENTRIES_PER_TABLE; index++) {
    const entry = entryAt(table, index);
    if (entry == 0) continue;
    if (level > leafLevel) count += countTouched(entry & PTE_ADDRESS, level - 1, streams, leafLevel);
    else if (streamsUnder(entry, level) & streams) count++;
  }
  return count;
}

/** The streams that touched any page under an entry of `level`. */
function streamsUnder(entry: u64, level: u32): u32 {
  if (level == 1) return <u32>entry;
  let streams: u32 = 0;
  for (let index: u32 = 0; index < ENTRIES_PER_TABLE; index++) {
    const below = entryAt(entry & PTE_ADDRESS, index);
    if (below != 0) streams |= streamsUnder(below, level - 1);
  }
  return streams;
}

/** Address of the first byte of the lowest page touched; at least one must be. */
export function lowestTouched(): u64 {
  return extreme(false);
}

/** Address of the first byte of the highest page touched; at least one must be. */
export function highestTouched(): u64 {
  return extreme(true);
}

function extreme(highest: bool): u64 {
  let table = pml4;
  let page: u64 = 0;
  for (let level = TOP_LEVEL; level > 0; level--) {
    let index: u32 = highest ? ENTRIES_PER_TABLE - 1 : 0;
    while (entryAt(table, index) == 0) index += highest ? -1 : 1;
    page = (page << LEVEL_BITS) | index;
    table = entryAt(table, index) & PTE_ADDRESS;
  }
  const unused = 64 - VA_BITS;
  return <u64>(<i64>(page << (PAGE_SHIFT + unused)) >> unused); // sign-extended
}

function entryAt(table: u64, index: u32): u64 {
  return load<u64>(bytesAt(table) + ((<usize>index) << 3));
}
