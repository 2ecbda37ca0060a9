import { fillWay, policyBytes, resetSet, touchWay, victimWay } from "../policies/index";
import { NumberedTlb } from "../tlb";

/** Any policy over the states of the sets of a NumberedTlb, found by its number each time: for who has several at once. */
@final
@unmanaged
export class ByNumber {
  /** Gives the sets of `tlb`, which is configured, the states of `policy`. False if there is no memory left. */
  start<T extends NumberedTlb>(tlb: T, policy: u32): bool {
    tlb.policy = policy;
    if (!tlb.placeStates(policyBytes(policy, tlb.ways))) return false;
    for (let index: u32 = 0; index < tlb.sets; index++) resetSet(policy, tlb.stateOf(tlb.setAt(index)), tlb.ways);
    return true;
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
