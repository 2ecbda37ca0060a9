/**
 * The usual miss, in one piece: a plain data access that misses in L1, on a machine whose TLBs for data are as those of
 * processors mostly are, to a page that needs no mark set. All tests stand before any change, so that whatever is not
 * usual is left to translate(), as if nothing had been done; and what is left needs hardly a branch.
 */
import { KIND_LOAD, KIND_MASK, WORD_KIND_SHIFT, WORD_PAGE_SHIFT } from "./layout";
import {
  DIRTY_SHIFT,
  LOW_HALF_BITS,
  keyShift,
  l1d,
  l1sAreStamped,
  stlb,
  stlbIsSimd,
  translate,
  translateRarely,
} from "./mmu";
import { ByteTlb } from "./orders/bytes";
import { StampTlb } from "./orders/stamps";
import { PTE_A, PTE_D, PTE_P } from "./paging";
import { forgetInShadow, noteFillInShadow } from "./shadow";
import { NOT_FOUND } from "./tlb";
import { NOT_WALKED, walker } from "./walk";

/**
 * A word without its LOW_HALF_BITS, plus 1, is 1 if its record is plain and in the low half of addresses, and 2^17 if it
 * is plain and in the high half. No word of any other record comes to their sum, or to 0.
 */
const ONE_HALF: u64 = 1 | (1 << 17);

/** Whether the machine is one that UsualTranslator knows: 4 KiB pages, up to 16 ways, powers of two of sets. */
export function machineIsUsual(): bool {
  return keyShift == 0 && l1sAreStamped() && l1d.setsArePowerOf2 && stlbIsSimd();
}

/** Translator where machineIsUsual(). */
@final
@unmanaged
export class UsualTranslator<P> {
  @inline
  translate(word: u64): void {
    const policy = changetype<P>(<usize>0);
    if (((word >> LOW_HALF_BITS) + 1) & ~ONE_HALF) return translate<P, StampTlb, ByteTlb>(word);
    if (!(<u32>word & (KIND_MASK << WORD_KIND_SHIFT))) return translate<P, StampTlb, ByteTlb>(word); // a fetch
    const page = word >> WORD_PAGE_SHIFT;
    const dirty = (word << DIRTY_SHIFT) & PTE_D;
    const l1 = changetype<StampTlb>(l1d);
    const set = l1.maskedSetOf(page);
    if (l1.wayHolds(0, page, set)) return translate<P, StampTlb, ByteTlb>(word);
    if (l1.wayHolds(1, page, set)) return translate<P, StampTlb, ByteTlb>(word);
    if (l1.wayHolds(2, page, set)) return translate<P, StampTlb, ByteTlb>(word);
    if (l1.wayHolds(3, page, set)) return translate<P, StampTlb, ByteTlb>(word);
    if (l1.hasMoreWays() && l1.findInRest(page, set) != NOT_FOUND) return translate<P, StampTlb, ByteTlb>(word);
    const l2 = changetype<ByteTlb>(stlb);
    const l2Set = l2.setOf(page);
    const matches = l2.matches(page, l2Set);
    let leaf: u64;
    if (matches == 0) {
      leaf = walker.tryWalk(page, PTE_P | PTE_A | dirty);
      if (leaf == NOT_WALKED) return translateRarely<P, StampTlb, ByteTlb>(word);
      // @ts-ignore: P is a policy class; asc checks its instances
      const victim: u32 = policy.victim<ByteTlb>(l2, l2Set);
      l2.replace(victim, page, l2Set);
      l2.setValue(victim, leaf);
    } else {
      const entry = l2.entryOf(matches, l2Set);
      leaf = l2.value(entry);
      if (dirty & ~leaf) return translate<P, StampTlb, ByteTlb>(word);
      // @ts-ignore: as above
      policy.touch<ByteTlb>(l2, entry, l2Set);
    }
    l1.misses++;
    // @ts-ignore: as above
    const victim: u32 = policy.victim<StampTlb>(l1, set);
    forgetInShadow(l1.key(victim), KIND_LOAD);
    l1.replace(victim, page, set);
    l1.setValue(victim, leaf);
    noteFillInShadow<P, StampTlb>(l1, victim, word);
  }
}
