/**
 * How large the page is that first touch makes. A mapping that has a level of its own has pages of it, as hugetlbfs or remapped
 * memory; where huge pages are transparent, anonymous private memory has 2 MiB ones as long as there are blocks for them. Either
 * way the page is aligned, and lies in one mapping whole; where it does not, there are smaller ones.
 * Linux: Documentation/admin-guide/mm/transhuge.rst; mm/huge_memory.c, do_huge_pmd_anonymous_page().
 */
import { PAGE_BYTES, PTE_ADDRESS } from "../paging";
import { pagesOf } from "../processor/granule";
import { osConfig } from "./config";
import { giveBackTable, hasRoom } from "./physical";
import { Process } from "./process";
import { Random } from "../random";
import { find, foundAt, foundLevel, isEmptyTable, makeEntry } from "./tables";
import { VMA_ANONYMOUS, VMA_SHARED, Vma } from "./vmas";

/** 2^32. */
const RANDOM_NUMBERS: f64 = 4294967296;

const requests = changetype<Random>(memory.data(offsetof<Random>(), 8));

/** Starts before the first request for a block. */
export function startHuge(): void {
  requests.start(osConfig.blockSeed);
}

/** Level of the leaf that first touch makes for `page`, which is in `vma`. Call only where find() has just found that there is none. */
export function levelFor(process: Process, vma: Vma, page: u64): u32 {
  const transparent = isTransparent(vma);
  const wanted = transparent ? 2 : vma.leafLevel != 0 ? vma.leafLevel : osConfig.leafLevel;
  if (wanted == 1) return 1;
  let level = min(wanted, roomFor(process, page, wanted));
  while (level > 1 && !(isInOne(process, page, level) && hasRoom(level))) level--;
  return transparent && level == 2 && !hasBlock() ? 1 : level;
}

/** Whether `vma` may have huge pages that nobody has asked for. Linux: shared memory and files have settings of their own, off. */
export function isTransparent(vma: Vma): bool {
  return osConfig.transparent != 0 && vma.leafLevel == 0 && (vma.flags & (VMA_ANONYMOUS | VMA_SHARED)) == VMA_ANONYMOUS;
}

/** Whether the page of leaf level `level` that `page` would be in lies in one mapping of `process`. */
export function isInOne(process: Process, page: u64, level: u32): bool {
  const below = pagesOf(level) - 1;
  return process.vmas.joins(page & ~below, page | below);
}

/** Whether a request for 2 MiB of memory in one piece is answered: memory that is fragmented has only some. */
export function hasBlock(): bool {
  return <f64>requests.next() < osConfig.blockShare * RANDOM_NUMBERS;
}

/**
 * Level of the largest leaf that there is room for where find() has found none for `page`. Of the tables that are in the way of
 * one of `wanted`, those without a page are given back, as Linux does when the last of their mappings goes (free_pgtables()): what
 * was in them was invalidated with its pages.
 */
function roomFor(process: Process, page: u64, wanted: u32): u32 {
  while (foundLevel < wanted && isEmptyTable(foundAt & ~(<usize>PAGE_BYTES - 1))) {
    const above = makeEntry(process.pml4, page, foundLevel + 1);
    giveBackTable(load<u64>(above) & PTE_ADDRESS);
    store<u64>(above, 0);
    find(process.pml4, page);
  }
  return foundLevel;
}
