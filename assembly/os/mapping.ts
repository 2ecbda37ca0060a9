/** mmap, munmap and mprotect: what they do to mappings, page tables and cached translations. */
import { counters } from "../counters";
import {
  PAGE_NUMBER_BITS,
  PAGE_SHIFT,
  PTE_A,
  PTE_ADDRESS,
  PTE_D,
  PTE_P,
  PTE_PS,
  VA_BITS,
  isCanonical,
} from "../paging";
import { pagesOf } from "../processor/granule";
import { osConfig } from "./config";
import { freeTables } from "./free-tables";
import { mappedFrame, unmapFrame } from "./frames";
import { makeObject } from "./objects";
import { Process, invalidatePage, invalidateProcess, isObject } from "./process";
import { splitAt } from "./split";
import { releaseSlot } from "./swap";
import { ENTRY_HAS_FRAME, ENTRY_HELD, ENTRY_SWAPPED, find, foundAt, foundLevel, frameOf } from "./tables";
import { VMA_RIGHTS, VMA_SHARED, VMA_WRITE, Vma, leafRights } from "./vmas";

/** Pages whose translations are invalidated one by one; of more, the process's are all. Linux, arch/x86/mm/tlb.c, tlb_single_page_flush_ceiling. */
export const MOST_SINGLE_PAGES: u64 = 33;

/** The first 4 KiB page of the upper half of addresses. */
const FIRST_UPPER_PAGE: u64 = ((<u64>1) << PAGE_NUMBER_BITS) - ((<u64>1) << (VA_BITS - 1 - PAGE_SHIFT));

/**
 * Maps the pages from `first` to `last` of `process`, in place of what was there, and returns the mapping; `null` if there
 * is no memory left. What is VMA_SHARED is a new memory.
 */
export function map(process: Process, first: u64, last: u64, flags: u32, name: u32): Vma | null {
  if (!unmap(process, first, last)) return null;
  const object = flags & VMA_SHARED ? makeObject() : 0;
  if (flags & VMA_SHARED && object == 0) return null;
  const vma = process.vmas.add(first, last, flags, name);
  if (vma != null) vma.object = object;
  return vma;
}

/** Unmaps the pages from `first` to `last` of `process`: mappings, pages, and translations. False if there is no memory left. */
export function unmap(process: Process, first: u64, last: u64): bool {
  if (!process.vmas.has(first, last)) return true;
  return process.vmas.remove(first, last) && clearPages(process, first, last);
}

/**
 * What munmap does where everything is mapped, and nobody tells what is mapped next: the pages go, and the next touch of each is
 * a first one, with every right. False if there is no memory left.
 */
export function empty(process: Process, first: u64, last: u64): bool {
  const vmas = process.vmas;
  let hasRights = true;
  for (let index = vmas.from(first); index < vmas.count && vmas.at(index).first <= last; index++) {
    hasRights = hasRights && (vmas.at(index).flags & VMA_RIGHTS) == VMA_RIGHTS;
  }
  if (!hasRights && !vmas.protect(first, last, VMA_RIGHTS)) return false;
  return clearPages(process, first, last);
}

/**
 * Gives the mappings and pages from `first` to `last` of `process` other rights (VMA_ bits). Those that have them already stay as
 * they are (Linux, mm/mprotect.c, mprotect_fixup()). False if there is no memory left.
 */
export function protect(process: Process, first: u64, last: u64, rights: u32): bool {
  const vmas = process.vmas;
  // Neighbours that change are changed at once, since a large page may lie in both.
  let from: u64 = first;
  let next: u64 = first;
  for (let index = vmas.from(first); index < vmas.count && vmas.at(index).first <= last; index++) {
    if ((vmas.at(index).flags & VMA_RIGHTS) == rights) continue;
    if (vmas.at(index).first < first) {
      if (!vmas.cutAt(first)) return false;
      index++;
    }
    if (!vmas.cutAt(last + 1)) return false;
    const vma = vmas.at(index);
    vma.flags = (vma.flags & ~VMA_RIGHTS) | rights;
    if (vma.first != next) {
      if (next > from && !changePages<Protect>(process, from, next - 1, rights)) return false;
      from = vma.first;
    }
    next = vma.last + 1;
  }
  if (next > from && !changePages<Protect>(process, from, next - 1, rights)) return false;
  shootDown(process);
  return true;
}

/**
 * Frees the pages from `first` to `last` of `process`, their slots, and the tables that they leave empty. In a replay tables
 * stay: it reports how many the program has needed.
 */
export function clearPages(process: Process, first: u64, last: u64): bool {
  if (!changePages<Drop>(process, first, last, 0)) return false;
  shootDown(process);
  if (osConfig.bytes != 0 && freeTables(process.pml4, first, last) && !isObject(process))
    invalidatePage(process, first);
  return true;
}

/** Present pages that changePages() has changed since the latest shootDown(). */
let present: u64 = 0;

/** Has C change every entry for the pages from `first` to `last` of `process`; shootDown() is to be called after it. */
function changePages<C>(process: Process, first: u64, last: u64, rights: u32): bool {
  if (!splitAt(process, first) || !splitAt(process, last + 1)) return false;
  let page = first;
  while (page <= last) {
    if (!isCanonical(page)) page = FIRST_UPPER_PAGE; // between the halves there are 2^25 entries that nobody can reach
    if (page > last) break;
    const entry = find(process.pml4, page);
    const level = foundLevel;
    if (entry != 0) {
      const at = foundAt;
      // @ts-ignore: C is a change; asc checks its instances
      store<u64>(at, changetype<C>(<usize>0).changed(process, page, entry, level, rights));
      if (entry & PTE_P && !isObject(process) && ++present <= MOST_SINGLE_PAGES) invalidatePage(process, page);
    }
    page = (page | (pagesOf(level) - 1)) + 1;
  }
  return true;
}

/** Ends the changes of one call: translations were invalidated one by one; if those were too many, all of `process` are now. */
function shootDown(process: Process): void {
  if (present == 0) return;
  counters.shootdowns++;
  if (present > MOST_SINGLE_PAGES) {
    counters.processFlushes++;
    invalidateProcess(process);
  } else counters.invalidatedPages += present;
  present = 0;
}

/** The page goes. */
@final
@unmanaged
class Drop {
  changed(process: Process, page: u64, entry: u64, level: u32, _rights: u32): u64 {
    if (entry & ENTRY_HAS_FRAME) unmapFrame(mappedFrame(frameOf(entry), level), process, page, entry);
    else if (entry & ENTRY_SWAPPED) releaseSlot(<u32>frameOf(entry));
    return 0;
  }
}

/** The page has other rights; without any it is not present any more. */
@final
@unmanaged
class Protect {
  changed(_process: Process, _page: u64, entry: u64, level: u32, rights: u32): u64 {
    if (!(entry & ENTRY_HAS_FRAME)) return entry;
    const kept = entry & (PTE_ADDRESS | PTE_PS | PTE_D | PTE_A);
    if ((rights & VMA_RIGHTS) == 0) return kept | ENTRY_HELD;
    const frame = mappedFrame(frameOf(entry), level);
    const writes = (rights & VMA_WRITE) != 0 && (frame.shared != 0 || frame.isExclusive());
    return kept | leafRights(writes ? rights : rights & ~VMA_WRITE);
  }
}
