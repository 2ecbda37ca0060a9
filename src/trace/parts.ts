/** Parts of a plain trace, for readers in several threads. */
import type { ByteReader } from "./bytes.ts";
import { openNodeFileParts } from "./node-file.ts";
import { byteSource } from "./source.ts";

/** What another thread can read parts of: a path in Node, or a Blob. */
export type PartsSource = string | Blob;

/** Reads parts, one after the other. */
export interface PartsReader {
  /** A reader of the bytes from offset `start` up to `end`. Throws or rejects with TraceError, as its reads do. */
  open(start: number, end: number): ByteReader | Promise<ByteReader>;
  close(): void;
}

/** Opens `source`. Throws TraceError if it cannot be read. */
export function openParts(source: PartsSource): PartsReader {
  if (typeof source === "string") return openNodeFileParts(source);
  return { open: (start, end) => byteSource(source.slice(start, end)).open(), close: () => undefined };
}
