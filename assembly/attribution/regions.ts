/**
 * The regions of the program's memory as they are now: page ranges that do not overlap, in ascending order, each with
 * the number of its region's name. A name is counted in one row however many ranges have it. Number 0 is what has none.
 *
 *   0            8           16       20   24   byte
 *   ├────────────┼───────────┼────────┼────┤
 *   │ first page │ last page │ number │  0 │    a range; 4 KiB page numbers of 52 bits
 *   └────────────┴───────────┴────────┴────┘
 */
import { place } from "../arena";
import { ROW_BYTES, clearCounts } from "./rows";

@final
@unmanaged
class Range {
  first: u64;
  last: u64;
  number: u32;
  unused: u32;
}

const RANGE_BYTES: u32 = offsetof<Range>();
const FIRST_ROOM: u32 = 256;

let ranges: usize = 0;
/** Ranges that there are, and that there is room for. */
let count: u32 = 0;
let room: u32 = 0;
let rows: usize = 0;
let numbers: u32 = 0;

/** Starts without ranges. Names have the numbers 1 to `names`. False if there is no memory left. */
export function configureRegions(names: u32): bool {
  count = 0;
  room = FIRST_ROOM;
  numbers = 0;
  ranges = place(<usize>(FIRST_ROOM * RANGE_BYTES));
  if (names >= <u32>(1 << 31) / ROW_BYTES) return false;
  rows = place(<usize>((names + 1) * ROW_BYTES));
  if (ranges == 0 || rows == 0) return false;
  numbers = names + 1;
  return true;
}

/** Rows that there are: one of each name, and the one of number 0 before them. */
export function regionRows(): u32 {
  return numbers;
}

/** Row of the region of `number`, below regionRows(). */
export function regionRow(number: u32): usize {
  return rows + <usize>(number * ROW_BYTES);
}

/** Sets all counts back to zero. */
export function clearRegions(): void {
  clearCounts(rows, numbers);
}

/** Number of the region that `page` is in now. */
export function regionOf(page: u64): u32 {
  const index = firstUpTo(page);
  if (index == count) return 0;
  const range = rangeAt(index);
  return page >= range.first ? range.number : 0;
}

/** The pages from `first` to `last` are now of `number`, whatever they were before. False if memory is exhausted. */
export function setRegion(first: u64, last: u64, number: u32): bool {
  if (count + 2 > room && !grow()) return false;
  const from = firstUpTo(first);
  let to = from;
  while (to < count && rangeAt(to).first <= last) to++;
  // What is left of the ranges at both ends, which may be the same one.
  const before = from < to && rangeAt(from).first < first;
  const after = from < to && rangeAt(to - 1).last > last;
  const beforeFirst = before ? rangeAt(from).first : 0;
  const beforeNumber = before ? rangeAt(from).number : 0;
  const afterLast = after ? rangeAt(to - 1).last : 0;
  const afterNumber = after ? rangeAt(to - 1).number : 0;
  const parts = <u32>before + <u32>(number != 0) + <u32>after;
  moveTail(to, from + parts);
  let at = from;
  if (before) write(at++, beforeFirst, first - 1, beforeNumber);
  if (number != 0) write(at++, first, last, number);
  if (after) write(at++, last + 1, afterLast, afterNumber);
  return true;
}

function moveTail(from: u32, to: u32): void {
  memory.copy(changetype<usize>(rangeAt(to)), changetype<usize>(rangeAt(from)), <usize>((count - from) * RANGE_BYTES));
  count = count + to - from;
}

function write(index: u32, first: u64, last: u64, number: u32): void {
  const range = rangeAt(index);
  range.first = first;
  range.last = last;
  range.number = number;
}

/** Index of the first range that ends at `page` or behind it; `count` if none does. */
function firstUpTo(page: u64): u32 {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rangeAt(middle).last < page) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rangeAt(index: u32): Range {
  return changetype<Range>(ranges + <usize>(index * RANGE_BYTES));
}

/** Room for twice as many; the old one is abandoned, since memory only grows. */
function grow(): bool {
  if (room >= <u32>(1 << 29) / RANGE_BYTES) return false;
  const grown = place(<usize>(2 * room * RANGE_BYTES));
  if (grown == 0) return false;
  memory.copy(grown, ranges, <usize>(count * RANGE_BYTES));
  ranges = grown;
  room *= 2;
  return true;
}
