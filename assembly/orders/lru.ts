import { Tlb } from "../tlb";

/** Least recently used. Mattson et al., IBM Systems Journal 9(2), 1970, doi:10.1147/sj.92.0078. */
@final
@unmanaged
export class Lru {
  @inline
  start<T extends Tlb>(_tlb: T, _policy: u32): bool {
    return true;
  }
  @inline
  touch<T extends Tlb>(tlb: T, entry: u32, set: u32): void {
    tlb.toFront(entry, set);
  }
  @inline
  victim<T extends Tlb>(tlb: T, set: u32): u32 {
    return tlb.backToFront(set);
  }
  @inline
  hitEffect<T extends Tlb>(l1: T): u32 {
    return l1.moveEffect();
  }
}
