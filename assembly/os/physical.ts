/**
 * Frames of physical memory: which are free. Frames of tables have bytes; frames of programs have some only where programs
 * read and write data. Those that are alone and those that make up large pages lie apart, so that the latter are aligned.
 *
 *   frame 0    1                     LARGE_FRAMES                HUGE_FRAMES
 *   ├──────────┼───────────────────────┼───────────────────────────┼──────────────────▶
 *   │ unused   │ tables, 4 KiB pages   │ blocks of 512: 2 MiB      │ 1 GiB pages
 *   └──────────┴───────────────────────┴───────────────────────────┴──────────────────
 */
import { makeBytes } from "../processor/memory";
import { PAGE_BYTES, PAGE_SHIFT, pageShiftOf } from "../paging";
import { Rows } from "./rows";

const LARGE_FRAMES: u64 = 1 << 30;
const HUGE_FRAMES: u64 = 1 << 34;
const FIRST_FREE: u32 = 64;

/** u64 each: frames, and blocks of 512, that were given back. */
const freeFrames = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
const freeBlocks = changetype<Rows>(memory.data(offsetof<Rows>(), 8));

let nextFrame: u64 = 0;
let nextBlock: u64 = 0;
let nextHuge: u64 = 0;
/** Frames that page tables take up. */
export let tableFrames: u32 = 0;

/** All frames are free. False if there is no memory left. */
export function startPhysical(): bool {
  nextFrame = 1;
  nextBlock = LARGE_FRAMES;
  nextHuge = HUGE_FRAMES;
  tableFrames = 0;
  return freeFrames.startRows(FIRST_FREE, 8) && freeBlocks.startRows(FIRST_FREE, 8);
}

/** The first of the frames of a page of leaf level `level`, aligned to its size. */
export function takeFrames(level: u32): u64 {
  if (level == 1) return freeFrames.count > 0 ? popped(freeFrames) : nextFrame++;
  if (level == 2 && freeBlocks.count > 0) return popped(freeBlocks);
  const frames: u64 = (<u64>1) << (<u64>pageShiftOf(level));
  if (level == 2) {
    nextBlock += frames;
    return nextBlock - frames;
  }
  nextHuge += frames;
  return nextHuge - frames;
}

/** Gives them back. False if there is no memory left. 1 GiB pages, and frames of blocks that were split, are not used again. */
export function giveBackFrames(frame: u64, level: u32): bool {
  if (level == 3 || (level == 1 && frame >= LARGE_FRAMES)) return true;
  const at = (level == 1 ? freeFrames : freeBlocks).addRow();
  if (at != 0) store<u64>(at, frame);
  return at != 0;
}

/** Physical address of a zeroed frame for a table; 0 if linear memory is exhausted. */
export function takeTable(): u64 {
  const pa = takeFrames(1) << PAGE_SHIFT;
  const bytes = makeBytes(pa);
  if (bytes == 0) return 0;
  memory.fill(bytes, 0, PAGE_BYTES);
  tableFrames++;
  return pa;
}

/** Gives back the frame of the table at physical address `pa`. False if there is no memory left. */
export function giveBackTable(pa: u64): bool {
  tableFrames--;
  return giveBackFrames(pa >> PAGE_SHIFT, 1);
}

function popped(free: Rows): u64 {
  free.count--;
  return load<u64>(free.row(free.count));
}
