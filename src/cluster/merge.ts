/** Results of all units of a plan as one. */
import { MERGED_SCHEMA_NAME, type PlannedResult, type UnitResult } from "../experiment/merged.ts";
import type { Plan } from "../experiment/plan.ts";
import { InputError } from "../files/json-file.ts";
import type { ResultsFolder } from "./results-folder.ts";

/** Some units have no result. */
export class IncompleteError extends Error {
  override readonly name = "IncompleteError";
  readonly missing: readonly number[];
  constructor(missing: readonly number[], units: number) {
    super(
      `${missing.length} of ${units} units have no result: ${missing.slice(0, 10).join(", ")}${missing.length > 10 ? ", …" : ""}`,
    );
    this.missing = missing;
  }
}

/**
 * The merged result of `plan` as the text of its file, in pieces: a line for each result. Of several folders, results of the same unit must be
 * the same. Throws IncompleteError unless all units have one or `isPartial`, InputError if one is not what it should be.
 */
export async function* mergedPieces(
  plan: Plan,
  folders: readonly ResultsFolder[],
  isPartial: boolean,
): AsyncGenerator<string> {
  const done = await Promise.all(folders.map((folder) => folder.done()));
  const missing = plan.units.map(({ unit }) => unit).filter((unit) => !done.some((units) => units.has(unit)));
  if (missing.length > 0 && !isPartial) throw new IncompleteError(missing, plan.units.length);
  const { schema: _, hash, units, slurm: __, ...about } = plan;
  const head = {
    schema: MERGED_SCHEMA_NAME,
    plan: hash,
    ...about,
    units: units.length,
    ...(missing.length > 0 ? { missing } : {}),
  };
  yield `${JSON.stringify(head, null, 2).slice(0, -"\n}".length)},\n  "results": [`;
  let between = "\n";
  for (const { unit } of units) {
    for (const result of await resultsOf(unit, folders)) {
      yield `${between}    ${JSON.stringify(result)}`;
      between = ",\n";
    }
  }
  yield "\n  ]\n}\n";
}

async function resultsOf(unit: number, folders: readonly ResultsFolder[]): Promise<readonly PlannedResult[]> {
  let first: { text: string; result: UnitResult } | null = null;
  for (const folder of folders) {
    const result = await folder.read(unit);
    if (result === null) continue;
    const text = JSON.stringify(result.results);
    first ??= { text, result };
    if (text !== first.text)
      throw new InputError(folder.path, `unit ${unit}`, "another result than in a folder before", "the same in all");
  }
  return first?.result.results ?? [];
}
