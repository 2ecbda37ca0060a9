/** Names of what belongs to a plan. */
import { InputError } from "../files/json-file.ts";

/** What belongs to a plan and is beside it: `NAME.plan.json` has `NAME.results`. Throws InputError of one on standard input. */
export function besidePlan(plan: string, ending: "results" | "slurm" | "merged.json"): string {
  if (plan === "-") throw new InputError(plan, "", "a plan that nothing can be beside", "a file");
  return `${plan.replace(/(\.plan)?\.json$/, "")}.${ending}`;
}
