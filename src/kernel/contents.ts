/** What the TLBs and paging-structure caches of a processor hold. */
import { CACHE_NAMES, type CacheName } from "../config/processor.ts";
import type { KernelInstance } from "./instance.ts";

/** One entry of a cache that holds something. Rights are those of all levels down to its own, together. */
export interface CacheEntry {
  /** First byte of what it translates: of the page, or of the range below the table. */
  address: bigint;
  /** Of the entry that maps the page, 1 = PTE ... 3 = PDPTE; of the one that points to the table, 2 = PDE ... 5 = PML5E. */
  level: number;
  /** Where the page or the table lies. */
  physicalAddress: bigint;
  /** `null` for a global page. */
  pcid: number | null;
  write: boolean;
  user: boolean;
  execute: boolean;
  /** D and the protection key of the page; `null` in paging-structure caches. */
  dirty: boolean | null;
  protectionKey: number | null;
  /** 0 for the entry of its set that was used last, then 1, and so on: a full set loses the largest next. */
  age: number;
}

/** All of one cache: `sets[set][way]`; `null` is an entry that holds nothing. */
export interface ProcessorCache {
  name: CacheName;
  ways: number;
  sets: (CacheEntry | null)[][];
}

/**
 * What every cache holds; without those that have no entries.
 *
 * @internal
 */
export function readContents(kernel: KernelInstance): ProcessorCache[] {
  const numbers = CACHE_NAMES.map((name) => ({ name, cache: cacheNumber(kernel, name) }));
  return numbers.flatMap(({ name, cache }) => {
    const entries = kernel.call(() => kernel.exports.cacheEntries(cache));
    if (entries === 0) return [];
    const ways = kernel.exports.cacheWays(cache);
    const sets = Array.from({ length: entries / ways }, (_, set) => readSet(kernel, cache, set, ways));
    return [{ name, ways, sets }];
  });
}

/**
 * Number of the set in which a cache looks for `va` in a page of `level`.
 *
 * @internal
 */
export function setOfAddress(kernel: KernelInstance, name: CacheName, va: bigint, level: number): number {
  return kernel.call(() => kernel.exports.cacheSet(cacheNumber(kernel, name), va, level));
}

function cacheNumber(kernel: KernelInstance, name: CacheName): number {
  return kernel.offset(`CACHE_${name}`);
}

function readSet(kernel: KernelInstance, cache: number, set: number, ways: number): (CacheEntry | null)[] {
  const x = kernel.exports;
  const read = new Array<CacheEntry | null>(ways).fill(null);
  let entry = x.latestEntry(cache, set);
  for (let age = 0; age < ways; age++, entry = x.earlierEntry(cache, entry)) {
    if (x.isFilled(cache, entry)) read[entry % ways] = readEntry(kernel, cache, entry, age);
  }
  return read;
}

function readEntry(kernel: KernelInstance, cache: number, entry: number, age: number): CacheEntry {
  const x = kernel.exports;
  const key = x.entryKey(cache, entry);
  const translation = x.entryTranslation(cache, entry);
  const has = (bit: { value: bigint }) => (translation & bit.value) !== 0n;
  const mapsPage = cache === x.CACHE_L1I.value || cache === x.CACHE_L1D.value || cache === x.CACHE_STLB.value;
  return {
    address: BigInt.asUintN(64, x.addressOfKey(key)),
    level: x.levelOfKey(key),
    physicalAddress: translation & x.PTE_ADDRESS.value,
    pcid: x.isGlobalKey(key) ? null : x.pcidOfKey(key),
    write: has(x.PTE_RW),
    user: has(x.PTE_US),
    execute: !has(x.PTE_XD),
    dirty: mapsPage ? has(x.PTE_D) : null,
    protectionKey: mapsPage ? Number((translation >> x.PTE_PKEY_SHIFT.value) & x.PTE_PKEY_MASK.value) : null,
    age,
  };
}
