/** A table that is sorted by any of its columns, shown a page at a time, and saved whole. */
import {
  type CellValue,
  cellTexts,
  type DataTable,
  sortedRows,
  tableCsv,
  tableObjects,
} from "../../report/data-table.ts";
import { count, NOT_AVAILABLE } from "../../report/format.ts";
import { jsonPieces } from "../../report/json.ts";
import { h } from "../dom.ts";
import { saveText } from "../download.ts";
import { copyButton } from "../experiment/copy-button.ts";
import { onPrint } from "./printing.ts";

/** Rows on paper, where there is no next page to turn to. */
const PRINTED_ROWS = 500;
/** So many columns fit on paper in its usual letters. */
const PAPER_COLUMNS = 9;
/** Characters of a name that stand in one line. */
const LINE = 40;

export interface SortedTable<Row> {
  readonly element: HTMLElement;
  /** Shows `table` instead: sorted by the same column, if it has one of that key. */
  show(table: DataTable<Row>): void;
}

/** `file`: name of what is saved, without its ending; `usualRows`: rows that are shown at once. */
export function createSortedTable<Row>(file: string, table: DataTable<Row>, usualRows = 25): SortedTable<Row> {
  let shown = table;
  let sorting: { key: string; isDescending: boolean } | null = null;
  let first = 0;
  let pageRows = usualRows;
  let rows: readonly Row[] = [];
  let texts: string[][] = [];

  const body = h("tbody");
  const headRow = h("tr");
  const caption = h("caption");
  const scroll = h(
    "div",
    { class: "scroll", tabindex: 0, role: "group" },
    h(
      "table",
      { class: table.columns.length > PAPER_COLUMNS ? "many-columns" : null },
      caption,
      h("thead", {}, headRow),
      body,
    ),
  );
  const where = h("span", { role: "status" });
  const previous = h("button", { type: "button", onclick: () => turn(-1) }, "Previous");
  const next = h("button", { type: "button", onclick: () => turn(1) }, "Next");
  const all = h("button", { type: "button", onclick: showAll }, "All rows");
  const pager = h("p", { class: "pager" }, where, previous, next, all);
  const notes = h("div");
  const left = h("p", { class: "paper-only" });
  const inOrder = () => ({ ...shown, rows });
  const actions = h(
    "p",
    { class: "table-actions" },
    saveButton("CSV", () => saveText(`${file}.csv`, [tableCsv(inOrder())])),
    saveButton("JSON", () => saveText(`${file}.json`, jsonPieces([tableObjects(inOrder())]))),
    copyButton("Copy", () => tableCsv(inOrder())),
  );

  function saveButton(name: string, save: () => Promise<void>): HTMLElement {
    return h(
      "button",
      { type: "button", onclick: () => void save(), "aria-label": `Save ${name}: ${shown.title}` },
      name,
    );
  }

  function turn(by: number): void {
    first = Math.min(Math.max(0, first + by * pageRows), lastPage());
    fill();
  }

  function lastPage(): number {
    return Math.max(0, Math.floor((rows.length - 1) / pageRows) * pageRows);
  }

  function showAll(): void {
    pageRows = pageRows === usualRows ? Math.max(rows.length, 1) : usualRows;
    first = 0;
    fill();
  }

  function sortBy(key: string): void {
    // Numbers from the greatest, names from the first: what is looked for most often.
    const kind = shown.columns.find((column) => column.key === key)?.kind;
    const isDescending = sorting?.key === key ? !sorting.isDescending : kind !== "name";
    sorting = { key, isDescending };
    arrange();
    headRow.querySelector<HTMLElement>('th[aria-sort="ascending"] button, th[aria-sort="descending"] button')?.focus();
  }

  function arrange(): void {
    const column = shown.columns.find(({ key }) => key === sorting?.key);
    rows = column === undefined ? shown.rows : sortedRows(shown.rows, column, sorting?.isDescending ?? false);
    texts = cellTexts(shown, rows);
    first = 0;
    headRow.replaceChildren(
      ...shown.columns.map(({ key, head, kind }) => {
        const sort = sorting?.key !== key ? null : sorting.isDescending ? "descending" : "ascending";
        const mark = h(
          "span",
          { class: "sort-mark", "aria-hidden": "true" },
          sort === null ? "" : sort === "ascending" ? "▲" : "▼",
        );
        const button = h("button", { type: "button", onclick: () => sortBy(key) }, head, mark);
        return h("th", { scope: "col", class: kind === "name" ? null : "number", "aria-sort": sort }, button);
      }),
    );
    fill();
  }

  function fill(): void {
    const end = Math.min(rows.length, first + pageRows);
    body.replaceChildren(...rows.slice(first, end).map((row, at) => rowElement(row, texts[first + at] ?? [])));
    pager.hidden = rows.length <= usualRows;
    where.textContent = `Rows ${count(first + 1)} to ${count(end)} of ${count(rows.length)}`;
    previous.disabled = first === 0;
    next.disabled = first >= lastPage();
    all.textContent = pageRows === usualRows ? "All rows" : "Fewer rows";
    left.textContent =
      end < rows.length ? `And ${count(rows.length - end)} more rows, which the file of this report has.` : "";
  }

  function rowElement(row: Row, cells: readonly string[]): HTMLElement {
    const best = bestOf(row);
    return h(
      "tr",
      {},
      shown.columns.map(({ kind, value, best: direction }, column) => {
        const isNumber = kind !== "name";
        const isBest = direction !== undefined && best !== null && value(row) === best;
        const text = cells[column] ?? NOT_AVAILABLE;
        const isLong = !isNumber && text.length > LINE;
        const classes = Object.entries({ number: isNumber, best: isBest, long: isLong }).flatMap(([name, has]) =>
          has ? name : [],
        );
        const attributes = { class: classes.join(" ") || null };
        return column === 0 ? h("th", { ...attributes, scope: "row" }, text) : h("td", attributes, text);
      }),
    );
  }

  /** The best number of a row whose columns are compared; `null`: they are not, or are all the same. */
  function bestOf(row: Row): CellValue {
    const compared = shown.columns.filter(({ best }) => best !== undefined);
    const values = compared
      .map(({ value }) => value(row))
      .filter((value): value is number => typeof value === "number");
    if (values.length < 2 || new Set(values).size === 1) return null;
    return compared[0]?.best === "most" ? Math.max(...values) : Math.min(...values);
  }

  onPrint((isPrinting) => {
    const onScreen = pageRows;
    if (isPrinting) {
      pageRows = PRINTED_ROWS;
      first = 0;
      fill();
      pageRows = onScreen;
    } else fill();
  });

  const element = h("div", { class: "sorted-table" }, scroll, pager, left, notes, actions);
  const show = (next: DataTable<Row>) => {
    shown = next;
    caption.textContent = next.title;
    scroll.setAttribute("aria-label", next.title);
    notes.replaceChildren(...(next.notes ?? []).map((note) => h("p", { class: "soft" }, note)));
    element.hidden = next.rows.length === 0;
    arrange();
  };
  show(table);
  return { element, show };
}
