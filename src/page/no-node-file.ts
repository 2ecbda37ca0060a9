/**
 * Takes the place of src/trace/node-file.ts in the page and its worker: no files by their paths and no standard input,
 * nor the code that reads them.
 */
import { TraceError } from "../errors.ts";
import type { ByteSource } from "../trace/bytes.ts";
import type { PartsReader } from "../trace/parts.ts";

/** As in Node. */
export function runsInNode(): boolean {
  return false;
}

/** As in Node. */
export function nodePathOf(): null {
  return null;
}

/** A source that cannot be opened. */
export function nodeFileSource(path: string): ByteSource {
  return {
    path,
    storedBytes: null,
    reopenable: false,
    open() {
      throw notInNode(path);
    },
  };
}

/** A source that cannot be opened. */
export function nodeStandardInput(): ByteSource {
  return nodeFileSource("-");
}

/** Throws TraceError. */
export function openNodeFileParts(path: string): PartsReader {
  throw notInNode(path);
}

function notInNode(path: string): TraceError {
  return new TraceError("files and standard input can be read only in Node", { path });
}
