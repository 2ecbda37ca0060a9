/** `map`: what the page tables in a memory dump map. */
import { Command, Option } from "commander";
import { ConfigError } from "../errors.ts";
import { checkOutput, writeOutput } from "../files/output.ts";
import { map, type PageMap } from "../map.ts";
import { toJson } from "../report/json.ts";
import { mapCsv, mapCsvHeader } from "../report/map-csv.ts";
import { mapSummaryText, mapText, mapTextHeader } from "../report/map-text.ts";
import type { Mapping } from "../report/mapping.ts";
import { addTablesOptions, tablesOptionsFrom } from "./tables-options.ts";

interface MapCommandOptions {
  merge?: boolean;
  summary?: boolean;
  json?: boolean;
  csv?: boolean;
  output?: string;
  quiet?: boolean;
}

export function mapCommand(): Command {
  const command = new Command("map")
    .summary("every mapping of the page tables in a memory dump")
    .description(
      "Lists every page that the page tables at CR3 map, by ascending address, with the rights of all levels together, " +
        "and sums them up. Columns of the text: u user, k kernel; r read, w write, x execute; G global, A accessed, " +
        "D dirty; beside ranges that have large pages K, M, G: those of 4 KiB, 2 MiB, 1 GiB.",
    );
  addTablesOptions(command, ["efer"]); // rights of accesses play no part
  return command
    .option(
      "--merge",
      "pages that follow one another in both address spaces with equal rights as one range; in text also a page mapped again and again",
    )
    .option("--summary", "only the summary, which takes no longer however much is mapped")
    .addOption(new Option("--json", "print one JSON object a line for each mapping").conflicts("csv"))
    .addOption(new Option("--csv", "print the mappings as CSV").conflicts("summary"))
    .option("-o, --output <file>", "write the result to a file, which is there whole or not at all")
    .option("-q, --quiet", "no summary on standard error beside --json and --csv")
    .addHelpText(
      "after",
      "\nExample:\n  pagewalk map --memory guest.elf --merge\n  pagewalk map --memory ram.lime --cr3 0x45c8000 --json",
    )
    .action(async (options: MapCommandOptions) => {
      const { memory, ...tables } = tablesOptionsFrom(options as Record<string, unknown>);
      if (typeof memory !== "string") throw new ConfigError("memory", "nothing", "a dump of physical memory");
      await checkOutput(options.output, [memory]);
      const pageMap = await map({ ...tables, memory });
      await writeOutput(options.summary ? summary(pageMap, options) : listing(pageMap, options), options.output);
      if ((options.json || options.csv) && !options.summary && !options.quiet) {
        process.stderr.write(mapSummaryText(pageMap.summary));
      }
      const { mapped, cr3 } = pageMap.summary;
      if (mapped.pages === 0) console.error(`pagewalk: nothing is mapped; is ${cr3} the CR3 of this machine?`);
    });
}

function summary({ summary }: PageMap, { json }: MapCommandOptions): string {
  return json ? toJson([summary]) : mapSummaryText(summary);
}

/** The text of all mappings in pieces, and the summary below it where people read it. */
function listing(pageMap: PageMap, { merge = false, json, csv }: MapCommandOptions): Iterable<string> {
  // A page that is mapped 65,536 times is one thing to a reader, and 65,536 to a program.
  const merging = !merge ? "none" : json || csv ? "ranges" : "aliases";
  const batches = pageMap.mappings(merging); // before anything is written it tells whether they can be listed
  if (json) return pieces(batches, jsonLines);
  if (csv) return pieces(batches, mapCsv, mapCsvHeader(merge));
  return pieces(batches, mapText, mapTextHeader(merge), `\n${mapSummaryText(pageMap.summary)}`);
}

function* pieces(
  batches: Iterable<Mapping[]>,
  render: (mappings: Mapping[]) => string,
  head = "",
  foot = "",
): Generator<string> {
  if (head !== "") yield head;
  for (const batch of batches) yield render(batch);
  if (foot !== "") yield foot;
}

function jsonLines(mappings: readonly Mapping[]): string {
  return mappings.map((mapping) => `${JSON.stringify(mapping)}\n`).join("");
}
