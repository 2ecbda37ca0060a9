/** What the words of reports mean, for who meets them for the first time. */
import type { Pair } from "./trace-words.ts";

/** Words in the order in which they build on each other, and what each means. */
export const TERMS: readonly Pair[] = [
  ["record", "One access in a trace: a fetch, a load, a store, or a modify."],
  ["reference", "One translation: a record makes one for each page of 4 KiB that its bytes touch."],
  ["L1I, L1D, STLB", "The TLB of instructions, the TLB of data, and the second-level TLB behind both."],
  ["entries:ways", '64:4 is 64 entries in 16 sets of 4 ways. "full" is fully associative: one set of all entries.'],
  ["hit rate, miss ratio", "Hits or misses of a TLB, divided by its lookups. The two add up to 100%."],
  ["MPKI", "Misses per 1,000 instructions; n/a for a trace that does not tell of instructions."],
  [
    "STLB misses per reference",
    "The STLB is only asked about what L1 missed. Divided by all references, its misses compare with those of a " +
      "single TLB: so are STLBs marked on the curve.",
  ],
  [
    "walk references",
    "Page-table entries that walks read: one to four a walk, the fewer the more paging-structure caches help.",
  ],
  [
    "set-dirty walk",
    "A walk only to set the dirty flag (D): a store hits an entry of a page that nothing was stored to before.",
  ],
  ["minor fault", "The first touch of a page: the system maps it, and the access is made again."],
  ["general protection", "#GP: an access to an address that is not canonical. It never gets as far as a TLB."],
  [
    "cold miss",
    "The first reference to a page, or the first one after an invalidation: it misses in a TLB of any size.",
  ],
];
