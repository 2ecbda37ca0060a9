/** Lines of CSV. Quoting as in RFC 4180 section 2; rows end with a line feed. */

export type Value = string | number | null | undefined;

/** The columns of one row; the first row names them for all. */
export type Row = Record<string, Value>;

/** Rows of one piece. */
const BATCH = 1000;

/** Header and rows; the empty text for no rows. Every row must have the columns of the first, in the same order. */
export function toCsv(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  return [Object.keys(first), ...rows.map((row) => Object.values(row))].map(line).join("");
}

/** The lines, many to a piece. */
export function* pieces(lines: Iterable<string>): Generator<string> {
  let piece = "";
  let count = 0;
  for (const text of lines) {
    piece += text;
    if (++count % BATCH !== 0) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

/** One line of fields. */
export function line(values: readonly Value[]): string {
  return `${values.map(field).join(",")}\n`;
}

function field(value: Value): string {
  if (typeof value === "number") return String(value);
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
