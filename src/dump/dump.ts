/** A dump of physical memory as something of which frames can be read. */
import { ConfigError, DumpError } from "../errors.ts";
import type { TraceInput } from "../trace/bytes.ts";
import type { Compression } from "../trace/compression/decompressor.ts";
import { detectCompression } from "../trace/compression/index.ts";
import { byteSource } from "../trace/source.ts";
import { type DumpBytes, type Piece, readPieces } from "./bytes.ts";
import { DETECTION_BYTES, DUMP_FORMATS, type DumpFormat, detectFormat } from "./detect.ts";
import { readElf } from "./elf.ts";
import { type DumpCpu, FRAME_BYTES, framePieces, type Layout, PHYSICAL_END, rangesOf } from "./layout.ts";
import { readLime } from "./lime.ts";
import { openRandomAccess } from "./random-access.ts";
import { readRaw } from "./raw.ts";
import { KEEP_BYTES, StreamedBytes } from "./streamed.ts";

export type { DumpFormat } from "./detect.ts";
export type { DumpCpu } from "./layout.ts";

export interface OpenDumpOptions {
  /** What to take the dump for, whatever its content looks like. @default by content */
  format?: DumpFormat | undefined;
  /** Bytes that are not zero, of a dump that has to be streamed, that may be kept in memory. @default 64 MiB */
  keepBytes?: number | undefined;
}

export interface MemoryDump {
  /** As the user gave it; `-` is standard input. */
  readonly path: string;
  readonly format: DumpFormat;
  readonly compression: Compression;
  /** Physical memory that the dump holds: [start, end) in bytes, ascending, apart from each other. */
  readonly ranges: readonly { start: bigint; end: bigint }[];
  /** The virtual CPUs, where the dump describes them: ELF by QEMU. */
  readonly cpus: readonly DumpCpu[];
  /**
   * Reads the 4 KiB frames at the physical addresses `wanted`, multiples of 4096; in the order of `wanted`, as bytes
   * that the caller may keep and change. Absent are frames of which the dump does not hold every byte (LiME ranges may
   * begin and end within a frame). Rejects with DumpError, and with RangeError for what is no multiple. Of a dump that
   * is streamed and does not fit into memory, each call reads it again: ask for many frames at once.
   */
  readFrames(wanted: Iterable<bigint>): Promise<Map<bigint, Uint8Array>>;
  /** Closes the file, after the reads under way. May be called twice. */
  close(): Promise<void>;
}

const LAYOUTS: Readonly<Record<DumpFormat, (bytes: DumpBytes) => Promise<Layout>>> = {
  raw: readRaw,
  lime: readLime,
  elf: readElf,
};

/**
 * Finds out what `input` is by its content (see `TraceInput` for what it can be) and where its memory lies. Of files in
 * Node, blobs and byte arrays that are not compressed only headers are read. Anything else is streamed once, to its
 * end; what cannot be streamed again (standard input, pipes) must not hold more than `keepBytes` that are not zero.
 * Rejects with DumpError if the dump cannot be read, is truncated, contradicts itself or is of a kind that is not read,
 * and with ConfigError if `options.format` names no format.
 */
export async function openDump(input: TraceInput, options: OpenDumpOptions = {}): Promise<MemoryDump> {
  const { format: forced, keepBytes = KEEP_BYTES } = options;
  if (forced !== undefined && !DUMP_FORMATS.includes(forced)) {
    throw new ConfigError("format", forced, DUMP_FORMATS.join(", "));
  }
  const { compression, bytes } = await openBytes(input, keepBytes);
  try {
    const head = await bytes.read(0, DETECTION_BYTES);
    if (head.length === 0) {
      throw new DumpError("is empty; expected a dump of physical memory", { path: bytes.path, byteOffset: 0 }, "empty");
    }
    const format = forced ?? detectFormat(head, bytes.path);
    const layout = await readLayout(format, bytes, compression);
    return new OpenedDump(format, compression, bytes, layout);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function openBytes(
  input: TraceInput,
  keepBytes: number,
): Promise<{ compression: Compression; bytes: DumpBytes }> {
  const source = byteSource(input);
  const bytes = openRandomAccess(input, source.path);
  if (bytes !== null) {
    let compression: ReturnType<typeof detectCompression> | null = null;
    try {
      compression = detectCompression(await bytes.read(0, DETECTION_BYTES));
      if (compression === "none") return { compression, bytes };
    } finally {
      if (compression !== "none") await bytes.close();
    }
  }
  const streamed = await StreamedBytes.open(source, keepBytes);
  return { compression: streamed.compression, bytes: streamed };
}

async function readLayout(format: DumpFormat, bytes: DumpBytes, compression: Compression): Promise<Layout> {
  try {
    const layout = await LAYOUTS[format](bytes);
    await bytes.size();
    return layout;
  } catch (error) {
    if (compression === "none") throw error;
    // Damage to the compressed data explains whatever it made of the dump.
    const damage: unknown = await bytes.size().catch((reason: unknown) => reason);
    throw damage instanceof DumpError && damage.code !== "read-once" ? damage : error;
  }
}

class OpenedDump implements MemoryDump {
  readonly format: DumpFormat;
  readonly compression: Compression;
  readonly ranges: readonly { start: bigint; end: bigint }[];
  readonly cpus: readonly DumpCpu[];
  readonly #bytes: DumpBytes;
  readonly #segments: Layout["segments"];
  /** The last of the reads, which are done one after the other. */
  #reading: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(format: DumpFormat, compression: Compression, bytes: DumpBytes, layout: Layout) {
    this.format = format;
    this.compression = compression;
    this.ranges = rangesOf(layout.segments);
    this.cpus = layout.cpus;
    this.#bytes = bytes;
    this.#segments = layout.segments;
  }

  get path(): string {
    return this.#bytes.path;
  }

  readFrames(wanted: Iterable<bigint>): Promise<Map<bigint, Uint8Array>> {
    const addresses = [...wanted];
    return this.#next(() => this.#read(addresses));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#reading;
    await this.#bytes.close();
  }

  async #next<Result>(read: () => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new Error(`${this.path}: read after close`);
    const result = this.#reading.then(read);
    this.#reading = result.catch(() => undefined);
    return result;
  }

  async #read(addresses: readonly bigint[]): Promise<Map<bigint, Uint8Array>> {
    const frames = new Map<bigint, Uint8Array>();
    const pieces: Piece[] = [];
    for (const address of addresses) {
      if (address % BigInt(FRAME_BYTES) !== 0n) {
        throw new RangeError(`0x${address.toString(16)} is not the physical address of a frame`);
      }
      if (frames.has(address) || address < 0n || address >= PHYSICAL_END) continue;
      const frame = new Uint8Array(FRAME_BYTES);
      const parts = framePieces(this.#segments, Number(address), frame);
      if (parts === null) continue;
      frames.set(address, frame);
      pieces.push(...parts);
    }
    await readPieces(this.#bytes, pieces);
    return frames;
  }
}
