/**
 * How the fast machine and sweeps replace entries: LRU and FIFO by the order that a Tlb keeps, for which they are made, and
 * any other policy by the state that it has (by-state.ts). Each of the three is a class without fields, its methods inlined
 * and generic in the class of the Tlb:
 * - `start(tlb, policy)`: after its configure(); false if there is no memory left.
 * - `touch(tlb, entry, set)`: a hit on `entry` of `set`.
 * - `victim(tlb, set)`: the entry to fill, which the caller does at once; entries never filled come first.
 * - `hitEffect(l1)`: one of policies/effects.ts: what touch() does.
 *
 * The functions pick the generic instance once for a whole batch; below them only by-state.ts asks which policy it is.
 */
import { POLICY_FIFO, POLICY_LRU } from "../layout";
import { configureMachine, machineConfig } from "../machine";
import { replayByOrder } from "../run";
import { Point, simulatePoint } from "../sweep/point";
import { ByState } from "./by-state";
import { Fifo } from "./fifo";
import { Lru } from "./lru";

export function configureMachineByPolicy(): u32 {
  if (machineConfig.policy == POLICY_FIFO) return configureMachine<Fifo>();
  return machineConfig.policy == POLICY_LRU ? configureMachine<Lru>() : configureMachine<ByState>();
}

export function replayByPolicy(): u32 {
  if (machineConfig.policy == POLICY_FIFO) return replayByOrder<Fifo>();
  return machineConfig.policy == POLICY_LRU ? replayByOrder<Lru>() : replayByOrder<ByState>();
}

export function simulatePointByPolicy(point: Point): void {
  if (point.policy == POLICY_FIFO) simulatePoint<Fifo>(point);
  else if (point.policy == POLICY_LRU) simulatePoint<Lru>(point);
  else simulatePoint<ByState>(point);
}
