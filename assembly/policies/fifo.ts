import { Tlb, plainOrder } from "../tlb";
import { HIT_CHANGES_NOTHING } from "./effects";

/** First in, first out: a hit changes nothing. */
@final
@unmanaged
export class Fifo {
  @inline
  touch(_tlb: Tlb, _entry: u32, _set: u32): void {}
  @inline
  victim(tlb: Tlb, set: u32): u32 {
    return tlb.back(set);
  }
  @inline
  filled(tlb: Tlb, entry: u32, set: u32): void {
    tlb.backToFront(entry, set);
  }
  @inline
  orderOfL1(ways: u32): u32 {
    return plainOrder(ways);
  }
  @inline
  hitEffect(_l1: Tlb): u32 {
    return HIT_CHANGES_NOTHING;
  }
}
