/** TLBs of any geometry, simulated one by one: what cannot be had from stacks, and what stacks are checked against. */
import { make } from "../arena";
import { POLICY_FIFO, POLICY_LRU } from "../layout";
import { startStates } from "../orders/by-number";
import { NibbleTlb } from "../orders/nibbles";
import { RingTlb } from "../orders/rings";
import { HAS_ALL_POLICIES } from "../policies/index";
import { seedSets } from "../policies/random";
import { MAX_SIMD_WAYS, NO_KEY, NumberedTlb, Tlb } from "../tlb";

/** What the choices of POLICY_RANDOM begin with. */
const SEED: u32 = 1;

/** Whether a TLB that makeTlb() made is a NibbleTlb; else it is a RingTlb. */
export function isNibbleTlb(tlb: Tlb): bool {
  return tlb.ways <= MAX_SIMD_WAYS;
}

/** An empty TLB for `policy`; `null` if there is no memory left. */
export function makeTlb(entries: u32, ways: u32, policy: u32): Tlb | null {
  return ways <= MAX_SIMD_WAYS ? makeOf<NibbleTlb>(entries, ways, policy) : makeOf<RingTlb>(entries, ways, policy);
}

function makeOf<T extends NumberedTlb>(entries: u32, ways: u32, policy: u32): T | null {
  const tlb = make<T>();
  if (tlb == null || !tlb.configure(entries, ways)) return null;
  if (!HAS_ALL_POLICIES || policy == POLICY_LRU || policy == POLICY_FIFO) return tlb;
  // The same numbers for each point, so that what one counts does not depend on which others are counted here.
  seedSets(SEED);
  return startStates<T>(tlb, policy) ? tlb : null;
}

/** Refers to `key` in `tlb`, of class T and policy P. A miss is counted, and filled. Returns whether it hit. */
export function refer<P, T extends NumberedTlb>(tlb: T, key: u64): bool {
  const policy = changetype<P>(<usize>0);
  const set = tlb.setOf(key);
  const entry = tlb.find(key, set);
  if (entry >= 0) {
    // @ts-ignore: P is a policy class; asc checks its instances
    policy.touch<T>(tlb, entry, set);
    return true;
  }
  tlb.misses++;
  // @ts-ignore: as above
  tlb.replace(policy.victim<T>(tlb, set), key, set);
  return false;
}

/** Invalidates every entry of `tlb`, which makeTlb() made. */
export function flushTlb(tlb: Tlb): void {
  if (isNibbleTlb(tlb)) removeRange<NibbleTlb>(changetype<NibbleTlb>(tlb), 0, ~0, 0);
  else removeRange<RingTlb>(changetype<RingTlb>(tlb), 0, ~0, 0);
}

/** Invalidates the entries of pages `from` to `to`. The keys of `tlb` are fold() of the page and `foldBits`. */
export function unmapFromTlb(tlb: Tlb, from: u64, to: u64, foldBits: u32): void {
  if (isNibbleTlb(tlb)) removeRange<NibbleTlb>(changetype<NibbleTlb>(tlb), from, to, foldBits);
  else removeRange<RingTlb>(changetype<RingTlb>(tlb), from, to, foldBits);
}

function removeRange<T extends NumberedTlb>(tlb: T, from: u64, to: u64, foldBits: u32): void {
  const numbers = tlb.sets * tlb.stride;
  if (to - from < <u64>numbers) {
    for (let page = from; page <= to; page++) {
      const key = fold(page, foldBits);
      const entry = tlb.find(key, tlb.setOf(key));
      if (entry >= 0) tlb.remove(entry);
    }
    return;
  }
  for (let entry: u32 = 0; entry < numbers; entry++) {
    const key = tlb.key(entry);
    if (key != NO_KEY && fold(key, foldBits) - from <= to - from) tlb.remove(entry);
  }
}

/**
 * The number whose low `bits` bits are the set of `page` among 2^bits sets that are found by xor. No other page has it,
 * and fold() of it is `page`. With 0 bits it is the page itself.
 */
export function fold(page: u64, bits: u32): u64 {
  return page ^ ((page >> <u64>bits) & (((<u64>1) << (<u64>bits)) - 1));
}
