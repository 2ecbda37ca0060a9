/** What a report is made of: results from some files, and what these files say of them. Plain data, which the page has inside. */
import type { RunResult, SweepResult } from "./results.ts";

/** A result without what differs from one run to the next, if it comes from a merged file. */
export type Untimed<Result extends RunResult | SweepResult> = Omit<Result, "time"> & Partial<Pick<Result, "time">>;

export interface ReportData {
  schema: "pagewalk/report@1";
  /** Of pagewalk that made the report. */
  version: string;
  title: string;
  sources: ReportSource[];
  results: ReportedResult[];
}

/** A file of results. */
export interface ReportSource {
  file: string;
  schema: string;
  /** What a merged result says beside its results. */
  merged?: {
    title: string | null;
    /** Hash of the plan. */
    plan: string;
    units: number;
    /** Units whose results are missing. */
    missing: number;
    traces: { path: string; bytes: number }[];
  };
}

export interface ReportedResult {
  /** Index of its source. */
  source: number;
  trace: string;
  /** Name of the window; `null`: all of the trace, or what the options of a run say. */
  window: string | null;
  /** Of the machine or the sweep. */
  name: string;
  kind: "run" | "sweep";
  result: Untimed<RunResult> | Untimed<SweepResult>;
  /** What a shell is given to make the same result. */
  command: string;
}

/** A run or a sweep with what it is called in the report. Labels tell results from each other, and are harmless. */
export interface Labelled<Result> {
  /** Index among the results of the report. */
  index: number;
  /** Trace and window. */
  place: string;
  name: string;
  result: Result;
  reported: ReportedResult;
}

export interface LabelledResults {
  runs: Labelled<RunResult>[];
  sweeps: Labelled<SweepResult>[];
}
