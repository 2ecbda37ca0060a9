/** What comes of a plan: the results of its units, and all of them together. Plain data. */
import type { RunResult, SweepResult } from "../report/results.ts";
import type { Plan, Unit } from "./plan.ts";

export const UNIT_SCHEMA_NAME = "pagewalk/unit@1";
export const MERGED_SCHEMA_NAME = "pagewalk/merged@1";

/** A result without what differs from one run to the next. */
export type Timeless<Result> = Omit<Result, "time">;

/** One result and what it is of. `trace.path` of it is that of the plan. */
export interface PlannedResult {
  unit: number;
  /** Path in the plan. */
  trace: string;
  /** Name of the window; `null`: all of the trace. */
  window: string | null;
  /** Names of the machine or the sweep: one of them. */
  machine?: string;
  sweep?: string;
  result: Timeless<RunResult> | Timeless<SweepResult>;
}

/** What a unit's file holds. Two that are of the same unit differ in `measured` only. */
export interface UnitResult {
  schema: typeof UNIT_SCHEMA_NAME;
  /** Hash of the plan. */
  plan: string;
  unit: number;
  /** SHA-256 of `results` as JSON without white space; hexadecimal. */
  digest: string;
  results: PlannedResult[];
  measured: UnitMeasurement;
}

/** What it took. */
export interface UnitMeasurement {
  seconds: number;
  host: string;
}

/** All results of a plan, in the order of its units: the same bytes whoever made them, and in whatever order. */
export interface MergedResult extends Omit<Plan, "schema" | "hash" | "units" | "slurm"> {
  schema: typeof MERGED_SCHEMA_NAME;
  /** Hash of the plan. */
  plan: string;
  units: number;
  /** Numbers of units whose results are missing: then the result is not that of the experiment. Only there if some are. */
  missing?: Unit["unit"][];
  results: PlannedResult[];
}
