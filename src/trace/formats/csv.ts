/**
 * CSV with a header, or with columns that the user names: docs/formats.md. Its lines are decoded by
 * assembly/decoders/csv.ts; what they hold is found out here.
 */
import type { ColumnName, Columns, CsvLayout } from "../../config/columns.ts";
import type { TraceFormat } from "./format.ts";
import { headLines } from "./head-lines.ts";

/** Headers that name a column, in small letters, without spaces, _ and -. */
const HEADERS: Readonly<Record<string, ColumnName>> = {
  address: "address",
  addr: "address",
  va: "address",
  vaddr: "address",
  virtualaddress: "address",
  memaddr: "address",
  memoryaddress: "address",
  kind: "kind",
  type: "kind",
  op: "kind",
  operation: "kind",
  access: "kind",
  accesstype: "kind",
  rw: "kind",
  "r/w": "kind",
  iswrite: "kind",
  size: "size",
  accesssize: "size",
  bytes: "size",
  len: "size",
  length: "size",
  pid: "pid",
  processid: "pid",
  process: "pid",
  tid: "tid",
  threadid: "tid",
  thread: "tid",
  pc: "pc",
  ip: "pc",
  rip: "pc",
  instruction: "pc",
  instructionpointer: "pc",
};

/** Characters that separate columns, in the order in which they are looked for; a space stands for spaces and tabs. */
const DELIMITERS = [",", ";", "\t", " "];

export const csv: TraceFormat = {
  name: "csv",
  title: "CSV",
  specification: "docs/formats.md; RFC 4180, section 2",
  example: "address,kind,size",
  decoder: "CSV",
  isText: true,
  reasons: {
    "bad-record":
      "no record; expected in each column what the header or --columns says: numbers in decimal, or in hexadecimal " +
      "with 0x (without: --columns address=1:hex), and a kind such as R, W, load or store",
    "torn-line": "the last line has too few columns; it was cut off (a download or the recording was stopped)",
  },
  detect: (head) => {
    const [header = "", first] = headLines(head);
    const layout = byHeader(header);
    if (layout === null) return false;
    // Prose may have a word for each column.
    return first === undefined || /^(?:0x[\da-f]+|\d+)$/i.test(fieldOf(first, layout, "address"));
  },
  layoutOf: (head, columns) => {
    const [first = ""] = headLines(head);
    return columns === null ? byHeader(first) : byColumns(first, columns);
  },
};

/** The layout that a header names; `null` if it is none, or two of its columns are the same. */
function byHeader(header: string): CsvLayout | null {
  const delimiter = DELIMITERS.find((character) => header.includes(character)) ?? ",";
  const names = fields(header, delimiter).map((field) => HEADERS[field.toLowerCase().replace(/[\s_-]/g, "")]);
  const numbers: Columns["numbers"] = {};
  for (const [index, name] of names.entries()) {
    if (name === undefined) continue;
    if (numbers[name] !== undefined) return null;
    numbers[name] = index + 1;
  }
  if (delimiter === " " && names.includes(undefined)) return null;
  return numbers.address === undefined ? null : { delimiter, headerLines: 1, numbers, hexadecimal: [] };
}

/** The layout of a file that begins with the line `first`, where the user named the columns. */
function byColumns(first: string, columns: Columns): CsvLayout {
  const last = Math.max(...Object.values(columns.numbers));
  const fits = (character: string) => first.includes(character) && fields(first, character).length >= last;
  const layout = { ...columns, delimiter: DELIMITERS.find(fits) ?? ",", headerLines: 0 };
  const address = fieldOf(first, layout, "address");
  const isHeader =
    /^[a-z_]/i.test(address) && !(columns.hexadecimal.includes("address") && /^[\da-f]+$/i.test(address));
  return { ...layout, headerLines: isHeader ? 1 : 0 };
}

function fieldOf(line: string, { delimiter, numbers }: CsvLayout, name: ColumnName): string {
  return fields(line, delimiter)[(numbers[name] ?? 0) - 1] ?? "";
}

/** The fields of a line, without quotes and the spaces around them. */
function fields(line: string, delimiter: string): string[] {
  const cut = delimiter === " " ? line.trim().split(/[ \t]+/) : line.split(delimiter);
  return cut.map((field) => field.trim().replace(/^"(.*)"$/, "$1"));
}
