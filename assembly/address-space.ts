/**
 * The operating system's side of a page table: which tables exist, and what first touch maps.
 */
import { allocatePage, allocateTable, bytesAt, storePte } from "./frames";
import { PTE_ADDRESS, PTE_P, PTE_PS, PTE_RW, PTE_US, TOP_LEVEL, entryOffset, pageShiftOf } from "./paging";
import { hasVmas, pteRightsOf } from "./vma-table";

/**
 * Maps the page around 4 KiB page number `page` by a leaf of `leafLevel` (1: 4 KiB, 2: 2 MiB, 3: 1 GiB) under the
 * PML4 at `cr3`, with new tables where there are none. The leaf must not be present; where there are VMAs, it gets the
 * rights of that of `page`, which must be that of the whole leaf. False if memory is exhausted.
 */
export function mapPage(cr3: u64, page: u64, leafLevel: u32): bool {
  const at = leafAddress(cr3, page, leafLevel);
  if (at == 0) return false;
  const flags = PTE_P | PTE_US | (leafLevel > 1 ? PTE_PS : 0) | (hasVmas ? pteRightsOf(page) : PTE_RW);
  const leaf = allocatePage(pageShiftOf(leafLevel)) | flags;
  if (leafLevel == 1) storePte(<u32>(at - bytesAt(0)), leaf);
  else store<u64>(at, leaf);
  return true;
}

/** Address in linear memory of the entry of `leafLevel` for `page`, its tables made where missing; 0 if exhausted. */
export function leafAddress(cr3: u64, page: u64, leafLevel: u32): usize {
  let table = cr3;
  for (let level = TOP_LEVEL; level > leafLevel; level--) {
    const at = bytesAt(table) + entryOffset(page, level);
    let entry = load<u64>(at);
    if (!(entry & PTE_P)) {
      const created = allocateTable();
      if (created == 0) return 0;
      entry = created | PTE_P | PTE_RW | PTE_US;
      store<u64>(at, entry);
    }
    table = entry & PTE_ADDRESS;
  }
  return bytesAt(table) + entryOffset(page, leafLevel);
}
