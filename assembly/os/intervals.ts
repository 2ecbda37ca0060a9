/**
 * A series over time: what the run's counters were at the end of each interval of so many records. The host takes the ends
 * away after each call, so that a series of any length needs no more memory here.
 */
import { reserve } from "../arena";
import { counters, walkReferences } from "../counters";
import { MOST_ENTRIES } from "../entries";
import { STATUS_OK, STATUS_OUT_OF_MEMORY } from "../layout";

/** Counts from the beginning of the replay to the end of an interval. All u64. */
@final
@unmanaged
class IntervalEnd {
  fetchReferences: u64;
  dataReferences: u64;
  l1iMisses: u64;
  l1dMisses: u64;
  stlbMisses: u64;
  walkReferences: u64;
  minorFaults: u64;
  majorFaults: u64;
  protections: u64;
  generalProtections: u64;
}

/** Ends that one call can make: each entry may be a record that ends an interval. */
const MOST_ENDS: u32 = MOST_ENTRIES;

let ends: usize = 0;
let count: u32 = 0;
let length: u64 = 0;
/** Records replayed when an interval ends next; the largest number: nobody asked for a series. */
export let nextInterval: u64 = u64.MAX_VALUE;

/** Nobody asks for a series. */
export function dropIntervals(): void {
  nextInterval = u64.MAX_VALUE;
  count = 0;
}

/** Starts intervals of `records` records each, 1 or more, before the first record of a replay. Returns a STATUS_. */
export function startIntervals(records: u64): u32 {
  ends = reserve(<usize>(MOST_ENDS * offsetof<IntervalEnd>()));
  if (ends == 0) return STATUS_OUT_OF_MEMORY;
  count = 0;
  length = records;
  nextInterval = records;
  return STATUS_OK;
}

/** An interval begins now, after `records` records: what was a warm-up is over. */
export function restartIntervals(records: u64): void {
  if (nextInterval == u64.MAX_VALUE) return;
  count = 0;
  nextInterval = records + length;
}

/** Notes the end of an interval: nextInterval records were replayed. */
export function endInterval(): void {
  assert(count < MOST_ENDS); // the host takes them away after each call
  const end = changetype<IntervalEnd>(ends + <usize>(count++ * offsetof<IntervalEnd>()));
  end.fetchReferences = counters.fetchReferences;
  end.dataReferences = counters.dataReferences;
  end.l1iMisses = counters.l1iMisses;
  end.l1dMisses = counters.l1dMisses;
  end.stlbMisses = counters.stlbMisses;
  end.walkReferences = walkReferences();
  end.minorFaults = counters.minorFaults;
  end.majorFaults = counters.majorFaults;
  end.protections = counters.protections;
  end.generalProtections = counters.generalProtections;
  // Beyond 2^64 no interval ends.
  nextInterval = nextInterval + length < length ? u64.MAX_VALUE : nextInterval + length;
}

/** Ends noted since they were taken away, SERIES_END_BYTES each, in the order of the trace. */
export function seriesEnds(): u32 {
  return count;
}

export function seriesEndsAddress(): usize {
  return ends;
}

/** Forgets the ends, which the host has read. */
export function clearSeriesEnds(): void {
  count = 0;
}

export const SERIES_END_BYTES: u32 = offsetof<IntervalEnd>();
export const SERIES_FETCH_REFERENCES: u32 = offsetof<IntervalEnd>("fetchReferences");
export const SERIES_DATA_REFERENCES: u32 = offsetof<IntervalEnd>("dataReferences");
export const SERIES_L1I_MISSES: u32 = offsetof<IntervalEnd>("l1iMisses");
export const SERIES_L1D_MISSES: u32 = offsetof<IntervalEnd>("l1dMisses");
export const SERIES_STLB_MISSES: u32 = offsetof<IntervalEnd>("stlbMisses");
export const SERIES_WALK_REFERENCES: u32 = offsetof<IntervalEnd>("walkReferences");
export const SERIES_MINOR_FAULTS: u32 = offsetof<IntervalEnd>("minorFaults");
export const SERIES_MAJOR_FAULTS: u32 = offsetof<IntervalEnd>("majorFaults");
export const SERIES_PROTECTIONS: u32 = offsetof<IntervalEnd>("protections");
export const SERIES_GENERAL_PROTECTIONS: u32 = offsetof<IntervalEnd>("generalProtections");
