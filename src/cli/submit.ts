/** `submit`: a plan, handed to a cluster. */
import { access } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { readPlan } from "../cluster/plan-file.ts";
import { ResultsFolder } from "../cluster/results-folder.ts";
import { resourcesOf } from "../cluster/slurm/resources.ts";
import { logOption } from "../cluster/slurm/scripts.ts";
import { SubmissionFolder } from "../cluster/slurm/submission.ts";
import { type Order, type Scripts, scriptsFor, submit } from "../cluster/slurm/submit.ts";
import { totalSeconds } from "../experiment/cost.ts";
import type { SlurmDescription } from "../experiment/description.ts";
import type { Plan } from "../experiment/plan.ts";
import { MAX_SLURM } from "../experiment/slurm-forms.ts";
import { checkOutput, writeStdout } from "../files/output.ts";
import { estimate } from "../report/estimate.ts";
import { count, counted, printable } from "../report/format.ts";
import { shellWord } from "../report/shell-words.ts";
import { besidePlan } from "./plan-names.ts";

interface SubmitOptions extends SlurmDescription {
  slurm?: boolean;
  dryRun?: boolean;
  again?: boolean;
  results?: string;
  output?: string;
}

const OTHER_ENGINES =
  "submit needs an engine: --slurm is the only one; for others (GNU parallel, Kubernetes, AWS Batch, PBS, SGE, LSF) a job array of " +
  "`pagewalk sweep PLAN --shard auto` and then `pagewalk merge PLAN` do the same: docs/cluster.md has a recipe for each";

export function submitCommand(): Command {
  const command = new Command("submit")
    .summary("hand a plan to a cluster")
    .description(
      "Submits a plan to Slurm: a job array that does its units, and a job that merges their results when the array has ended. " +
        "Of a plan that is done in part only what is left is submitted. The scripts and logs are beside the plan, in NAME.slurm.",
    )
    .argument("<plan>", "a plan, where all nodes see it")
    .option("--slurm", "the engine; there is no other")
    .option("--dry-run", "print the scripts and commands, and do nothing")
    .addOption(
      numberOption("--shards <n>", MAX_SLURM.shards, "tasks (default: so many that each takes about ten minutes)"),
    )
    .option("--account <name>", "account to charge")
    .option("--partition <names>", "partition, or several with commas")
    .option("--time <limit>", "of each task: MINUTES, HH:MM:SS, D-HH, … (default: the partition's)")
    .option("--memory <size>", "of each task, as 4G (default: the cluster's)")
    .addOption(
      numberOption("--cpus <n>", MAX_SLURM.cpus, "cores of each task, which does as many units at once (default: 1)"),
    )
    .option("--again", "submit even where jobs of this plan wait or run")
    .option("--results <folder>", "where results go (default: beside the plan, as NAME.results)")
    .option("-o, --output <file>", "where the merged result goes (default: beside the plan, as NAME.merged.json)")
    .addHelpText(
      "after",
      "\nAn experiment's slurm object can have account, partition, time, memory, cpus and shards; options win.\n" +
        "\nExamples:\n  pagewalk submit stlb.plan.json --slurm --time 1:00:00 --memory 2G\n  pagewalk status stlb.plan.json",
    );
  return command.action(async (path: string, options: SubmitOptions) => {
    if (!options.slurm) command.error(`error: ${OTHER_ENGINES}`);
    await submitToSlurm(path, options);
  });
}

async function submitToSlurm(
  path: string,
  {
    results = besidePlan(path, "results"),
    output = besidePlan(path, "merged.json"),
    again = false,
    ...options
  }: SubmitOptions,
): Promise<void> {
  resourcesOf(options, path, {}); // what is wrong with options is told before a plan is read
  const plan = await readPlan(path);
  const resources = resourcesOf(options, path, plan.slurm);
  await checkOutput(output, [path]);
  const order: Order = {
    stem: basename(besidePlan(path, "slurm"), ".slurm"),
    path: resolve(path),
    results: resolve(results),
    merged: resolve(output),
    pagewalk: fileURLToPath(new URL("./main.js", import.meta.url)),
    resources,
  };
  const scripts = await scriptsFor(plan, await doneIn(results, plan, options.dryRun === true), order);
  if (scripts === null) {
    await writeStdout(`nothing is left to do: pagewalk merge puts the results in ${printable(results)} together\n`);
    return;
  }
  const folder = new SubmissionFolder(resolve(besidePlan(path, "slurm")));
  if (options.dryRun) {
    await writeStdout(dryRun(scripts, folder.path));
    return;
  }
  const { array, merge } = await submit(plan, scripts, order, folder, again);
  const each = totalSeconds(plan) / scripts.shards / resources.cpus;
  await writeStdout(
    `array job ${array}: ${counted(scripts.taskCount, "task")} of ${count(scripts.shards)}, about ${estimate(each)} each\n` +
      `merge job ${merge}: when the array has ended; writes ${printable(order.merged)}\n` +
      `scripts and logs: ${printable(folder.path)}\n`,
  );
}

/** Units that are done. The folder is made unless `isDry`: that it cannot be, or is another plan's, should not be told by tasks. */
async function doneIn(results: string, plan: Plan, isDry: boolean): Promise<ReadonlySet<number>> {
  if (!isDry) return (await ResultsFolder.create(results, plan)).done();
  const isThere = await access(results).then(
    () => true,
    () => false,
  );
  return isThere ? (await ResultsFolder.open(results, plan)).done() : new Set();
}

function numberOption(flags: string, most: number, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > most) throw new InvalidArgumentError(`Expected 1 to ${most}.`);
    return value;
  });
}

function dryRun({ array, merge }: Scripts, folder: string): string {
  const sbatch = (script: "array" | "merge", option = "") =>
    `sbatch --parsable ${option}${shellWord(logOption(script, folder))} ${script}.sh`;
  const parts = [
    ...[`# ${join(folder, "array.sh")}`, array, `# ${join(folder, "merge.sh")}`, merge],
    ...["# Commands", `cd ${shellWord(folder)}`, `array=$(${sbatch("array")})`],
    sbatch("merge", `--dependency=afterany:"\${array%%;*}" `),
  ];
  // Names in them may have anything, and this is to be looked at.
  return `${parts.join("\n").split("\n").map(printable).join("\n")}\n`;
}
