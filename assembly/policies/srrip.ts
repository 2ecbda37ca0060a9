import { HIT_REORDERS_TWICE } from "./effects";
import { lowBits, wordAt } from "./words";

/** The lower bit of each of 32 predictions. */
const LOWER: u64 = 0x5555_5555_5555_5555;
/** What a way is filled with: a re-reference is a long way off, but not a distant one. */
const LONG: u64 = 2;

/**
 * Static re-reference interval prediction, with 2 bits a way and hit priority: a fill predicts 2, a hit 0; the victim is
 * the first way that predicts 3, after all predictions were raised until one does. Jaleel et al., ISCA 2010,
 * doi:10.1145/1815961.1815971, section 4.1 (SRRIP-HP).
 *
 * The first hit after a fill changes the set, even on the page used last: filters must know that.
 *
 * The state is a word for each 32 ways, of 2 bits for each; bits of ways that do not exist stay clear.
 */
@final
@unmanaged
export class Srrip {
  @inline
  stateBytes(ways: u32): u32 {
    return ((ways + 31) >> 5) << 3;
  }

  @inline
  reset(state: usize, ways: u32): void {
    memory.fill(state, 0, this.stateBytes(ways));
  }

  @inline
  touch(state: usize, _ways: u32, way: u32): void {
    const word = wordAt(state, way >> 5);
    store<u64>(word, load<u64>(word) & ~((<u64>3) << ((<u64>(way & 31)) << 1)));
  }

  @inline
  fill(state: usize, _ways: u32, way: u32): void {
    const word = wordAt(state, way >> 5);
    const at = (<u64>(way & 31)) << 1;
    store<u64>(word, (load<u64>(word) & ~((<u64>3) << at)) | (LONG << at));
  }

  @inline
  victim(state: usize, ways: u32): u32 {
    if (ways > 32) return this.victimOfMany(state, ways);
    const word = load<u64>(state);
    const raise = 3 - greatestIn(word);
    const raised = word + raise * (LOWER & lowBits(ways << 1));
    store<u64>(state, raised);
    return firstOf3(raised);
  }

  /** victim() of more ways than a word has predictions. */
  private victimOfMany(state: usize, ways: u32): u32 {
    const end = state + this.stateBytes(ways);
    let greatest: u64 = 0;
    for (let word = state; word < end && greatest < 3; word += 8) greatest = max(greatest, greatestIn(load<u64>(word)));
    let first: u32 = ways;
    for (let word = state; word < end; word += 8) {
      const before = (<u32>(word - state)) << 2;
      const raised = load<u64>(word) + (3 - greatest) * (LOWER & lowBits((ways - before) << 1));
      store<u64>(word, raised);
      if (first == ways && greatestIn(raised) == 3) first = before + firstOf3(raised);
      if (first < ways && greatest == 3) break; // nothing to raise
    }
    return first;
  }

  @inline
  invalidate(_state: usize, _ways: u32, _way: u32): void {}

  @inline
  hitEffect(): u32 {
    return HIT_REORDERS_TWICE;
  }
}

/** The greatest prediction of a word. */
function greatestIn(word: u64): u64 {
  const upper = (word >> 1) & LOWER;
  const lower = word & LOWER;
  if ((upper & lower) != 0) return 3;
  return upper != 0 ? 2 : lower != 0 ? 1 : 0;
}

/** The first way of a word that predicts 3, which there must be. */
function firstOf3(word: u64): u32 {
  return <u32>ctz((word >> 1) & word & LOWER) >> 1;
}
