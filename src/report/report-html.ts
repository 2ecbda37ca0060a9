/**
 * The file of a report: the page that the build made for it, with the results inside as data, and as tables for who opens it
 * without scripts, as previews of mail do. Names from outside are text wherever they stand.
 */
import { resultTable } from "./data-table.ts";
import { counted, printable } from "./format.ts";
import { withoutControls } from "./json.ts";
import { aboutPairs, machinesTable, reportNotes, tracesTable } from "./report-about.ts";
import type { ReportData } from "./report-data.ts";
import { labelled } from "./report-labels.ts";
import { runsTable } from "./report-metrics.ts";
import type { ResultTable } from "./result-table.ts";
import { sweepPairs, sweepTables } from "./sweep-report.ts";
import type { Pair } from "./trace-words.ts";

/** Where in the template what stands. The title is there twice, in the head and as heading; all others once. */
const MARKS = { title: "{{pagewalk:title}}", static: "<!--pagewalk:static-->", data: "<!--pagewalk:data-->" };

/** Rows of a table without scripts. */
const STATIC_ROWS = 200;
/** Sweeps with tables of their own there, and commands. */
const STATIC_SWEEPS = 6;
const STATIC_COMMANDS = 50;

/** The file in pieces, a result at a time. Throws an Error if `template` is none. */
export function* reportPieces(template: string, data: ReportData): Generator<string> {
  const [beforeMain, ofMain] = splitAt(template, MARKS.static);
  const [beforeData, tail] = splitAt(ofMain, MARKS.data);
  yield beforeMain.replaceAll(MARKS.title, () => escaped(printable(data.title)));
  yield staticReport(data);
  yield `${beforeData}<script id="pagewalk-data" type="application/json">`;
  const { results, ...about } = data;
  yield `${harmless(about).slice(0, -1)},"results":[`;
  for (const [index, result] of results.entries()) yield `${index === 0 ? "" : ","}\n${harmless(result)}`;
  yield `]}</script>${tail}`;
}

function splitAt(template: string, mark: string): [string, string] {
  const [before, after, ...others] = template.split(mark);
  if (before === undefined || after === undefined || others.length > 0) {
    throw new Error(`the report's template has not one ${mark}`);
  }
  return [before, after];
}

/**
 * `value` as JSON that can stand inside a script element: without `<`, which begins the end tag and comments, and without the
 * separators that scripts of old took for ends of lines.
 */
function harmless(value: object): string {
  return withoutControls(JSON.stringify(value)).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What matters, without scripts. */
function staticReport(data: ReportData): string {
  const results = labelled(data);
  const { runs, sweeps } = results;
  const notes = reportNotes(data, results);
  const commands = data.results.slice(0, STATIC_COMMANDS).map(({ command }) => command);
  const left = data.results.length - commands.length;
  return [
    `<p class="soft">Without scripts this report has tables only. Curves, all results and files to save are there when it is opened in a browser; the numbers are in this file all the same, as JSON at its end.</p>`,
    ...notes.map((note) => `<p class="warning">${escaped(note)}</p>`),
    `<h2>What was run</h2>`,
    pairsHtml(aboutPairs(data, results)),
    tableHtml(resultTable(tracesTable(results), STATIC_ROWS)),
    ...(runs.length === 0
      ? []
      : [
          tableHtml(resultTable(machinesTable(runs), STATIC_ROWS)),
          `<h2>Results</h2>`,
          tableHtml(resultTable(runsTable(runs), STATIC_ROWS)),
        ]),
    ...sweeps
      .slice(0, STATIC_SWEEPS)
      .flatMap(({ name, result }) => [
        `<h2>Sweep ${escaped(name)}: ${escaped(result.trace.path)}</h2>`,
        pairsHtml(sweepPairs(result)),
        ...sweepTables(result).map(tableHtml),
      ]),
    ...(sweeps.length > STATIC_SWEEPS ? [`<p>And ${counted(sweeps.length - STATIC_SWEEPS, "more sweep")}.</p>`] : []),
    `<h2>The same on the command line</h2>`,
    `<pre class="scroll">${escaped(commands.join("\n"))}</pre>`,
    ...(left > 0 ? [`<p>And ${counted(left, "more command")}.</p>`] : []),
  ].join("\n");
}

function tableHtml({ title, head, rows, nameColumns, leftOut, notes = [] }: ResultTable): string {
  const classOf = (column: number) => (column < nameColumns ? "" : ' class="number"');
  const headCells = head.map((name, column) => `<th scope="col"${classOf(column)}>${escaped(name)}</th>`);
  const lines = rows.map((row) => {
    const cells = row.map((text, column) =>
      column === 0
        ? `<th scope="row"${classOf(0)}>${escaped(text)}</th>`
        : `<td${classOf(column)}>${escaped(text)}</td>`,
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  const rest = leftOut === undefined ? [] : [`And ${counted(leftOut.count, leftOut.noun)} more.`];
  return [
    `<div class="scroll"><table><caption>${escaped(title)}</caption>`,
    `<thead><tr>${headCells.join("")}</tr></thead>`,
    `<tbody>${lines.join("\n")}</tbody></table></div>`,
    ...[...rest, ...notes].map((note) => `<p class="soft">${escaped(note)}</p>`),
  ].join("\n");
}

function pairsHtml(pairs: readonly Pair[]): string {
  const items = pairs.map(([label, value]) => `<dt>${escaped(label)}</dt><dd>${escaped(value)}</dd>`);
  return `<dl class="pairs">${items.join("\n")}</dl>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
