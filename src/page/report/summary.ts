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

/** Columns that can be read beside each other. */
const MOST_COLUMNS = 12;

/** A matrix of a metric that is chosen, where there is something to compare, and a table of all. */
export function createSummary(runs: readonly Labelled<RunResult>[]): HTMLElement[] {
  const all = createSortedTable("pagewalk-runs", runsTable(runs)).element;
  const machines = new Set(runs.map(({ name }) => name)).size;
  const places = new Set(runs.map(({ place }) => place)).size;
  const matrix =
    runs.length > 1 && Math.min(machines, places) <= MOST_COLUMNS ? createMatrix(runs, machines, places) : [];
  return [...matrix, all];
}

function createMatrix(runs: readonly Labelled<RunResult>[], machines: number, places: number): HTMLElement[] {
  const metrics = new Map(metricsOf(runs).map((metric) => [metric.key, metric]));
  const usual = usualMetric([...metrics.values()]);
  const first = usual === undefined ? [...metrics.values()][0] : usual;
  if (first === undefined) return [];
  const names = Object.fromEntries([...metrics].map(([key, { name }]) => [key, name]));
  const chosen = createChoice("Compare", names, show);
  chosen.select.value = first.key;
  const rows = createChoice("Rows", { traces: "traces", machines: "machines" }, show);
  // What there is more of goes down, where it can be turned over.
  rows.select.value = machines > MOST_COLUMNS ? "machines" : "traces";
  const canTurn = Math.max(machines, places) <= MOST_COLUMNS;
  const table = createSortedTable<MatrixRow>("pagewalk-comparison", matrixNow());

  function matrixNow() {
    return metricMatrix(runs, metrics.get(chosen.value()) as Metric, rows.value());
  }
  function show(): void {
    table.show(matrixNow());
  }

  const note = h("p", { class: "soft" }, "In bold: the best machine for a trace, unless all are the same.");
  return [h("div", { class: "picture-controls" }, chosen.element, canTurn ? rows.element : null), table.element, note];
}
