/** Files of JSON that people or other runs wrote: untrusted, so that no more than a bound is read. */
import { open } from "node:fs/promises";
import { messageOf } from "../errors.ts";
import { placeOfJsonError } from "./json-place.ts";

/** A file that is not what it should be. The message says where, what was found and what was expected. */
export class InputError extends Error {
  override readonly name = "InputError";
  /** As the user gave it. */
  readonly path: string;
  /** Where in it: `line 3, column 7`, or `traces[2].files`; empty: the file as a whole. */
  readonly place: string;
  readonly found: string;
  readonly expected: string;
  /** Whether the file ends where more of it should come. */
  readonly isTruncated: boolean;
  constructor(path: string, place: string, found: string, expected: string, cause?: unknown, isTruncated = false) {
    super(
      `${path === "-" ? "standard input" : path}: ${place === "" ? "" : `${place}: `}found ${found}; expected ${expected}`,
      { cause },
    );
    this.path = path;
    this.place = place;
    this.found = found;
    this.expected = expected;
    this.isTruncated = isTruncated;
  }
}

/** What the file at `path` holds, of `maxBytes` at most; `what` it should be is for messages. Rejects with InputError. */
export async function readJson(path: string, maxBytes: number, what: string): Promise<unknown> {
  return parseJson(await readText(path, maxBytes, what), path);
}

/** The beginning of a token, without its end. */
const TORN_TOKEN = /^(?:"(?:[^"\\]|\\.?)*|-|tr?u?|fa?l?s?|nu?l?|[.eE][+-]?)\s*$/;

/** What `text`, of the file at `path`, says. Throws InputError. */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const { line, column } = placeOfJsonError(text);
    const rest = text.split("\n")[line - 1]?.slice(column - 1);
    const found = rest?.trim().slice(0, 20) ?? "";
    const isTruncated = found === "" || (TORN_TOKEN.test(rest ?? "") && text.trimEnd().endsWith(rest?.trimEnd() ?? ""));
    throw new InputError(
      path,
      `line ${line}, column ${column}`,
      found === "" ? "its end" : found,
      "JSON",
      undefined,
      isTruncated,
    );
  }
}

/** The text of the file at `path`, of `maxBytes` at most; `-` is standard input. Rejects with InputError. */
export async function readText(path: string, maxBytes: number, what: string): Promise<string> {
  try {
    if (path === "-") return await readStdin(maxBytes);
    const file = await open(path);
    try {
      const { size } = await file.stat();
      let bytes = Buffer.alloc(Math.min(size, maxBytes) + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
        if (length > maxBytes) throw tooLong(maxBytes);
        if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)]); // a pipe, or it grew
      }
      return new TextDecoder().decode(bytes.subarray(0, length)); // without a byte-order mark
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new InputError(path, "", `nothing that can be read (${messageOf(error)})`, what, error);
  }
}

async function readStdin(maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw tooLong(maxBytes);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function tooLong(maxBytes: number): Error {
  return new Error(`it has more than ${maxBytes} bytes`);
}
