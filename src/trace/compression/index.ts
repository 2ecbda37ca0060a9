/**
 * Finds how a trace is compressed by its first bytes and reads the plain bytes. All codecs hold bounded memory whatever
 * the input claims, and end in an error if the stored bytes are not exactly one or more whole members (gzip), frames
 * (zstd) or streams (xz).
 */
import { TraceError } from "../../errors.ts";
import type { ByteReader } from "../bytes.ts";

/** How the bytes of a trace are stored. */
export type Compression = "none" | "gzip" | "zstd" | "xz";

/** Compressions that are recognised, but not read. */
export type UnsupportedCompression = "bzip2" | "lz4" | "zip" | "snappy";

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

// gzip: RFC 1952 §2.3.1 with CM = 8, the only method there is. zstd: RFC 8878 §3.1.1. xz: The .xz File Format §2.1.1.1.
const MAGIC: readonly { compression: Exclude<Compression, "none">; bytes: readonly number[] }[] = [
  { compression: "gzip", bytes: [0x1f, 0x8b, 0x08] },
  { compression: "zstd", bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { compression: "xz", bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
];

const UNSUPPORTED_MAGIC: readonly { compression: UnsupportedCompression; bytes: readonly number[] }[] = [
  { compression: "bzip2", bytes: [0x42, 0x5a, 0x68] },
  { compression: "lz4", bytes: [0x04, 0x22, 0x4d, 0x18] },
  { compression: "lz4", bytes: [0x02, 0x21, 0x4c, 0x18] },
  { compression: "zip", bytes: [0x50, 0x4b, 0x03, 0x04] },
  { compression: "zip", bytes: [0x50, 0x4b, 0x05, 0x06] },
  { compression: "snappy", bytes: [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59] },
];

const COMMAND: Readonly<Record<UnsupportedCompression, string>> = {
  bzip2: "bzip2 -dc",
  lz4: "lz4 -dc",
  zip: "unzip -p",
  snappy: "snzip -dc",
};

/** How many of the first bytes `detectCompression` looks at, at most. */
export const DETECTION_BYTES = 10;

/**
 * Returns what the first bytes of a file say about its compression; "none" if they match nothing. `head` holds the
 * first `DETECTION_BYTES` of the file, or all of a shorter one.
 */
export function detectCompression(head: Uint8Array): Compression | UnsupportedCompression {
  for (const { compression, bytes } of MAGIC) if (startsWith(head, bytes)) return compression;
  if (isSkippableFrame(head)) return "zstd";
  // "BZh" alone could begin a text; a digit for the block size and the bits of pi (or of its root, if empty) follow.
  const isBzip2 = startsWith(head.subarray(4), [0x31, 0x41, 0x59]) || startsWith(head.subarray(4), [0x17, 0x72, 0x45]);
  for (const { compression, bytes } of UNSUPPORTED_MAGIC) {
    if (startsWith(head, bytes) && (compression !== "bzip2" || isBzip2)) return compression;
  }
  return "none";
}

/**
 * Peeks at the first bytes of `reader` and returns a reader of the plain bytes. That reader owns `reader`: its
 * `consumedBytes` counts the stored bytes, and its `close` closes both.
 *
 * Rejects with TraceError, and closes `reader`, if the compression is not supported or the file ends within its
 * signature. Reads fail with TraceError if the data is truncated, corrupt, followed by something else, or needs more
 * memory than is allowed. An empty file is of compression "none" and ends at once. `path` is for messages.
 */
export async function decompress(
  reader: ByteReader,
  path: string,
): Promise<{ compression: Compression; reader: ByteReader }> {
  try {
    const head = await peek(reader, DETECTION_BYTES);
    const compression = detectCompression(head);
    const replayed = new ReplayingReader(head, reader);
    switch (compression) {
      case "none":
        refuseCutSignature(head, path);
        return { compression, reader: replayed };
      case "gzip":
        return { compression, reader: await openGzip(replayed, path) };
      case "zstd": {
        const { createZstdDecompressor } = await import("./zstd.ts");
        return { compression, reader: new DecompressingReader(replayed, await createZstdDecompressor(path), path) };
      }
      case "xz": {
        const { createXzDecompressor } = await import("./xz.ts");
        return { compression, reader: new DecompressingReader(replayed, await createXzDecompressor(path), path) };
      }
      default:
        throw new TraceError(
          `is compressed with ${compression}, which pagewalk does not read; decompress it first, ` +
            `for example: ${COMMAND[compression]} FILE | pagewalk … -`,
          { path },
        );
    }
  } catch (error) {
    await reader.close();
    throw error;
  }
}

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
  );
}

/** Returns the error for stored data that cannot be right. `detail` says what was found. */
export function corrupt(path: string, compression: Compression, detail: string, cause?: unknown): TraceError {
  return new TraceError(`the ${compression} data is corrupt: ${detail}`, { path }, cause);
}

/** Gives bytes that were read already once more, then the rest of `reader`. Counts what `reader` counts. */
class ReplayingReader implements ByteReader {
  readonly #reader: ByteReader;
  #head: Uint8Array;

  constructor(head: Uint8Array, reader: ByteReader) {
    this.#head = head;
    this.#reader = reader;
  }

  get consumedBytes(): number {
    return this.#reader.consumedBytes;
  }

  read(target: Uint8Array): number | Promise<number> {
    if (this.#head.length === 0) return this.#reader.read(target);
    const piece = this.#head.subarray(0, target.length);
    target.set(piece);
    this.#head = this.#head.subarray(piece.length);
    return piece.length;
  }

  close(): void | Promise<void> {
    return this.#reader.close();
  }
}

/** Uses zlib of Node where there is one: three times as fast, and off the main thread. */
async function openGzip(stored: ByteReader, path: string): Promise<ByteReader> {
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  if (zlib !== undefined) {
    const { openNodeGunzip } = await import("./gzip-node.ts");
    return openNodeGunzip(zlib, stored, path);
  }
  const { createPakoDecompressor } = await import("./gzip-web.ts");
  return new DecompressingReader(stored, createPakoDecompressor(path), path);
}

/** Reads until `count` bytes or the end, and returns what there was. */
async function peek(reader: ByteReader, count: number): Promise<Uint8Array> {
  const head = new Uint8Array(count);
  let filled = 0;
  while (filled < count) {
    const got = await reader.read(head.subarray(filled));
    if (got === 0) break;
    filled += got;
  }
  return head.subarray(0, filled);
}

/** Throws if the whole file is the beginning of a signature: it was compressed once, and lost all but that. */
function refuseCutSignature(head: Uint8Array, path: string): void {
  if (head.length === 0) return;
  for (const { compression, bytes } of MAGIC) {
    if (head.length < bytes.length && startsWith(bytes, head)) throw truncated(path, compression, head.length);
  }
}

/** A zstd file may begin with a frame to be skipped (pzstd writes one): 0x184D2A50 to 0x184D2A5F, RFC 8878 §3.1.2. */
function isSkippableFrame(head: Uint8Array): boolean {
  return ((head[0] ?? 0) & 0xf0) === 0x50 && startsWith(head.subarray(1), [0x2a, 0x4d, 0x18]);
}

function startsWith(bytes: ArrayLike<number>, prefix: ArrayLike<number>): boolean {
  for (let index = 0; index < prefix.length; index++) if (bytes[index] !== prefix[index]) return false;
  return true;
}
