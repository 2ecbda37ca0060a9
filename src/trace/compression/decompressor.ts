/** What the codecs have in common: their interface, the reader that drives one, and the errors that they end in. */
import { TraceError } from "../../errors.ts";
import type { ByteReader } from "../bytes.ts";

/** How the bytes of a trace are stored. */
export type Compression = "none" | "gzip" | "zstd" | "xz" | "zip";

/**
 * One codec, fed and drained in turn. Every method but `close` throws TraceError on corrupt input, and must not be
 * called again after that.
 */
export interface Decompressor {
  readonly compression: Compression;
  /** Gives the next stored bytes, at least one. Only after `drain` returned 0; they must stay unchanged until it does so again. */
  feed(stored: Uint8Array): void;
  /** Writes plain bytes to `target`, which is not empty, and returns how many; 0 if it must be fed first. */
  drain(target: Uint8Array): number;
  /** Called when nothing is left to feed and `drain` returned 0. Returns whether the data is complete. */
  finish(): boolean;
  /** Frees the memory. May be called twice. */
  close(): void;
}

/** Most stored bytes that a codec is given at a time. */
export const INPUT_CHUNK_BYTES = 1 << 18;

/** Pulls stored bytes through a Decompressor. Synchronous whenever the stored reader is. */
export class DecompressingReader implements ByteReader {
  readonly #stored: ByteReader;
  readonly #decompressor: Decompressor;
  readonly #path: string;
  readonly #input = new Uint8Array(INPUT_CHUNK_BYTES);
  #ended = false;
  #failure: unknown = null;

  /** Owns both `stored` and `decompressor`. `path` is for messages. */
  constructor(stored: ByteReader, decompressor: Decompressor, path: string) {
    this.#stored = stored;
    this.#decompressor = decompressor;
    this.#path = path;
  }

  get consumedBytes(): number {
    return this.#stored.consumedBytes;
  }

  read(target: Uint8Array): number | Promise<number> {
    if (this.#failure !== null) throw this.#failure;
    try {
      while (!this.#ended && target.length > 0) {
        const produced = this.#decompressor.drain(target);
        if (produced > 0) return produced;
        const got = this.#stored.read(this.#input);
        if (typeof got !== "number") return this.#readOn(target, got);
        this.#supply(got);
      }
      return 0;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#decompressor.close();
    await this.#stored.close();
  }

  async #readOn(target: Uint8Array, pending: Promise<number>): Promise<number> {
    try {
      let got = await pending;
      for (;;) {
        // Closed meanwhile: the decompressor is gone.
        if (this.#ended) return 0;
        this.#supply(got);
        if (this.#ended) return 0;
        const produced = this.#decompressor.drain(target);
        if (produced > 0) return produced;
        got = await this.#stored.read(this.#input);
      }
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #supply(got: number): void {
    if (got > 0) {
      this.#decompressor.feed(this.#input.subarray(0, got));
      return;
    }
    if (!this.#decompressor.finish()) {
      throw truncated(this.#path, this.#decompressor.compression, this.#stored.consumedBytes);
    }
    this.#ended = true;
    this.#decompressor.close();
  }

  #failed(error: unknown): unknown {
    // A codec that traps has met data it was not made for; its own checks came too late.
    const trapped = error instanceof WebAssembly.RuntimeError;
    this.#failure = trapped
      ? corrupt(this.#path, this.#decompressor.compression, `the decoder stopped (${error.message})`, error)
      : error;
    if (!trapped) this.#decompressor.close();
    return this.#failure;
  }
}

/** Returns the error for stored data that stops after `storedBytes`, before it is complete. */
export function truncated(path: string, compression: Compression, storedBytes: number, cause?: unknown): TraceError {
  return new TraceError(
    `the file is truncated: it stops after ${storedBytes} bytes, inside its ${compression} data`,
    { path },
    cause,
    "truncated",
  );
}

/** Returns the error for stored data that cannot be right. `detail` says what was found. */
export function corrupt(path: string, compression: Compression, detail: string, cause?: unknown): TraceError {
  return new TraceError(`the ${compression} data is corrupt: ${detail}`, { path }, cause, "corrupt");
}

/** Returns the error for stored data of a kind that is not read. `detail` says what to do instead. */
export function unsupported(path: string, detail: string): TraceError {
  return new TraceError(detail, { path }, undefined, "unsupported-compression");
}
