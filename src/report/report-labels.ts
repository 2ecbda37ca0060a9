/** What results are called beside each other. */
import { printable } from "./format.ts";
import type { Labelled, LabelledResults, ReportData, ReportedResult } from "./report-data.ts";
import type { RunResult, SweepResult } from "./results.ts";

/**
 * The results of a report with short labels: traces without the folders that all of them are in, with their window if they
 * have one; names with their file where the same name stands for several results of one trace. `trace.path` of each result is
 * the label of its place, so that pictures, which tell traces by their paths, tell windows, too.
 */
export function labelled({ results, sources }: ReportData): LabelledResults {
  const short = shortPaths(results.map(({ trace }) => trace));
  const places = results.map(({ trace, window }) =>
    printable(`${short.get(trace) ?? trace}${window === null ? "" : `, ${window}`}`),
  );
  const keyOf = ({ kind, name }: ReportedResult, index: number) => JSON.stringify([kind, places[index], name]);
  const keys = results.map(keyOf);
  const times = new Map<string, number>();
  for (const key of keys) times.set(key, (times.get(key) ?? 0) + 1);
  // With its file everywhere, so that a machine is called the same over every trace.
  const ambiguous = new Set(results.filter((_, index) => (times.get(keys[index] ?? "") ?? 0) > 1).map(nameKey));
  const seen = new Map<string, number>();
  const all = results.map((reported, index) => {
    const file = sources[reported.source]?.file ?? "";
    const base = ambiguous.has(nameKey(reported)) ? `${reported.name} (${file})` : reported.name;
    const key = JSON.stringify([reported.kind, places[index], base]);
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    const name = printable(before === 0 ? base : `${base} #${before + 1}`);
    const place = places[index] ?? "";
    const { result } = reported;
    return { index, place, name, reported, result: { ...result, trace: { ...result.trace, path: place } } };
  });
  return {
    runs: all.filter(({ reported }) => reported.kind === "run") as Labelled<RunResult>[],
    sweeps: all.filter(({ reported }) => reported.kind === "sweep") as Labelled<SweepResult>[],
  };
}

function nameKey({ kind, name }: ReportedResult): string {
  return `${kind} ${name}`;
}

/** Each of `paths` without the folders at its beginning that all of them have. */
function shortPaths(paths: readonly string[]): Map<string, string> {
  const distinct = [...new Set(paths)];
  const [first = "", ...others] = distinct;
  let shared = first.lastIndexOf("/") + 1;
  for (const path of others) {
    while (shared > 0 && !path.startsWith(first.slice(0, shared))) shared = first.lastIndexOf("/", shared - 2) + 1;
  }
  return new Map(distinct.map((path) => [path, path.slice(shared)]));
}
