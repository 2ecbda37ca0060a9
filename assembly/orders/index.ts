/**
 * How the fast machine and sweeps replace entries: LRU and FIFO by the order that a Tlb keeps, for which they are made, and
 * any other policy by the state that it has (by-state.ts). Each of the three is a class without fields, its methods inlined
 * and generic in the class of the Tlb:
 * - `start(tlb, policy)`: after its configure(); false if there is no memory left.
 * - `touch(tlb, entry, set)`: a hit on `entry` of `set`.
 * - `victim(tlb, set)`: the entry to fill, which the caller does at once; entries never filled come first.
 * - `hitEffect(l1)`: one of policies/effects.ts: what touch() does.
 *
 * The functions pick the generic instance once for a whole batch, each policy's own for the usual machine. Where it is not
 * usual, or profiled, all policies with states share one, ByAnyState, which asks each time.
 */
import {
  POLICY_BIT_PLRU,
  POLICY_FIFO,
  POLICY_LRU,
  POLICY_NRU,
  POLICY_RANDOM,
  POLICY_SRRIP,
  POLICY_TREE_PLRU,
} from "../layout";
import { configureMachine, machineConfig } from "../machine";
import { HAS_ALL_POLICIES } from "../policies/index";
import { replayByOrder, replayUsual } from "../run";
import { Point, simulatePoint } from "../sweep/point";
import { machineIsUsual } from "../usual";
import { ByAnyState, ByBitPlru, ByMru3Plru4, ByNru, ByRandom, BySrrip, ByTreePlru } from "./by-state";
import { Fifo } from "./fifo";
import { Lru } from "./lru";

export function configureMachineByPolicy(): u32 {
  if (machineConfig.policy == POLICY_FIFO) return configureMachine<Fifo>();
  if (!HAS_ALL_POLICIES || machineConfig.policy == POLICY_LRU) return configureMachine<Lru>();
  return configureMachine<ByAnyState>();
}

export function replayByPolicy(): u32 {
  if (machineConfig.policy == POLICY_FIFO) return replayByOrder<Fifo>();
  if (!HAS_ALL_POLICIES || machineConfig.policy == POLICY_LRU) return replayByOrder<Lru>();
  return !machineConfig.profiled && machineIsUsual() ? replayUsualByState() : replayByOrder<ByAnyState>();
}

function replayUsualByState(): u32 {
  const policy = machineConfig.policy;
  if (policy == POLICY_RANDOM) return replayUsual<ByRandom>();
  if (policy == POLICY_TREE_PLRU) return replayUsual<ByTreePlru>();
  if (policy == POLICY_BIT_PLRU) return replayUsual<ByBitPlru>();
  if (policy == POLICY_NRU) return replayUsual<ByNru>();
  if (policy == POLICY_SRRIP) return replayUsual<BySrrip>();
  return replayUsual<ByMru3Plru4>();
}

export function simulatePointByPolicy(point: Point): void {
  if (point.policy == POLICY_FIFO) simulatePoint<Fifo>(point);
  else if (!HAS_ALL_POLICIES || point.policy == POLICY_LRU) simulatePoint<Lru>(point);
  else simulatePoint<ByAnyState>(point);
}
