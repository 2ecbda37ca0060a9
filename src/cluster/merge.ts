/** Results of all units of a plan as one. */
import { labelOf, type Plan, type Unit } from "../experiment/plan.ts";
import type { UnitResult } from "../experiment/unit-result.ts";
import { InputError } from "../files/json-file.ts";
import { runPieces, sweepPieces } from "../report/merged-csv.ts";
import { MERGED_SCHEMA_NAME, type MergedResult, type PlannedResult } from "../report/merged-result.ts";
import { rangesOf } from "../report/ranges.ts";
import { CONFLICT, type ResultsFolder, type UnitStates } from "./results-folder.ts";

/** Units that are read at once: what is in memory. */
const AT_ONCE = 8;
/** Units, and ranges of them, of which it is told why they are missing. */
const MAX_TOLD = 10;

/** Some units have no result. */
export class IncompleteError extends Error {
  override readonly name = "IncompleteError";
}

/** The tables of a merged result. */
export const TABLES = ["runs", "sweeps"] as const;
export type Table = (typeof TABLES)[number];

/** The units of a plan that have a result in one of some folders, and what is known of the others. */
export interface Gathered {
  plan: Plan;
  folders: readonly ResultsFolder[];
  /** Units without a result. */
  missing: readonly Unit[];
  /** Why, in a line; empty if none is missing. */
  why: string;
}

/** Looks for the results of `plan`. Rejects with InputError if a folder cannot be read, or has two different results of a unit. */
export async function gather(plan: Plan, folders: readonly ResultsFolder[]): Promise<Gathered> {
  const states: UnitStates[] = [];
  for (const folder of folders) {
    await folder.checkConflicts();
    states.push(await folder.state());
  }
  const missing = plan.units.filter(({ unit }) => !states.some(({ done }) => done.has(unit)));
  return { plan, folders, missing, why: missing.length === 0 ? "" : whyMissing(plan, missing, states) };
}

function whyMissing(plan: Plan, missing: readonly Unit[], states: readonly UnitStates[]): string {
  const failed: string[] = [];
  const [running, abandoned, left]: number[][] = [[], [], []];
  for (const unit of missing) {
    const failure = states.map((state) => state.failed.get(unit.unit)).find((one) => one !== undefined);
    const begun = states.flatMap((state) => state.running.get(unit.unit) ?? []);
    if (begun.some(({ isStale }) => !isStale)) running?.push(unit.unit);
    else if (failure !== undefined)
      failed.push(`unit ${unit.unit} (${labelOf(plan, unit)}) failed on ${failure.host}: ${failure.message}`);
    else if (begun.length > 0) abandoned?.push(unit.unit);
    else left?.push(unit.unit);
  }
  const several = (units: readonly number[] = [], what: string) => {
    if (units.length === 0) return [];
    const ranges = rangesOf(units);
    const told = `${ranges.slice(0, MAX_TOLD).join(", ")}${ranges.length > MAX_TOLD ? ", …" : ""}`;
    return [`${units.length === 1 ? "unit" : "units"} ${told} ${what}`];
  };
  return [
    `${missing.length} of ${plan.units.length} units have no result`,
    ...failed.slice(0, MAX_TOLD),
    ...(failed.length > MAX_TOLD ? [`${failed.length - MAX_TOLD} more failed`] : []),
    ...several(running, "being done"),
    ...several(abandoned, "begun by processes that are gone"),
    ...several(left, "never begun"),
  ].join("; ");
}

/**
 * The merged result as the text of its file, in pieces: a line for each result. Rejects with InputError if a file is not what it should be, or is
 * another one than in a folder before.
 */
