/** Text and tables as GitHub-flavoured Markdown. */
import { counted, printable } from "./format.ts";
import type { ResultTable } from "./result-table.ts";

/** A table with its title, notes and what was left out. Every row has as many cells as the head. */
export function markdownTable({ title, head, rows, nameColumns, leftOut, notes = [] }: ResultTable): string {
  const line = (cells: readonly string[]) => `| ${head.map((_, index) => cells[index] ?? "").join(" | ")} |\n`;
  const rest = leftOut === undefined ? [] : [`and ${counted(leftOut.count, leftOut.noun)} more, in the JSON`];
  return [
    `\n**${escaped(title)}**\n\n`,
    line(head.map(escaped)),
    line(head.map((_, index) => (index < nameColumns ? "---" : "---:"))),
    ...rows.map((row) => line(row.map((cell) => escaped(cell.trim())))),
    ...[...notes, ...rest].map((note) => `\n${escaped(note)}\n`),
  ].join("");
}

/** `text` in a fence that nothing in it can close. */
export function codeBlock(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const lines = text.split("\n").map(printable).join("\n");
  return `\n${fence}${language}\n${lines}\n${fence}\n`;
}

/** `text` as Markdown that shows it as it is, in one line: no markup, no HTML, no link, no cell. */
export function escaped(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]()#+!|~@$^]|:(?=\/\/)/g, "\\$&")
    .replace(/www\./gi, (found) => `${found.slice(0, 3)}\\.`)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;");
}

/** `text` as it is inside an element of HTML, where Markdown takes one. */
export function htmlEscaped(text: string): string {
  return printable(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
