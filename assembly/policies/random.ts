import { Random as Numbers } from "../random";
import { HIT_CHANGES_NOTHING } from "./effects";

/** Where the numbers of each set begin is chosen by these. */
const seeds = changetype<Numbers>(memory.data(offsetof<Numbers>(), 8));

/** Has the sets that are reset from now on begin as `seed` says: each otherwise, but the same each time. */
export function seedSets(seed: u32): void {
  seeds.start(seed);
}

/**
 * Any way, as if by chance. Each set has numbers of its own, so that what it evicts depends on what it was asked for and
 * on nothing else: not on who else is simulated beside it, or on what is left out of a trace because it hits.
 * Belady, IBM Systems Journal 5(2), 1966, doi:10.1147/sj.52.0078, has it as the measure of others.
 */
@final
@unmanaged
export class Random {
  @inline
  stateBytes(_ways: u32): u32 {
    return 8;
  }
  @inline
  reset(state: usize, _ways: u32): void {
    changetype<Numbers>(state).start(seeds.next());
  }
  @inline
  touch(_state: usize, _ways: u32, _way: u32): void {}
  @inline
  fill(_state: usize, _ways: u32, _way: u32): void {}
  @inline
  victim(state: usize, ways: u32): u32 {
    return <u32>((<u64>changetype<Numbers>(state).next() * <u64>ways) >> 32);
  }
  @inline
  invalidate(_state: usize, _ways: u32, _way: u32): void {}
  @inline
  hitEffect(): u32 {
    return HIT_CHANGES_NOTHING;
  }
}
