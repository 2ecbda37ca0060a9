/**
 * Data caches that walks read entries through, for what a walk costs: a line is looked for in one cache after the other, and put
 * into all that did not have it. Sets are in order of use, the latest line first. The program's own data are not in them.
 */
import { place } from "../arena";
import { nestedConfig } from "../nested/config";

/** Lines of 64 bytes. */
const LINE_SHIFT: u64 = 6;

export const MAX_DATA_CACHES: u32 = 3;

@final
@unmanaged
class DataCache {
  sets: u32;
  ways: u32;
  /** u64 each, those of a set beside each other: number of a line plus 1, so that 0 is none. */
  lines: usize;
  /** Entries that were read from it. */
  hits: u64;
}

const CACHES: usize = memory.data(3 * offsetof<DataCache>(), 8);
let count: u32 = 0;
/** Entries that no cache had. */
let readsOfMemory: u64 = 0;

/** Whether there are any: nobody needs to tell of entries otherwise. */
export let hasDataCaches: bool = false;

/** Whether they are told of what the kernel uses: a guest's does not know where in the host's memory its tables lie. */
export let followsKernel: bool = false;

/** Has the next machine be without. */
export function clearDataCaches(): void {
  count = 0;
  hasDataCaches = false;
}

/** Has the next machine look up one of so many sets next; MAX_DATA_CACHES at most. */
export function addDataCache(sets: u32, ways: u32): void {
  const cache = cacheAt(count++);
  cache.sets = sets;
  cache.ways = ways;
  hasDataCaches = true;
}

/** Gives them their memory, all empty. False if there is none left. */
export function startDataCaches(): bool {
  readsOfMemory = 0;
  followsKernel = hasDataCaches && nestedConfig.present == 0;
  for (let number: u32 = 0; number < count; number++) {
    const cache = cacheAt(number);
    cache.hits = 0;
    cache.lines = place((<usize>cache.sets * <usize>cache.ways) << 3);
    if (cache.lines == 0) return false;
  }
  return true;
}

// Counts that the host reads, which are below 2^53.
export function dataCacheHits(number: u32): f64 {
  return <f64>cacheAt(number).hits;
}

export function memoryReads(): f64 {
  return <f64>readsOfMemory;
}

/** A walk reads the entry at physical `address`. */
export function readThroughDataCaches(address: u64): void {
  const line = (address >> LINE_SHIFT) + 1;
  for (let number: u32 = 0; number < count; number++) {
    if (!useLine(cacheAt(number), line)) continue;
    cacheAt(number).hits++;
    return;
  }
  readsOfMemory++;
}

/** The kernel uses the entry at physical `address`: its line is then in all caches. Only if followsKernel. Nothing is counted. */
export function bringIntoDataCaches(address: u64): void {
  const line = (address >> LINE_SHIFT) + 1;
  for (let number: u32 = 0; number < count; number++) useLine(cacheAt(number), line);
}

/** Makes `line` the latest of its set, which evicts the oldest if it was not there. Whether it was. */
function useLine(cache: DataCache, line: u64): bool {
  const set = cache.lines + ((<usize>(line % <u64>cache.sets) * <usize>cache.ways) << 3);
  let at: usize = 0;
  const last = (<usize>cache.ways - 1) << 3;
  while (at < last && load<u64>(set + at) != line) at += 8;
  const wasThere = load<u64>(set + at) == line;
  memory.copy(set + 8, set, at);
  store<u64>(set, line);
  return wasThere;
}

function cacheAt(number: u32): DataCache {
  return changetype<DataCache>(CACHES + <usize>(number * offsetof<DataCache>()));
}
