import {
  POLICY_BIT_PLRU,
  POLICY_MRU3_PLRU4,
  POLICY_NRU,
  POLICY_RANDOM,
  POLICY_SRRIP,
  POLICY_TREE_PLRU,
} from "../layout";
import { BitPlru } from "../policies/bit-plru";
import { Mru3Plru4 } from "../policies/mru3-plru4";
import { Nru } from "../policies/nru";
import { Random } from "../policies/random";
import { Srrip } from "../policies/srrip";
import { TreePlru } from "../policies/tree-plru";
import { Tlb } from "../tlb";
import { startStates } from "./by-number";
import {
  StampedBitPlru,
  StampedMru3Plru4,
  StampedNru,
  StampedRandom,
  StampedSrrip,
  StampedTreePlru,
} from "./by-stamps";
import { StampTlb } from "./stamps";

/** Policy Q (policies/) over the state that the sets of a Tlb have instead of an order; S is what it does in a StampTlb. */
@final
@unmanaged
export class ByState<Q, S> {
  @inline
  start<T extends Tlb>(tlb: T, policy: u32): bool {
    return startStates<T>(tlb, policy);
  }
  @inline
  touch<T extends Tlb>(tlb: T, entry: u32, set: u32): void {
    if (tlb instanceof StampTlb) {
      // @ts-ignore: S is a class of by-stamps.ts; asc checks its instances
      changetype<S>(<usize>0).touch(tlb, entry, set);
    } else {
      // @ts-ignore: Q is a policy class, likewise
      changetype<Q>(<usize>0).touch(tlb.stateOf(set), tlb.ways, tlb.wayOf(entry, set));
    }
  }
  @inline
  victim<T extends Tlb>(tlb: T, set: u32): u32 {
    const invalid: u32 = tlb.takeInvalid(set);
    if (tlb instanceof StampTlb) {
      // @ts-ignore: as above
      const entry: u32 = invalid < tlb.ways ? tlb.entryAt(invalid, set) : changetype<S>(<usize>0).victim(tlb, set);
      // @ts-ignore: as above
      changetype<S>(<usize>0).fill(tlb, entry, set);
      return entry;
    }
    const state = tlb.stateOf(set);
    // @ts-ignore: as above
    const way: u32 = invalid < tlb.ways ? invalid : changetype<Q>(<usize>0).victim(state, tlb.ways);
    // @ts-ignore: as above
    changetype<Q>(<usize>0).fill(state, tlb.ways, way);
    return tlb.entryAt(way, set);
  }
  @inline
  hitEffect<T extends Tlb>(l1: T): u32 {
    // @ts-ignore: as above
    if (l1 instanceof StampTlb) return changetype<S>(<usize>0).hitEffect();
    // @ts-ignore: as above
    return changetype<Q>(<usize>0).hitEffect();
  }
}

export type ByRandom = ByState<Random, StampedRandom>;
export type ByTreePlru = ByState<TreePlru, StampedTreePlru>;
export type ByBitPlru = ByState<BitPlru, StampedBitPlru>;
export type ByNru = ByState<Nru, StampedNru>;
export type BySrrip = ByState<Srrip, StampedSrrip>;
export type ByMru3Plru4 = ByState<Mru3Plru4, StampedMru3Plru4>;

/** Any of them, that of the Tlb: what is rarely asked for need not be made for each. */
@final
@unmanaged
export class ByAnyState {
  @inline
  start<T extends Tlb>(tlb: T, policy: u32): bool {
    return startStates<T>(tlb, policy);
  }
  touch<T extends Tlb>(tlb: T, entry: u32, set: u32): void {
    const policy = tlb.policy;
    if (policy == POLICY_RANDOM) return changetype<ByRandom>(<usize>0).touch<T>(tlb, entry, set);
    if (policy == POLICY_TREE_PLRU) return changetype<ByTreePlru>(<usize>0).touch<T>(tlb, entry, set);
    if (policy == POLICY_BIT_PLRU) return changetype<ByBitPlru>(<usize>0).touch<T>(tlb, entry, set);
    if (policy == POLICY_NRU) return changetype<ByNru>(<usize>0).touch<T>(tlb, entry, set);
    if (policy == POLICY_SRRIP) return changetype<BySrrip>(<usize>0).touch<T>(tlb, entry, set);
    changetype<ByMru3Plru4>(<usize>0).touch<T>(tlb, entry, set);
  }
  victim<T extends Tlb>(tlb: T, set: u32): u32 {
    const policy = tlb.policy;
    if (policy == POLICY_RANDOM) return changetype<ByRandom>(<usize>0).victim<T>(tlb, set);
    if (policy == POLICY_TREE_PLRU) return changetype<ByTreePlru>(<usize>0).victim<T>(tlb, set);
    if (policy == POLICY_BIT_PLRU) return changetype<ByBitPlru>(<usize>0).victim<T>(tlb, set);
    if (policy == POLICY_NRU) return changetype<ByNru>(<usize>0).victim<T>(tlb, set);
    if (policy == POLICY_SRRIP) return changetype<BySrrip>(<usize>0).victim<T>(tlb, set);
    return changetype<ByMru3Plru4>(<usize>0).victim<T>(tlb, set);
  }
  hitEffect<T extends Tlb>(l1: T): u32 {
    const policy = l1.policy;
    if (policy == POLICY_RANDOM) return changetype<ByRandom>(<usize>0).hitEffect<T>(l1);
    if (policy == POLICY_TREE_PLRU) return changetype<ByTreePlru>(<usize>0).hitEffect<T>(l1);
    if (policy == POLICY_BIT_PLRU) return changetype<ByBitPlru>(<usize>0).hitEffect<T>(l1);
    if (policy == POLICY_NRU) return changetype<ByNru>(<usize>0).hitEffect<T>(l1);
    if (policy == POLICY_SRRIP) return changetype<BySrrip>(<usize>0).hitEffect<T>(l1);
    return changetype<ByMru3Plru4>(<usize>0).hitEffect<T>(l1);
  }
}
