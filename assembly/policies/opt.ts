import { HIT_REORDERS } from "./effects";
import { NEVER } from "../use-list";

/** When the page that is touched or filled now is used next; NEVER if it is not. */
let nextUse: u32 = NEVER;

/** To be called before each touch() and fill() of Opt. */
export function setNextUse(use: u32): void {
  nextUse = use;
}

/**
 * The page whose next use is farthest in the future: no policy that fills each page that missed has fewer misses. Belady's MIN, IBM
 * Systems Journal 5(2), 1966, doi:10.1147/sj.52.0078; Mattson et al., IBM Systems Journal 9(2), 1970, prove it. It has to be told the
 * future (use-list.ts).
 *
 * The state is a tree of u32, the root at 1: a leaf for each way has when its page is used next, a node the greater of its two
 * children. There are as many leaves as the next power of two of the ways; those of no way have 0.
 */
@final
@unmanaged
export class Opt {
  @inline
  stateBytes(ways: u32): u32 {
    return leavesOf(ways) << 3;
  }

  reset(state: usize, ways: u32): void {
    const leaves = leavesOf(ways);
    for (let leaf: u32 = 0; leaf < leaves; leaf++) put(state, leaves + leaf, leaf < ways ? NEVER : 0);
    for (let node = leaves - 1; node > 0; node--) put(state, node, max(at(state, 2 * node), at(state, 2 * node + 1)));
  }

  @inline
  touch(state: usize, ways: u32, way: u32): void {
    setLeaf(state, leavesOf(ways) + way, nextUse);
  }

  @inline
  fill(state: usize, ways: u32, way: u32): void {
    setLeaf(state, leavesOf(ways) + way, nextUse);
  }

  victim(state: usize, ways: u32): u32 {
    const leaves = leavesOf(ways);
    const farthest = at(state, 1);
    let node: u32 = 1;
    while (node < leaves) {
      node <<= 1;
      if (at(state, node) != farthest) node++;
    }
    return node - leaves;
  }

  @inline
  invalidate(_state: usize, _ways: u32, _way: u32): void {}

  @inline
  hitEffect(): u32 {
    return HIT_REORDERS;
  }
}

/** The next power of two, from 2, so that there is a root above the leaves. */
function leavesOf(ways: u32): u32 {
  return ways <= 2 ? 2 : (<u32>1) << (32 - clz(ways - 1));
}

function setLeaf(state: usize, leaf: u32, use: u32): void {
  put(state, leaf, use);
  for (let node = leaf >> 1; node > 0; node >>= 1) {
    const greater = max(at(state, 2 * node), at(state, 2 * node + 1));
    if (at(state, node) == greater) return;
    put(state, node, greater);
  }
}

function at(state: usize, node: u32): u32 {
  return load<u32>(state + ((<usize>node) << 2));
}

function put(state: usize, node: u32, use: u32): void {
  store<u32>(state + ((<usize>node) << 2), use);
}