export async function* mergedPieces(gathered: Gathered): AsyncGenerator<string> {
  const { schema: _, hash, units, slurm: __, ...about } = gathered.plan;
  const missing = gathered.missing.map(({ unit }) => unit);
  const head: Omit<MergedResult, "results"> = {
    schema: MERGED_SCHEMA_NAME,
    plan: hash,
    ...about,
    units: units.length,
    ...(missing.length > 0 ? { missing } : {}),
  };
  yield `${JSON.stringify(head, null, 2).slice(0, -"\n}".length)},\n  "results": [`;
  let between = "\n";
  for await (const results of allResults(gathered)) {
    yield results.map((result, index) => `${index === 0 ? between : ",\n"}    ${JSON.stringify(result)}`).join("");
    between = ",\n";
  }
  yield "\n  ]\n}\n";
}

/** Reads all results, for where nothing may be printed unless all of it can be. Rejects as `mergedPieces()` does. */
export async function checkAll(gathered: Gathered): Promise<void> {
  for await (const _ of allResults(gathered));
}

/** One table of the merged result as CSV, in pieces. Rejects as `mergedPieces()` does. */
export async function* mergedCsv(gathered: Gathered, table: Table): AsyncGenerator<string> {
  let isFirst = true;
  for await (const results of allResults(gathered)) {
    for (const { window, machine, sweep, result } of results) {
      const name = table === "runs" ? machine : sweep;
      if (name === undefined) continue;
      yield* result.schema === "pagewalk/sweep@1"
        ? sweepPieces({ window, name }, result, isFirst)
        : runPieces({ window, name }, result, isFirst);
      isFirst = false;
    }
  }
}

/** The results of each unit that has some, in the order of the plan. */
async function* allResults({ plan, folders, missing }: Gathered): AsyncGenerator<readonly PlannedResult[]> {
  const without = new Set(missing.map(({ unit }) => unit));
  const units = plan.units.filter(({ unit }) => !without.has(unit));
  const ahead: Promise<readonly PlannedResult[]>[] = [];
  for (let next = 0; next < units.length || ahead.length > 0; ) {
    while (next < units.length && ahead.length < AT_ONCE) {
      const reading = resultsOf(plan, units[next++] as Unit, folders);
      reading.catch(() => {}); // told when its turn comes
      ahead.push(reading);
    }
    yield await (ahead.shift() as Promise<readonly PlannedResult[]>);
  }
}

async function resultsOf(plan: Plan, unit: Unit, folders: readonly ResultsFolder[]): Promise<readonly PlannedResult[]> {
  let first: { path: string; result: UnitResult } | null = null;
  for (const folder of folders) {
    const path = folder.pathOf(unit.unit);
    const result = await folder.read(unit.unit);
    if (result === null) continue;
    checkResults(path, plan, unit, result.results);
    first ??= { path, result };
    if (result.digest !== first.result.digest)
      throw new InputError(path, "results", `others than in ${first.path}`, CONFLICT);
  }
  if (first !== null) return first.result.results;
  throw new InputError(
    folders[0]?.pathOf(unit.unit) ?? "",
    "",
    "nothing",
    "the result of a unit, which was there a moment ago",
  );
}

/** Throws InputError unless `results` are of what `unit` is of. */
function checkResults(path: string, plan: Plan, unit: Unit, results: readonly PlannedResult[]): void {
  const nameOf = ({ trace, window, machine, sweep }: Partial<PlannedResult>) =>
    JSON.stringify([trace, window, machine, sweep]);
  const of = { trace: plan.traces[unit.trace]?.path, window: plan.windows[unit.window]?.name ?? null };
  const expected =
    unit.sweep === undefined
      ? (unit.machines ?? []).map((machine) => ({ ...of, machine: plan.machines[machine]?.name }))
      : [{ ...of, sweep: plan.sweeps[unit.sweep]?.name }];
  const [found, wanted] = [results, expected].map((all) =>
    all.map((one) => nameOf((one ?? {}) as Partial<PlannedResult>)).join(" "),
  );
  if (found !== wanted) throw new InputError(path, "results", `${found}`, `${wanted}, as the plan says`);
}
