/**
 * The contract of a replacement policy, and the one place that knows them all.
 *
 * A policy is a class without fields, used as `changetype<TreePlru>(<usize>0)`, that chooses among the ways of one set. What
 * it remembers of a set is its *state*, bytes that who owns the set gives it, at a multiple of 8.
 * - `stateBytes(ways)`: how many, for sets of so many ways.
 * - `reset(state, ways)`: of a set in which no way was used, and none is valid.
 * - `touch(state, ways, way)`: a hit on `way`, which is valid.
 * - `fill(state, ways, way)`: `way`, invalid or the victim, was filled just now.
 * - `victim(state, ways)`: the way to evict, all being valid. It may change the state (SRRIP ages the set), so that who asks
 *   fills that way at once.
 * - `invalidate(state, ways, way)`: `way` is valid no more. Nothing is published about what that does to the order, so no
 *   policy here does anything: the way is filled before any is evicted, and that fill is told.
 * - `hitEffect()`: one of effects.ts: what touch() may do, which decides on what hits may be left out (shadow.ts, known-lines.ts).
 *
 * Who owns the set fills invalid ways, the first of them first, before it evicts any. What ways a policy allows is checked
 * by the host (src/config/policies.ts).
 *
 * To add one: its file, its POLICY_ constant in layout.ts, its line in each function here, and its name in
 * src/config/types.ts, src/config/policies.ts and src/kernel/instance.ts; for the fast machine its class of orders/by-stamps.ts,
 * and its lines in orders/by-state.ts and orders/index.ts.
 *
 * A policy of the user's own asks for functions of the host, which the page's module does not have.
 *
 * The functions here find the policy by its number, each time: for who has several at once. The fast machine is generic in
 * the class instead (orders/by-state.ts).
 */
import {
  POLICY_BIT_PLRU,
  POLICY_CUSTOM,
  POLICY_FIFO,
  POLICY_MRU3_PLRU4,
  POLICY_NRU,
  POLICY_OPT,
  POLICY_RANDOM,
  POLICY_SRRIP,
  POLICY_TREE_PLRU,
} from "../layout";
import { Custom } from "./custom";
import { BitPlru } from "./bit-plru";
import { Fifo } from "./fifo";
import { Lru } from "./lru";
import { Mru3Plru4 } from "./mru3-plru4";
import { Nru } from "./nru";
import { Opt } from "./opt";
import { Random } from "./random";
import { Srrip } from "./srrip";
import { TreePlru } from "./tree-plru";

/**
 * Whether this module has them all. The page's has LRU and FIFO, in order (orders/), since each kilobyte is one to wait for;
 * asconfig.json gives IS_PAGE a meaning there.
 */
// @ts-ignore: a name that is asked for and not used
export const HAS_ALL_POLICIES: bool = !isDefined(IS_PAGE);

/** stateBytes() of the policy with that POLICY_; a multiple of 8. */
export function policyBytes(policy: u32, ways: u32): u32 {
  if (policy == POLICY_FIFO) return changetype<Fifo>(<usize>0).stateBytes(ways);
  if (policy == POLICY_RANDOM) return changetype<Random>(<usize>0).stateBytes(ways);
  if (policy == POLICY_TREE_PLRU) return changetype<TreePlru>(<usize>0).stateBytes(ways);
  if (policy == POLICY_BIT_PLRU) return changetype<BitPlru>(<usize>0).stateBytes(ways);
  if (policy == POLICY_NRU) return changetype<Nru>(<usize>0).stateBytes(ways);
  if (policy == POLICY_SRRIP) return changetype<Srrip>(<usize>0).stateBytes(ways);
  if (policy == POLICY_MRU3_PLRU4) return changetype<Mru3Plru4>(<usize>0).stateBytes(ways);
  if (HAS_ALL_POLICIES && policy == POLICY_CUSTOM) return changetype<Custom>(<usize>0).stateBytes(ways);
  if (policy == POLICY_OPT) return changetype<Opt>(<usize>0).stateBytes(ways);
  return changetype<Lru>(<usize>0).stateBytes(ways);
}

/** reset() of that policy. */
export function resetSet(policy: u32, state: usize, ways: u32): void {
  if (policy == POLICY_FIFO) return changetype<Fifo>(<usize>0).reset(state, ways);
  if (policy == POLICY_RANDOM) return changetype<Random>(<usize>0).reset(state, ways);
  if (policy == POLICY_TREE_PLRU) return changetype<TreePlru>(<usize>0).reset(state, ways);
  if (policy == POLICY_BIT_PLRU) return changetype<BitPlru>(<usize>0).reset(state, ways);
  if (policy == POLICY_NRU) return changetype<Nru>(<usize>0).reset(state, ways);
  if (policy == POLICY_SRRIP) return changetype<Srrip>(<usize>0).reset(state, ways);
  if (policy == POLICY_MRU3_PLRU4) return changetype<Mru3Plru4>(<usize>0).reset(state, ways);
  if (HAS_ALL_POLICIES && policy == POLICY_CUSTOM) return changetype<Custom>(<usize>0).reset(state, ways);
  if (policy == POLICY_OPT) return changetype<Opt>(<usize>0).reset(state, ways);
  changetype<Lru>(<usize>0).reset(state, ways);
}

