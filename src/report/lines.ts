/** What texts of results are made of: lines of label and value, paragraphs, tables without rules. */
import Table from "cli-table3";
import { count, NOT_AVAILABLE, printable } from "./format.ts";
import type { RunResult, TraceSummary } from "./results.ts";

export type Pair = readonly [label: string, value: string];

/** What was read. */
export function tracePairs(trace: TraceSummary, accesses?: RunResult["accesses"]): Pair[] {
  const compression = trace.compression === "none" ? "" : ` (${trace.compression})`;
  return [
    ["trace", trace.path === "-" ? "standard input" : printable(trace.path)],
    ["format", `${printable(trace.format)}${compression}`],
    ["records", `${count(trace.records)}${accesses === undefined ? "" : `: ${named(accesses)}`}`],
    ["instructions", trace.instructions === 0 ? NOT_AVAILABLE : count(trace.instructions)],
    ...(trace.skippedLines === 0 ? [] : [["skipped lines", count(trace.skippedLines)] as const]),
  ];
}

/** The ways of a geometry, as they are written: a number, or `full`. */
export function waysName(tlb: { entries: number; ways: number }): string {
  return tlb.ways === tlb.entries ? "full" : String(tlb.ways);
}

/** Counts with the names of their fields: `12 fetch, 34 data`. */
export function named(counts: Record<string, number>): string {
  const words = (field: string) => field.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
  return Object.entries(counts)
    .map(([field, value]) => `${count(value)} ${words(field)}`)
    .join(", ");
}

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

/** A header and rows in columns: the first `leftColumns` begin at the left, all others end at the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], leftColumns = 1): string {
  const instance = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (index < leftColumns ? "left" : "right")),
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
export function wrappedTable(head: readonly string[], rows: readonly (readonly string[])[], width: number): string {
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
    .map((part) =>
      table(
        pick(head, part),
        rows.map((row) => pick(row, part)),
        0,
      ),
    )
    .join("\n\n");
}
