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

let changes: usize = 0;
let count: u32 = 0;
let next: u32 = 0;
/** Index of the record before which something changes next; the largest number if nothing does. */
export let nextChange: u64 = u64.MAX_VALUE;

/** Has room for `changeCount` changes, which the host writes before the first record. False if there is no memory left. */
export function startTimeline(changeCount: u32): bool {
  count = changeCount;
  next = 0;
  nextChange = changeCount == 0 ? u64.MAX_VALUE : 0;
  if (<u64>changeCount * offsetof<Change>() >= 1 << 31) return false;
  changes = place(<usize>max(changeCount, 1) * offsetof<Change>());
  return changes != 0;
}

/** Address of the table. */
export function timelineAddress(): usize {
  return changes;
}

/** Makes the changes that come before the record of index `record`. False if there is no memory left. */
export function makeChanges(process: Process, record: u64): bool {
  while (next < count && changeAt(next).record <= record) {
    if (!makeChange(process, changeAt(next))) return false;
    next++;
  }
  nextChange = next < count ? changeAt(next).record : u64.MAX_VALUE;
  return true;
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
