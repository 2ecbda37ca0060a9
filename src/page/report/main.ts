/** A report: what was run, what came of it, and everything to take along. */
import { messageOf } from "../../errors.ts";
import { aboutPairs, machinesTable, reportNotes, sweepsTable, tracesTable } from "../../report/report-about.ts";
import type { LabelledResults, ReportData } from "../../report/report-data.ts";
import { labelled } from "../../report/report-labels.ts";
import { TERMS } from "../../report/terms.ts";
import { h } from "../dom.ts";
import { pairsElement } from "../table.ts";
import { createAlong } from "./along.ts";
import { readData } from "./data.ts";
import { createDetails } from "./details.ts";
import { createPictures } from "./pictures.ts";
import { openOnPaper } from "./printing.ts";
import { createSortedTable } from "./sorted-table.ts";
import { createSummary } from "./summary.ts";

/** Of what was run so many rows, lest its results be far below. */
const ABOUT_ROWS = 8;

const main = document.querySelector("main") as HTMLElement;
// In a task of its own: running the script and building the page in one would stop the browser for too long.
setTimeout(() => {
  try {
    const data = readData();
    main.replaceChildren(...sectionsOf(data, labelled(data)));
  } catch (error) {
    // What the file has as text stays.
    main.prepend(h("p", { class: "error", role: "alert" }, messageOf(error)));
  }
});

function sectionsOf(data: ReportData, results: LabelledResults): HTMLElement[] {
  const { runs } = results;
  return [
    ...notesOf(data, results),
    section("What was run", ...about(data, results)),
    ...(runs.length === 0 ? [] : [section("Results", ...createSummary(runs))]),
    section("Pictures", ...createPictures(results)),
    section("Each result", ...createDetails(results)),
    section("Take it along", ...createAlong(data, results)),
    termsElement(),
  ];
}

function section(title: string, ...content: readonly HTMLElement[]): HTMLElement {
  return h("section", { "aria-label": title }, h("h2", {}, title), content);
}

function notesOf(data: ReportData, results: LabelledResults): HTMLElement[] {
  const notes = reportNotes(data, results);
  if (notes.length === 0) return [];
  const items = notes.map((note) => h("p", { class: "warning" }, note));
  return [h("section", { "aria-label": "What has to be known first" }, items)];
}

function about(data: ReportData, results: LabelledResults): HTMLElement[] {
  const { runs, sweeps } = results;
  return [
    pairsElement(aboutPairs(data, results)),
    createSortedTable("pagewalk-traces", tracesTable(results), ABOUT_ROWS).element,
    ...(runs.length === 0 ? [] : [createSortedTable("pagewalk-machines", machinesTable(runs), ABOUT_ROWS).element]),
    ...(sweeps.length === 0 ? [] : [createSortedTable("pagewalk-sweeps", sweepsTable(sweeps), ABOUT_ROWS).element]),
  ];
}

/** What the words of tables and pictures mean. */
function termsElement(): HTMLElement {
  const meanings = TERMS.flatMap(([term, meaning]) => [h("dt", {}, term), h("dd", {}, meaning)]);
  return openOnPaper(h("details", { class: "terms" }, h("summary", {}, "What the words mean"), h("dl", {}, meanings)));
}
