/** How long units take, about: what shares of a plan are balanced by, and what a cluster is asked for. */
import { resolveSelection } from "../config/selection.ts";
import type { ResolvedConfig, SweepConfig } from "../config/types.ts";
import type { Plan, PlannedWindow } from "./plan.ts";

/** What is known of a trace before it is read. */
export interface TraceSize {
  /** Estimate. */
  records: number;
  /** Whether there are regions or mappings for it, with which machines need whole records. */
  hasRegions: boolean;
}

/** Nanoseconds for each record, on one core. */
const NANOSECONDS = { reading: 12, machine: 8, hierarchy: 16, os: 60, sweep: 25 };

function recordsOf({ records }: TraceSize, selection: PlannedWindow["selection"]): { read: number; simulated: number } {
  const { skip, warmup, limit } = resolveSelection(selection);
  const read = Math.min(records, skip + warmup + limit);
  return { read, simulated: Math.max(0, read - skip) };
}

export function readingSeconds(size: TraceSize, selection: PlannedWindow["selection"]): number {
  return (recordsOf(size, selection).read * NANOSECONDS.reading) / 1e9;
}

export function machineSeconds(
  size: TraceSize,
  selection: PlannedWindow["selection"],
  { os, hierarchy }: ResolvedConfig,
): number {
  const each =
    os !== undefined ? NANOSECONDS.os : hierarchy !== undefined ? NANOSECONDS.hierarchy : NANOSECONDS.machine;
  return (recordsOf(size, selection).simulated * each) / 1e9;
}

export function sweepSeconds(size: TraceSize, selection: PlannedWindow["selection"], _config: SweepConfig): number {
  return (recordsOf(size, selection).simulated * NANOSECONDS.sweep) / 1e9;
}

/** Of all units. */
export function totalSeconds({ units }: Pick<Plan, "units">): number {
  return units.reduce((sum, { seconds }) => sum + seconds, 0);
}
