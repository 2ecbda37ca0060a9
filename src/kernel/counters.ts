/** The counters of the kernel, by name. */

/** What the kernel counted since it was configured. See assembly/counters.ts for each. */
export type Counters = Record<(typeof COUNTERS)[number], number>;

export const COUNTERS = [
  "fetches",
  "loads",
  "stores",
  "modifies",
  "instructions",
  "fetchReferences",
  "dataReferences",
  "storeReferences",
  "l1iMisses",
  "l1dMisses",
  "stlbLookups",
  "stlbMisses",
  "walks",
  "pml5eReads",
  "pml4eReads",
  "pdpteReads",
  "pdeReads",
  "pteReads",
  "hostReads",
  "pml5eHits",
  "pml4eHits",
  "pdpteHits",
  "pdeHits",
  "setDirty",
  "setDirtyReads",
  "minorFaults",
  "copyOnWrites",
  "majorFaults",
  "protections",
  "evictions",
  "writebacks",
  "switches",
  "kernelEntries",
  "shootdowns",
  "invalidatedPages",
  "processFlushes",
  "hugePages",
  "promotions",
  "demotions",
  "pageFaults",
  "generalProtections",
  "straddles",
  "skippedLines",
  "damagedLines",
  "firstDamagedLine",
  "flushes",
  "unmaps",
  "formatRecords",
  "prefetches",
  "cacheFlushes",
  "encodings",
  "markers",
] as const;

/** Entries that walks for STLB misses read, of all levels, and of a host's tables, too. */
export function walkReferences(counters: Counters): number {
  const { pml5eReads, pml4eReads, pdpteReads, pdeReads, pteReads, hostReads } = counters;
  return pml5eReads + pml4eReads + pdpteReads + pdeReads + pteReads + hostReads;
}

const OF_THE_WHOLE: readonly (keyof Counters)[] = ["skippedLines", "damagedLines", "firstDamagedLine"];

/** What was counted after `before`. Lines that were skipped are told of the whole trace. */
export function countersSince(counters: Counters, before: Counters): Counters {
  const since = COUNTERS.map((name) => [name, counters[name] - (OF_THE_WHOLE.includes(name) ? 0 : before[name])]);
  return Object.fromEntries(since) as Counters;
}
