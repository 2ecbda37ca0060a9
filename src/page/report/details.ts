/** Every result by itself: its tables, and the command that makes it again. */
import { count } from "../../report/format.ts";
import { jsonPieces } from "../../report/json.ts";
import type { Labelled, LabelledResults } from "../../report/report-data.ts";
import type { ResultTable } from "../../report/result-table.ts";
import type { RunResult, SweepResult } from "../../report/results.ts";
import { costPairs, runPairs, tlbTable, walkTable } from "../../report/run-report.ts";
import { sweepPairs, sweepTables } from "../../report/sweep-report.ts";
import type { Pair } from "../../report/trace-words.ts";
import { h } from "../dom.ts";
import { saveText } from "../download.ts";
import { copyButton } from "../experiment/copy-button.ts";
import { pairsElement, tableElement } from "../table.ts";
import { onPrint, openOnPaper } from "./printing.ts";

/** Results that are listed at once, and that are printed: more would be a book. */
const LISTED = 20;
const PRINTED = 8;

/** A list of the results that a text finds. */
export function createDetails({ runs, sweeps }: LabelledResults): HTMLElement[] {
  const all = [...runs, ...sweeps].sort((a, b) => a.index - b.index);
  let listed = LISTED;
  const list = h("div");
  const said = h("p", { role: "status", class: "soft" });
  const more = h("button", { type: "button", onclick: showMore }, "More");
  const text = h("input", { type: "search", oninput: () => begin() });
  const search = h("p", { class: "picture-controls" }, h("label", {}, "Only those with ", text));
  search.hidden = all.length <= LISTED;

  function found(): Labelled<RunResult | SweepResult>[] {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    return all.filter(({ name, place }) => words.every((word) => `${name} ${place}`.toLowerCase().includes(word)));
  }

  function begin(): void {
    listed = LISTED;
    list.replaceChildren();
    fill();
  }

  function showMore(): void {
    listed += LISTED;
    fill();
  }

  function fill(): void {
    const results = found();
    const shown = results.slice(0, listed);
    list.append(...shown.slice(list.childElementCount).map(resultElement));
    more.hidden = shown.length === results.length;
    said.textContent = more.hidden ? "" : `${count(shown.length)} of ${count(results.length)} results`;
  }

  begin();
  if (all.length <= PRINTED) return [search, list, said, more];
  const notPrinted = h("p", { class: "paper-only" }, "On the screen, this report has tables of each result here.");
  list.className = "screen-only";
  return [search, list, said, more, notPrinted];
}

function resultElement(
  { name, place, result, reported }: Labelled<RunResult | SweepResult>,
  index: number,
): HTMLElement {
  const fill = () => {
    if (details.open && details.childElementCount === 1) details.append(...contentOf());
  };
  const contentOf = (): HTMLElement[] => {
    const { tables, before, after, csv } = partsOf(reported.result as RunResult | SweepResult);
    const file = `pagewalk-result-${index + 1}`;
    return [
      pairsElement(before),
      ...tables.map(tableElement),
      ...(after.length === 0 ? [] : [pairsElement(after)]),
      h("pre", { class: "scroll command", tabindex: 0, role: "group", "aria-label": "Command" }, reported.command),
      ...reported.missing.map((sentence) => h("p", { class: "soft" }, sentence)),
      h(
        "p",
        { class: "table-actions" },
        saveButton("CSV", async () => saveText(`${file}.csv`, await csv())),
        saveButton("JSON", () => saveText(`${file}.json`, jsonPieces([result]))),
        copyButton("Copy command", () => reported.command),
      ),
    ];
  };
  const details = h("details", { class: "result", ontoggle: fill }, h("summary", {}, `${name}, ${place}`));
  onPrint((isPrinting) => {
    if (isPrinting && details.childElementCount === 1) details.append(...contentOf());
  });
  return openOnPaper(details);
}

interface Parts {
  before: readonly Pair[];
  tables: readonly ResultTable[];
  after: readonly Pair[];
  csv(): Promise<Iterable<string>>;
}

function partsOf(result: RunResult | SweepResult): Parts {
  const csv = () => import("../../report/csv.ts");
  if (result.schema === "pagewalk/run@1") {
    return {
      before: runPairs(result),
      tables: [tlbTable(result), walkTable(result)],
      after: costPairs(result),
      csv: async () => [(await csv()).runCsv([result])],
    };
  }
  return {
    before: sweepPairs(result),
    tables: sweepTables(result),
    after: [],
    csv: async () => (await csv()).sweepCsv([result]),
  };
}

function saveButton(name: string, save: () => Promise<void>): HTMLElement {
  return h("button", { type: "button", onclick: () => void save() }, `Save ${name}`);
}
