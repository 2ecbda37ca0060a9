/**
 * The contract of a replacement policy, and the one place that knows them all.
 *
 * A policy is a class without fields, its methods inlined; it works on the order of one Tlb.
 * - `touch(tlb, entry, set)`: a hit on `entry` of `set`.
 * - `victim(tlb, set)`: the entry to fill next; entries never filled come first.
 * - `filled(tlb, entry, set)`: the victim was filled.
 * - `orderOfL1(ways)`: how an L1 TLB of so many ways keeps its order, an ORDER_ of tlb.ts.
 * - `hitEffect(l1)`: one of effects.ts: what touch() does. A second touch of the same entry in a row must change
 *   nothing but its stamp, since decoders and the shadow leave such hits out.
 *
 * To add one: its file, its POLICY_ constant in layout.ts, its line in each function here. The functions pick the
 * generic instance once for a whole batch; nothing below them asks which policy it is.
 */
import { POLICY_FIFO } from "../layout";
import { configureMachine, machineConfig } from "../machine";
import { replay } from "../run";
import { Point, simulatePoint } from "../sweep";
import { Fifo } from "./fifo";
import { Lru } from "./lru";

export function configureMachineByPolicy(): u32 {
  if (machineConfig.policy == POLICY_FIFO) return configureMachine<Fifo>();
  return configureMachine<Lru>();
}

export function replayByPolicy(): u32 {
  if (machineConfig.policy == POLICY_FIFO) return replay<Fifo>();
  return replay<Lru>();
}

export function simulatePointByPolicy(point: Point, count: u32): void {
  if (point.policy == POLICY_FIFO) simulatePoint<Fifo>(point, count);
  else simulatePoint<Lru>(point, count);
}
