/** The page-fault handler: what the operating system does so that an access that faulted goes through, or why it does not. */
import { counters } from "../counters";
import { PAGE_BYTES, PAGE_SHIFT, PTE_A, PTE_ADDRESS, PTE_D, PTE_P, PTE_PS, PTE_RW } from "../paging";
import { pagesOf } from "../processor/granule";
import { bytesOf, makeBytes } from "../processor/memory";
import { ACCESS_FETCH, ACCESS_WRITE } from "../processor/rights";
import { rightsAllow } from "../vma-rights";
import { osConfig } from "./config";
import { takePage } from "./evict";
import { Frame, freeFrame, mapFrame, mappedFrame, unmapFrame } from "./frames";
import { isTransparent, levelFor } from "./huge";
import { pagesOfObject } from "./objects";
import { Process, invalidatePage } from "./process";
import { cacheIn, frameOfSlot, loadFrame, releaseSlot, slotIsShared } from "./swap";
import { ENTRY_DROPPED, ENTRY_SWAPPED, find, foundAt, foundLevel, frameOf, makeEntry } from "./tables";
import { Vma, leafRights } from "./vmas";

/** The access is to be made again. */
export const FAULT_RESOLVED: u32 = 0;
/** No mapping covers the page: SIGSEGV, SEGV_MAPERR. */
export const FAULT_NOT_MAPPED: u32 = 1;
/** The mapping forbids the access: SIGSEGV, SEGV_ACCERR. */
export const FAULT_FORBIDDEN: u32 = 2;
/** Linear memory is exhausted. */
export const FAULT_NO_TABLES: u32 = 3;
/** No frame can be freed, and no swap slot is left. */
export const FAULT_OUT_OF_MEMORY: u32 = 4;

/** What mappings say of `access` (ACCESS_ bits) to `page` of `process`: FAULT_RESOLVED if they allow it. */
export function judge(process: Process, page: u64, access: u32): u32 {
  const vma = process.vmas.find(page);
  return vma == null ? FAULT_NOT_MAPPED : allows(vma, access) ? FAULT_RESOLVED : FAULT_FORBIDDEN;
}

/** Resolves the fault of `access` to `page` of `process`. Returns a FAULT_. */
export function resolveFault(process: Process, page: u64, access: u32): u32 {
  const vma = process.vmas.find(page);
  if (vma == null) return FAULT_NOT_MAPPED;
  if (!allows(vma, access)) return FAULT_FORBIDDEN;
  const entry = find(process.pml4, page);
  if (entry & PTE_P) return breakSharing(process, page, access, entry);
  if (vma.object != 0) return touchShared(process, vma, page);
  if (entry & ENTRY_SWAPPED) return loadBack(process, vma, page, access, <u32>frameOf(entry));
  if (entry & ENTRY_DROPPED) return loadZeros(process, vma, page);
  return touchFirst(process, vma, page);
}

/** Whether `vma` allows `access` (ACCESS_ bits). */
export function allows(vma: Vma, access: u32): bool {
  return rightsAllow(vma.flags, (access & ACCESS_FETCH) != 0, (access & ACCESS_WRITE) != 0);
}

/** A minor fault: the page gets frames, where find() has just found that it has none. */
function touchFirst(process: Process, vma: Vma, page: u64): u32 {
  const level = levelFor(process, vma, page);
  const at = makeEntry(process.pml4, page, level);
  if (at == 0) return FAULT_NO_TABLES;
  const frame = takePage(level);
  if (frame == null) return FAULT_OUT_OF_MEMORY;
  if (!mapFrame(frame, process, firstPage(page, level), level == 1 || isTransparent(vma))) return FAULT_NO_TABLES;
  store<u64>(at, (frame.number << PAGE_SHIFT) | (level > 1 ? PTE_PS : 0) | leafRights(vma.flags));
  counters.minorFaults++;
  if (level > 1) counters.hugePages++;
  return FAULT_RESOLVED;
}

/** A major fault: the page was dropped, since nobody had written to it. */
function loadZeros(process: Process, vma: Vma, page: u64): u32 {
  const frame = takePage(1);
  if (frame == null) return FAULT_OUT_OF_MEMORY;
  counters.majorFaults++;
  return mapAt(process, vma, page, frame);
}

/**
 * The page is in swap slot `slot`: a major fault, unless others who have it there have loaded it already. Who writes to it
 * gets a copy at once, if others have it.
 */
