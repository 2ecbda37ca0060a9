/** Points with policy OPT, which are told when each page is seen next. */
import { place } from "../arena";
import { NibbleTlb } from "../orders/nibbles";
import { RingTlb } from "../orders/rings";
import { Opt, setNextUse } from "../policies/opt";
import { NumberedTlb } from "../tlb";
import { Point } from "./point";
import { fold, isNibbleTlb } from "./tlbs";
import { isFirstStore, pagesEnd, pagesSeen, visitedPage } from "./visits";

/** Gives the sets of `point`, whose TLB was made, their states. False if there is no memory left. */
export function startOptPoint(point: Point): bool {
  const opt = changetype<Opt>(<usize>0);
  const bytes = <u64>point.sets * <u64>opt.stateBytes(point.ways);
  point.states = bytes >> 31 != 0 ? 0 : place(<usize>bytes);
  if (point.states == 0) return false;
  for (let set: u32 = 0; set < point.sets; set++) opt.reset(stateOf(point, set), point.ways);
  return true;
}

/**
 * Feeds the pages seen to `point`. A way that holds nothing, or what was invalidated, is like one that is never used again, as long
 * as no use is told after an invalidation: so it is not looked for.
 */
export function simulateOptPoint(point: Point, nextUses: usize): void {
  const tlb = point.tlb!;
  if (isNibbleTlb(tlb)) simulate<NibbleTlb>(point, changetype<NibbleTlb>(tlb), nextUses);
  else simulate<RingTlb>(point, changetype<RingTlb>(tlb), nextUses);
}

function simulate<T extends NumberedTlb>(point: Point, tlb: T, nextUses: usize): void {
  const opt = changetype<Opt>(<usize>0);
  const ways = tlb.ways;
  let next = nextUses;
  for (let at = pagesSeen; at < pagesEnd; at += 8) {
    const key = fold(visitedPage(at), point.foldBits);
    const set = tlb.setOf(key);
    const state = stateOf(point, set / tlb.stride);
    setNextUse(load<u32>(next));
    next += 4;
    const entry = tlb.find(key, set);
    if (entry >= 0) {
      opt.touch(state, ways, entry - set);
      continue;
    }
    tlb.misses++;
    if (isFirstStore(at)) point.tlbFirstStoreMisses++;
    const way = opt.victim(state, ways);
    tlb.replace(set + way, key, set);
    opt.fill(state, ways, way);
  }
}

function stateOf(point: Point, set: u32): usize {
  return point.states + <usize>set * <usize>changetype<Opt>(<usize>0).stateBytes(point.ways);
}
