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
  constructor(path: string, place: string, found: string, expected: string, cause?: unknown) {
    super(`${path}: ${place === "" ? "" : `${place}: `}found ${found}; expected ${expected}`, { cause });
    this.path = path;
    this.place = place;
    this.found = found;
    this.expected = expected;
  }
}

/** What the file at `path` holds, of `maxBytes` at most; `what` it should be is for messages. Rejects with InputError. */
export async function readJson(path: string, maxBytes: number, what: string): Promise<unknown> {
  const text = await readText(path, maxBytes, what);
  try {
    return JSON.parse(text);
  } catch {
    const { line, column } = placeOfJsonError(text);
    const rest = text.split("\n")[line - 1]?.slice(column - 1);
    const found = rest?.trim().slice(0, 20) ?? "";
    throw new InputError(path, `line ${line}, column ${column}`, found === "" ? "its end" : found, "JSON");
  }
}

async function readText(path: string, maxBytes: number, what: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      let bytes = Buffer.alloc(Math.min(size, maxBytes) + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
        if (length > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
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