function loadBack(process: Process, vma: Vma, page: u64, access: u32, slot: u32): u32 {
  let frame = frameOfSlot(slot);
  const isCopy = (access & ACCESS_WRITE) != 0 && (frame == null ? slotIsShared(slot) : true);
  if (frame == null || isCopy) {
    frame = takePage(1);
    if (frame == null) return FAULT_OUT_OF_MEMORY;
    if (frameOfSlot(slot) == null) counters.majorFaults++;
    else counters.minorFaults++;
    if (!loadFrame(frame, slot)) return FAULT_NO_TABLES;
    if (isCopy) frame.dirty = 1;
    else cacheIn(slot, frame);
  } else counters.minorFaults++;
  releaseSlot(slot);
  return mapAt(process, vma, page, frame);
}

/** The page belongs to a memory that processes share, where it may be in a frame, in swap, or nowhere yet. */
function touchShared(process: Process, vma: Vma, page: u64): u32 {
  const pages = pagesOfObject(vma.object);
  const objectPage = vma.objectPage + (page - vma.first);
  const entry = find(pages.pml4, objectPage);
  if (!(entry & PTE_P)) {
    const made = makeEntry(pages.pml4, objectPage, 1);
    if (made == 0) return FAULT_NO_TABLES;
    const frame = takePage(1);
    if (frame == null) return FAULT_OUT_OF_MEMORY;
    frame.shared = 1;
    if (entry & ENTRY_SWAPPED) {
      const slot = <u32>frameOf(entry);
      if (!loadFrame(frame, slot)) return FAULT_NO_TABLES;
      cacheIn(slot, frame);
      releaseSlot(slot);
    }
    if (!mapFrame(frame, pages, objectPage, true)) return FAULT_NO_TABLES;
    store<u64>(made, (frame.number << PAGE_SHIFT) | PTE_P);
    if (entry == 0) counters.minorFaults++;
    else counters.majorFaults++;
    return mapAt(process, vma, page, frame);
  }
  counters.minorFaults++;
  return mapAt(process, vma, page, mappedFrame(frameOf(entry), 1));
}

/** The page is there, and the mapping allows what its entry forbids: it is shared until someone writes to it. */
function breakSharing(process: Process, page: u64, access: u32, entry: u64): u32 {
  const level = foundLevel;
  const at = foundAt;
  if (access & ACCESS_WRITE && !(entry & PTE_RW)) {
    const shared = mappedFrame(frameOf(entry), level);
    if (shared.shared != 0 || shared.isExclusive()) store<u64>(at, entry | PTE_RW);
    else {
      const own = takePage(1);
      if (own == null) return FAULT_OUT_OF_MEMORY;
      // Room may have been made of that very page: it is loaded back then, as the writer's own.
      if (load<u64>(at) != entry) return freeFrame(own) ? FAULT_RESOLVED : FAULT_NO_TABLES;
      if (!copyFrame(shared, own) || !mapFrame(own, process, page, true)) return FAULT_NO_TABLES;
      own.dirty = 1;
      counters.copyOnWrites++;
      unmapFrame(shared, process, page, entry);
      store<u64>(at, (entry & ~PTE_ADDRESS & ~PTE_A & ~PTE_D) | (own.number << PAGE_SHIFT) | PTE_RW);
    }
    counters.minorFaults++;
  }
  // Else an old translation was to blame.
  invalidatePage(process, page);
  return FAULT_RESOLVED;
}

/** Has `process` map `frame` at `page`, for writing too if the mapping allows that and nobody else has it. */
function mapAt(process: Process, vma: Vma, page: u64, frame: Frame): u32 {
  const at = makeEntry(process.pml4, page, 1);
  if (at == 0 || !mapFrame(frame, process, page, true)) return FAULT_NO_TABLES;
  const writes = frame.shared != 0 || frame.isExclusive();
  store<u64>(at, (frame.number << PAGE_SHIFT) | (leafRights(vma.flags) & (writes ? ~(<u64>0) : ~PTE_RW)));
  return FAULT_RESOLVED;
}

function copyFrame(from: Frame, to: Frame): bool {
  const bytes = osConfig.bytes ? bytesOf(from.number << PAGE_SHIFT) : 0;
  if (bytes == 0) return true;
  const copy = makeBytes(to.number << PAGE_SHIFT);
  if (copy != 0) memory.copy(copy, bytes, PAGE_BYTES);
  return copy != 0;
}

/** The first of the pages of the leaf of `level` that `page` is in. */
function firstPage(page: u64, level: u32): u64 {
  return page & ~(pagesOf(level) - 1);
}
