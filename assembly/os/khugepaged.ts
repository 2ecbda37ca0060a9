/**
 * Passes that make one 2 MiB page of the small ones of a part, as Linux's khugepaged does (mm/khugepaged.c,
 * collapse_huge_page()). It looks at every table that there is, in the order of addresses: a pass takes time by the memory that
 * was touched, not by that which is mapped. Parts of which pages are in swap, or shared since a fork, are left alone (Linux:
 * max_ptes_swap = max_ptes_shared = 0).
 */
import { counters } from "../counters";
import {
  ENTRIES_PER_TABLE,
  PAGE_BYTES,
  PAGE_NUMBER_BITS,
  PAGE_SHIFT,
  PTE_A,
  PTE_ADDRESS,
  PTE_D,
  PTE_P,
  PTE_PS,
  TOP_LEVEL,
  VA_BITS,
} from "../paging";
import { pageShiftOf } from "../processor/granule";
import { bytesOf, makeBytes } from "../processor/memory";
import { osConfig } from "./config";
import { frameAt, mapFrame, mappedFrame, unmapFrame } from "./frames";
import { hasBlock, isInOne, isTransparent } from "./huge";
import { MOST_SINGLE_PAGES } from "./mapping";
import { giveBackTable, hasRoom, takeFrames } from "./physical";
import { Process, invalidatePage, invalidateProcess, processAt, processCount } from "./process";
import { frameOf } from "./tables";
import { Vma, leafRights } from "./vmas";

/** Records replayed when the next pass comes; the largest number: none does. */
export let nextPass: u64 = u64.MAX_VALUE;

/** Starts before the first record. */
export function startPasses(): void {
  nextPass = osConfig.transparent != 0 && osConfig.promotedEvery != 0 ? osConfig.promotedEvery : u64.MAX_VALUE;
}

/** A pass over every process. False if linear memory is exhausted. */
export function makePass(): bool {
  nextPass += osConfig.promotedEvery;
  for (let index: u32 = 0; index < processCount(); index++) {
    const process = processAt(index);
    if (process.pml4 != 0 && !passBelow(process, process.pml4, TOP_LEVEL, 0)) return false;
  }
  return true;
}

/** Passes over the table of `level` at physical address `pa`, whose first entry is for `first`. */
function passBelow(process: Process, pa: u64, level: u32, first: u64): bool {
  const table = bytesOf(pa);
  for (let index: u32 = 0; index < ENTRIES_PER_TABLE; index++) {
    const at = table + ((<usize>index) << 3);
    const entry = load<u64>(at);
    if (!(entry & PTE_P) || entry & PTE_PS) continue;
    const page = signExtended(first | ((<u64>index) << (<u64>pageShiftOf(level))));
    const goesOn = level == 2 ? promote(process, at, page) : passBelow(process, entry & PTE_ADDRESS, level - 1, page);
    if (!goesOn) return false;
  }
  return true;
}

/** Makes one page of the part that begins at `first`, whose PDE lies at `at`, if it may be one. False if linear memory is exhausted. */
function promote(process: Process, at: usize, first: u64): bool {
  const vma = process.vmas.find(first);
  if (vma == null || !isTransparent(vma) || !isInOne(process, first, 2)) return true;
  const table = load<u64>(at) & PTE_ADDRESS;
  const entries = bytesOf(table);
  let present: u32 = 0;
  let marks: u64 = 0;
  for (let index: u32 = 0; index < ENTRIES_PER_TABLE; index++) {
    const entry = load<u64>(entries + ((<usize>index) << 3));
    if (entry & PTE_P) {
      if (!mappedFrame(frameOf(entry), 1).isExclusive()) return true;
      present++;
      marks |= entry;
    } else if (entry != 0) return true; // it is in swap
  }
  if (present < osConfig.promotedPages || !hasRoom(2) || !hasBlock()) return true;
  return collapse(process, vma, at, first, present, marks & (PTE_A | PTE_D));
}

function collapse(process: Process, vma: Vma, at: usize, first: u64, present: u32, marks: u64): bool {
  const table = load<u64>(at) & PTE_ADDRESS;
  const entries = bytesOf(table);
  const block = takeFrames(2);
  const whole = frameAt(block, 2);
  if (whole == null || !mapFrame(whole, process, first, true)) return false;
  for (let index: u32 = 0; index < ENTRIES_PER_TABLE; index++) {
    const entry = load<u64>(entries + ((<usize>index) << 3));
    const frame = entry & PTE_P ? frameOf(entry) : 0;
    if (!moveBytes(frame, block + index)) return false;
    if (frame == 0) continue;
    if (<u64>present <= MOST_SINGLE_PAGES) invalidatePage(process, first + index);
    const part = mappedFrame(frame, 1);
    // What is in swap of it is given up.
    if (part.dirty != 0 || part.slot != 0) whole.dirty = 1;
    if (!unmapFrame(part, process, first + index, entry)) return false;
  }
  if (<u64>present > MOST_SINGLE_PAGES) invalidateProcess(process);
  store<u64>(at, (block << PAGE_SHIFT) | PTE_PS | leafRights(vma.flags) | marks);
  counters.promotions++;
  return giveBackTable(table);
}

/** Has frame `to` hold what frame `from` holds; 0: zeros. Only those have bytes that a program reads and writes (AddressSpace). */
function moveBytes(from: u64, to: u64): bool {
  const source: usize = from == 0 ? 0 : bytesOf(from << PAGE_SHIFT);
  const target: usize = source == 0 ? bytesOf(to << PAGE_SHIFT) : makeBytes(to << PAGE_SHIFT);
  if (source == 0) {
    if (target != 0) memory.fill(target, 0, PAGE_BYTES);
    return true;
  }
  if (target == 0) return false;
  memory.copy(target, source, PAGE_BYTES);
  return true;
}

/** Page number of 52 bits whose low 36 bits are those of `page`: addresses of the upper half begin with ones. */
function signExtended(page: u64): u64 {
  const unused = <u64>(64 - (VA_BITS - PAGE_SHIFT));
  return <u64>(<i64>(page << unused) >> unused) & (((<u64>1) << PAGE_NUMBER_BITS) - 1);
}
