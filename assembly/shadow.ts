/**
 * The hit path. A shadow slot holds a record word whose replay is a hit that changes nothing but, at most, the stamp of
 * its entry: its page is in L1, and the entry permits it (a store also needs D set). A word equal to its slot is
 * replayed by writing that stamp; anything else takes the full path.
 *
 * Where a hit reorders more than a stamp (orders/index.ts), only the most recent page of an L1 set may stand in its
 * slot, and "same L1 set" must imply "same slot": the shadow sets then divide the set counts of both L1 TLBs.
 * Wang & Baer, ACM TOCS 9(3), 1991, doi:10.1145/128738.128741, on which references may be left out of a trace.
 *
 *   0               8          12       16   byte
 *   ├───────────────┼───────────┼────────┤
 *   │  record word  │ address   │        │   one slot; address: of the stamp
 *   └───────────────┴───────────┴────────┘
 */
import { KIND_FETCH, KIND_MASK, WORD_KIND_SHIFT, WORD_PAGE_SHIFT } from "./layout";
import { stampAddress } from "./orders/stamps";
import { HIT_REORDERS_TWICE, HIT_STAMPS } from "./policies/effects";
import { Tlb } from "./tlb";

export const MAX_SHADOW_SETS: u32 = 1024;
/** Slots of one set: one for each kind. */
const SLOTS_LOG2: u32 = 2;
/** A slot is 16 bytes, and a word is a multiple of 16. */
const SLOT_BYTES_LOG2: u32 = WORD_KIND_SHIFT;
/** A word that no record has. */
const NO_WORD: u64 = ~0;

const SHADOW: usize = memory.data(1024 * 4 * 16, 64);
/** Where the stamps of hits that need none go. */
const NOWHERE: usize = memory.data(8, 8);

/** Bits of a word that are the offset of its slot from SHADOW. */
export let shadowMask: usize = 0;

/** Empties the shadow for `sets` sets (a power of two up to MAX_SHADOW_SETS). */
export function resetShadow(sets: u32): void {
  shadowMask = ((sets << SLOTS_LOG2) - 1) << SLOT_BYTES_LOG2;
  memory.fill(SHADOW, 0xff, (<usize>MAX_SHADOW_SETS) << (SLOTS_LOG2 + SLOT_BYTES_LOG2)); // NO_WORD in each
}

/** Whether `slot`, slotOf() of `word`, holds it, so that hitSlot() is all its replay. */
export function slotHolds(slot: usize, word: u64): bool {
  return load<u64>(slot, SHADOW) == word;
}

/** Replays the word that `slot` holds, `time` being now. */
export function hitSlot(slot: usize, time: u64): void {
  store<u64>(<usize>load<u32>(slot, SHADOW + 8), time);
}

/** Notes that the access of `word` filled `entry`, which permits it. */
export function noteFillInShadow<P, L1 extends Tlb>(l1: L1, entry: u32, word: u64): void {
  const policy = changetype<P>(<usize>0);
  // @ts-ignore: P is a policy class; asc checks its instances
  const effect: u32 = policy.hitEffect<L1>(l1);
  if (effect != HIT_REORDERS_TWICE) return noteInShadow<P, L1>(l1, entry, word);
  // The next hit is none to be left out yet, and the page that was the most recent of the set is that no more.
  forgetInShadow(word >> WORD_PAGE_SHIFT, (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK);
}

/** Notes that the access of `word` hit `entry`, which permits it. */
export function noteInShadow<P, L1 extends Tlb>(l1: L1, entry: u32, word: u64): void {
  const policy = changetype<P>(<usize>0);
  // @ts-ignore: P is a policy class; asc checks its instances
  const effect: u32 = policy.hitEffect<L1>(l1);
  const stamps = effect == HIT_STAMPS;
  // The page that was the most recent of the set until now may be noted for other kinds.
  if (effect > HIT_STAMPS) forgetInShadow(word >> WORD_PAGE_SHIFT, (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK);
  const stamp = stamps ? stampAddress(entry) : NOWHERE;
  const slot = slotOf(word, shadowMask);
  store<u64>(slot, word, SHADOW);
  store<u32>(slot, <u32>stamp, SHADOW + 8);
}

/** Forgets page number `key`, which is about to leave the L1 of its kind. */
export function forgetInShadow(key: u64, kind: u32): void {
  const slots = slotOf(key << WORD_PAGE_SHIFT, shadowMask);
  if (kind == KIND_FETCH) {
    store<u64>(slots, NO_WORD, SHADOW);
  } else {
    store<u64>(slots, NO_WORD, SHADOW + (1 << SLOT_BYTES_LOG2));
    store<u64>(slots, NO_WORD, SHADOW + (2 << SLOT_BYTES_LOG2));
    store<u64>(slots, NO_WORD, SHADOW + (3 << SLOT_BYTES_LOG2));
  }
}

/** Offset of the slot of `word`, `mask` being shadowMask. Those of the other kinds are beside it. */
export function slotOf(word: u64, mask: usize): usize {
  return <usize>word & mask;
}
