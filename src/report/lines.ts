/** What texts of results are made of: lines of label and value, paragraphs, tables without rules. */
import Table from "cli-table3";
import type { ResultTable } from "./result-table.ts";
import type { Pair } from "./trace-words.ts";

/** Labels, and values below each other. */
export function pairs(rows: readonly Pair[]): string {
  return rows.map(([label, value]) => `${label.padEnd(15)}${value}`).join("\n");
}

/** `texts` with an empty line between them, and a newline at the end. */
export function paragraphs(...texts: string[]): string {
  return `${texts.join("\n\n")}\n`;
}

const NO_RULES = Object.fromEntries(
  ["top", "bottom", "left", "right", "mid"].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, ""]),
  ),
);

/** A header and rows in columns: names begin at the left, numbers end at the right. The title is not there. */
export function table({ head, rows, nameColumns }: Pick<ResultTable, "head" | "rows" | "nameColumns">): string {
  const instance = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (index < nameColumns ? "left" : "right")),
    chars: { ...NO_RULES, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  instance.push(...rows.map((row) => [...row]));
  return instance
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** As `table`; with columns that would go beyond `width` in further tables below, each with the first column again. */
export function wrappedTable({ head, rows, nameColumns }: ResultTable, width: number): string {
  const cellWidths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const parts: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (let column = 1; column < head.length; column++) {
    const needed = 2 + (cellWidths[column] ?? 0);
    if (used + needed > width) {
      parts.push([0]);
      used = cellWidths[0] ?? 0;
    }
    parts.at(-1)?.push(column);
    used += needed;
  }
  const pick = (row: readonly string[], columns: number[]) => columns.map((column) => row[column] ?? "");
  return parts
    .map((part) => table({ head: pick(head, part), rows: rows.map((row) => pick(row, part)), nameColumns }))
    .join("\n\n");
}
