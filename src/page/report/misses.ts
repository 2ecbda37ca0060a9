/** Misses by region, page, instruction or kind of access, of a machine or of machines side by side. */
import { DIMENSIONS, type Dimension } from "../../config/attribution.ts";
import { ATTRIBUTED, attributionMatrix, attributionTable, DIMENSION_NAMES } from "../../report/attribution-tables.ts";
import type { DataTable } from "../../report/data-table.ts";
import type { Labelled } from "../../report/report-data.ts";
import type { RunResult } from "../../report/results.ts";
import { h } from "../dom.ts";
import { createChoice } from "../pictures/frame.ts";
import { createSortedTable, type SortedTable } from "./sorted-table.ts";

/** The tables of the runs that it is given, if these have any. */
export function createMisses(): { element: HTMLElement; show(runs: readonly Labelled<RunResult>[]): void } {
  let runs: readonly Labelled<RunResult>[] = [];
  const by = createChoice("By", DIMENSION_NAMES, show);
  const counts = Object.fromEntries(Object.entries(ATTRIBUTED).map(([key, { name }]) => [key, name])) as Record<
    keyof typeof ATTRIBUTED,
    string
  >;
  const count = createChoice("Machines side by side", counts, show);
  const tables: SortedTable<object>[] = [];
  const place = h("div");
  const element = h(
    "div",
    { hidden: true },
    h("h3", {}, "Who missed"),
    h("div", { class: "picture-controls" }, by.element, count.element),
    place,
  );

  function show(): void {
    const having = runs.filter(({ result }) => result.by?.[by.value()] !== undefined);
    const places = new Map<string, Labelled<RunResult>[]>();
    for (const run of having) places.set(run.place, [...(places.get(run.place) ?? []), run]);
    const shown: DataTable<object>[] = [...places.values()].map((ofPlace) => {
      const [only] = ofPlace;
      const isOne = ofPlace.length === 1 && only !== undefined;
      return isOne ? attributionTable(by.value(), only) : attributionMatrix(by.value(), ofPlace, count.value());
    }) as DataTable<object>[];
    count.element.hidden = [...places.values()].every((ofPlace) => ofPlace.length < 2);
    for (const [index, table] of shown.entries()) {
      if (tables[index] === undefined) tables[index] = createSortedTable(`pagewalk-misses-${index + 1}`, table);
      else tables[index].show(table);
    }
    place.replaceChildren(...tables.slice(0, shown.length).map((table) => table.element));
  }

  return {
    element,
    show(shown) {
      runs = shown.filter(({ result }) => Object.keys(result.by ?? {}).length > 0);
      element.hidden = runs.length === 0;
      const has = (dimension: Dimension) => runs.some(({ result }) => result.by?.[dimension] !== undefined);
      const there = DIMENSIONS.filter(has);
      for (const option of by.select.options) option.hidden = option.disabled = !has(option.value as Dimension);
      if (!has(by.value())) by.select.value = there[0] ?? "region";
      show();
    },
  };
}
