import { HIT_REORDERS } from "./effects";
import { lowBits, wordAt } from "./words";

/**
 * Bit-PLRU, also called MRU: a bit for each way that says whether it was used lately. Using a way sets its bit; if that
 * was the last one clear, all others are cleared. The victim is the first way whose bit is clear. Al-Zoubi, Milenković &
 * Milenković, ACM-SE 42, 2004, doi:10.1145/986537.986601 (PLRUm).
 *
 * The state is a word for each 64 ways, and where there are several, how many bits are set in all of them.
 */
@final
@unmanaged
export class BitPlru {
  @inline
  stateBytes(ways: u32): u32 {
    return ways <= 64 ? 8 : (((ways + 63) >> 6) << 3) + 8;
  }

  @inline
  reset(state: usize, ways: u32): void {
    memory.fill(state, 0, this.stateBytes(ways));
  }

  @inline
  touch(state: usize, ways: u32, way: u32): void {
    if (ways > 64) return this.touchMany(state, ways, way);
    const bit = (<u64>1) << (<u64>way);
    const bits = load<u64>(state) | bit;
    store<u64>(state, bits == lowBits(ways) ? bit : bits);
  }

  /** touch() of more ways than a word has bits. */
  private touchMany(state: usize, ways: u32, way: u32): void {
    const word = wordAt(state, way >> 6);
    const bit = (<u64>1) << (<u64>way & 63);
    const bits = load<u64>(word);
    if ((bits & bit) != 0) return;
    const words = (ways + 63) >> 6;
    const used = load<u64>(wordAt(state, words)) + 1;
    store<u64>(wordAt(state, words), used);
    store<u64>(word, bits | bit);
    if (used < <u64>ways) return;
    memory.fill(state, 0, (<usize>words) << 3);
    store<u64>(wordAt(state, words), 1);
    store<u64>(word, bit);
  }

  @inline
  fill(state: usize, ways: u32, way: u32): void {
    this.touch(state, ways, way);
  }

  @inline
  victim(state: usize, ways: u32): u32 {
    if (ways == 1) return 0; // the only bit is always set
    let word = state;
    while (~load<u64>(word) == 0) word += 8; // some bit is clear
    return ((<u32>(word - state)) << 3) + <u32>ctz(~load<u64>(word));
  }

  @inline
  invalidate(_state: usize, _ways: u32, _way: u32): void {}

  @inline
  hitEffect(): u32 {
    return HIT_REORDERS;
  }
}
