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
import { hitSlot, shadowMask, slotHolds, slotOf } from "./shadow";
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

/**
 * 4 KiB pages. The inner loop is of hits alone, without a call, so that V8 keeps everything in registers; four words a
 * turn, since V8 checks the stack once a turn. It ends before a word that may be no hit, or fewer than four words.
 */
function replaySmallPages<P, L1 extends Tlb, L2 extends Tlb>(end: usize): void {
  const mask = shadowMask;
  let time = now;
  let at = WORDS;
  while (at < end) {
    while (at + 32 <= end) {
      const word0 = load<u64>(at);
      const slot0 = slotOf(word0, mask);
      if (!slotHolds(slot0, word0)) break;
      hitSlot(slot0, time);
      const word1 = load<u64>(at, 8);
      const slot1 = slotOf(word1, mask);
      if (!slotHolds(slot1, word1)) {
        at += 8;
        time += RECORD_TIME;
        break;
      }
      hitSlot(slot1, time + RECORD_TIME);
      const word2 = load<u64>(at, 16);
      const slot2 = slotOf(word2, mask);
      if (!slotHolds(slot2, word2)) {
        at += 16;
        time += 2 * RECORD_TIME;
        break;
      }
      hitSlot(slot2, time + 2 * RECORD_TIME);
      const word3 = load<u64>(at, 24);
      const slot3 = slotOf(word3, mask);
      if (!slotHolds(slot3, word3)) {
        at += 24;
        time += 3 * RECORD_TIME;
        break;
      }
      hitSlot(slot3, time + 3 * RECORD_TIME);
      at += 32;
      time += 4 * RECORD_TIME;
    }
    if (at < end) {
      replayRecord<P, L1, L2>(at, time);
      at += 8;
      time += RECORD_TIME;
    }
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
    const key = (page << WORD_PAGE_SHIFT) | (word & rest);
    const slot = slotOf(key, mask);
    if (slotHolds(slot, key)) hitSlot(slot, time);
    else replayRecord<P, L1, L2>(at, time);
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
