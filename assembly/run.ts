/**
 * Replays the batch through the machine.
 */
import { WORDS, wordCount } from "./batch";
import { counters } from "./counters";
import { now, setNow } from "./clock";
import {
  EVENT_MASK,
  KIND_MASK,
  STATUS_OK,
  STATUS_OUT_OF_MEMORY,
  WORD_KIND_SHIFT,
  WORD_PAGE_SHIFT,
  WORD_STRADDLES,
} from "./layout";
import { machineConfig } from "./machine";
import { keyShift, l1d, l1i, l1sAreStamped, outOfMemory, stlbIsSimd, sumWalks, Translator } from "./mmu";
import { ByteTlb } from "./orders/bytes";
import { RingTlb } from "./orders/rings";
import { StampTlb } from "./orders/stamps";
import { ProfiledTranslator } from "./profile/translator";
import { countBatch } from "./records";
import { hitSlot, shadowMask, slotHolds, slotOf } from "./shadow";
import { Tlb } from "./tlb";
import { UsualTranslator, machineIsUsual } from "./usual";
import { walker } from "./walk";

/** Time that a record takes: one tick for each page that it may refer to. */
const RECORD_TIME: u64 = 2;

/** Replays all words of the batch, with policy P in every TLB. Returns a STATUS_. */
export function replayByOrder<P>(): u32 {
  if (l1sAreStamped()) {
    return stlbIsSimd() ? replayByPurpose<P, StampTlb, ByteTlb>() : replayByPurpose<P, StampTlb, RingTlb>();
  }
  return stlbIsSimd() ? replayByPurpose<P, RingTlb, ByteTlb>() : replayByPurpose<P, RingTlb, RingTlb>();
}

/** replayByOrder(), L1 and L2 being the classes of both L1 TLBs and of the STLB. */
function replayByPurpose<P, L1 extends Tlb, L2 extends Tlb>(): u32 {
  if (machineConfig.profiled) return replay<ProfiledTranslator<P, L1, L2>>();
  return machineIsUsual() ? replayUsual<P>() : replay<Translator<P, L1, L2>>();
}

/** replayByOrder() where machineIsUsual() and nothing is profiled. */
export function replayUsual<P>(): u32 {
  const end = startReplay();
  replaySmallPages<UsualTranslator<P>>(end);
  return endReplay();
}

/** replayByOrder(), T being the way to translate. */
function replay<T>(): u32 {
  const end = startReplay();
  if (keyShift == 0) replaySmallPages<T>(end);
  else replayLargePages<T>(end);
  return endReplay();
}

/** Returns where the words of the batch end. */
function startReplay(): usize {
  countBatch();
  walker.startBatch();
  return WORDS + ((<usize>wordCount()) << 3);
}

function endReplay(): u32 {
  sumWalks();
  counters.l1iMisses = l1i.misses;
  counters.l1dMisses = l1d.misses;
  counters.stlbLookups = l1i.misses + l1d.misses;
  counters.stlbMisses = counters.walks;
  return outOfMemory ? STATUS_OUT_OF_MEMORY : STATUS_OK;
}

/**
 * 4 KiB pages. The inner loop is of hits alone, without a call, so that V8 keeps everything in registers; four words a
 * turn, since V8 checks the stack once a turn. It ends before a word that may be no hit, or fewer than four words.
 */
function replaySmallPages<T>(end: usize): void {
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
      Replay.record<T>(at, time);
      at += 8;
      time += RECORD_TIME;
    }
  }
  setNow(time);
}

/** Larger pages: the shadow holds words whose page number is that of the large page. */
function replayLargePages<T>(end: usize): void {
  const mask = shadowMask;
  const shift = <u64>(keyShift + WORD_PAGE_SHIFT);
  const rest = WORD_STRADDLES | (KIND_MASK << WORD_KIND_SHIFT) | EVENT_MASK; // nothing but records is in the shadow
  let time = now;
  for (let at = WORDS; at < end; at += 8) {
    const word = load<u64>(at);
    const page = (word & ~WORD_STRADDLES) >> shift;
    const key = (page << WORD_PAGE_SHIFT) | (word & rest);
    const slot = slotOf(key, mask);
    if (slotHolds(slot, key)) hitSlot(slot, time);
    else Replay.record<T>(at, time);
    time += RECORD_TIME;
  }
  setNow(time);
}

/** Inlined, as only methods can be. */
abstract class Replay {
  /** Replays the record whose word is at `at`, `time` being now. */
  @inline
  static record<T>(at: usize, time: u64): void {
    setNow(time);
    walker.upcoming = at;
    // @ts-ignore: T is a translator; asc checks its instances
    changetype<T>(<usize>0).translate(load<u64>(at));
  }
}
