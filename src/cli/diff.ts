/** `diff`: what differs between two files of results. */
import { Command, InvalidArgumentError } from "commander";
import { ConfigError } from "../errors.ts";
import { checkOutput, writeOutput } from "../files/output.ts";
import { readResults } from "../files/result-file.ts";
import { diffResults } from "../report/diff.ts";
import { diffCsv, diffText } from "../report/diff-text.ts";
import { jsonPieces } from "../report/json.ts";
import { VERSION } from "../version.ts";

/** Exit status of --exit-code where something differs: 1 to 3 say that there is no whole result. */
const EXIT_DIFFERENT = 4;

interface DiffCommandOptions {
  json?: boolean;
  csv?: boolean;
  output?: string;
  top: number;
  exitCode?: boolean;
}

export function diffCommand(): Command {
  return new Command("diff")
    .summary("what differs between two results")
    .description(
      "Compares what run --json, sweep --json or merge wrote: counts are exact, so that every difference is named, after the settings that explain it.",
    )
    .argument("<a>", "results: of run, sweep or merge; - is standard input")
    .argument("<b>", "results of the same traces, or of one other")
    .option("--json", "print all differences as JSON")
    .option("--csv", "print all differences as CSV")
    .option("--top <n>", "rows of each table that are shown", topOf, 20)
    .option("--exit-code", `exit with ${EXIT_DIFFERENT} where anything differs, but paths and times`)
    .option("-o, --output <file>", "write the result to a file, which is there whole or not at all")
    .addHelpText(
      "after",
      "\nExample:\n  pagewalk run t.lk --json > a; pagewalk run t.lk --stlb 2048:16 --json > b; pagewalk diff a b",
    )
    .action(
      async (a: string, b: string, { json, csv, output, top, exitCode }: DiffCommandOptions, command: Command) => {
        if (json && csv) command.error("error: option '--json' cannot be used with option '--csv'");
        if (a === "-" && b === "-") throw new ConfigError("b", "-", "a file: standard input can be read only once");
        await checkOutput(output, [a, b]);
        const diff = diffResults(await readResults(a), await readResults(b), VERSION);
        await writeOutput(json ? jsonPieces([diff]) : csv ? diffCsv(diff) : diffText(diff, { top }), output);
        if (exitCode && !diff.identical) process.exitCode = EXIT_DIFFERENT;
      },
    );
}

function topOf(text: string): number {
  const top = /^\d+$/.test(text) ? Number(text) : 0;
  if (top < 1 || top > 1_000_000) throw new InvalidArgumentError("Expected 1 to 1000000.");
  return top;
}
