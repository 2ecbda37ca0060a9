/** What a report is made of: results from some files, and what these files say of them. Plain data, which the page has inside. */
import { commandOf } from "./command-of.ts";
import type { ResultEntry, ResultFile } from "./entries.ts";
import { counted } from "./format.ts";
import type { RunResult, SweepResult } from "./results.ts";

/** A result without what differs from one run to the next, if it comes from a merged file. */
export type Untimed<Result extends RunResult | SweepResult> = Omit<Result, "time"> & Partial<Pick<Result, "time">>;

export interface ReportData {
  schema: "pagewalk/report@1";
  title: string;
  sources: ReportSource[];
  results: ReportedResult[];
}

/** A file of results. */
export interface ReportSource {
  file: string;
  /** Title of the experiment. */
  title: string | null;
  /** What a merged result says beside its results: the hash of its plan, how many units that has, and which of them have no result. */
  plan: { hash: string; units: number; missing: readonly number[] } | null;
}

export interface ReportedResult {
  /** Index of its source. */
  source: number;
  trace: string;
  /** Of the trace as it is stored; `null`: not known. */
  storedBytes: number | null;
  /** Name of the window; `null`: all of the trace, or what the options of a run say. */
  window: string | null;
  /** Of the machine or the sweep. */
  name: string;
  kind: "run" | "sweep";
  result: Untimed<RunResult> | Untimed<SweepResult>;
  /** What a shell is given to make the same result, and what that takes beside, in sentences. */
  command: string;
  missing: string[];
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

/** The report of `files`; its title is that of the experiment if there is one, unless another is given. */
export function reportDataOf(files: readonly ResultFile[], title?: string): ReportData {
  const titles = [...new Set(files.flatMap((file) => file.title ?? []))];
  const results = files.flatMap(({ entries }, source) => entries.map((entry) => reportedResult(entry, source)));
  const traces = new Set(results.map(({ trace }) => trace));
  return {
    schema: "pagewalk/report@1",
    title: title ?? (titles.length === 1 ? titles[0] : undefined) ?? `Results over ${counted(traces.size, "trace")}`,
    sources: files.map(({ path, title, plan }) => ({ file: path, title, plan })),
    results,
  };
}

function reportedResult(entry: ResultEntry, source: number): ReportedResult {
  const { trace, window, name, kind, result, planned } = entry;
  return {
    source,
    trace,
    storedBytes: planned?.trace.bytes ?? null,
    window,
    name,
    kind,
    result,
    ...commandOf(entry),
  };
}
