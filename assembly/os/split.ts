/** Large pages that become small ones, where only a part of one is to change. Linux: __split_huge_pmd(), split_huge_page(). */
import { counters } from "../counters";
import { ENTRIES_PER_TABLE, PAGE_SHIFT, PTE_P, PTE_PS, PTE_RW, PTE_US } from "../paging";
import { pagesOf } from "../processor/granule";
import { bytesOf } from "../processor/memory";
import { mappedFrame, splitFrame } from "./frames";
import { takeTable } from "./physical";
import { Process, invalidatePage } from "./process";
import { ENTRY_HAS_FRAME, find, foundAt, foundLevel, frameOf } from "./tables";

/**
 * Makes 512 pages of the next smaller size of the large page that `page` of `process` is in, with its marks and rights.
 * Call only where find() has just found it. False if linear memory is exhausted.
 */
export function split(process: Process, page: u64): bool {
  const level = foundLevel;
  const at = foundAt;
  const entry = load<u64>(at);
  const table = takeTable();
  if (table == 0) return false;
  const step = pagesOf(level - 1) << PAGE_SHIFT;
  const leaf = level == 2 ? entry & ~PTE_PS : entry;
  const entries = bytesOf(table);
  for (let index: u32 = 0; index < ENTRIES_PER_TABLE; index++) {
    store<u64>(entries + ((<usize>index) << 3), leaf + step * index);
  }
  store<u64>(at, table | PTE_P | PTE_RW | PTE_US);
  if (entry & PTE_P) invalidatePage(process, page);
  counters.demotions++;
  return splitFrame(mappedFrame(frameOf(entry), level));
}

/** Has no large page of `process` reach over the beginning of `page`. False if linear memory is exhausted. */
export function splitAt(process: Process, page: u64): bool {
  let entry = find(process.pml4, page);
  while (entry & ENTRY_HAS_FRAME && foundLevel > 1 && (page & (pagesOf(foundLevel) - 1)) != 0) {
    if (!split(process, page)) return false;
    entry = find(process.pml4, page);
  }
  return true;
}
