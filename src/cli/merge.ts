/** `merge`: the results of a plan's units as one. */
import { Command } from "commander";
import { mergedPieces } from "../cluster/merge.ts";
import { readPlan } from "../cluster/plan-file.ts";
import { ResultsFolder } from "../cluster/results-folder.ts";
import { checkOutput, writeOutput } from "../files/output.ts";
import { resultsOf } from "./sweep-plan.ts";

export function mergeCommand(): Command {
  return new Command("merge")
    .summary("the results of a plan's units as one")
    .description("Puts the results of all units of a plan together: the same bytes, however the units were shared out.")
    .argument("<plan>", "a plan")
    .argument("[folders...]", "folders of its results (default: beside it, as NAME.results)")
    .option("--partial", "merge what there is, and mark the result as partial")
    .option("-o, --output <file>", "write the result to a file, which is there whole or not at all")
    .action(async (path: string, folders: string[], { partial, output }: { partial?: boolean; output?: string }) => {
      await checkOutput(output, [path]);
      const plan = await readPlan(path);
      const paths = folders.length > 0 ? folders : [resultsOf(path)];
      const opened = await Promise.all(paths.map((folder) => ResultsFolder.open(folder, plan)));
      await writeOutput(mergedPieces(plan, opened, partial === true), output);
    });
}
