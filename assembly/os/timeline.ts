/**
 * When mappings change in a replay: a table in the order of records, which the host writes.
 *
 *   0        8             16           24      28     32     36   40   byte
 *   ├────────┼─────────────┼────────────┼───────┼──────┼──────┼────┤
 *   │ record │ first page  │ last page  │ change│ flags│ name │ 0  │    one change; flags: VMA_ bits
 *   └────────┴─────────────┴────────────┴───────┴──────┴──────┴────┘
 */
import { place } from "../arena";
import { attributeRegion } from "../attribution/index";
import { osConfig } from "./config";
import { map, protect, unmap } from "./mapping";
import { Process } from "./process";
import { VMA_LEVEL_BITS, VMA_RIGHTS } from "./vmas";

export const CHANGE_MAP: u32 = 0;
export const CHANGE_UNMAP: u32 = 1;
export const CHANGE_PROTECT: u32 = 2;
/** From now on first touch makes leaves of the level that the flags say. */
export const CHANGE_LEVEL: u32 = 3;

@final
@unmanaged
class Change {
  /** It comes before the record of this index. */
  record: u64;
  /** 4 KiB page numbers of 52 bits. */
  first: u64;
  last: u64;
  /** A CHANGE_. */
  change: u32;
  flags: u32;
  /** The host's index of the mapping's name. */
  name: u32;
  unused: u32;
}

/** The changes of one of several traces, which counts its own records. */
@final
@unmanaged
class TraceChanges {
  /** Records replayed of it when its turn began. */
  records: u64;
  /** Indexes of the next change, and of the first one after its last. */
  next: u32;
  end: u32;
}

let changes: usize = 0;
/** TraceChanges each, and those of the trace whose records come. */
let ofTraces: usize = 0;
let own = changetype<TraceChanges>(<usize>0);
/** Records of other traces that were replayed before that one's turn. */
let others: u64 = 0;
/** Index of the record before which something changes next; the largest number if nothing does. */
export let nextChange: u64 = u64.MAX_VALUE;

/**
 * Has room for `changeCount` changes, which the host writes before the first record: those of `traces` traces (0: one), which all
 * are the first one's unless setTraceChanges() says otherwise. False if there is no memory left.
 */
export function startTimeline(changeCount: u32, traces: u32): bool {
  nextChange = changeCount == 0 ? u64.MAX_VALUE : 0;
  others = 0;
  if (<u64>changeCount * offsetof<Change>() >= 1 << 31) return false;
  changes = place(<usize>max(changeCount, 1) * offsetof<Change>());
  ofTraces = place(<usize>max(traces, 1) * offsetof<TraceChanges>());
  if (changes == 0 || ofTraces == 0) return false;
  own = changesOf(0);
  own.end = changeCount;
  return true;
}

/** The changes of trace `trace` are `count` from index `first` on. */
export function setTraceChanges(trace: u32, first: u32, count: u32): void {
  const traceChanges = changesOf(trace);
  traceChanges.next = first;
  traceChanges.end = first + count;
}

/** The records that come next are of trace `trace`; `records` of all traces were replayed. */
export function enterTimeline(trace: u32, records: u64): void {
  own.records = records - others;
  own = changesOf(trace);
  others = records - own.records;
  findNext();
}

/** Address of the table. */
export function timelineAddress(): usize {
  return changes;
}

/** Makes the changes that come before the record of index `record`. False if there is no memory left. */
export function makeChanges(process: Process, record: u64): bool {
  while (own.next < own.end && changeAt(own.next).record <= record - others) {
    if (!makeChange(process, changeAt(own.next))) return false;
    own.next++;
  }
  findNext();
  return true;
}

/**
 * Makes the changes that were there from the beginning, if trace's first record is still to come: those happened before any call
 * of the trace. Of others it cannot be told. False if there is no memory left.
 */
export function makeFirstChanges(process: Process, record: u64): bool {
  return record != others || record < nextChange || makeChanges(process, record);
}

function findNext(): void {
  nextChange = own.next < own.end ? changeAt(own.next).record + others : u64.MAX_VALUE;
}

function changesOf(trace: u32): TraceChanges {
  return changetype<TraceChanges>(ofTraces + <usize>trace * offsetof<TraceChanges>());
}

function makeChange(process: Process, change: Change): bool {
  const first = change.first;
  const last = change.last;
  if (change.change == CHANGE_LEVEL) return process.vmas.setFlags(first, last, VMA_LEVEL_BITS, change.flags);
  if (change.change != CHANGE_PROTECT) attributeRegion(first, last, change.change == CHANGE_MAP ? change.name + 1 : 0);
  if (osConfig.hasMaps == 0) return true; // it only says what regions are called
  if (change.change == CHANGE_UNMAP) return unmap(process, first, last);
  if (change.change == CHANGE_PROTECT) return protect(process, first, last, change.flags & VMA_RIGHTS);
  return map(process, first, last, change.flags, change.name) != null;
}

function changeAt(index: u32): Change {
  return changetype<Change>(changes + <usize>index * offsetof<Change>());
}

export const CHANGE_BYTES: u32 = offsetof<Change>();
export const CHANGE_RECORD: u32 = offsetof<Change>("record");
export const CHANGE_FIRST: u32 = offsetof<Change>("first");
export const CHANGE_LAST: u32 = offsetof<Change>("last");
export const CHANGE_CHANGE: u32 = offsetof<Change>("change");
export const CHANGE_FLAGS: u32 = offsetof<Change>("flags");
export const CHANGE_NAME: u32 = offsetof<Change>("name");
