/** What the caches hold, for the host to look at. Nothing here changes anything. */
import { RingTlb } from "../orders/rings";
import { NO_KEY } from "../tlb";
import { l1d, l1i, stlb, structureCache } from "./caches";
import { shiftOf } from "./entries";
import { registers } from "./registers";

// The caches by number. Those of paging structures are the levels of their entries.
export const CACHE_L1I: u32 = 6;
export const CACHE_L1D: u32 = 7;
export const CACHE_STLB: u32 = 8;
export const CACHE_PDE: u32 = 2;
export const CACHE_PDPTE: u32 = 3;
export const CACHE_PML4E: u32 = 4;
export const CACHE_PML5E: u32 = 5;

/** Entries of `cache`; 0 if it is turned off, or of a level that the tables do not have. */
export function cacheEntries(cache: u32): u32 {
  return cache <= CACHE_PML5E && cache > registers.topLevel ? 0 : cacheOf(cache).entries;
}

export function cacheWays(cache: u32): u32 {
  return cacheOf(cache).ways;
}

/** Number of the set in which `cache` looks for `va` in a page of `level`, or in an entry of its own level. */
export function cacheSet(cache: u32, va: u64, level: u32): u32 {
  const tlb = cacheOf(cache);
  return tlb.setOf(va >> <u64>shiftOf(level)) / tlb.ways;
}

/** Of set number `set`, the entry that was used last. Entries are numbered: set * ways + way. */
export function latestEntry(cache: u32, set: u32): u32 {
  const tlb = cacheOf(cache);
  return tlb.front(set * tlb.ways);
}

/** The entry of the same set that was used before `entry`; after the earliest, the latest. Empty ones are last. */
export function earlierEntry(cache: u32, entry: u32): u32 {
  return cacheOf(cache).next(entry);
}

/** Whether `entry` holds something. */
export function isFilled(cache: u32, entry: u32): bool {
  return cacheOf(cache).key(entry) != NO_KEY;
}

/** The key of `entry`: caches.ts has its picture. */
export function entryKey(cache: u32, entry: u32): u64 {
  return cacheOf(cache).key(entry);
}

/** The translation that `entry` holds: entries.ts has its picture. */
export function entryTranslation(cache: u32, entry: u32): u64 {
  return cacheOf(cache).value(entry);
}

function cacheOf(cache: u32): RingTlb {
  if (cache == CACHE_L1I) return l1i;
  if (cache == CACHE_L1D) return l1d;
  return cache == CACHE_STLB ? stlb : structureCache(cache);
}
