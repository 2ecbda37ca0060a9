/** What comes of a plan: all results of its units together. Plain data. */
import type { Planned } from "../config/planned.ts";
import type { RunResult, SweepResult } from "./results.ts";

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

/** All results of a plan, in the order of its units: the same bytes whoever made them, and in whatever order. */
export interface MergedResult extends Planned {
  schema: typeof MERGED_SCHEMA_NAME;
  /** Hash of the plan. */
  plan: string;
  units: number;
  /** Numbers of units whose results are missing: then the result is not that of the experiment. Only there if some are. */
  missing?: number[];
  results: PlannedResult[];
}
