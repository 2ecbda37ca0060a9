/**
 * Where a run missed: misses by block of addresses and by interval. Each block in which something missed has a row. When
 * there are too many, blocks become twice as large, as often as it takes; so how large they are in the end depends on
 * which pages missed, and not on their order.
 *
 *   0           8             16   byte
 *   ├───────────┼─────────────┤
 *   │ l1 misses │ stlb misses │    one cell; u64, which no run can overflow
 *   └───────────┴─────────────┘
 *
 * The cells of one interval, its column, lie together, since only those of the one under way are written to.
 */
import { place, reserve } from "../arena";
import { HASH_MULTIPLIER } from "../hash";
import { PAGE_SHIFT } from "../paging";

/** Rows that there is room for. */
export const MAX_BLOCKS: u32 = 1024;
export const CELL_BYTES: u32 = 16;
/** Bytes from one column to the next. */
export const COLUMN_BYTES: u32 = MAX_BLOCKS * CELL_BYTES;
export const CELL_L1_MISSES: u32 = 0;
export const CELL_STLB_MISSES: u32 = 8;

/** A hash table of u32, row + 1 or 0; a collision goes to the next. One in four is in use at most. */
const SLOTS_LOG2: u32 = 12;
const SLOTS: u32 = 1 << SLOTS_LOG2;

let slots: usize = 0;
/** u64 for each row: the number of its block. */
let blocks: usize = 0;
/** What lies beyond the rows and the columns in use may be anything, so that it takes up no memory of the host. */
let cells: usize = 0;
let rows: u32 = 0;
/** Bits of a 4 KiB page number below its block number. */
let shift: u32 = 0;

/** Starts without any block. They are of 2^`firstShift` 4 KiB pages at first. False if there is no memory left. */
export function configureBlocks(firstShift: u32, columns: u32): bool {
  rows = 0;
  shift = firstShift;
  slots = place(SLOTS << 2);
  blocks = place(MAX_BLOCKS << 3);
  cells = reserve(columns * COLUMN_BYTES);
  return slots != 0 && blocks != 0 && cells != 0;
}

/** Starts `column`, empty. Those before it must have been started. */
export function startColumn(column: u32): void {
  memory.fill(cellOf(column, 0), 0, rows * CELL_BYTES);
}

/** Counts a miss on 4 KiB page `page` in L1, and one in the STLB if it `walked`. `column`: the latest that was started. */
export function countMiss(page: u64, column: u32, walked: bool): void {
  const cell = cellOf(column, rowOf(page, column));
  store<u64>(cell, load<u64>(cell, CELL_L1_MISSES) + 1, CELL_L1_MISSES);
  if (walked) store<u64>(cell, load<u64>(cell, CELL_STLB_MISSES) + 1, CELL_STLB_MISSES);
}

/** Adds column `from` to `to`, and leaves it empty, unless they are the same. */
export function moveColumn(to: u32, from: u32): void {
  for (let row: u32 = 0; row < rows; row++) moveCell(cellOf(to, row), cellOf(from, row));
}

function moveRow(to: u32, from: u32, columns: u32): void {
  for (let column: u32 = 0; column < columns; column++) moveCell(cellOf(column, to), cellOf(column, from));
}

function clearRow(row: u32, columns: u32): void {
  for (let column: u32 = 0; column < columns; column++) memory.fill(cellOf(column, row), 0, CELL_BYTES);
}

function moveCell(to: usize, from: usize): void {
  const moved = v128.load(from);
  v128.store(from, i64x2.splat(0));
  v128.store(to, i64x2.add(v128.load(to), moved));
}

function cellOf(column: u32, row: u32): usize {
  return cells + <usize>(column * COLUMN_BYTES + row * CELL_BYTES);
}

/** Row of the block that holds `page`, made if there is none. */
function rowOf(page: u64, column: u32): u32 {
  let slot = slotOf(page >> <u64>shift);
  while (load<u32>(slot) == 0 && rows == MAX_BLOCKS) {
    doubleBlocks(column + 1);
    slot = slotOf(page >> <u64>shift);
  }
  if (load<u32>(slot) == 0) clearRow(rows, column + 1);
  return rowAt(slot, page >> <u64>shift);
}

/** Row that `slot` has, which is slotOf() of `block`; a new one if it is empty. */
function rowAt(slot: usize, block: u64): u32 {
  if (load<u32>(slot) == 0) {
    store<u64>(blockAddress(rows), block);
    store<u32>(slot, ++rows);
  }
  return load<u32>(slot) - 1;
}

/** Makes one block of each two, the even one first; rows stay in the order of their first miss. */
function doubleBlocks(columns: u32): void {
  const before = rows;
  rows = 0;
  shift++;
  memory.fill(slots, 0, SLOTS << 2);
  for (let row: u32 = 0; row < before; row++) {
    const block = load<u64>(blockAddress(row)) >> 1;
    moveRow(rowAt(slotOf(block), block), row, columns);
  }
}

function blockAddress(row: u32): usize {
  return blocks + ((<usize>row) << 3);
}

/** Slot of `block`, or the empty one where it belongs. */
function slotOf(block: u64): usize {
  let index = <u32>((block * HASH_MULTIPLIER) >> <u64>(64 - SLOTS_LOG2));
  while (isOfOther(load<u32>(slotAt(index)), block)) index = (index + 1) & (SLOTS - 1);
  return slotAt(index);
}

function slotAt(index: u32): usize {
  return slots + ((<usize>index) << 2);
}

/** Whether what a slot holds is the row of another block than `block`. */
function isOfOther(held: u32, block: u64): bool {
  return held != 0 && load<u64>(blockAddress(held - 1)) != block;
}

/** Blocks in which something missed. */
export function missedBlocks(): u32 {
  return rows;
}

/** Bits of an address below its block number. */
export function blockShift(): u32 {
  return shift + PAGE_SHIFT;
}

/** Address of the numbers of the blocks, u64 each. */
export function blockNumbers(): usize {
  return blocks;
}

/** Address of the cells: in the order of the intervals, and in each in that of the blocks. */
export function missCells(): usize {
  return cells;
}
