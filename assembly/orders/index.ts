/**
 * The contract of a replacement policy, and the one place that knows them all.
 *
 * A policy is a class without fields, its methods inlined and generic in the class of a Tlb, on whose order it works.
 * - `touch(tlb, entry, set)`: a hit on `entry` of `set`.
 * - `victim(tlb, set)`: the entry to fill, which the caller does at once; entries never filled come first.
 * - `hitEffect(l1)`: one of effects.ts: what touch() does. A second touch of the same entry in a row must change
 *   nothing but its stamp, since decoders and the shadow leave such hits out.
 *
 * To add one: its file, its POLICY_ constant in layout.ts, its line in each function here, its name in
 * src/config/types.ts and src/kernel/kernel.ts. The functions pick the
 * generic instance once for a whole batch; nothing below them asks which policy it is.
 */
import { POLICY_FIFO } from "../layout";
import { configureMachine, machineConfig } from "../machine";
import { replayByOrder } from "../run";
import { Point, simulatePoint } from "../sweep/point";
import { Fifo } from "./fifo";
import { Lru } from "./lru";

export function configureMachineByPolicy(): u32 {
  if (machineConfig.policy == POLICY_FIFO) return configureMachine<Fifo>();
  return configureMachine<Lru>();
}

export function replayByPolicy(): u32 {
  if (machineConfig.policy == POLICY_FIFO) return replayByOrder<Fifo>();
  return replayByOrder<Lru>();
}

export function simulatePointByPolicy(point: Point): void {
  if (point.policy == POLICY_FIFO) simulatePoint<Fifo>(point);
  else simulatePoint<Lru>(point);
}
