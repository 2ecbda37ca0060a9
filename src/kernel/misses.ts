/** What a profiled run noted of its misses. Types only. */

/** Counts from the beginning of the trace on. */
export interface CountsSoFar {
  l1iMisses: number;
  l1dMisses: number;
  stlbMisses: number;
  walkReferences: number;
  minorFaults: number;
}

/** A block of addresses in which something missed. */
export interface MissedBlock {
  /** First byte. */
  address: bigint;
  /** Misses of both L1 TLBs, and of the STLB, for each interval that has ended, and for what has passed of the next. */
  l1Misses: number[];
  stlbMisses: number[];
}

/** A record that ended in #GP. */
export interface Protection {
  /** First byte of its first 4 KiB page that is not canonical. */
  address: bigint;
  access: "fetch" | "load" | "store" | "modify";
  /** Index of its interval. */
  interval: number;
}

/** When and where a run missed, as the kernel counts it. */
export interface MissProfile {
  intervalRecords: number;
  /** At the end of each interval that has ended. */
  ends: CountsSoFar[];
  blockBytes: number;
  /** In the order of their first misses. */
  blocks: MissedBlock[];
  /** The first ones, in their order. */
  protections: Protection[];
}
