import { Tlb } from "../tlb";
import { HIT_CHANGES_NOTHING } from "../policies/effects";

/** First in, first out: a hit changes nothing. */
@final
@unmanaged
export class Fifo {
  @inline
  start<T extends Tlb>(_tlb: T, _policy: u32): bool {
    return true;
  }
  @inline
  touch<T extends Tlb>(_tlb: T, _entry: u32, _set: u32): void {}
  @inline
  victim<T extends Tlb>(tlb: T, set: u32): u32 {
    return tlb.backToFront(set);
  }
  @inline
  hitEffect<T extends Tlb>(_l1: T): u32 {
    return HIT_CHANGES_NOTHING;
  }
}
