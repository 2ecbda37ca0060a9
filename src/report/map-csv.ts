/** Mappings as CSV: columns only ever grow at the end; rows end with a line feed. Nothing needs quotes. */
import { PAGE_SIZES } from "../config/types.ts";
import type { Mapping } from "./mapping.ts";

const COLUMNS = ["va", "pa", "size", "write", "user", "execute", "global", "accessed", "dirty", "entry"] as const;

/** The names of the columns; a line. With `merge` also pages by size. */
export function mapCsvHeader(merge: boolean): string {
  const merged = merge ? PAGE_SIZES.map((size) => `pages${size}`) : [];
  return `${[...COLUMNS, ...merged].join(",")}\n`;
}

/** A row for each mapping. */
export function mapCsv(mappings: readonly Mapping[]): string {
  return mappings.map(row).join("");
}

function row(mapping: Mapping): string {
  const { pages } = mapping;
  const own = COLUMNS.map((column) => mapping[column]).join(",");
  if (pages === undefined) return `${own}\n`;
  return `${own},${PAGE_SIZES.map((size) => pages[size] ?? 0).join(",")}\n`;
}
