/**
 * gzip by zlib of Node. Several members in a row are one file (RFC 1952 §2.2), as bgzip, pigz and `cat` make them.
 */
import type { Gunzip } from "node:zlib";
import { TraceError } from "../../errors.ts";
import type { ByteReader } from "../bytes.ts";
import { EMPTY } from "../pieces.ts";
import { corrupt, INPUT_CHUNK_BYTES, truncated } from "./decompressor.ts";

/** Plain bytes per turn of zlib's thread. At most two such chunks wait for the reader. */
const OUTPUT_CHUNK_BYTES = 1 << 20;

/**
 * Returns a reader of the plain bytes. It owns `stored`, and decompresses up to two chunks ahead on zlib's thread.
 * Reads fail with TraceError if the data is truncated, corrupt or followed by anything but zero bytes.
 */
export function openNodeGunzip(zlib: typeof import("node:zlib"), stored: ByteReader, path: string): ByteReader {
  return new NodeGunzipReader(zlib.createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES }), stored, path);
}

class NodeGunzipReader implements ByteReader {
  readonly #gunzip: Gunzip;
  readonly #stored: ByteReader;
  readonly #path: string;
  readonly #input = new Uint8Array(INPUT_CHUNK_BYTES);
  #chunk: Uint8Array = EMPTY;
  #chunks: AsyncIterator<Uint8Array> | null = null;
  #feeding: Promise<void> = Promise.resolve();
  /** Lets #feed go on; zlib may not call back for a write of which it left bytes over. */
  #written: () => void = () => undefined;
  /** Bytes of #input given with the last write, and bytes given in all. */
  #lastWriteBytes = 0;
  #fedBytes = 0;
  /** All stored bytes were given to zlib. */
  #isFed = false;
  #ended = false;
  #failure: unknown = null;

  constructor(gunzip: Gunzip, stored: ByteReader, path: string) {
    this.#gunzip = gunzip;
    this.#stored = stored;
    this.#path = path;
    // The iterator reports errors, but listens only from the first read on and not after the last.
    gunzip.on("error", () => undefined);
  }

  get consumedBytes(): number {
    return this.#stored.consumedBytes;
  }

  read(target: Uint8Array): number | Promise<number> {
    return this.#chunk.length > 0 ? this.#take(target) : this.#readNext(target);
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#chunk = EMPTY;
    this.#gunzip.destroy();
    this.#written();
    await this.#stored.close();
  }

  #take(target: Uint8Array): number {
    const taken = this.#chunk.subarray(0, target.length);
    target.set(taken);
    this.#chunk = this.#chunk.subarray(taken.length);
    return taken.length;
  }

  async #readNext(target: Uint8Array): Promise<number> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#ended) return 0;
    try {
      if (this.#chunks === null) {
        this.#chunks = this.#gunzip[Symbol.asyncIterator]();
        this.#feeding = this.#feed();
      }
      this.#endWhenDrained();
      const next = await this.#chunks.next();
      if (!next.done) {
        this.#chunk = next.value;
        return this.#take(target);
      }
      this.#written();
      await this.#feeding;
      await this.#refuseTrailingData();
      this.#ended = true;
      return 0;
    } catch (error) {
      // close() ended the wait.
      if (this.#ended) return 0;
      this.#failure = this.#explained(error);
      throw this.#failure;
    }
  }

  /** Writes stored bytes to zlib, one chunk at a time; zlib takes the next only when its output has been read. */
  async #feed(): Promise<void> {
    try {
      for (;;) {
        const got = await this.#stored.read(this.#input);
        if (this.#ended) return;
        if (got === 0) {
          this.#isFed = true;
          this.#endWhenDrained();
          return;
        }
        this.#lastWriteBytes = got;
        this.#fedBytes += got;
        await new Promise<void>((resolve) => {
          this.#written = resolve;
          // An error reaches the iterator, too.
          this.#gunzip.write(this.#input.subarray(0, got), () => resolve());
        });
        // Bytes left over: zlib is at its end.
        if (this.#gunzip.destroyed || this.#gunzip.bytesWritten < this.#fedBytes) return;
      }
    } catch (error) {
      this.#gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Tells zlib of the end, but not before its output was read: of data that is cut short the error would drop it. */
  #endWhenDrained(): void {
    if (this.#isFed && this.#gunzip.readableLength === 0) this.#gunzip.end();
  }

  /** zlib ends without a word at a zero byte after a member. As gzip does, accepts zeros up to the end and no more. */
  async #refuseTrailingData(): Promise<void> {
    const leftOverBytes = this.#fedBytes - this.#gunzip.bytesWritten;
    let rest = this.#input.subarray(this.#lastWriteBytes - leftOverBytes, this.#lastWriteBytes);
    while (rest.length > 0) {
      if (rest.some((byte) => byte !== 0)) throw corrupt(this.#path, "gzip", "something else follows its last member");
      rest = this.#input.subarray(0, await this.#stored.read(this.#input));
    }
  }

  #explained(error: unknown): unknown {
    if (error instanceof TraceError || !(error instanceof Error) || !("code" in error)) return error;
    switch (error.code) {
      case "Z_BUF_ERROR":
        return truncated(this.#path, "gzip", this.#stored.consumedBytes, error);
      case "Z_DATA_ERROR":
      case "Z_NEED_DICT":
        return corrupt(this.#path, "gzip", gzipDetail(error.message), error);
      default:
        return error;
    }
  }
}

/** Returns what zlib's message for a data error means in terms of the file. */
export function gzipDetail(zlibMessage: string): string {
  return zlibMessage === "incorrect header check"
    ? "no gzip member where one was expected (something else follows the last member, or its header is damaged)"
    : zlibMessage;
}
