import { HIT_REORDERS } from "./effects";
import { lowBits, wordAt } from "./words";

/**
 * Not recently used: a bit for each way that its use sets. The victim is the first way whose bit is clear; if none is, all
 * are cleared first. What bit-PLRU does at the use of the last way, this does at the next eviction. Jaleel et al.,
 * "High performance cache replacement using re-reference interval prediction (RRIP)", ISCA 2010,
 * doi:10.1145/1815961.1815971, section 3, has it as in UltraSPARC T2 and Itanium, and as RRIP of one bit.
 *
 * The state is a word for each 64 ways, the clear bits first.
 */
@final
@unmanaged
export class Nru {
  @inline
  stateBytes(ways: u32): u32 {
    return ((ways + 63) >> 6) << 3;
  }

  @inline
  reset(state: usize, ways: u32): void {
    memory.fill(state, 0, this.stateBytes(ways));
  }

  @inline
  touch(state: usize, _ways: u32, way: u32): void {
    const word = wordAt(state, way >> 6);
    store<u64>(word, load<u64>(word) | ((<u64>1) << (<u64>way & 63)));
  }

  @inline
  fill(state: usize, ways: u32, way: u32): void {
    this.touch(state, ways, way);
  }

  @inline
  victim(state: usize, ways: u32): u32 {
    for (let first: u32 = 0; first < ways; first += 64) {
      const clear = ~load<u64>(wordAt(state, first >> 6)) & lowBits(ways - first);
      if (clear != 0) return first + <u32>ctz(clear);
    }
    this.reset(state, ways);
    return 0;
  }

  @inline
  invalidate(_state: usize, _ways: u32, _way: u32): void {}

  @inline
  hitEffect(): u32 {
    return HIT_REORDERS;
  }
}
