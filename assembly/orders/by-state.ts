import { fillWay, hitEffectOf, policyBytes, resetSet, touchWay, victimWay } from "../policies/index";
import { NumberedTlb, Tlb } from "../tlb";

/** Any policy, over the state that the sets of a Tlb have instead of an order: that of the Tlb's `policy`. */
@final
@unmanaged
export class ByState {
  @inline
  touch<T extends Tlb>(tlb: T, entry: u32, set: u32): void {
    touchWay(tlb.policy, tlb.stateOf(set), tlb.ways, tlb.wayOf(entry, set));
  }
  @inline
  victim<T extends Tlb>(tlb: T, set: u32): u32 {
    const state = tlb.stateOf(set);
    let way: u32 = tlb.takeInvalid(set);
    if (way >= tlb.ways) way = victimWay(tlb.policy, state, tlb.ways);
    fillWay(tlb.policy, state, tlb.ways, way);
    return tlb.entryAt(way, set);
  }
  @inline
  hitEffect<T extends Tlb>(l1: T): u32 {
    return hitEffectOf(l1.policy);
  }
  /** Gives the sets of `tlb`, which is configured, their states. False if there is no memory left. */
  start<T extends Tlb>(tlb: T, policy: u32): bool {
    tlb.policy = policy;
    if (tlb instanceof NumberedTlb && !tlb.placeStates(policyBytes(policy, tlb.ways))) return false;
    for (let index: u32 = 0; index < tlb.sets; index++) resetSet(policy, tlb.stateOf(tlb.setAt(index)), tlb.ways);
    return true;
  }
}
