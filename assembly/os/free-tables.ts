/** Page tables that have become empty. */
import { ENTRIES_PER_TABLE, PTE_ADDRESS, PTE_P, PTE_PS, TOP_LEVEL } from "../paging";
import { pageShiftOf, pagesOf } from "../processor/granule";
import { bytesOf } from "../processor/memory";
import { giveBackTable } from "./physical";
import { isEmptyTable } from "./tables";

/**
 * Frees the tables under the PML4 at `pml4` that are for pages from `first` to `last` and hold nothing. Whether there were
 * any; paging-structure caches may still point to them.
 */
export function freeTables(pml4: u64, first: u64, last: u64): bool {
  return freeBelow(pml4, TOP_LEVEL, first, last);
}

/** The same under a table of `level`, for as many pages as it has. */
function freeBelow(table: u64, level: u32, first: u64, last: u64): bool {
  const shift = <u64>pageShiftOf(level);
  const mask: u64 = ENTRIES_PER_TABLE - 1;
  const entries = bytesOf(table);
  // Addresses of more than 48 bits have the tables of their lower ones.
  const all = (last >> shift) - (first >> shift) >= mask;
  const from = all ? 0 : (first >> shift) & mask;
  const to = all ? mask : (last >> shift) & mask;
  let freed = false;
  for (let index = from; index <= to; index++) {
    const at = entries + ((<usize>index) << 3);
    const entry = load<u64>(at);
    if (!(entry & PTE_P) || entry & PTE_PS) continue;
    const below = entry & PTE_ADDRESS;
    if (level > 2) {
      const isFirst = !all && index == from;
      const isLast = !all && index == to;
      const end = pagesOf(level) - 1;
      if (freeBelow(below, level - 1, isFirst ? first & end : 0, isLast ? last & end : end)) freed = true;
    }
    if (!isEmptyTable(bytesOf(below))) continue;
    store<u64>(at, 0);
    giveBackTable(below);
    freed = true;
  }
  return freed;
}
