/**
 * Dumps that can only be read from their beginning: compressed ones, standard input, pipes, what a server sends.
 *
 * What is not zero is kept as it passes, up to a budget, so that a dump of few pages is streamed once. Beyond it all is
 * let go, and a read behind the place that the stream has reached begins another pass.
 */
import { DumpError } from "../errors.ts";
import type { ByteReader, ByteSource } from "../trace/bytes.ts";
import type { Compression } from "../trace/compression/decompressor.ts";
import { openDecompressed } from "../trace/compression/index.ts";
import { type DumpBytes, dumpErrorOf } from "./bytes.ts";

/** Bytes of a streamed dump that are kept at most, apart from the 4 KiB blocks of the file that are zero. */
export const KEEP_BYTES = 64 << 20;

const CHUNK_BYTES = 1 << 20;
const BLOCK_BYTES = 4096;
const BLOCK_WORDS = BLOCK_BYTES / 4;

/** Milliseconds of streaming between two turns of the event loop. */
const TURN_MS = 50;

export class StreamedBytes implements DumpBytes {
  readonly compression: Compression;
  readonly #source: ByteSource;
  readonly #keepBytes: number;
  /** The pass under way. */
  #reader: ByteReader | null;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #words = new Int32Array(this.#chunk.buffer);
  /** Offsets of the chunk in the file; the pass has reached its end. */
  #chunkStart = 0;
  #chunkEnd = 0;
  /** Blocks before #keptTo that are not zero, by offset / BLOCK_BYTES; `null` once they were more than the budget. */
  #kept: Map<number, Uint8Array> | null = new Map();
  #keptTo = 0;
  /** `null` until a pass has come to the end. */
  #sizeBytes: number | null = null;
  #turnEnds = performance.now() + TURN_MS;

  private constructor(source: ByteSource, compression: Compression, reader: ByteReader, keepBytes: number) {
    this.#source = source;
    this.compression = compression;
    this.#reader = reader;
    this.#keepBytes = keepBytes;
  }

  /** Begins the first pass. Rejects with DumpError if `source` cannot be opened or its compression is not read. */
  static async open(source: ByteSource, keepBytes = KEEP_BYTES): Promise<StreamedBytes> {
    const { compression, reader } = await begin(source);
    return new StreamedBytes(source, compression, reader, keepBytes);
  }

  get path(): string {
    return this.#source.path;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.#sizeBytes ?? Number.POSITIVE_INFINITY);
    if (end <= offset) return new Uint8Array(0);
    const target = new Uint8Array(end - offset);
    let at = offset;
    while (at < end) {
      const copied = this.#copy(at, target.subarray(at - offset));
      at += copied;
      if (copied > 0) continue;
      if (this.#reader === null || at < this.#chunkStart) await this.#restart();
      if (!(await this.#advance())) break;
    }
    return target.subarray(0, at - offset);
  }

  async size(): Promise<number> {
    while (this.#sizeBytes === null) await this.#advance();
    return this.#sizeBytes;
  }

  async close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    this.#kept = null;
    await reader?.close();
  }

  /** Copies what is at hand from `at` on, and returns how many bytes that was. */
  #copy(at: number, target: Uint8Array): number {
    if (at >= this.#chunkStart && at < this.#chunkEnd) {
      const piece = this.#chunk.subarray(at - this.#chunkStart, this.#chunkEnd - this.#chunkStart);
      target.set(piece.subarray(0, target.length));
      return Math.min(piece.length, target.length);
    }
    if (this.#kept === null || at >= this.#keptTo) return 0;
    const within = at % BLOCK_BYTES;
    const length = Math.min(BLOCK_BYTES - within, this.#keptTo - at, target.length);
    const block = this.#kept.get((at - within) / BLOCK_BYTES);
    if (block !== undefined) target.set(block.subarray(within, within + length));
    return length;
  }

  async #restart(): Promise<void> {
    await this.#reader?.close();
    this.#reader = null;
    this.#chunkStart = 0;
    this.#chunkEnd = 0;
    ({ reader: this.#reader } = await begin(this.#source));
  }

  /** Reads the next chunk of the pass; false at the end, where the pass is closed. */
  async #advance(): Promise<boolean> {
    const reader = this.#reader;
    if (reader === null) throw new Error(`${this.path}: read after close`);
    this.#chunkStart = this.#chunkEnd;
    let filled = 0;
    try {
      while (filled < CHUNK_BYTES) {
        const got = await reader.read(this.#chunk.subarray(filled));
        if (got === 0) break;
        filled += got;
      }
    } catch (error) {
      await this.close();
      throw dumpErrorOf(error, this.#chunkStart + filled || null);
    }
    this.#chunkEnd = this.#chunkStart + filled;
    if (filled === 0) await this.#end(reader);
    else if (this.#keptTo === this.#chunkStart) await this.#keep(filled);
    await this.#turn();
    return filled > 0;
  }

  async #end(reader: ByteReader): Promise<void> {
    this.#reader = null;
    await reader.close();
    this.#sizeBytes ??= this.#chunkEnd;
    if (this.#chunkEnd === this.#sizeBytes) return;
    const reason = `the file ends here now, but ended at byte ${this.#sizeBytes} before: it changed while it was read`;
    throw new DumpError(reason, { path: this.path, byteOffset: this.#chunkEnd }, "truncated");
  }

  async #keep(filled: number): Promise<void> {
    if (this.#kept === null) return;
    // The last block of the file is kept whole.
    this.#chunk.fill(0, filled, Math.ceil(filled / BLOCK_BYTES) * BLOCK_BYTES);
    for (let from = 0; from < filled; from += BLOCK_BYTES) {
      if (isZero(this.#words, from / 4)) continue;
      this.#kept.set((this.#chunkStart + from) / BLOCK_BYTES, this.#chunk.slice(from, from + BLOCK_BYTES));
    }
    this.#keptTo = this.#chunkEnd;
    if (this.#kept.size * BLOCK_BYTES <= this.#keepBytes) return;
    this.#kept = null;
    if (this.#source.reopenable) return;
    await this.close();
    throw new DumpError(
      `holds more than ${Math.floor(this.#keepBytes / 2 ** 20)} MiB that are not zero and can be read only once, but ` +
        "page tables lie anywhere in it; save it to a file and give that",
      { path: this.path, byteOffset: this.#chunkEnd },
      "read-once",
    );
  }

  /** Lets timers, messages and signals be handled now and then: the readers of plain files never wait. */
  async #turn(): Promise<void> {
    const now = performance.now();
    if (now < this.#turnEnds) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#turnEnds = performance.now() + TURN_MS;
  }
}

async function begin(source: ByteSource): Promise<{ compression: Compression; reader: ByteReader }> {
  try {
    return await openDecompressed(source);
  } catch (error) {
    throw dumpErrorOf(error);
  }
}

function isZero(words: Int32Array, from: number): boolean {
  for (let index = from; index < from + BLOCK_WORDS; index++) if (words[index] !== 0) return false;
  return true;
}
