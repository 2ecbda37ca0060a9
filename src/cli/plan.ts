/** `plan`: an experiment as numbered units that any number of computers can share. */
import { dirname } from "node:path";
import { Command } from "commander";
import { planExperiment, planPieces } from "../cluster/plan-file.ts";
import { totalSeconds } from "../experiment/cost.ts";
import { checkOutput, writeOutput, writeStdout } from "../files/output.ts";
import { counted } from "../report/format.ts";

export function planCommand(): Command {
  return new Command("plan")
    .summary("an experiment as units that computers can share")
    .description(
      "Expands an experiment (traces, machines, sweeps, windows) into a plan: a file of numbered units, which sweep does, merge puts together, and submit hands to a cluster.",
    )
    .argument("<experiment>", "a file of JSON")
    .option("-o, --output <file>", "where the plan goes (default: beside the experiment, as NAME.plan.json)")
    .addHelpText("after", "\nExample:\n  pagewalk plan stlb.json && pagewalk sweep stlb.plan.json")
    .action(async (path: string, { output = `${path.replace(/\.json$/, "")}.plan.json` }: { output?: string }) => {
      await checkOutput(output, [path]);
      const plan = await planExperiment(path, dirname(output));
      await writeOutput(planPieces(plan), output);
      if (output === "-") return;
      const { traces, machines, sweeps, units } = plan;
      await writeStdout(
        `${output}: ${counted(units.length, "unit")} of ${counted(traces.length, "trace")}, ${counted(machines.length, "machine")} and ${counted(sweeps.length, "sweep")}; about ${Math.ceil(totalSeconds(plan))} s on one core\n`,
      );
    });
}
