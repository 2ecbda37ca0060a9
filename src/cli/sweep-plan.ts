/** `sweep PLAN`: a share of a plan's units. */
import { dirname, resolve } from "node:path";
import { readPlan } from "../cluster/plan-file.ts";
import { ResultsFolder } from "../cluster/results-folder.ts";
import { runShard } from "../cluster/run-shard.ts";
import { parseShard } from "../experiment/shards.ts";
import { printable } from "../report/format.ts";
import { besidePlan } from "./plan-names.ts";
import type { PlanOptions } from "./shard-options.ts";

/** Folder of results of the plan at `path`. */
export function resultsOf(path: string): string {
  return besidePlan(path, "results");
}

export async function sweepPlan(
  path: string,
  { shard = "1/1", results = resultsOf(path), jobs }: PlanOptions & { jobs: number },
): Promise<void> {
  const share = parseShard(shard);
  const plan = await readPlan(path);
  const folder = await ResultsFolder.create(results, plan);
  const { units, done, skipped, failed } = await runShard(plan, share, folder, {
    jobs,
    folder: resolve(dirname(path)),
  });
  for (const { unit, error } of failed) console.error(`pagewalk: unit ${unit.unit}: ${printable(error.message)}`);
  console.error(`${results}: ${done} of ${units} units of shard ${shard} are done, ${skipped} of them before`);
  if (failed.length > 0) process.exitCode = 1;
}
