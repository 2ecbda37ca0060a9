/** Runs that are compared with each other. */
import { printable } from "./format.ts";
import type { RunResult } from "./results.ts";

/** A run, and what the user calls its machine. */
export interface NamedRun {
  machine: string;
  run: RunResult;
}

/** The runs over each trace, in the order of the first ones; names are harmless. */
export function byTrace(runs: readonly NamedRun[]): { trace: string; runs: NamedRun[] }[] {
  const traces = new Map<string, NamedRun[]>();
  for (const each of runs) {
    const { path } = each.run.trace;
    const same = traces.get(path);
    if (same === undefined) traces.set(path, [each]);
    else same.push(each);
  }
  return [...traces].map(([path, runs]) => ({ trace: printable(path), runs }));
}

/** What each run is called beside the others: its machine, and its trace if there are several. Names are harmless. */
export function runNames(runs: readonly NamedRun[]): string[] {
  const traces = new Set(runs.map(({ run }) => run.trace.path));
  return runs.map(({ machine, run }) => printable(traces.size > 1 ? `${machine}, ${run.trace.path}` : machine));
}
