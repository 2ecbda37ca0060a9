/**
 * Page tables as the operating system writes them: four levels, entries in physical memory (processor/memory.ts).
 *
 * An entry of level 1 that is not present tells where its page is, if it ever was anywhere:
 *
 *   63   52 51                          12 11      3    2     1    0   bit
 *   ├──────┼──────────────────────────────┼────────┼───────┼────────┼───┤
 *   │  0   │          swap slot           │   0    │ clean │ swapped│ 0 │
 *   └──────┴──────────────────────────────┴────────┴───────┴────────┴───┘
 *
 * One of any leaf level may hold a page that nobody may access, with the frame, A, D and PS where a present one has them:
 *
 *   63   52 51                          12 11  8   7   6   5   4   3    2  0   bit
 *   ├──────┼──────────────────────────────┼──────┼───┼───┼───┼───┼──────┼────┤
 *   │  0   │            frame             │  0   │ PS│ D │ A │ 0 │ held │ 0  │
 *   └──────┴──────────────────────────────┴──────┴───┴───┴───┴───┴──────┴────┘
 */
import { bringIntoDataCaches, followsKernel } from "../hierarchy/data-caches";
import { PAGE_BYTES, PAGE_SHIFT, PTE_ADDRESS, PTE_P, PTE_PS, PTE_RW, PTE_US } from "../paging";
import { entryOffset, topLevel } from "../processor/granule";
import { bytesOf } from "../processor/memory";
import { takeTable } from "./physical";

/** The page is in the swap slot whose number stands where a frame's would. */
export const ENTRY_SWAPPED: u64 = 1 << 1;
/** The page was dropped, since nobody had written to it: it is in its file, or zeros. */
export const ENTRY_DROPPED: u64 = 1 << 2;

/** The page is there, and no access is allowed to it. Linux: _PAGE_PROTNONE. */
export const ENTRY_HELD: u64 = 1 << 3;
/** One of these bits is set in an entry that has a frame. */
export const ENTRY_HAS_FRAME: u64 = PTE_P | ENTRY_HELD;

/** Address in linear memory of the entry that find() found, and its level. */
export let foundAt: usize = 0;
export let foundLevel: u32 = 0;

/** The entry of the lowest level there is for `page` under the PML4 at `cr3`: a leaf, or one that is not present. */
export function find(cr3: u64, page: u64): u64 {
  let table = cr3 & PTE_ADDRESS;
  let entry: u64 = 0;
  for (foundLevel = topLevel; foundLevel > 0; foundLevel--) {
    foundAt = bytesOf(table + entryOffset(page, foundLevel));
    entry = load<u64>(foundAt);
    if (!(entry & PTE_P) || foundLevel == 1 || (entry & PTE_PS) != 0) break;
    table = entry & PTE_ADDRESS;
  }
  return entry;
}

/**
 * Address of the entry of `level` for `page`, its tables made where there are none; 0 if linear memory is exhausted. No
 * larger page may be there.
 */
export function makeEntry(cr3: u64, page: u64, level: u32): usize {
  let table = cr3 & PTE_ADDRESS;
  for (let above = topLevel; above > level; above--) {
    const at = bytesOf(table + entryOffset(page, above));
    let entry = load<u64>(at);
    if (followsKernel) bringIntoDataCaches(table + entryOffset(page, above));
    if (!(entry & PTE_P)) {
      const made = takeTable();
      if (made == 0) return 0;
      entry = made | PTE_P | PTE_RW | PTE_US;
      store<u64>(at, entry);
    }
    table = entry & PTE_ADDRESS;
  }
  if (followsKernel) bringIntoDataCaches(table + entryOffset(page, level));
  return bytesOf(table + entryOffset(page, level));
}

/** Whether the table at `entries` in linear memory says nothing of any page. */
export function isEmptyTable(entries: usize): bool {
  for (let at = entries; at < entries + <usize>PAGE_BYTES; at += 8) if (load<u64>(at) != 0) return false;
  return true;
}

/** First frame of the page that leaf `entry` of `level` maps. */
export function frameOf(entry: u64): u64 {
  return (entry & PTE_ADDRESS) >> PAGE_SHIFT;
}
