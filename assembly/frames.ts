/**
 * Simulated physical memory. Low frames hold page tables and are bytes in linear memory; high frames hold the pages of
 * programs and are numbers only, so that a footprint larger than WebAssembly's memory still replays.
 */
import { place, reach, reserve } from "./arena";
import { PAGE_BYTES, PAGE_SHIFT, PTE_XD } from "./paging";

/** First frame number of program pages: 4 GiB, above any frame that can have bytes here. */
const DATA_FRAME_BASE: u64 = 1 << 20;

/**
 * Physical address below which PTEs have copies of their flags: enough for the tables of 8 GiB of 4 KiB pages. More
 * memory for each instance makes V8 collect garbage more often.
 */
export const FLAGGED_END: u32 = 4096 << PAGE_SHIFT;

/** In flagsOf() a leaf: XD is clear. In the leaf itself that bit is PWT, which none has here. */
export const FLAG_EXEC: u64 = 1 << 3;

let base: usize = 0;
/** Where the copies are, one byte for each eight of physical memory. */
let flags: usize = 0;
let tableFrames: u32 = 0;
let dataFrames: u64 = 0;
let pages: u32 = 0;

/** Empties physical memory. False if there is no memory for even the first frame. */
export function resetFrames(): bool {
  flags = reserve(FLAGGED_END >> 3);
  base = place(PAGE_BYTES, PAGE_BYTES);
  tableFrames = 1; // frame 0 stays unused, so that physical address 0 means "none"
  dataFrames = 0;
  pages = 0;
  return flags != 0 && base != 0;
}

/** Address in linear memory of the byte at physical address `pa`, which must lie in a table frame. */
export function bytesAt(pa: u64): usize {
  return base + <usize>pa;
}

/** What accesses ask of the leaf entry `leaf`: its low byte, in which FLAG_EXEC stands for XD. */
export function flagsOf(leaf: u64): u64 {
  return (leaf & 0xff) | ((~leaf >> 63) << 3);
}

/** flagsOf() the PTE at physical address `pa`, which lies in a table frame below FLAGGED_END. */
export function pteFlags(pa: u32): u8 {
  return load<u8>(flags + (pa >> 3));
}

/** Sets the PTE at physical address `pa`, which lies in a table frame. */
export function storePte(pa: u32, pte: u64): void {
  store<u64>(bytesAt(pa), pte);
  if (pa < FLAGGED_END) store<u8>(flags + (pa >> 3), <u8>flagsOf(pte));
}

/** Physical address of a new zeroed table frame; 0 if memory is exhausted. */
export function allocateTable(): u64 {
  const pa = (<u64>tableFrames) << PAGE_SHIFT;
  const address = base + <usize>pa;
  if (!reach(address + PAGE_BYTES)) return 0;
  memory.fill(address, 0, PAGE_BYTES);
  if (pa < FLAGGED_END) memory.fill(flags + <usize>(pa >> 3), 0, PAGE_BYTES >> 3);
  tableFrames++;
  return pa;
}

/** Physical address of a new program page of 2^`shift` frames, aligned to its size. */
export function allocatePage(shift: u32): u64 {
  const frames: u64 = (<u64>1) << shift;
  const first = (DATA_FRAME_BASE + dataFrames + frames - 1) & ~(frames - 1);
  dataFrames = first + frames - DATA_FRAME_BASE;
  pages++;
  return first << PAGE_SHIFT;
}

/** Program pages handed out. */
export function pageCount(): u32 {
  return pages;
}

/** Table frames in use. */
export function tableFrameCount(): u32 {
  return tableFrames - 1;
}

/** Where physical address 0 lies in linear memory. */
export function physicalMemoryBase(): usize {
  return base;
}

/** Bytes of physical memory that exist as bytes: all table frames, and frame 0. */
export function physicalMemoryBytes(): usize {
  return (<usize>tableFrames) << PAGE_SHIFT;
}
