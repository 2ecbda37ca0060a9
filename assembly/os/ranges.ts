/** What is mapped in a process, as the host asks: processes by index, 4 KiB page numbers of 52 bits. */
import { processAt } from "./process";
import { Vma } from "./vmas";

/** Whether every page from `first` to `last` of process `index` is mapped. */
export function pagesAreMapped(index: u32, first: u64, last: u64): bool {
  return processAt(index).vmas.cover(first, last);
}

/** Whether none is. */
export function pagesAreFree(index: u32, first: u64, last: u64): bool {
  return !processAt(index).vmas.has(first, last);
}

/**
 * The highest page of process `index` from which `pages` pages below `end` are free, a multiple of `alignment` (a power of
 * two) and `lowest` or above; 0 if there is none. Linux: arch_get_unmapped_area_topdown().
 */
export function freePages(index: u32, pages: u64, alignment: u64, lowest: u64, end: u64): u64 {
  const vmas = processAt(index).vmas;
  let at = vmas.from(end);
  if (at < vmas.count && vmas.at(at).first < end) end = vmas.at(at).first;
  while (true) {
    if (end < pages) return 0;
    const first = (end - pages) & ~(alignment - 1);
    if (first < lowest) return 0;
    if (at == 0 || vmas.at(at - 1).last < first) return first;
    at--;
    end = vmas.at(at).first;
  }
}

/** How many mappings process `index` has, and where mapping `at` of them stands. */
export function vmaCount(index: u32): u32 {
  return processAt(index).vmas.count;
}

export function vmaAddress(index: u32, at: u32): usize {
  return processAt(index).vmas.row(at);
}

/** Where the mapping that has `page` stands; 0 if none has. */
export function vmaOfPage(index: u32, page: u64): usize {
  const vma = processAt(index).vmas.find(page);
  return vma == null ? 0 : changetype<usize>(vma);
}

export const VMA_FIRST: u32 = offsetof<Vma>("first");
export const VMA_LAST: u32 = offsetof<Vma>("last");
export const VMA_FLAGS: u32 = offsetof<Vma>("flags");
export const VMA_NAME: u32 = offsetof<Vma>("name");
