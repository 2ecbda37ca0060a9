/** `report`: results as one file for people, which needs nothing else. */
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { InputError } from "../files/json-file.ts";
import { checkOutput, writeOutput } from "../files/output.ts";
import { readResults } from "../files/result-file.ts";
import { reportDataOf } from "../report/report-data.ts";
import { reportPieces } from "../report/report-html.ts";

/** Where the build puts the page, seen from this file's own place there. */
const TEMPLATE = new URL("../report.html", import.meta.url);

/** Characters of results that browsers open within seconds, and that mail still carries when compressed. */
const MOST_CHARS = 64 << 20;

interface ReportOptions {
  output?: string;
  title?: string;
  markdown?: boolean;
}

export function reportCommand(): Command {
  return new Command("report")
    .summary("results as one HTML file with tables and curves")
    .description(
      "Makes one HTML file of results: tables, curves, and every number to save. It works from a disk or in a mail, and loads nothing.",
    )
    .argument("<results...>", "what run --json, sweep --json and merge write, - for standard input")
    .option("-o, --output <file>", "write the report to a file, which is there whole or not at all")
    .option("--title <text>", "what stands above it (default: that of the experiment)")
    .option("--markdown", "as Markdown, with tables only")
    .addHelpText(
      "after",
      "\nExample:\n  pagewalk merge stlb.plan.json -o stlb.json && pagewalk report stlb.json -o stlb.html",
    )
    .action(async (paths: string[], { output, title, markdown }: ReportOptions, command: Command) => {
      if (paths.filter((path) => path === "-").length > 1)
        command.error("error: standard input (-) can be read only once");
      if (!markdown && (output === undefined || output === "-") && process.stdout.isTTY)
        command.error("error: a report is nothing for a terminal; write it to a file with -o FILE.html");
      await checkOutput(output, paths);
      const files = [];
      for (const path of paths) files.push(await readResults(path));
      if (markdown) {
        const { markdownReport } = await import("../report/report-markdown.ts");
        return writeOutput(markdownReport(reportDataOf(files, title)), output);
      }
      const chars = files.reduce((sum, file) => sum + file.chars, 0);
      if (chars > MOST_CHARS) {
        throw new InputError(
          paths.join(", "),
          "",
          `${Math.ceil(chars / 2 ** 20)} MiB of results`,
          `${MOST_CHARS >> 20} MiB at most, which a browser opens in seconds; take --markdown, or report fewer results at once`,
        );
      }
      await writeOutput(reportPieces(await readFile(TEMPLATE, "utf8"), reportDataOf(files, title)), output);
    });
}
