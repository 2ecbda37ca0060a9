/** A plan: everything that an experiment asks for, in numbered units that can be done anywhere and in any order. Plain data. */
import type { Dimension } from "../config/attribution.ts";
import type { SelectionOptions } from "../config/selection.ts";
import type { Config, SweepConfig } from "../config/types.ts";
import type { SlurmDescription } from "./description.ts";

export const PLAN_SCHEMA_NAME = "pagewalk/plan@1";

export interface Plan {
  /** The form that this is in: `pagewalk/plan@1`. */
  schema: typeof PLAN_SCHEMA_NAME;
  /** Of pagewalk: the results of another version are not of this plan. */
  version: string;
  /** SHA-256 of the plan without it, as JSON without white space; hexadecimal. */
  hash: string;
  /** Of the experiment. */
  title: string | null;
  /** Units refer to these four lists by index, from 0. */
  traces: PlannedTrace[];
  /** Parts of each trace. */
  windows: PlannedWindow[];
  /** All combinations, each written out. */
  machines: PlannedMachine[];
  /** TLBs of many geometries. */
  sweeps: PlannedSweep[];
  /** By what the misses of machines are told apart. */
  by: Dimension[];
  /** Records of each interval of the machines' series; `null`: no series. */
  interval: number | string | null;
  /** What a cluster is asked for. */
  slurm: SlurmDescription;
  /** In the order of their numbers, from 1: trace by trace, window by window. */
  units: Unit[];
}

/** A file that was there when the plan was made. */
export interface PlannedFile {
  /** Relative to the plan's folder, with `/`, unless the experiment has it absolute. It may lead out of the folder: traces lie anywhere. */
  path: string;
  /** As it is stored. */
  bytes: number;
  /** SHA-256 of its first and last 64 KiB; hexadecimal. */
  fingerprint: string;
}

export interface PlannedTrace extends PlannedFile {
  /** What it is, as given or by its content. */
  format: string;
  /** Which columns of a CSV are what. */
  columns?: string;
  /** Id of the only thread to look at. */
  thread?: string;
  /** What parts of memory are called. */
  regions?: PlannedFile;
  /** Mappings with their rights. */
  maps?: PlannedFile | "recorded";
}

export interface PlannedWindow {
  /** `null`: the only one, which is all. */
  name: string | null;
  /** For `openTrace()`. */
  selection: Pick<SelectionOptions, "skip" | "warmup" | "limit" | "unit">;
}

export interface PlannedMachine {
  /** Each has another. */
  name: string;
  /** For `resolve()`, with descriptions of CPUs instead of names of files. */
  config: Config;
}

export interface PlannedSweep {
  /** Each has another. */
  name: string;
  /** For `resolveSweep()`. */
  config: SweepConfig;
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
