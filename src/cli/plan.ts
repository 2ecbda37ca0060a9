/** `plan`: an experiment as numbered units that any number of computers can share. */
import { dirname, resolve } from "node:path";
import { Command, Option } from "commander";
import { planExperiment, planPieces } from "../cluster/plan-file.ts";
import type { Plan } from "../experiment/plan.ts";
import { type PlanSummary, summaryOf } from "../experiment/summary.ts";
import { checkOutput, writeOutput, writeStdout } from "../files/output.ts";
import { estimate } from "../report/estimate.ts";
import { bytes, count, counted, printable, shortened } from "../report/format.ts";
import { shellPath } from "../report/shell-words.ts";
import { besidePlan } from "./plan-names.ts";

interface PlanCommandOptions {
  output?: string;
  json?: boolean;
  quiet?: boolean;
}

/** Names of windows that are told. */
const TOLD_WINDOWS = 6;
const NAME_COLUMNS = 40;

export function planCommand(): Command {
  const command = new Command("plan")
    .summary("an experiment as units that computers can share")
    .description(
      "Expands an experiment (traces, machines, sweeps, windows) into a plan: a file of numbered units, which sweep does, merge puts together, and submit hands to a cluster. " +
        "Every trace is opened, but for its beginning and end not read.",
    )
    .argument("<experiment>", "a file of JSON")
    .option(
      "-o, --output <file>",
      "where the plan goes; - prints it (default: beside the experiment, as NAME.plan.json)",
    )
    .addOption(new Option("--json", "print the summary as JSON"))
    .option("-q, --quiet", "print no summary")
    .addHelpText(
      "after",
      "\nFields of experiments: docs/experiments.md. Editors complete and check them by schemas/experiment.schema.json, as\n" +
        '  "$schema": "node_modules/pagewalk/schemas/experiment.schema.json"\n' +
        "\nExample:\n  pagewalk plan stlb.json && pagewalk sweep stlb.plan.json && pagewalk merge stlb.plan.json -o stlb.merged.json",
    );
  return command.action(async (path: string, { output, json, quiet }: PlanCommandOptions) => {
    if ((output ?? path) === "-" && json)
      command.error("error: --json prints a summary where -o - prints the plan: one of both");
    const to = output ?? (path === "-" ? "-" : `${path.replace(/\.json$/, "")}.plan.json`);
    await checkOutput(to, [path]);
    // What is printed will be beside the experiment, if anywhere.
    const folder = dirname(to === "-" ? path : to);
    const plan = await planExperiment(path, folder);
    await checkOutput(to, filesOf(plan, folder)); // a trace cannot be had again
    await writeOutput(planPieces(plan), to);
    if (to === "-" || quiet) return;
    const summary = summaryOf(plan);
    await writeStdout(json ? `${JSON.stringify({ ...summary, plan: to }, null, 2)}\n` : summaryText(summary, to));
  });
}

/** The files that a plan in `folder` is of. */
function* filesOf({ traces }: Plan, folder: string): Generator<string> {
  for (const trace of traces) {
    for (const file of [trace, trace.regions, trace.maps]) {
      if (typeof file === "object") yield resolve(folder, file.path);
    }
  }
}

function summaryText(summary: PlanSummary, path: string): string {
  const { units, windows, machines, sweeps, seconds, longestSeconds, suggestedShards } = summary;
  const formats = summary.formats.map(({ format, traces }) => `${count(traces)} ${format}`).join(", ");
  const rows: [string, string][] = [
    ["units", `${count(units)}, the longest about ${estimate(longestSeconds)}`],
    ["traces", `${counted(summary.traces, "file")}, ${bytes(summary.storedBytes)} (${formats})`],
    ["windows", windowsText(windows)],
    ["machines", count(machines)],
    ["sweeps", count(sweeps)],
    ["core time", `about ${estimate(seconds)}`],
    ["shards", suggestedShards === 1 ? "1 will do" : `${count(suggestedShards)} of about 10 min each`],
  ];
  const title = summary.title === null ? "" : `${printable(summary.title)}\n`;
  const table = rows.map(([name, value]) => `  ${name.padEnd(10)} ${value}\n`).join("");
  const plan = shellPath(path);
  const next = [
    [`pagewalk sweep ${plan}`, "does all of it on this computer"],
    [`pagewalk sweep ${plan} --shard 1/${Math.max(2, suggestedShards)}`, "does a share of it"],
    [`pagewalk submit ${plan} --slurm`, "hands it to a cluster"],
    [`pagewalk merge ${plan} -o ${shellPath(besidePlan(path, "merged.json"))}`, "makes one result of it"],
  ] as const;
  const columns = Math.max(...next.map(([command]) => command.length));
  const commands = next.map(([command, what]) => `  ${command.padEnd(columns)}  # ${what}\n`).join("");
  return `${title}${printable(path)}:\n${table}\nNext:\n${commands}`;
}

function windowsText(windows: readonly (string | null)[]): string {
  if (windows.length === 1 && windows[0] === null) return "all of each trace";
  const names = windows.slice(0, TOLD_WINDOWS).map((name) => shortened(name ?? "all", NAME_COLUMNS));
  return `${windows.length} (${names.join(", ")}${windows.length > TOLD_WINDOWS ? ", …" : ""})`;
}
