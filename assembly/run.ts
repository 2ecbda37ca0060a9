/**
 * Replays the batch through the machine.
 */
import { WORDS, wordCount } from "./batch";
import { counters } from "./counters";
import { now, setNow } from "./clock";
import { KIND_MASK, STATUS_OK, STATUS_OUT_OF_MEMORY, WORD_KIND_SHIFT, WORD_PAGE_SHIFT, WORD_STRADDLES } from "./layout";
import { keyShift, l1d, l1i, l1sAreStamped, outOfMemory, stlb, stlbIsSimd, sumWalks, translate } from "./mmu";
import { NibbleTlb } from "./orders/nibbles";
import { RingTlb } from "./orders/rings";
import { StampTlb } from "./orders/stamps";
import { countBatch } from "./records";
import { replayShadowed, shadowMask } from "./shadow";
import { Tlb } from "./tlb";
import { walker } from "./walk";

/** Time that a record takes: one tick for each page that it may refer to. */
const RECORD_TIME: u64 = 2;

/** Replays all words of the batch, with policy P in every TLB. Returns a STATUS_. */
export function replayByOrder<P>(): u32 {
  if (l1sAreStamped()) return stlbIsSimd() ? replay<P, StampTlb, NibbleTlb>() : replay<P, StampTlb, RingTlb>();
  return stlbIsSimd() ? replay<P, RingTlb, NibbleTlb>() : replay<P, RingTlb, RingTlb>();
}

/** replayByOrder(), L1 and L2 being the classes of both L1 TLBs and of the STLB. */
function replay<P, L1 extends Tlb, L2 extends Tlb>(): u32 {
  countBatch();
  const end = WORDS + ((<usize>wordCount()) << 3);
  if (keyShift == 0) replaySmallPages<P, L1, L2>(end);
  else replayLargePages<P, L1, L2>(end);
  sumWalks();
  counters.l1iMisses = l1i.misses;
  counters.l1dMisses = l1d.misses;
  counters.stlbLookups = stlb.lookups;
  counters.stlbMisses = stlb.misses;
  return outOfMemory ? STATUS_OUT_OF_MEMORY : STATUS_OK;
}

/** 4 KiB pages. Four words a turn, since V8 checks the stack once a turn. */
function replaySmallPages<P, L1 extends Tlb, L2 extends Tlb>(end: usize): void {
  const mask = shadowMask;
  let time = now;
  let at = WORDS;
  for (; at + 32 <= end; at += 32) {
    if (!replayShadowed(load<u64>(at), mask, time)) replayRecord<P, L1, L2>(at, time);
    if (!replayShadowed(load<u64>(at, 8), mask, time + RECORD_TIME))
      replayRecord<P, L1, L2>(at + 8, time + RECORD_TIME);
    if (!replayShadowed(load<u64>(at, 16), mask, time + 2 * RECORD_TIME))
      replayRecord<P, L1, L2>(at + 16, time + 2 * RECORD_TIME);
    if (!replayShadowed(load<u64>(at, 24), mask, time + 3 * RECORD_TIME))
      replayRecord<P, L1, L2>(at + 24, time + 3 * RECORD_TIME);
    time += 4 * RECORD_TIME;
  }
  for (; at < end; at += 8) {
    if (!replayShadowed(load<u64>(at), mask, time)) replayRecord<P, L1, L2>(at, time);
    time += RECORD_TIME;
  }
  setNow(time);
}

/** Larger pages: the shadow holds words whose page number is that of the large page. */
function replayLargePages<P, L1 extends Tlb, L2 extends Tlb>(end: usize): void {
  const mask = shadowMask;
  const shift = <u64>(keyShift + WORD_PAGE_SHIFT);
  const rest = WORD_STRADDLES | (KIND_MASK << WORD_KIND_SHIFT);
  let time = now;
  for (let at = WORDS; at < end; at += 8) {
    const word = load<u64>(at);
    const page = (word & ~WORD_STRADDLES) >> shift;
    if (!replayShadowed((page << WORD_PAGE_SHIFT) | (word & rest), mask, time)) replayRecord<P, L1, L2>(at, time);
    time += RECORD_TIME;
  }
  setNow(time);
}

/** Out of line and by address, so that the loops above keep little alive across the call. */
function replayRecord<P, L1 extends Tlb, L2 extends Tlb>(at: usize, time: u64): void {
  setNow(time);
  walker.upcoming = at;
  translate<P, L1, L2>(load<u64>(at));
}
