/** Tables whose numbers are kept: they are sorted by, and saved with, what was counted, not by what is printed of it. */
import { type Row as CsvRow, toCsv } from "./csv-lines.ts";
import { count, decimal, NOT_AVAILABLE, percentColumn, printable } from "./format.ts";
import { leftOut, type ResultTable } from "./result-table.ts";

/** What a cell holds; `null`: it is not known, or has no meaning. */
export type CellValue = string | number | null;

/** How the values of a column are printed. Shares are 0..1; decimals have three places. */
type ColumnKind = "name" | "count" | "share" | "decimal";

export interface DataColumn<Row> {
  /** Name in files. Each column has another. */
  key: string;
  /** Name for people. */
  head: string;
  kind: ColumnKind;
  value(row: Row): CellValue;
  /** What is printed of a name. @default the name */
  text?(row: Row): string;
  /** Whether it is the greatest of a row that is the best of it, or the least. @default neither */
  best?: "most" | "least";
}

export interface DataTable<Row> {
  title: string;
  /** Those of names come first. */
  columns: readonly DataColumn<Row>[];
  rows: readonly Row[];
  notes?: readonly string[];
}

/** The cells of each of `rows` as they are printed; columns of shares have as many decimals as all of them need. */
export function cellTexts<Row>({ columns }: Pick<DataTable<Row>, "columns">, rows: readonly Row[]): string[][] {
  const texts = columns.map((column) => columnTexts(column, rows));
  return rows.map((_, row) => texts.map((column) => column[row] ?? NOT_AVAILABLE));
}

function columnTexts<Row>({ kind, value, text }: DataColumn<Row>, rows: readonly Row[]): string[] {
  if (text !== undefined) return rows.map((row) => printable(text(row)));
  const numbers = () => rows.map((row) => value(row) as number | null);
  if (kind === "share") return percentColumn(numbers());
  if (kind === "decimal") return numbers().map((number) => decimal(number, 3));
  if (kind === "count") return numbers().map((number) => (number === null ? NOT_AVAILABLE : count(number)));
  return rows.map((row) => printable(String(value(row) ?? "")));
}

/** The first `most` rows as a table in words. */
export function resultTable<Row>(table: DataTable<Row>, most = Number.POSITIVE_INFINITY): ResultTable {
  const { title, columns, rows, notes } = table;
  const shown = rows.slice(0, most);
  return {
    title,
    head: columns.map(({ head }) => head),
    rows: cellTexts(table, shown),
    nameColumns: columns.filter(({ kind }) => kind === "name").length,
    ...leftOut(rows.length - shown.length, "row"),
    ...(notes === undefined ? {} : { notes }),
  };
}

/** `rows` in the order of a column; what is not known comes last, either way. Equal ones stay in their order. */
export function sortedRows<Row>(rows: readonly Row[], { value }: DataColumn<Row>, isDescending: boolean): Row[] {
  const order = (a: CellValue, b: CellValue): number => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const [first, second] = isDescending ? [b, a] : [a, b];
    if (typeof first === "number" && typeof second === "number") return first - second;
    return collator.compare(String(first), String(second));
  };
  return [...rows].sort((a, b) => order(value(a), value(b)));
}

/** `s2` before `s10`. */
const collator = new Intl.Collator("en", { numeric: true });

/** The table as CSV: exact numbers, shares as fractions. */
export function tableCsv<Row>({ columns, rows }: DataTable<Row>): string {
  return toCsv(rows.map((row): CsvRow => Object.fromEntries(columns.map(({ key, value }) => [key, value(row)]))));
}

/** The rows of the table as objects, with exact numbers. */
export function tableObjects<Row>({ columns, rows }: DataTable<Row>): Record<string, CellValue>[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ key, value }) => [key, value(row)])));
}
