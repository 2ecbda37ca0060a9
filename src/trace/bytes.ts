/** What bytes are read by, what they may come from, and how they are looked at. */
import type { PartsSource } from "./parts.ts";

/**
 * Pulls bytes. Synchronous where the platform allows (plain files in Node), so that a caller can avoid a promise per
 * chunk. One read at a time: the next may begin only when the previous has settled.
 */
export interface ByteReader {
  /**
   * Fills up to `target.length` bytes, at least one, and returns how many; 0 only at the end. `target` must not be
   * empty. Throws or rejects with TraceError if the bytes cannot be had; every later read then fails likewise.
   */
  read(target: Uint8Array): number | Promise<number>;
  /** Stored (compressed) bytes consumed so far, for progress. Never decreases; runs ahead of what was returned. */
  readonly consumedBytes: number;
  /**
   * Of what a container is unwrapped to: where in the file the byte at `offset` of what was read last came from, and in
   * which part of it that is, for messages.
   */
  originOf?(offset: number): { byteOffset: number; within: string; unitStart: number };
  /** Releases what the reader holds, also before the end. May be called twice. */
  close(): void | Promise<void>;
}

/** Something that can be opened and read from its beginning. */
export interface ByteSource {
  /** As the user gave it; `-` for standard input, `blob`, `bytes` or `stream` for what has no name. */
  readonly path: string;
  /** Stored (compressed) size in bytes, `null` while unknown. */
  readonly storedBytes: number | null;
  /** May `open()` be called again? If not, the second call throws TraceError. */
  readonly reopenable: boolean;
  /** What other threads can read parts of, if they can; `storedBytes` is then known. */
  readonly parts?: PartsSource | null;
  /** Opens a reader at the first byte. Throws or rejects with TraceError if the source cannot be read. */
  open(): ByteReader | Promise<ByteReader>;
}

/**
 * What can be given as a trace. A string is a path in Node (`-` for standard input) and a URL in a browser; a URL
 * object is a path in Node if its scheme is `file:`, and is fetched otherwise.
 */
export type TraceInput = string | URL | Blob | Uint8Array | ReadableStream<Uint8Array>;

/** `bytes` as numbers of several bytes are read from them. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Two hexadecimal digits for each of `bytes`, for messages. */
export function hexBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
