/** A plan in a few numbers, for people and for programs that go on with it. */
import { totalSeconds } from "./cost.ts";
import type { Plan } from "./plan.ts";
import { SHARD_SECONDS } from "./shards.ts";

export interface PlanSummary {
  schema: "pagewalk/plan-summary@1";
  version: string;
  /** Of the plan. */
  hash: string;
  title: string | null;
  units: number;
  traces: number;
  /** Of all traces, as they are stored. */
  storedBytes: number;
  /** Of each format, how many traces are of it; the most first. */
  formats: { format: string; traces: number }[];
  /** Names; `null`: all of a trace. */
  windows: (string | null)[];
  machines: number;
  sweeps: number;
  /** Estimates of core time: of all units, and of the longest, which no number of computers makes shorter. */
  seconds: number;
  longestSeconds: number;
  /** So many that each takes about ten minutes of one core. */
  suggestedShards: number;
}

export function summaryOf(plan: Plan): PlanSummary {
  const { version, hash, title, traces, windows, machines, sweeps, units } = plan;
  const formats = new Map<string, number>();
  for (const { format } of traces) formats.set(format, (formats.get(format) ?? 0) + 1);
  const seconds = totalSeconds(plan);
  return {
    schema: "pagewalk/plan-summary@1",
    version,
    hash,
    title,
    units: units.length,
    traces: traces.length,
    storedBytes: traces.reduce((sum, { bytes }) => sum + bytes, 0),
    formats: [...formats]
      .map(([format, count]) => ({ format, traces: count }))
      .sort((one, other) => other.traces - one.traces),
    windows: windows.map(({ name }) => name),
    machines: machines.length,
    sweeps: sweeps.length,
    seconds: Math.round(seconds * 1000) / 1000,
    longestSeconds: units.reduce((most, unit) => Math.max(most, unit.seconds), 0),
    suggestedShards: Math.min(units.length, Math.max(1, Math.ceil(seconds / SHARD_SECONDS))),
  };
}
