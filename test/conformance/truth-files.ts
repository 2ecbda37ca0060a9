/** Files of a truth table, plain or gzip: one row a line, or one JSON array of rows. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { ArraySplitter, LineSplitter, type Splitter } from "./json-pieces.ts";
import { RowError } from "./row-fields.ts";
import { parseRow, type RecordedOn, type TruthCase } from "./truth-rows.ts";

/** A file that cannot be read, or holds something else. The message says where. */
export class TruthFileError extends Error {}

export interface ReadRow {
  /** As `line 12` or `row 12`. */
  where: string;
  /** The row as it stands in the file. */
  row: unknown;
  case: TruthCase;
}

/** Far more than any row has. */
const LONGEST_ROW = 1 << 20;

/** Reads rows in pieces, since a file may be longer than any string. Throws a TruthFileError at the first bad row. */
export async function* readRows(path: string, machine: RecordedOn): AsyncGenerator<ReadRow[]> {
  const bad = (where: string, what: string) => {
    // A file of something else may hold anything, and this goes to a terminal.
    const printable = what.replace(/\p{Cc}/gu, "?");
    return new TruthFileError(
      `${path}: ${where}: is no fault truth: ${printable}; test/conformance/truth/README.md tells the fields`,
    );
  };
  let number = 0;
  let splitter: Splitter | undefined;
  const parse = ({ unit }: Splitter, text: string): ReadRow[] => {
    number++;
    if (unit === "line" && text.trim() === "") return [];
    const where = `${unit} ${number}`;
    try {
      const row: unknown = JSON.parse(text);
      return [{ where, row, case: parseRow(row, machine) }];
    } catch (error) {
      if (error instanceof RowError || error instanceof SyntaxError) throw bad(where, error.message);
      throw error;
    }
  };
  let start = "";
  for await (const piece of textOf(path)) {
    let text = piece;
    if (splitter === undefined) {
      start += piece;
      if (start.trim() === "") continue;
      splitter = start.trimStart().startsWith("[") ? new ArraySplitter() : new LineSplitter();
      text = start;
    }
    const current = splitter;
    yield current.push(text).flatMap((row) => parse(current, row));
    if (current.restLength > LONGEST_ROW) throw bad(`${current.unit} ${number + 1}`, "it is longer than any row");
  }
  if (splitter === undefined) return;
  const current = splitter;
  yield current.end().flatMap((row) => parse(current, row));
  if (current.fault() !== null) throw bad(`${current.unit} ${number + 1}`, current.fault() as string);
}

/** The text of the file, decompressed. */
async function* textOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const decoder = new TextDecoder();
  try {
    let stream: Readable = file;
    if (await isGzip(file)) {
      const gunzip = createGunzip();
      file.on("error", (error) => gunzip.destroy(error));
      stream = file.pipe(gunzip);
    }
    for await (const bytes of stream) yield decoder.decode(bytes as Uint8Array, { stream: true });
  } catch (error) {
    throw new TruthFileError(`${path}: ${(error as Error).message}`);
  } finally {
    file.destroy();
  }
}

async function isGzip(file: Readable): Promise<boolean> {
  await new Promise<void>((resolve, reject) => {
    file.once("readable", resolve).once("end", resolve).once("error", reject);
  });
  const first: Buffer | null = file.read(2);
  if (first !== null) file.unshift(first);
  return first?.equals(Buffer.from([0x1f, 0x8b])) ?? false;
}
