/**
 * What is known of each page of physical memory that programs have: who maps it, and where its content lies in swap. A
 * record stands for a whole page of its level; when a large page is split, its parts get records of their own.
 *
 *   frames < LARGE_FRAMES      blocks of 512                       1 GiB pages
 *   directory ─▶ 512 records   directory ─▶ 512 records            directory ─▶ 512 records
 *                                              └─▶ 512 of its parts               └─▶ 512 of its parts ─▶ …
 */
import { make, place } from "../arena";
import { ENTRIES_PER_TABLE, LEVEL_BITS, PTE_A, PTE_D, pageShiftOf } from "../paging";
import { pagesOf } from "../processor/granule";
import { osConfig } from "./config";
import { HUGE_FRAMES, LARGE_FRAMES, giveBackFrames } from "./physical";
import { Process } from "./process";
import { enter, leave } from "./reclaim/index";
import { Rows } from "../rows";
import { forgetFrame, slotIsShared } from "./swap";
import { find, foundAt } from "./tables";

/** One more mapping of a page than the first. */
@final
@unmanaged
class Mapping {
  page: u64;
  process: Process;
  next: Mapping | null;
}

@final
@unmanaged
export class Frame {
  /** Number of the first of its frames. */
  number: u64;
  /** See reclaim/opt.ts. */
  use: u64;
  /** The first mapping, if there is any: 4 KiB page number, and whose. */
  page: u64;
  process: Process;
  private others: Mapping | null;
  mappings: u32;
  /** Leaf level of the page: 1 is 4 KiB. */
  level: u32;
  /** Swap slot that has its content, unless the page is dirty; 0: none. */
  slot: u32;
  /** Its content is nowhere else, though no entry may say so by D: 0 or 1. */
  dirty: u8;
  /** It belongs to a memory that processes share (objects.ts): 0 or 1. */
  shared: u8;
  /** Reclaim may choose it: 0 or 1. */
  listed: u8;
  /** Where it stands in reclaim's order. */
  index: u32;
  previous: Frame | null;
  next: Frame | null;
  /** The first record of its parts; 0: it was never split. */
  parts: usize;

  /** Whether one process alone has what it holds, and may write to it. */
  isExclusive(): bool {
    return this.mappings == 1 && (this.slot == 0 || !slotIsShared(this.slot));
  }

  /** Whether what it holds was changed since it was last written to swap, or had none. */
  isDirty(): bool {
    return this.dirty != 0 || this.hasMark(PTE_D, false);
  }

  /** Clears A in every entry that maps it; whether any had it. No translation is invalidated. */
  takeAccessed(): bool {
    return this.hasMark(PTE_A, true);
  }

  /** Whether an entry that maps it has `mark`, which goes if `clears`. */
  private hasMark(mark: u64, clears: bool): bool {
    let marked = takeMark(this.process, this.page, mark, clears);
    let other = this.others;
    while (other != null && (clears || !marked)) {
      if (takeMark(other.process, other.page, mark, clears)) marked = true;
      other = other.next;
    }
    return marked;
  }

  /** Notes that `process` maps it at `page`. False if there is no memory left. */
  addMapping(process: Process, page: u64): bool {
    if (this.mappings > 0) {
      const mapping = takeMapping();
      if (mapping == null) return false;
      mapping.page = this.page;
      mapping.process = this.process;
      mapping.next = this.others;
      this.others = mapping;
    }
    this.page = page;
    this.process = process;
    this.mappings++;
    return true;
  }

  /** Notes that `process` maps it at `page` no more. */
  dropMapping(process: Process, page: u64): void {
    this.mappings--;
    const first = this.others;
    if (this.process == process && this.page == page) {
      if (first == null) return;
      this.page = first.page;
      this.process = first.process;
      this.others = first.next;
      return giveBackMapping(first);
    }
    let before: Mapping | null = null;
    let mapping = first;
    while (mapping != null && (mapping.process != process || mapping.page != page)) {
      before = mapping;
      mapping = mapping.next;
    }
    if (mapping == null) return assert(false); // nobody drops what was not added
    if (before == null) this.others = mapping.next;
    else before.next = mapping.next;
    giveBackMapping(mapping);
  }
}

const singles = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
const blocks = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
const huges = changetype<Rows>(memory.data(offsetof<Rows>(), 8));

/** Mappings that were given back. */
let freeMappings: Mapping | null = null;

/** Nothing is known. False if there is no memory left. */
export function startFrames(): bool {
  freeMappings = null;
  return (
    singles.startRows(1, sizeof<usize>()) && blocks.startRows(1, sizeof<usize>()) && huges.startRows(1, sizeof<usize>())
  );
}

