import { ORDER_RING, ORDER_STAMPS, Tlb, plainOrder } from "../tlb";
import { HIT_REORDERS, HIT_STAMPS } from "./effects";

/** Least recently used. Mattson et al., IBM Systems Journal 9(2), 1970, doi:10.1147/sj.92.0078. */
@final
@unmanaged
export class Lru {
  @inline
  touch(tlb: Tlb, entry: u32, set: u32): void {
    tlb.toFront(entry, set);
  }
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
    const plain = plainOrder(ways);
    return plain == ORDER_RING ? plain : ORDER_STAMPS;
  }
  @inline
  hitEffect(l1: Tlb): u32 {
    return l1.order == ORDER_STAMPS ? HIT_STAMPS : HIT_REORDERS;
  }
}
