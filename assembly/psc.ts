/**
 * Paging-structure caches ("page-walk caches" elsewhere): one for each kind of entry that can point to a table, fully
 * associative, LRU. They hold the address of that table, so a walk can start there.
 * SDM Vol. 3A, "Paging-Structure Caches". Their sizes are not documented by vendors.
 */
import { TOP_LEVEL, pageShiftOf } from "./paging";
import { Tlb, newTlb, plainOrder } from "./tlb";

const pde = newTlb();
const pdpte = newTlb();
const pml4e = newTlb();

/** Sizes in entries; 0 turns a cache off. False if there is no memory left. */
export function configurePscs(pdeEntries: u32, pdpteEntries: u32, pml4eEntries: u32): bool {
  return (
    pde.configure(pdeEntries, pdeEntries, plainOrder(pdeEntries)) &&
    pdpte.configure(pdpteEntries, pdpteEntries, plainOrder(pdpteEntries)) &&
    pml4e.configure(pml4eEntries, pml4eEntries, plainOrder(pml4eEntries))
  );
}

function cacheOf(level: u32): Tlb {
  return level == 2 ? pde : level == 3 ? pdpte : pml4e;
}

/** Address of the table that the cached entry of `level` for `page` points to, made most recent; 0 if not cached. */
export function lookupPsc(page: u64, level: u32): u64 {
  const cache = cacheOf(level);
  if (cache.entries == 0) return 0;
  const entry = cache.find(page >> <u64>pageShiftOf(level), 0);
  if (entry < 0) return 0;
  cache.toFront(entry, 0);
  return cache.value(entry);
}

/** Caches that the entry of `level` for `page` points to `table`. It must not be cached yet. */
export function fillPsc(page: u64, level: u32, table: u64): void {
  const cache = cacheOf(level);
  if (cache.entries == 0) return;
  const key = page >> <u64>pageShiftOf(level);
  const entry = cache.back(0);
  cache.replace(entry, key);
  cache.setValue(entry, table);
  cache.backToFront(entry, 0);
}

/** The deepest level whose entries may be cached. */
export const PSC_DEEPEST_LEVEL: u32 = 2;
/** The highest one. */
export const PSC_HIGHEST_LEVEL: u32 = TOP_LEVEL;
