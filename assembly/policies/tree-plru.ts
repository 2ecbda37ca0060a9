import { HIT_REORDERS } from "./effects";

/**
 * Tree-PLRU: a binary tree above the ways, whose nodes each have a bit that leads to the half used longer ago. Using a
 * way turns the bits above it away from it; following the bits from the root finds the victim. Powers of two of ways, up
 * to 64. Al-Zoubi, Milenković & Milenković, "Performance evaluation of cache replacement policies for the SPEC CPU2000
 * benchmark suite", ACM-SE 42, 2004, doi:10.1145/986537.986601 (PLRUt). Four ways are as in Intel's Embedded Pentium
 * Processor Family Developer's Manual, 1998, figure 3-7, but that a bit there leads the other way.
 *
 *   63        8 7   4 3 2  1    bit
 *   ├─────┼────┼─────┼───┼────┤
 *   │  …  │    │4..7 │2,3│root│    bit n: of node n, whose halves are nodes 2n (bit clear) and 2n + 1 (bit set);
 *   └─────┴────┴─────┴───┴────┘    way w is where node ways + w would be
 */
@final
@unmanaged
export class TreePlru {
  @inline
  stateBytes(_ways: u32): u32 {
    return 8;
  }
  @inline
  reset(state: usize, _ways: u32): void {
    store<u64>(state, 0);
  }
  @inline
  touch(state: usize, ways: u32, way: u32): void {
    let bits = load<u64>(state);
    for (let node = ways + way; node > 1; node >>= 1) {
      const above = <u64>(node >> 1);
      bits = (bits & ~((<u64>1) << above)) | ((<u64>(~node & 1)) << above);
    }
    store<u64>(state, bits);
  }
  @inline
  fill(state: usize, ways: u32, way: u32): void {
    this.touch(state, ways, way);
  }
  @inline
  victim(state: usize, ways: u32): u32 {
    const bits = load<u64>(state);
    let node: u32 = 1;
    while (node < ways) node = (node << 1) | (<u32>(bits >> <u64>node) & 1);
    return node - ways;
  }
  @inline
  invalidate(_state: usize, _ways: u32, _way: u32): void {}
  @inline
  hitEffect(): u32 {
    return HIT_REORDERS;
  }
}
