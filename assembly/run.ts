/**
 * Replays the batch through the machine.
 */
import { WORDS, wordCount } from "./batch";
import { counters } from "./counters";
import { TICK_SHIFT, now, setNow, tick } from "./clock";
import { KIND_MASK, STATUS_OK, STATUS_OUT_OF_MEMORY, WORD_PAGE_SHIFT, WORD_STRADDLES } from "./layout";
import { keyShift, l1d, l1i, outOfMemory, reference, stlb, sumWalks } from "./mmu";
import { countBatch, visitPages } from "./records";
import { replayShadowed, shadowMask } from "./shadow";

/** Time that a record takes: one tick for each page that it may refer to. */
const RECORD_TIME: u64 = 2 << TICK_SHIFT;

/** Replays all words of the batch, with policy P in every TLB. Returns a STATUS_. */
export function replay<P>(): u32 {
  countBatch();
  const end = WORDS + ((<usize>wordCount()) << 3);
  if (keyShift == 0) replaySmallPages<P>(end);
  else replayLargePages<P>(end);
  sumWalks();
  counters.l1iMisses = l1i.misses;
  counters.l1dMisses = l1d.misses;
  counters.stlbLookups = stlb.lookups;
  counters.stlbMisses = stlb.misses;
  return outOfMemory ? STATUS_OUT_OF_MEMORY : STATUS_OK;
}

/** 4 KiB pages. Four words a turn, since V8 checks the stack once a turn. */
function replaySmallPages<P>(end: usize): void {
  const mask = shadowMask;
  let time = now;
  let at = WORDS;
  for (; at + 32 <= end; at += 32) {
    if (!replayShadowed(load<u64>(at), mask, time)) replayRecord<P>(at, time);
    if (!replayShadowed(load<u64>(at, 8), mask, time + RECORD_TIME)) replayRecord<P>(at + 8, time + RECORD_TIME);
    if (!replayShadowed(load<u64>(at, 16), mask, time + 2 * RECORD_TIME))
      replayRecord<P>(at + 16, time + 2 * RECORD_TIME);
    if (!replayShadowed(load<u64>(at, 24), mask, time + 3 * RECORD_TIME))
      replayRecord<P>(at + 24, time + 3 * RECORD_TIME);
    time += 4 * RECORD_TIME;
  }
  for (; at < end; at += 8) {
    if (!replayShadowed(load<u64>(at), mask, time)) replayRecord<P>(at, time);
    time += RECORD_TIME;
  }
  setNow(time);
}

/** Larger pages: the shadow holds words whose page number is that of the large page. */
function replayLargePages<P>(end: usize): void {
  const mask = shadowMask;
  const shift = <u64>(keyShift + WORD_PAGE_SHIFT);
  const rest = WORD_STRADDLES | KIND_MASK;
  let time = now;
  for (let at = WORDS; at < end; at += 8) {
    const word = load<u64>(at);
    const page = (word & ~WORD_STRADDLES) >> shift;
    if (!replayShadowed((page << WORD_PAGE_SHIFT) | (word & rest), mask, time)) replayRecord<P>(at, time);
    time += RECORD_TIME;
  }
  setNow(time);
}

/** Out of line and by address, so that the loops above keep little alive across the call. */
function replayRecord<P>(at: usize, time: u64): void {
  setNow(time);
  visitPages<Replay<P>>(load<u64>(at));
}

/** Visitor that translates through the machine. */
@final
@unmanaged
class Replay<P> {
  @inline
  visit(page: u64, kind: u32): void {
    reference<P>(page, kind);
    tick();
  }
}
