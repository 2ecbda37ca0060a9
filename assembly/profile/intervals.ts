/**
 * When a run missed: what its counters were at the end of each interval of the trace. An interval is a number of
 * records, whatever became of their words: the decoder puts an EVENT_INTERVAL between the words where it ends. When there
 * are too many intervals, each two become one, which then lasts for twice as many of those events, the marks.
 */
import { place } from "../arena";
import { counters } from "../counters";
import { INTERVAL_RECORDS } from "../layout";
import { l1d, l1i, sumWalks } from "../mmu";
import { moveColumn, startColumn } from "./blocks";

/** Intervals that there is room for, the one under way among them. Even. */
export const MAX_INTERVALS: u32 = 512;

/** Counts from the beginning of the trace to the end of an interval. */
@final
@unmanaged
class IntervalEnd {
  l1iMisses: u64;
  l1dMisses: u64;
  stlbMisses: u64;
  walkReferences: u64;
  minorFaults: u64;
}

let ends: usize = 0;
let marks: u64 = 0;
/** Marks to an interval, as a power of two. */
let marksLog2: u32 = 0;
/** Index of the interval under way. */
export let interval: u32 = 0;

/** Starts before the first record. False if there is no memory left. */
export function configureIntervals(): bool {
  marks = 0;
  marksLog2 = 0;
  interval = 0;
  ends = place(MAX_INTERVALS * offsetof<IntervalEnd>());
  return ends != 0;
}

/** Passes an EVENT_INTERVAL. */
export function passMark(): void {
  marks++;
  if ((marks >> <u64>marksLog2) << (<u64>marksLog2) != marks) return;
  noteEnd(endOf(interval));
  interval++;
  if (interval == MAX_INTERVALS) joinIntervals();
  startColumn(interval);
}

function noteEnd(end: IntervalEnd): void {
  sumWalks();
  end.l1iMisses = l1i.misses;
  end.l1dMisses = l1d.misses;
  end.stlbMisses = counters.walks;
  end.walkReferences = counters.pml4eReads + counters.pdpteReads + counters.pdeReads + counters.pteReads;
  end.minorFaults = counters.minorFaults;
}

/** Makes one interval of each two. All have ended. */
function joinIntervals(): void {
  interval >>= 1;
  marksLog2++;
  for (let joined: u32 = 0; joined < interval; joined++) {
    const second = 2 * joined + 1;
    memory.copy(changetype<usize>(endOf(joined)), changetype<usize>(endOf(second)), offsetof<IntervalEnd>());
    moveColumn(joined, second - 1);
    moveColumn(joined, second);
  }
}

function endOf(index: u32): IntervalEnd {
  return changetype<IntervalEnd>(ends + <usize>(index * offsetof<IntervalEnd>()));
}

/** Records to an interval. */
export function intervalRecords(): u64 {
  return (<u64>INTERVAL_RECORDS) << (<u64>marksLog2);
}

/** Intervals that have ended; there may be a shorter one after them. */
export function endedIntervals(): u32 {
  return interval;
}

/** Address of their ends, END_BYTES each, in the order of the trace. */
export function intervalEnds(): usize {
  return ends;
}

/** Marks passed so far. */
export function marksPassed(): u64 {
  return marks;
}

/** Index of the interval that was under way when `marks` marks had been passed. */
export function intervalAfter(marks: u64): u32 {
  return <u32>(marks >> <u64>marksLog2);
}

export const END_BYTES: u32 = offsetof<IntervalEnd>();
export const END_L1I_MISSES: u32 = offsetof<IntervalEnd>("l1iMisses");
export const END_L1D_MISSES: u32 = offsetof<IntervalEnd>("l1dMisses");
export const END_STLB_MISSES: u32 = offsetof<IntervalEnd>("stlbMisses");
export const END_WALK_REFERENCES: u32 = offsetof<IntervalEnd>("walkReferences");
export const END_MINOR_FAULTS: u32 = offsetof<IntervalEnd>("minorFaults");
