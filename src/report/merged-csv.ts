/**
 * Results of a plan as CSV, one by one, since all of them may be more than fits into memory: so that every table has all columns, whether or not a
 * result has something for them. The order of columns only ever grows at the end.
 */
import { ALL_RUN_COLUMNS, ALL_SWEEP_COLUMNS, runRows, sweepRows } from "./csv.ts";
import { line, pieces } from "./csv-lines.ts";
import type { RunResult, SweepResult } from "./results.ts";

/** What a result of a plan is of, beside its trace. */
export interface ResultName {
  window: string | null;
  /** Of the machine or the sweep. */
  name: string;
}

/** A row for each TLB of a machine, walks in that of its last one, as in `runCsv()`; before those of the first result a header. */
export function* runPieces(
  { window, name }: ResultName,
  result: Omit<RunResult, "time">,
  isFirst: boolean,
): Generator<string> {
  const rows = runRows(result, ALL_RUN_COLUMNS).map((row) => ({ window, machine: name, ...row }));
  if (isFirst) yield line(Object.keys(rows[0] ?? {}));
  yield rows.map((row) => line(Object.values(row))).join("");
}

/** A row for each point of a sweep, as in `sweepCsv()`; before those of the first result a header. */
export function* sweepPieces(
  { window, name }: ResultName,
  result: Omit<SweepResult, "time">,
  isFirst: boolean,
): Generator<string> {
  if (isFirst) yield line(["window", "sweep", ...ALL_SWEEP_COLUMNS.map(([column]) => column)]);
  yield* pieces(sweepLines(window, name, result));
}

function* sweepLines(window: string | null, name: string, result: Omit<SweepResult, "time">): Generator<string> {
  for (const row of sweepRows(result, ALL_SWEEP_COLUMNS)) yield line([window, name, ...row]);
}
