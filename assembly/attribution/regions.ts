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
import { Rows } from "../rows";
import { ROW_BYTES, clearCounts } from "./rows";

@final
@unmanaged
class Range {
  first: u64;
  last: u64;
  number: u32;
  unused: u32;
}

const FIRST_CAPACITY: u32 = 256;

const ranges = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
/** Row of number 0, and how many there are. */
let rows: usize = 0;
let numbers: u32 = 0;

/** Starts without ranges. Names have the numbers 1 to `names`. False if there is no memory left. */
export function configureRegions(names: u32): bool {
  numbers = 0;
  if (names >= <u32>(1 << 31) / ROW_BYTES) return false;
  rows = place(<usize>((names + 1) * ROW_BYTES));
  if (rows == 0 || !ranges.startRows(FIRST_CAPACITY, offsetof<Range>())) return false;
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
  if (index == ranges.count) return 0;
  const range = rangeAt(index);
  return page >= range.first ? range.number : 0;
}

/** The pages from `first` to `last` are now of `number`, whatever they were before. False if memory is exhausted. */
export function setRegion(first: u64, last: u64, number: u32): bool {
  const from = firstUpTo(first);
  let to = from;
  while (to < ranges.count && rangeAt(to).first <= last) to++;
  // What is left of the ranges at both ends, which may be the same one.
  const before = from < to && rangeAt(from).first < first;
  const after = from < to && rangeAt(to - 1).last > last;
  const beforeFirst = before ? rangeAt(from).first : 0;
  const beforeNumber = before ? rangeAt(from).number : 0;
  const afterLast = after ? rangeAt(to - 1).last : 0;
  const afterNumber = after ? rangeAt(to - 1).number : 0;
  ranges.removeRows(from, to - from);
  return (
    (!after || insert(from, last + 1, afterLast, afterNumber)) &&
    (number == 0 || insert(from, first, last, number)) &&
    (!before || insert(from, beforeFirst, first - 1, beforeNumber))
  );
}

function insert(index: u32, first: u64, last: u64, number: u32): bool {
  const at = ranges.insertRow(index);
  if (at == 0) return false;
  const range = changetype<Range>(at);
  range.first = first;
  range.last = last;
  range.number = number;
  return true;
}

/** Index of the first range that ends at `page` or behind it; their count if none does. */
function firstUpTo(page: u64): u32 {
  let low: u32 = 0;
  let high = ranges.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rangeAt(middle).last < page) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rangeAt(index: u32): Range {
  return changetype<Range>(ranges.row(index));
}
