/** Deflate without a wrapper (RFC 1951), of which only the data themselves tell the end: by zlib of Node, or by pako. */
import type { InflateRaw } from "node:zlib";
import { EMPTY } from "../pieces.ts";

/** Plain bytes that are made at a time. */
const OUTPUT_CHUNK_BYTES = 1 << 18;

/** The next stored bytes, which stay as they are until it is called again; none at the end. */
export type More = () => Promise<Uint8Array>;

/** Inflates one stream of deflate data. */
export interface RawInflater {
  /**
   * The next plain bytes, valid until the next call; none when the stream has ended. Rejects with InflateError, or with
   * what the source of stored bytes rejected with.
   */
  next(): Promise<Uint8Array>;
  /** How many of the stored bytes that were got last lie behind the end of the stream. Known when it has ended. */
  readonly unusedBytes: number;
  close(): void;
}

/** The data cannot be inflated. */
export class InflateError extends Error {
  /** Whether they end before the stream does, instead of being wrong. */
  readonly isTruncated: boolean;

  constructor(isTruncated: boolean, detail: string, cause?: unknown) {
    super(detail, cause === undefined ? {} : { cause });
    this.isTruncated = isTruncated;
  }
}

/** An inflater of what `more` gives. */
export async function createRawInflater(more: More): Promise<RawInflater> {
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  if (zlib !== undefined) return new NodeInflater(zlib.createInflateRaw({ chunkSize: OUTPUT_CHUNK_BYTES }), more);
  const { createPakoInflater } = await import("./inflate-pako.ts");
  return createPakoInflater(more);
}

class NodeInflater implements RawInflater {
  unusedBytes = 0;
  readonly #zlib: InflateRaw;
  readonly #more: More;
  #chunks: AsyncIterator<Uint8Array> | null = null;
  #feeding: Promise<void> = Promise.resolve();
  /** Lets #feed go on; zlib may not call back for a write of which it left bytes over. */
  #written: () => void = () => undefined;
  #fedBytes = 0;

  constructor(zlib: InflateRaw, more: More) {
    this.#zlib = zlib;
    this.#more = more;
    zlib.on("error", () => undefined); // the iterator reports errors, but listens only from the first read on
  }

  async next(): Promise<Uint8Array> {
    if (this.#chunks === null) {
      this.#chunks = this.#zlib[Symbol.asyncIterator]();
      this.#feeding = this.#feed();
    }
    try {
      const { done, value } = await this.#chunks.next();
      if (!done) return value;
    } catch (error) {
      throw explained(error);
    }
    this.#written();
    await this.#feeding;
    this.unusedBytes = this.#fedBytes - this.#zlib.bytesWritten;
    return EMPTY;
  }

  close(): void {
    this.#zlib.destroy();
    this.#written();
  }

  async #feed(): Promise<void> {
    try {
      for (;;) {
        const stored = await this.#more();
        if (this.#zlib.destroyed || this.#zlib.readableEnded) return;
        if (stored.length === 0) {
          this.#zlib.end();
          return;
        }
        this.#fedBytes += stored.length;
        await new Promise<void>((resolve) => {
          this.#written = resolve;
          this.#zlib.write(stored, () => resolve()); // an error reaches the iterator, too
        });
        // Bytes left over: the stream has ended.
        if (this.#zlib.destroyed || this.#zlib.bytesWritten < this.#fedBytes) return;
      }
    } catch (error) {
      this.#zlib.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (error.code === "Z_BUF_ERROR") return new InflateError(true, error.message, error);
  if (error.code === "Z_DATA_ERROR" || error.code === "Z_NEED_DICT")
    return new InflateError(false, error.message, error);
  return error;
}
