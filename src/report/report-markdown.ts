/** A report as GitHub-flavoured Markdown: what was run and on what, what came of it, and how to get it again. */
import { DIMENSIONS, type Dimension } from "../config/attribution.ts";
import { attributionTable } from "./attribution-tables.ts";
import { resultTable } from "./data-table.ts";
import { counted } from "./format.ts";
import { codeBlock, escaped, htmlEscaped, markdownTable } from "./markdown.ts";
import { aboutPairs, machinesTable, reportNotes, tracesTable } from "./report-about.ts";
import type { Labelled, ReportData } from "./report-data.ts";
import { labelled } from "./report-labels.ts";
import { runsTable } from "./report-metrics.ts";
import type { RunResult, SweepResult } from "./results.ts";
import { seriesText } from "./series-text.ts";
import { curveStory, sweepPairs, sweepTables } from "./sweep-report.ts";
import type { Pair } from "./trace-words.ts";

/** Rows of who missed that are shown of each result. */
const TOP_ROWS = 10;
/** Columns of pictures over time. */
const SERIES_WIDTH = 100;
/** Rows of a table of a sweep from which on it is folded away. */
const LONG_TABLE = 16;

/** The document in pieces. Names in it are of files, so that none of them is taken for markup. */
export function* markdownReport(data: ReportData): Generator<string> {
  const results = labelled(data);
  const { runs, sweeps } = results;
  yield `# ${escaped(data.title)}\n`;
  for (const note of reportNotes(data, results)) yield `\n> [!WARNING]\n> ${escaped(note)}\n`;
  yield "\n## What was run\n";
  yield pairList(aboutPairs(data, results));
  yield markdownTable(resultTable(tracesTable(results)));
  if (runs.length > 0) {
    yield markdownTable(resultTable(machinesTable(runs)));
    yield "\n## Results\n";
    yield markdownTable(resultTable(runsTable(runs)));
  }
  if (sweeps.length > 0) yield "\n## Sweeps\n";
  for (const sweep of sweeps) yield* sweepPieces(sweep);
  const attributed = runs.filter(({ result: { by } }) => by !== undefined);
  if (attributed.length > 0) yield "\n## Who missed\n";
  for (const run of attributed) {
    for (const dimension of dimensionsOf(run))
      yield markdownTable(resultTable(attributionTable(dimension, run), TOP_ROWS));
  }
  const timed = runs.filter(({ result: { series } }) => series !== undefined);
  if (timed.length > 0) yield "\n## Over time\n";
  for (const { place, name, result } of timed) {
    yield heading(place, name);
    if (result.series !== undefined)
      yield codeBlock(seriesText(result.series, { width: SERIES_WIDTH, ascii: false }), "text");
  }
  yield "\n## The same on the command line\n";
  for (const { place, name, reported } of [...runs, ...sweeps]) {
    yield `${heading(place, name)}${codeBlock(reported.command, "sh")}`;
    if (reported.missing.length > 0) yield `\n${reported.missing.map((each) => `- ${escaped(each)}\n`).join("")}`;
  }
}

function* sweepPieces({ place, name, result }: Labelled<SweepResult>): Generator<string> {
  yield heading(place, name);
  yield pairList(sweepPairs(result));
  const { title, sentences } = curveStory(result);
  if (sentences.length > 0)
    yield `\n${escaped(title)}:\n\n${sentences.map((sentence) => `- ${escaped(sentence)}\n`).join("")}`;
  for (const table of sweepTables(result)) {
    const text = markdownTable(table);
    const summary = `${htmlEscaped(table.title)}: ${counted(table.rows.length, "row")}`;
    if (table.rows.length <= LONG_TABLE) yield text;
    else yield `\n<details><summary>${summary}</summary>\n${text}\n</details>\n`;
  }
}

function dimensionsOf({ result: { by } }: Labelled<RunResult>): Dimension[] {
  return DIMENSIONS.filter((dimension) => by?.[dimension] !== undefined);
}

function heading(place: string, name: string): string {
  return `\n### ${escaped(place)}, ${escaped(name)}\n`;
}

function pairList(pairs: readonly Pair[]): string {
  return `\n${pairs.map(([label, value]) => `- ${escaped(label)}: ${escaped(value)}\n`).join("")}`;
}
