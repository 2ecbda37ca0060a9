/** `merge`: the results of a plan's units as one. */
import { resolve, sep } from "node:path";
import { Command } from "commander";
import { checkAll, gather, IncompleteError, mergedCsv, mergedPieces, TABLES, type Table } from "../cluster/merge.ts";
import { readPlan } from "../cluster/plan-file.ts";
import { MARK, ResultsFolder } from "../cluster/results-folder.ts";
import { ConfigError } from "../errors.ts";
import type { Plan } from "../experiment/plan.ts";
import { checkOutput, OutputError, writeOutput } from "../files/output.ts";
import { printable } from "../report/format.ts";
import { leavesOperands } from "./options.ts";
import { besidePlan } from "./plan-names.ts";

interface MergeOptions {
  partial?: boolean;
  csv?: string;
  output?: string;
}

const THE_ONLY_ONE = "all";

export function mergeCommand(): Command {
  const command = new Command("merge")
    .summary("the results of a plan's units as one")
    .description("Puts the results of all units of a plan together: the same bytes, however the units were shared out.")
    .argument("<plan>", "a plan")
    .argument("[folders...]", "folders of its results (default: beside it, as NAME.results)")
    .option("--partial", "merge what there is, mark the result with the units that are missing, and exit with status 0")
    .option(
      "--csv [table]",
      `a table of what there is to plot, instead of JSON: ${TABLES.join(" or ")} (default: the one that the plan has)`,
    )
    .option("-o, --output <file>", "write the result to a file, which is there whole or not at all");
  leavesOperands(command, "--csv", new RegExp(`^(${TABLES.join("|")})$`), THE_ONLY_ONE);
  return command
    .addHelpText("after", "\nExample:\n  pagewalk merge tlbs.plan.json -o tlbs.json")
    .action(async (path: string, folders: string[], { partial, csv, output }: MergeOptions) => {
      await checkOutput(output, [path]);
      const plan = await readPlan(path);
      const table = csv === undefined ? null : tableOf(plan, csv);
      const paths = folders.length > 0 ? folders : [besidePlan(path, "results")];
      refuseInside(output, paths);
      const gathered = await gather(plan, await Promise.all(paths.map((folder) => ResultsFolder.open(folder, plan))));
      if (gathered.missing.length > 0 && partial !== true) throw new IncompleteError(gathered.why);
      if (output === undefined || output === "-") await checkAll(gathered); // a file is replaced only when all is in it
      await writeOutput(table === null ? mergedPieces(gathered) : mergedCsv(gathered, table), output);
      if (gathered.missing.length > 0) console.error(`pagewalk: the result is partial: ${printable(gathered.why)}`);
    });
}

/** Throws OutputError if `output` is of what `folders` of results have themselves: the mark, or something in a folder inside. */
function refuseInside(output: string | undefined, folders: readonly string[]): void {
  if (output === undefined || output === "-") return;
  for (const folder of folders) {
    const inside = `${resolve(folder)}${sep}`;
    const name = resolve(output).startsWith(inside) ? resolve(output).slice(inside.length) : "";
    if (name === MARK || name.includes(sep))
      throw new OutputError(output, new Error(`it is of the results in ${folder}, which are to be read`));
  }
}

/** The table that `--csv` asks for. Throws ConfigError if `plan` has none of it, or there are two to choose from. */
function tableOf({ machines, sweeps }: Plan, asked: string): Table {
  const has = { runs: machines.length > 0, sweeps: sweeps.length > 0 };
  const tables = TABLES.filter((table) => has[table]);
  const table =
    tables.find((one) => one === asked) ?? (asked === THE_ONLY_ONE && tables.length === 1 ? tables[0] : undefined);
  if (table === undefined)
    throw new ConfigError("csv", asked === THE_ONLY_ONE ? "" : asked, `${tables.join(" or ")}: a table of one kind`);
  return table;
}
