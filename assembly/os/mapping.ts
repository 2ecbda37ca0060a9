/** mmap, munmap and mprotect: what they do to mappings, page tables and cached translations. */
import { PAGE_NUMBER_BITS, PAGE_SHIFT, PTE_P, PTE_RW, PTE_XD, VA_BITS, isCanonical, pageShiftOf } from "../paging";
import { giveBackFrames } from "./physical";
import { Process, invalidatePage, invalidateProcess } from "./process";
import { splitAt } from "./split";
import { find, foundAt, foundLevel, frameOf } from "./tables";
import { VMA_EXEC, VMA_WRITE, Vma } from "./vmas";

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
  return process.vmas.remove(first, last) && changePages<Drop>(process, first, last, 0);
}

/** Gives the mappings and pages from `first` to `last` of `process` other rights (VMA_ bits). False if there is no memory left. */
export function protect(process: Process, first: u64, last: u64, rights: u32): bool {
  return process.vmas.protect(first, last, rights) && changePages<Protect>(process, first, last, rights);
}

/** Has C change every entry for the pages from `first` to `last` of `process`, and translations forgotten. */
function changePages<C>(process: Process, first: u64, last: u64, rights: u32): bool {
  if (!splitAt(process, first) || !splitAt(process, last + 1)) return false;
  let present: u64 = 0;
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
  if (present > MOST_SINGLE_PAGES) invalidateProcess(process);
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

/** The page has other rights. Not modelled: a present page without any right stays readable. */
@final
@unmanaged
class Protect {
  changed(entry: u64, _level: u32, rights: u32): u64 {
    if (!(entry & PTE_P)) return entry;
    return (entry & ~(PTE_RW | PTE_XD)) | (rights & VMA_WRITE ? PTE_RW : 0) | (rights & VMA_EXEC ? 0 : PTE_XD);
  }
}
