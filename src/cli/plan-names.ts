/** What belongs to a plan and is beside it: `NAME.plan.json` has `NAME.results`. */
export function besidePlan(plan: string, ending: "results" | "slurm" | "merged.json"): string {
  return `${plan.replace(/(\.plan)?\.json$/, "")}.${ending}`;
}
