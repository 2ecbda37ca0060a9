/** Tables and lists of results as elements. */
import { counted } from "../report/format.ts";
import type { ResultTable } from "../report/result-table.ts";
import type { Pair } from "../report/trace-words.ts";
import { h } from "./dom.ts";

/** `table` with its title as caption; where it is wider than its place, it scrolls there. */
export function tableElement(table: ResultTable): HTMLElement {
  const { title, head, rows, nameColumns, leftOut, notes = [] } = table;
  const classOf = (column: number) => (column < nameColumns ? null : "number");
  const cells = (row: readonly string[]) =>
    row.map((text, column) =>
      column === 0
        ? h("th", { scope: "row", class: classOf(column) }, text)
        : h("td", { class: classOf(column) }, text),
    );
  const rest = leftOut === undefined ? [] : [`and ${counted(leftOut.count, leftOut.noun)} more: CSV and JSON have all`];
  return h(
    "div",
    {},
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "group", "aria-label": title },
      h(
        "table",
        {},
        h("caption", {}, title),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            head.map((name, column) =>
              h(name === "" ? "td" : "th", { scope: name === "" ? null : "col", class: classOf(column) }, name),
            ),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map((row) => h("tr", {}, cells(row))),
        ),
      ),
    ),
    [...rest, ...notes].map((note) => h("p", { class: "soft" }, note)),
  );
}

/** Labels and values. */
export function pairsElement(pairs: readonly Pair[]): HTMLElement {
  return h(
    "dl",
    { class: "pairs" },
    pairs.flatMap(([label, value]) => [h("dt", {}, label), h("dd", {}, value)]),
  );
}
