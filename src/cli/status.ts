/** `status`: how far a plan is, and why no further. */
import { resolve } from "node:path";
import { Command } from "commander";
import { readPlan } from "../cluster/plan-file.ts";
import { statusOf } from "../cluster/plan-status.ts";
import { SubmissionFolder } from "../cluster/slurm/submission.ts";
import { statusText } from "../cluster/status-text.ts";
import { writeOutput } from "../files/output.ts";
import { jsonPieces } from "../report/json.ts";
import { besidePlan } from "./plan-names.ts";

export function statusCommand(): Command {
  return new Command("status")
    .summary("how far a plan is, and why no further")
    .description(
      "Shows which units of a plan are done, are being done, have failed and why, and are left; of a plan that was submitted also what " +
        "Slurm says of its jobs.",
    )
    .argument("<plan>", "a plan")
    .argument(
      "[folder]",
      "folder of its results (default: that of the submission, or beside the plan, as NAME.results)",
    )
    .option("--json", "print the status as JSON")
    .addHelpText("after", "\nExample:\n  pagewalk status stlb.plan.json")
    .action(async (path: string, given: string | undefined, { json }: { json?: boolean }) => {
      const plan = await readPlan(path);
      const folder = new SubmissionFolder(resolve(besidePlan(path, "slurm")));
      const last = await folder.read();
      const submission = last?.plan === plan.hash ? last : null; // one of an older plan says nothing of this one
      const results = given ?? submission?.results ?? besidePlan(path, "results");
      const status = await statusOf(plan, results, folder, submission);
      await writeOutput(json ? jsonPieces([status]) : statusText(path, status));
    });
}
