/**
 * What policies do in a StampTlb, where a hit may only write the time into its entry (shadow.ts): the same as over the state of
 * their sets, found from the stamps when a victim is asked for. Each class has, as orders/by-state.ts takes them:
 * - `touch(tlb, entry, set)`, `victim(tlb, set)`: as in orders/index.ts, but that `victim` is asked once all ways are valid.
 * - `fill(tlb, entry, set)`: `entry` is about to be filled.
 * - `hitEffect()`: as in policies/effects.ts.
 */
import { now } from "../clock";
import { BitPlru } from "../policies/bit-plru";
import { HIT_CHANGES_NOTHING, HIT_STAMPS } from "../policies/effects";
import { Random } from "../policies/random";
import { Srrip } from "../policies/srrip";
import { forgetWholly } from "../shadow";
import { StampTlb } from "./stamps";

/** Of a policy that finds all it wants in the stamps: a use only writes the time. */
@unmanaged
abstract class Stamped {
  @inline
  touch(tlb: StampTlb, entry: u32, set: u32): void {
    tlb.toFront(entry, set);
  }
  @inline
  fill(tlb: StampTlb, entry: u32, set: u32): void {
    tlb.toFront(entry, set);
  }
  @inline
  hitEffect(): u32 {
    return HIT_STAMPS;
  }
}

/** Tree-PLRU: each bit leads away from the half that has the latest stamp. */
@final
@unmanaged
export class StampedTreePlru extends Stamped {
  @inline
  victim(tlb: StampTlb, set: u32): u32 {
    if (!tlb.hasMoreWays()) return tlb.treeVictimOf4(set, 0);
    const latest0 = tlb.latestOf4(set, 0);
    const latest1 = tlb.latestOf4(set, 1);
    if (tlb.ways == 8) return tlb.treeVictimOf4(set, <u32>(latest0 > latest1));
    const latest2 = tlb.latestOf4(set, 2);
    const latest3 = tlb.latestOf4(set, 3);
    const isLow = max(latest0, latest1) <= max(latest2, latest3);
    return tlb.treeVictimOf4(set, isLow ? <u32>(latest0 > latest1) : 2 + <u32>(latest2 > latest3));
  }
}

/** (MRU+1)%3PLRU4: the group used last has the latest stamp. */
@final
@unmanaged
export class StampedMru3Plru4 extends Stamped {
  @inline
  victim(tlb: StampTlb, set: u32): u32 {
    const latest0 = tlb.latestOf4(set, 0);
    const latest1 = tlb.latestOf4(set, 1);
    const latest2 = tlb.latestOf4(set, 2);
    const last = latest2 > max(latest0, latest1) ? 2 : <u32>(latest1 > latest0);
    return tlb.treeVictimOf4(set, last == 2 ? 0 : last + 1);
  }
}

/** NRU: a bit is set if the stamp is later than when all were cleared, which the state tells. */
@final
@unmanaged
export class StampedNru extends Stamped {
  @inline
  victim(tlb: StampTlb, set: u32): u32 {
    const clearedAt = load<u64>(tlb.stateOf(set));
    for (let way: u32 = 0; way < tlb.ways; way++) {
      const entry = tlb.entryAt(way, set);
      if (tlb.stamp(entry) <= clearedAt) return entry;
    }
    store<u64>(tlb.stateOf(set), now - 1); // what is filled now is later
    return set;
  }
}

/** SRRIP: a stamp, other than 0, is a hit of which the state has not heard. */
@final
@unmanaged
export class StampedSrrip {
  @inline
  touch(tlb: StampTlb, entry: u32, set: u32): void {
    tlb.toFront(entry, set);
  }
  @inline
  fill(tlb: StampTlb, entry: u32, set: u32): void {
    tlb.setStamp(entry, 0);
    changetype<Srrip>(<usize>0).fill(tlb.stateOf(set), tlb.ways, tlb.wayOf(entry, set));
  }
  @inline
  victim(tlb: StampTlb, set: u32): u32 {
    const policy = changetype<Srrip>(<usize>0);
    const state = tlb.stateOf(set);
    for (let way: u32 = 0; way < tlb.ways; way++) {
      const entry = tlb.entryAt(way, set);
      if (tlb.stamp(entry) == 0) continue;
      tlb.setStamp(entry, 0);
      policy.touch(state, tlb.ways, way);
    }
    return tlb.entryAt(policy.victim(state, tlb.ways), set);
  }
  @inline
  hitEffect(): u32 {
    return HIT_STAMPS;
  }
}

/** Bit-PLRU: a hit on an entry whose bit is set changes nothing; of those whose bits are cleared, the shadow forgets. */
@final
@unmanaged
export class StampedBitPlru {
  @inline
  touch(tlb: StampTlb, entry: u32, set: u32): void {
    const policy = changetype<BitPlru>(<usize>0);
    const state = tlb.stateOf(set);
    const before = load<u64>(state);
    policy.touch(state, tlb.ways, tlb.wayOf(entry, set));
    if ((before & ~load<u64>(state)) != 0) forgetWholly(tlb, entry, set);
  }
  @inline
  fill(tlb: StampTlb, entry: u32, set: u32): void {
    this.touch(tlb, entry, set);
  }
  @inline
  victim(tlb: StampTlb, set: u32): u32 {
    return tlb.entryAt(changetype<BitPlru>(<usize>0).victim(tlb.stateOf(set), tlb.ways), set);
  }
  @inline
  hitEffect(): u32 {
    return HIT_CHANGES_NOTHING;
  }
}

/** Random: there is nothing to stamp. */
@final
@unmanaged
export class StampedRandom {
  @inline
  touch(_tlb: StampTlb, _entry: u32, _set: u32): void {}
  @inline
  fill(_tlb: StampTlb, _entry: u32, _set: u32): void {}
  @inline
  victim(tlb: StampTlb, set: u32): u32 {
    return tlb.entryAt(changetype<Random>(<usize>0).victim(tlb.stateOf(set), tlb.ways), set);
  }
  @inline
  hitEffect(): u32 {
    return HIT_CHANGES_NOTHING;
  }
}
