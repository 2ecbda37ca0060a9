/** mmap, munmap and mprotect: what they do to mappings, page tables and cached translations. */
import { counters } from "../counters";
import {
  PAGE_NUMBER_BITS,
  PAGE_SHIFT,
  PTE_P,
  PTE_RW,
  PTE_US,
  PTE_XD,
  VA_BITS,
  isCanonical,
  pageShiftOf,
} from "../paging";
import { giveBackFrames } from "./physical";
import { Process, invalidatePage, invalidateProcess } from "./process";
import { splitAt } from "./split";
import { find, foundAt, foundLevel, frameOf } from "./tables";
import { VMA_EXEC, VMA_RIGHTS, VMA_WRITE, Vma } from "./vmas";

/** Pages whose translations are invalidated one by one; of more, the process's are all. Linux, arch/x86/mm/tlb.c, tlb_single_page_flush_ceiling. */
export const MOST_SINGLE_PAGES: u64 = 33;

/** The first 4 KiB page of the upper half of addresses. */
const FIRST_UPPER_PAGE: u64 = ((<u64>1) << PAGE_NUMBER_BITS) - ((<u64>1) << (VA_BITS - 1 - PAGE_SHIFT));

/** Maps the pages from `first` to `last` of `process`, in place of what was there, and returns the mapping; `null` if there is no memory left. */
export function map(process: Process, first: u64, last: u64, flags: u32, name: u32): Vma | null {
  return unmap(process, first, last) ? process.vmas.add(first, last, flags, name) : null;
}

/** Unmaps the pages from `first` to `last` of `process`: mappings, pages, and translations. False if there is no memory left. */
export function unmap(process: Process, first: u64, last: u64): bool {
  if (!process.vmas.remove(first, last)) return false;
  return changePages<Drop>(process, first, last, 0) && shootDown(process);
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
  return changePages<Drop>(process, first, last, 0) && shootDown(process);
}

/**
 * Gives the mappings and pages from `first` to `last` of `process` other rights (VMA_ bits). Those that have them already stay as
 * they are (Linux, mm/mprotect.c, mprotect_fixup()). False if there is no memory left.
 */
export function protect(process: Process, first: u64, last: u64, rights: u32): bool {
  const vmas = process.vmas;
  for (let index = vmas.from(first); index < vmas.count && vmas.at(index).first <= last; index++) {
    if ((vmas.at(index).flags & VMA_RIGHTS) == rights) continue;
    if (vmas.at(index).first < first) {
      if (!vmas.cutAt(first)) return false;
      index++;
    }
    if (!vmas.cutAt(last + 1)) return false;
    const vma = vmas.at(index);
    vma.flags = (vma.flags & ~VMA_RIGHTS) | rights;
    if (!changePages<Protect>(process, vma.first, vma.last, rights)) return false;
  }
  return shootDown(process);
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
      if (entry & PTE_P && ++present <= MOST_SINGLE_PAGES) invalidatePage(process, page);
      // @ts-ignore: C is a change; asc checks its instances
      store<u64>(foundAt, changetype<C>(<usize>0).changed(entry, level, rights));
    }
    page = (page | (((<u64>1) << (<u64>pageShiftOf(level))) - 1)) + 1;
  }
  return true;
}

/** Ends the changes of one call: translations were invalidated one by one; if those were too many, all of `process` are now. */
function shootDown(process: Process): bool {
  if (present == 0) return true;
  counters.shootdowns++;
  if (present > MOST_SINGLE_PAGES) {
    counters.processFlushes++;
    invalidateProcess(process);
  } else counters.invalidatedPages += present;
  present = 0;
  return true;
}

/** The page goes. */
@final
@unmanaged
class Drop {
  changed(entry: u64, level: u32, _rights: u32): u64 {
    if (entry & PTE_P) giveBackFrames(frameOf(entry), level);
    return 0;
  }
}

/** The page has other rights. Without any it is the supervisor's, as Linux's are not present (_PAGE_PROTNONE): it stays where it is. */
@final
@unmanaged
class Protect {
  changed(entry: u64, _level: u32, rights: u32): u64 {
    if (!(entry & PTE_P)) return entry;
    const others = entry & ~(PTE_RW | PTE_US | PTE_XD);
    return others | (rights & VMA_WRITE ? PTE_RW : 0) | (rights != 0 ? PTE_US : 0) | (rights & VMA_EXEC ? 0 : PTE_XD);
  }
}