/** touch() of that policy. */
export function touchWay(policy: u32, state: usize, ways: u32, way: u32): void {
  if (policy == POLICY_FIFO) return changetype<Fifo>(<usize>0).touch(state, ways, way);
  if (policy == POLICY_RANDOM) return changetype<Random>(<usize>0).touch(state, ways, way);
  if (policy == POLICY_TREE_PLRU) return changetype<TreePlru>(<usize>0).touch(state, ways, way);
  if (policy == POLICY_BIT_PLRU) return changetype<BitPlru>(<usize>0).touch(state, ways, way);
  if (policy == POLICY_NRU) return changetype<Nru>(<usize>0).touch(state, ways, way);
  if (policy == POLICY_SRRIP) return changetype<Srrip>(<usize>0).touch(state, ways, way);
  if (policy == POLICY_MRU3_PLRU4) return changetype<Mru3Plru4>(<usize>0).touch(state, ways, way);
  if (HAS_ALL_POLICIES && policy == POLICY_CUSTOM) return changetype<Custom>(<usize>0).touch(state, ways, way);
  if (policy == POLICY_OPT) return changetype<Opt>(<usize>0).touch(state, ways, way);
  changetype<Lru>(<usize>0).touch(state, ways, way);
}

/** fill() of that policy. */
export function fillWay(policy: u32, state: usize, ways: u32, way: u32): void {
  if (policy == POLICY_FIFO) return changetype<Fifo>(<usize>0).fill(state, ways, way);
  if (policy == POLICY_RANDOM) return changetype<Random>(<usize>0).fill(state, ways, way);
  if (policy == POLICY_TREE_PLRU) return changetype<TreePlru>(<usize>0).fill(state, ways, way);
  if (policy == POLICY_BIT_PLRU) return changetype<BitPlru>(<usize>0).fill(state, ways, way);
  if (policy == POLICY_NRU) return changetype<Nru>(<usize>0).fill(state, ways, way);
  if (policy == POLICY_SRRIP) return changetype<Srrip>(<usize>0).fill(state, ways, way);
  if (policy == POLICY_MRU3_PLRU4) return changetype<Mru3Plru4>(<usize>0).fill(state, ways, way);
  if (HAS_ALL_POLICIES && policy == POLICY_CUSTOM) return changetype<Custom>(<usize>0).fill(state, ways, way);
  if (policy == POLICY_OPT) return changetype<Opt>(<usize>0).fill(state, ways, way);
  changetype<Lru>(<usize>0).fill(state, ways, way);
}

/** victim() of that policy. */
export function victimWay(policy: u32, state: usize, ways: u32): u32 {
  if (policy == POLICY_FIFO) return changetype<Fifo>(<usize>0).victim(state, ways);
  if (policy == POLICY_RANDOM) return changetype<Random>(<usize>0).victim(state, ways);
  if (policy == POLICY_TREE_PLRU) return changetype<TreePlru>(<usize>0).victim(state, ways);
  if (policy == POLICY_BIT_PLRU) return changetype<BitPlru>(<usize>0).victim(state, ways);
  if (policy == POLICY_NRU) return changetype<Nru>(<usize>0).victim(state, ways);
  if (policy == POLICY_SRRIP) return changetype<Srrip>(<usize>0).victim(state, ways);
  if (policy == POLICY_MRU3_PLRU4) return changetype<Mru3Plru4>(<usize>0).victim(state, ways);
  if (HAS_ALL_POLICIES && policy == POLICY_CUSTOM) return changetype<Custom>(<usize>0).victim(state, ways);
  if (policy == POLICY_OPT) return changetype<Opt>(<usize>0).victim(state, ways);
  return changetype<Lru>(<usize>0).victim(state, ways);
}

/** invalidate() of that policy. */
export function invalidateWay(policy: u32, state: usize, ways: u32, way: u32): void {
  if (policy == POLICY_FIFO) return changetype<Fifo>(<usize>0).invalidate(state, ways, way);
  if (policy == POLICY_RANDOM) return changetype<Random>(<usize>0).invalidate(state, ways, way);
  if (policy == POLICY_TREE_PLRU) return changetype<TreePlru>(<usize>0).invalidate(state, ways, way);
  if (policy == POLICY_BIT_PLRU) return changetype<BitPlru>(<usize>0).invalidate(state, ways, way);
  if (policy == POLICY_NRU) return changetype<Nru>(<usize>0).invalidate(state, ways, way);
  if (policy == POLICY_SRRIP) return changetype<Srrip>(<usize>0).invalidate(state, ways, way);
  if (policy == POLICY_MRU3_PLRU4) return changetype<Mru3Plru4>(<usize>0).invalidate(state, ways, way);
  if (HAS_ALL_POLICIES && policy == POLICY_CUSTOM) return changetype<Custom>(<usize>0).invalidate(state, ways, way);
  if (policy == POLICY_OPT) return changetype<Opt>(<usize>0).invalidate(state, ways, way);
  changetype<Lru>(<usize>0).invalidate(state, ways, way);
}

/** hitEffect() of that policy. */
export function hitEffectOf(policy: u32): u32 {
  if (policy == POLICY_FIFO) return changetype<Fifo>(<usize>0).hitEffect();
  if (policy == POLICY_RANDOM) return changetype<Random>(<usize>0).hitEffect();
  if (policy == POLICY_TREE_PLRU) return changetype<TreePlru>(<usize>0).hitEffect();
  if (policy == POLICY_BIT_PLRU) return changetype<BitPlru>(<usize>0).hitEffect();
  if (policy == POLICY_NRU) return changetype<Nru>(<usize>0).hitEffect();
  if (policy == POLICY_SRRIP) return changetype<Srrip>(<usize>0).hitEffect();
  if (policy == POLICY_MRU3_PLRU4) return changetype<Mru3Plru4>(<usize>0).hitEffect();
  if (HAS_ALL_POLICIES && policy == POLICY_CUSTOM) return changetype<Custom>(<usize>0).hitEffect();
  if (policy == POLICY_OPT) return changetype<Opt>(<usize>0).hitEffect();
  return changetype<Lru>(<usize>0).hitEffect();
}
