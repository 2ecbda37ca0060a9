import { HIT_REORDERS } from "./effects";

/** Where the number of the group used last stands. */
const LAST_SHIFT: u64 = 12;

/**
 * Twelve ways in three groups of four: the victim is in the group after the one used last, of three in a circle, and
 * there as tree-PLRU has it. Measured in STLBs of Intel cores from Skylake on, and called (MRU+1)%3PLRU4 in Tatar et al.,
 * "TLB;DR: Enhancing TLB-based attacks with TLB desynchronized reverse engineering", USENIX Security 2022.
 *
 *   63   14 13 12 11     8 7      4 3  2  1  0   bit
 *   ├──────┼─────┼────────┼────────┼──┬──┬──┬──┤
 *   │  0   │ last│ tree 2 │ tree 1 │ a│ b│ r│ 0│    tree g, of ways 4g to 4g + 3, as in tree-plru.ts: its root r,
 *   └──────┴─────┴────────┴────────┴──┴──┴──┴──┘    and the nodes of the lower half (b) and of the upper half (a)
 */
@final
@unmanaged
export class Mru3Plru4 {
  @inline
  stateBytes(_ways: u32): u32 {
    return 8;
  }
  @inline
  reset(state: usize, _ways: u32): void {
    store<u64>(state, 0);
  }
  @inline
  touch(state: usize, _ways: u32, way: u32): void {
    const group = <u64>(way >> 2);
    const half = <u64>((way >> 1) & 1);
    // The root, and the node of the half that `way` is in, turn away from it.
    const turned = <u64>2 | ((<u64>4) << half);
    const away = ((half ^ 1) << 1) | ((<u64>(~way & 1)) << (half + 2));
    const trees = (load<u64>(state) & ~(turned << (group << 2))) | (away << (group << 2));
    store<u64>(state, (trees & (((<u64>1) << LAST_SHIFT) - 1)) | (group << LAST_SHIFT));
  }
  @inline
  fill(state: usize, ways: u32, way: u32): void {
    this.touch(state, ways, way);
  }
  @inline
  victim(state: usize, _ways: u32): u32 {
    const bits = load<u64>(state);
    const last = <u32>(bits >> LAST_SHIFT);
    const group = last == 2 ? 0 : last + 1;
    const tree = <u32>(bits >> ((<u64>group) << 2)) & 15;
    const half = (tree >> 1) & 1;
    return (group << 2) | (half << 1) | ((tree >> (half + 2)) & 1);
  }
  @inline
  invalidate(_state: usize, _ways: u32, _way: u32): void {}
  @inline
  hitEffect(): u32 {
    return HIT_REORDERS;
  }
}
