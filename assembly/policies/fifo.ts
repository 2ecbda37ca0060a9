import { HIT_CHANGES_NOTHING } from "./effects";
import { oldestOf, resetRing, ringBytes, toFront } from "./ring";

/** First in, first out: a hit changes nothing. Belady, IBM Systems Journal 5(2), 1966, doi:10.1147/sj.52.0078. */
@final
@unmanaged
export class Fifo {
  @inline
  stateBytes(ways: u32): u32 {
    return ringBytes(ways);
  }
  @inline
  reset(state: usize, ways: u32): void {
    resetRing(state, ways);
  }
  @inline
  touch(_state: usize, _ways: u32, _way: u32): void {}
  @inline
  fill(state: usize, _ways: u32, way: u32): void {
    toFront(state, way);
  }
  @inline
  victim(state: usize, _ways: u32): u32 {
    return oldestOf(state);
  }
  @inline
  invalidate(_state: usize, _ways: u32, _way: u32): void {}
  @inline
  hitEffect(): u32 {
    return HIT_CHANGES_NOTHING;
  }
}
