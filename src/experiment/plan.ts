/** A plan: everything that an experiment asks for, in numbered units that can be done anywhere and in any order. Plain data. */
import type { Planned } from "../config/planned.ts";
import type { SlurmDescription } from "./description.ts";

export const PLAN_SCHEMA_NAME = "pagewalk/plan@1";

export interface Plan extends Planned {
  /** The form that this is in: `pagewalk/plan@1`. */
  schema: typeof PLAN_SCHEMA_NAME;
  /** SHA-256 of the plan without it, as JSON without white space; hexadecimal. */
  hash: string;
  /** What a cluster is asked for. */
  slurm: SlurmDescription;
  /** In the order of their numbers, from 1: trace by trace, window by window. */
  units: Unit[];
}

/**
 * What is done as a whole, or not: one window of one trace, for some machines, which share one reading, or for one sweep. All but `unit` and
 * `seconds` are indexes.
 */
export interface Unit {
  /** From 1. */
  unit: number;
  /** Index of its trace. */
  trace: number;
  /** Index of its window. */
  window: number;
  /** Indexes of the machines that share its reading; or else there is a sweep. */
  machines?: number[];
  /** Index of its sweep. */
  sweep?: number;
  /** Estimate, on one core. */
  seconds: number;
}

/** Machines of a unit that are named: errors tell what is wrong behind them. */
const MAX_NAMED = 2;

/** What `unit` is of, for people: `gcc.lk.gz, window "start": skylake, zen2 and 6 more`. */
export function labelOf({ traces, windows, machines, sweeps }: Plan, unit: Unit): string {
  const window = windows[unit.window]?.name ?? null;
  const what =
    unit.sweep === undefined
      ? machineNames((unit.machines ?? []).map((machine) => machines[machine]?.name ?? ""))
      : `sweep ${sweeps[unit.sweep]?.name}`;
  return `${traces[unit.trace]?.path}${window === null ? "" : `, window "${window}"`}: ${what}`;
}

function machineNames(names: readonly string[]): string {
  if (names.length <= MAX_NAMED + 1) return names.join(", ");
  return `${names.slice(0, MAX_NAMED).join(", ")} and ${names.length - MAX_NAMED} more`;
}
