import { HIT_REORDERS } from "./effects";
import { oldestOf, resetRing, ringBytes, toFront } from "./ring";

/** Least recently used. Mattson et al., IBM Systems Journal 9(2), 1970, doi:10.1147/sj.92.0078. */
@final
@unmanaged
export class Lru {
  @inline
  stateBytes(ways: u32): u32 {
    return ringBytes(ways);
  }
  @inline
  reset(state: usize, ways: u32): void {
    resetRing(state, ways);
  }
  @inline
  touch(state: usize, _ways: u32, way: u32): void {
    toFront(state, way);
  }
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
    return HIT_REORDERS;
  }
}
