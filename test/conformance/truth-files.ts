/** Files of a truth table, plain or gzip: one row a line, or one JSON array of rows. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { parseRow, type RecordedOn, RowError, type TruthCase } from "./truth-rows.ts";

/** A file that cannot be read, or holds something else. The message says where. */
export class TruthFileError extends Error {}

export interface ReadRow {
  /** As `line 12` or `row 12`. */
  where: string;
  /** The row as it stands in the file. */
  row: unknown;
  case: TruthCase;
}

/** Reads rows in pieces, since a file may be longer than any string. Throws a TruthFileError at the first bad row. */
export async function* readRows(path: string, machine: RecordedOn): AsyncGenerator<ReadRow[]> {
  const parse = (where: string, read: () => unknown): ReadRow => {
    try {
      const row = read();
      return { where, row, case: parseRow(row, machine) };
    } catch (error) {
      if (error instanceof RowError || error instanceof SyntaxError)
        throw new TruthFileError(`${path}: ${where}: ${error.message}`);
      throw error;
    }
  };
  let line = 0;
  let rest = "";
  let isArray: boolean | undefined;
  for await (const piece of textOf(path)) {
    rest += piece;
    isArray ??= rest.trim() === "" ? undefined : rest.trimStart().startsWith("[");
    if (isArray) continue;
    const lines = rest.split("\n");
    rest = lines.pop() as string;
    yield lines.flatMap((text) => {
      line++;
      return text.trim() === "" ? [] : [parse(`line ${line}`, () => JSON.parse(text))];
    });
  }
  if (!isArray) {
    if (rest.trim() !== "") yield [parse(`line ${line + 1}`, () => JSON.parse(rest))];
    return;
  }
  let rows: unknown;
  try {
    rows = JSON.parse(rest);
  } catch (error) {
    throw new TruthFileError(`${path}: ${(error as Error).message}`);
  }
  yield (rows as unknown[]).map((row, index) => parse(`row ${index + 1}`, () => row));
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
