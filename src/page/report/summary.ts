/** Machines and traces against each other, and all runs with all of their numbers. */
import type { Labelled } from "../../report/report-data.ts";
import {
  type MatrixRow,
  type Metric,
  metricMatrix,
  metricsOf,
  runsTable,
  usualMetric,
} from "../../report/report-metrics.ts";
import type { RunResult } from "../../report/results.ts";
import { h } from "../dom.ts";
import { createChoice } from "../pictures/frame.ts";
import { createSortedTable } from "./sorted-table.ts";

/** Columns that can be read beside each other: where there are more, some are chosen. */
const MOST_COLUMNS = 12;

/** A matrix of a metric that is chosen, where there is something to compare, and a table of all. */
export function createSummary(runs: readonly Labelled<RunResult>[]): HTMLElement[] {
  const all = createSortedTable("pagewalk-runs", runsTable(runs)).element;
  return [...(runs.length > 1 ? createMatrix(runs) : []), all];
}

function createMatrix(runs: readonly Labelled<RunResult>[]): HTMLElement[] {
  const metrics = metricsOf(runs);
  const first = usualMetric(metrics) ?? metrics[0];
  if (first === undefined) return [];
  const names = Object.fromEntries(metrics.map(({ key, name }) => [key, name]));
  const chosen = createChoice("Compare", names, show);
  chosen.select.value = first.key;
  const rows = createChoice("Rows", { traces: "traces", machines: "machines" }, turn);
  const from = h("select", { onchange: show });
  const fromLabel = h("label", {}, "Columns ", from);
  const table = createSortedTable<MatrixRow>("pagewalk-comparison", matrixNow());
  turn();

  function columns(): string[] {
    return [...new Set(runs.map(({ name, place }) => (rows.value() === "traces" ? name : place)))];
  }

  function turn(): void {
    const { length } = columns();
    const starts = Array.from({ length: Math.ceil(length / MOST_COLUMNS) }, (_, group) => group * MOST_COLUMNS);
    const title = (start: number) => `${start + 1} to ${Math.min(length, start + MOST_COLUMNS)} of ${length}`;
    from.replaceChildren(...starts.map((start) => h("option", { value: start }, title(start))));
    fromLabel.hidden = starts.length < 2;
    show();
  }

  function matrixNow() {
    const start = Number(from.value);
    const shown = new Set(columns().slice(start, start + MOST_COLUMNS));
    const ofShown = runs.filter(({ name, place }) => shown.has(rows.value() === "traces" ? name : place));
    const metric = metrics.find(({ key }) => key === chosen.value()) ?? first;
    return metricMatrix(ofShown, metric as Metric, rows.value());
  }

  function show(): void {
    const these = fromLabel.hidden ? "" : " of these";
    const notes =
      rows.value() === "machines" ? [] : [`In bold: the best machine${these} for a trace, unless all are the same.`];
    table.show({ ...matrixNow(), notes });
  }

  return [h("div", { class: "picture-controls" }, chosen.element, rows.element, fromLabel), table.element];
}