/** The record of the page of leaf level `level` whose first frame is `number`; `null` if there is no memory left for it. */
export function frameAt(number: u64, level: u32): Frame | null {
  let frame: Frame | null;
  let depth: u32 = 1;
  if (number < LARGE_FRAMES) frame = recordIn(singles, number);
  else if (number < HUGE_FRAMES) {
    depth = 2;
    frame = recordIn(blocks, (number - LARGE_FRAMES) >> LEVEL_BITS);
  } else {
    depth = 3;
    frame = recordIn(huges, (number - HUGE_FRAMES) >> (2 * LEVEL_BITS));
  }
  while (frame != null && depth > level) {
    depth--;
    if (frame.parts == 0) frame.parts = place(ENTRIES_PER_TABLE * offsetof<Frame>());
    if (frame.parts == 0) return null;
    const part = <usize>(number >> <u64>pageShiftOf(depth)) & (ENTRIES_PER_TABLE - 1);
    frame = changetype<Frame>(frame.parts + part * offsetof<Frame>());
  }
  if (frame != null) {
    frame.number = number;
    frame.level = level;
  }
  return frame;
}

/** The record of a page that is mapped. */
export function mappedFrame(number: u64, level: u32): Frame {
  return changetype<Frame>(changetype<usize>(frameAt(number, level)));
}

/**
 * Notes that `process` maps the page `frame` at `page`, and, of a page that nobody else maps, whether it may be taken away if
 * memory is full. False if there is no memory left.
 */
export function mapFrame(frame: Frame, process: Process, page: u64, mayGo: bool): bool {
  if (!frame.addMapping(process, page)) return false;
  return frame.mappings > 1 || !mayGo || osConfig.memoryFrames == 0 || enter(frame, null);
}

/** Notes that it does so no more, where `entry` was; frees what nobody maps. False if there is no memory left. */
export function unmapFrame(frame: Frame, process: Process, page: u64, entry: u64): bool {
  frame.dropMapping(process, page);
  if (entry & PTE_D) frame.dirty = 1;
  return frame.mappings > 0 || freeFrame(frame);
}

/** Frees a page that nobody maps. False if there is no memory left. */
export function freeFrame(frame: Frame): bool {
  if (frame.listed) leave(frame);
  if (frame.slot != 0) forgetFrame(frame);
  frame.dirty = 0;
  frame.shared = 0;
  frame.use = 0;
  return giveBackFrames(frame.number, frame.level);
}

/**
 * Makes the records of the 512 parts of the page `frame`, which one process maps, and whose entries are there already. They
 * come in reclaim's order where the page stood. False if there is no memory left.
 */
export function splitFrame(frame: Frame): bool {
  const step = pagesOf(frame.level - 1);
  const process = frame.process;
  const first = frame.page & ~(pagesOf(frame.level) - 1);
  for (let index: u64 = 0; index < ENTRIES_PER_TABLE; index++) {
    const part = frameAt(frame.number + index * step, frame.level - 1);
    if (part == null || !part.addMapping(process, first + index * step)) return false;
    part.dirty = frame.dirty;
    const mayGo = osConfig.memoryFrames != 0 && part.level == 1;
    if (mayGo && !enter(part, frame.listed ? frame : null)) return false;
  }
  if (frame.listed) leave(frame);
  frame.dropMapping(process, frame.page);
  frame.dirty = 0;
  return true;
}

function recordIn(directory: Rows, index: u64): Frame | null {
  const chunk = <u32>(index >> LEVEL_BITS);
  while (directory.count <= chunk) {
    const at = directory.addRow();
    if (at == 0) return null;
    store<usize>(at, 0);
  }
  let records = load<usize>(directory.row(chunk));
  if (records == 0) {
    records = place(ENTRIES_PER_TABLE * offsetof<Frame>());
    if (records == 0) return null;
    store<usize>(directory.row(chunk), records);
  }
  return changetype<Frame>(records + (<usize>index & (ENTRIES_PER_TABLE - 1)) * offsetof<Frame>());
}

function takeMark(process: Process, page: u64, mark: u64, clears: bool): bool {
  const entry = find(process.pml4, page);
  if (!(entry & mark)) return false;
  if (clears) store<u64>(foundAt, entry & ~mark);
  return true;
}

function takeMapping(): Mapping | null {
  const mapping = freeMappings;
  if (mapping == null) return make<Mapping>();
  freeMappings = mapping.next;
  return mapping;
}

function giveBackMapping(mapping: Mapping): void {
  mapping.next = freeMappings;
  freeMappings = mapping;
}
