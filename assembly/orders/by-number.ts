import { fillWay, policyBytes, resetSet, touchWay, victimWay } from "../policies/index";
import { NumberedTlb, Tlb } from "../tlb";
import { ByteTlb } from "./bytes";

/** Any policy over the states of the sets of a NumberedTlb, found by its number each time: for who has several at once. */
@final
@unmanaged
export class ByNumber {
  @inline
  start<T extends NumberedTlb>(tlb: T, policy: u32): bool {
    return startStates<T>(tlb, policy);
  }
  @inline
  touch<T extends NumberedTlb>(tlb: T, entry: u32, set: u32): void {
    touchWay(tlb.policy, tlb.stateOf(set), tlb.ways, tlb.wayOf(entry, set));
  }
  @inline
  victim<T extends NumberedTlb>(tlb: T, set: u32): u32 {
    const state = tlb.stateOf(set);
    let way: u32 = tlb.takeInvalid(set);
    if (way >= tlb.ways) way = victimWay(tlb.policy, state, tlb.ways);
    fillWay(tlb.policy, state, tlb.ways, way);
    return tlb.entryAt(way, set);
  }
}

/** Gives the sets of `tlb`, which is configured, the states of `policy`. False if there is no memory left. */
export function startStates<T extends Tlb>(tlb: T, policy: u32): bool {
  tlb.policy = policy;
  if (tlb instanceof NumberedTlb && !tlb.placeStates(policyBytes(policy, tlb.ways))) return false;
  for (let index: u32 = 0; index < tlb.sets; index++) {
    const set: u32 = tlb.setAt(index);
    if (tlb instanceof ByteTlb) tlb.clearOrder(set);
    resetSet(policy, tlb.stateOf(set), tlb.ways);
  }
  return true;
}
