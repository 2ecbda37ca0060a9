/** The counters of the kernel, by name. */

/** What the kernel counted since it was configured. See assembly/counters.ts for each. */
export type Counters = Record<(typeof COUNTERS)[number], number>;

export const COUNTERS = [
  "fetches",
  "loads",
  "stores",
  "modifies",
  "fetchReferences",
  "dataReferences",
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
  "pml5eHits",
  "pml4eHits",
  "pdpteHits",
  "pdeHits",
  "setDirty",
  "setDirtyReads",
  "minorFaults",
  "pageFaults",
  "generalProtections",
  "straddles",
  "skippedLines",
  "flushes",
  "unmaps",
] as const;
