/**
 * Frames of physical memory: which are free, and how many programs have. Frames of tables have bytes; frames of programs
 * have some only where programs read and write data. Those that are alone and those that make up large pages come from
 * different ranges, so that the latter are aligned; the parts of a large page that was split may be used alone later.
 *
 *   frame 0    1                     LARGE_FRAMES                HUGE_FRAMES
 *   ├──────────┼───────────────────────┼───────────────────────────┼──────────────────▶
 *   │ unused   │ tables, 4 KiB pages   │ blocks of 512: 2 MiB      │ 1 GiB pages
 *   └──────────┴───────────────────────┴───────────────────────────┴──────────────────
 */
import { PAGE_BYTES, PAGE_SHIFT } from "../paging";
import { framesOfTable, granuleBits, pagesOf } from "../processor/granule";
import { bytesOf, makeBytes } from "../processor/memory";
import { osConfig } from "./config";
import { Rows } from "../rows";

export const LARGE_FRAMES: u64 = 1 << 30;
export const HUGE_FRAMES: u64 = 1 << 34;
const FIRST_FREE: u32 = 64;

/** u64 each: first frames of pages of each level that were given back. */
const freeSmall = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
const freeLarge = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
const freeHuge = changetype<Rows>(memory.data(offsetof<Rows>(), 8));

let nextFrame: u64 = 0;
let nextBlock: u64 = 0;
let nextHuge: u64 = 0;
/** Page tables: frames that they take up, if a table is one frame. */
export let tableFrames: u32 = 0;
/** Frames that pages of programs take up. */
export let programFrames: u64 = 0;

/** All frames are free. False if there is no memory left. */
export function startPhysical(): bool {
  nextFrame = 1;
  nextBlock = LARGE_FRAMES;
  nextHuge = HUGE_FRAMES;
  tableFrames = 0;
  programFrames = 0;
  return freeSmall.startRows(FIRST_FREE, 8) && freeLarge.startRows(FIRST_FREE, 8) && freeHuge.startRows(FIRST_FREE, 8);
}

/** Whether a page of leaf level `level` may be taken within osConfig.memoryFrames. */
export function hasRoom(level: u32): bool {
  return osConfig.memoryFrames == 0 || programFrames + pagesOf(level) <= osConfig.memoryFrames;
}

/** The first of the frames of a page of leaf level `level`, aligned to its size, for a program; bytes that they have are zeros. */
export function takeFrames(level: u32): u64 {
  const frame = take(level);
  programFrames += pagesOf(level);
  if (osConfig.bytes) clear(frame, pagesOf(level));
  return frame;
}

/** Gives them back. False if there is no memory left to note that. */
export function giveBackFrames(frame: u64, level: u32): bool {
  programFrames -= pagesOf(level);
  return giveBack(frame, level);
}

/** Physical address of a zeroed frame for a table; 0 if linear memory is exhausted. */
export function takeTable(): u64 {
  if (granuleBits > 0) return takeLargeTable();
  const pa = take(1) << PAGE_SHIFT;
  const bytes = makeBytes(pa);
  if (bytes == 0) return 0;
  memory.fill(bytes, 0, PAGE_BYTES);
  tableFrames++;
  return pa;
}

/** takeTable() of several frames, which are never given back. */
function takeLargeTable(): u64 {
  const first = nextFrame;
  nextFrame += framesOfTable();
  for (let frame = first; frame < nextFrame; frame++) if (makeBytes(frame << PAGE_SHIFT) == 0) return 0;
  tableFrames++;
  return first << PAGE_SHIFT;
}

/** Gives back the frame of the table at physical address `pa`, which no entry and no cache may point to. */
export function giveBackTable(pa: u64): bool {
  tableFrames--;
  return giveBack(pa >> PAGE_SHIFT, 1);
}

function take(level: u32): u64 {
  const free = freeOf(level);
  if (free.count > 0) {
    free.count--;
    return load<u64>(free.row(free.count));
  }
  if (level == 1) return nextFrame++;
  const frames = pagesOf(level);
  if (level == 2) {
    nextBlock += frames;
    return nextBlock - frames;
  }
  nextHuge += frames;
  return nextHuge - frames;
}

function giveBack(frame: u64, level: u32): bool {
  const at = freeOf(level).addRow();
  if (at != 0) store<u64>(at, frame);
  return at != 0;
}

function freeOf(level: u32): Rows {
  return level == 1 ? freeSmall : level == 2 ? freeLarge : freeHuge;
}

function clear(frame: u64, frames: u64): void {
  for (let index: u64 = 0; index < frames; index++) {
    const bytes = bytesOf((frame + index) << PAGE_SHIFT);
    if (bytes != 0) memory.fill(bytes, 0, PAGE_BYTES);
  }
}
