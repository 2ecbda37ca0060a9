/**
 * What must hold of any input: reading it ends, with counts or with a TraceError, and never with a trap. What it ends
 * with does not depend on the pieces that it comes in; and where it ends with counts, every byte was read.
 */
import * as zlib from "node:zlib";
import { resolve } from "../../src/config/resolve.ts";
import { SELECT_ALL } from "../../src/config/selection.ts";
import { readingOf } from "../../src/decoding.ts";
import { TraceError } from "../../src/errors.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import type { TraceReading } from "../../src/kernel/reading.ts";
import { replay } from "../../src/replay.ts";
import type { ByteReader } from "../../src/trace/bytes.ts";
import { openTrace, type Trace } from "../../src/trace/trace.ts";
import type { Random } from "./mutate.ts";

/** What is wrong with the reading of an input. */
export class Finding extends Error {
  override readonly name = "Finding";
}

/** How the reading of an input ended. */
export type Ending = "counts" | "error";

/** Of inputs that are compressed, or in a container, one in so many is read in every way. */
const STORED_EVERY = 4;

/** Plain bytes that an input of a few kilobytes may become, before the examination stops reading it. */
const MAX_PLAIN_BYTES = 64 << 20;

/** Examines inputs with a kernel of its own, which is made anew after a trap. */
export class Examiner {
  #kernel: Kernel | null = null;
  readonly #config = resolve({ l1d: "16:4", l1i: "16:4", stlb: "64:4" });

  /** Throws Finding if something does not hold. `format`: what to take the input for, instead of by its content. */
  async examine(bytes: Uint8Array, random: Random, format?: string): Promise<Ending> {
    const pieces = 1 + (random() % 64);
    const whole = await this.#read(bytes, format, 1 << 20);
    // What is stored as it is can be decoded once more without being opened, which takes most of the time; of the rest, not
    // every one is read thrice.
    if (whole.reading === null && random() % STORED_EVERY !== 0) return ending(whole, bytes);
    const again = (pieceBytes: number, asEntries: boolean) =>
      whole.reading === null
        ? this.#read(bytes, format, pieceBytes, asEntries)
        : this.#decode(bytes, whole.reading, pieceBytes, asEntries);
    const inPieces = await again(pieces, false);
    if (whole.text !== inPieces.text) {
      throw new Finding(`in pieces of ${pieces} bytes: ${inPieces.text}\nas a whole: ${whole.text}`);
    }
    const inEntries = await again(1 << 20, true);
    if (whole.plainBytes !== null && inEntries.plainBytes !== null && whole.accesses !== inEntries.accesses) {
      throw new Finding(`as entries: ${inEntries.accesses}\nas words: ${whole.accesses}`);
    }
    return ending(whole, bytes);
  }

  async #read(bytes: Uint8Array, format: string | undefined, pieceBytes: number, asEntries = false): Promise<Read> {
    const about: Pick<Read, "compression" | "isContainer" | "reading"> = {
      compression: "",
      isContainer: false,
      reading: null,
    };
    try {
      const kernel = await this.#ready();
      const trace = await openTrace(bytes, { format });
      about.compression = trace.compression;
      about.isContainer = trace.format.unwrap !== undefined;
      const reading = { ...readingOf(trace), selection: SELECT_ALL };
      if (trace.compression === "none" && !about.isContainer) about.reading = reading;
      this.#configure(kernel, reading, asEntries);
      const records = [0, 0, 0, 0];
      const plainBytes = await replay(inPieces(trace, pieceBytes), kernel, () => consume(kernel, records, asEntries));
      return counted(kernel, plainBytes, records, asEntries, about);
    } catch (error) {
      if (!(error instanceof TraceError)) throw this.#finding(error);
      const { code, record, line, byteOffset } = error;
      // What is wrong with compressed data is found sooner or later, by how far the pieces had come.
      return failed(about.compression === "none" ? { code, record, line, byteOffset } : { code }, about);
    }
  }

  /** What #read() gives, without opening anything. */
  async #decode(bytes: Uint8Array, reading: TraceReading, pieceBytes: number, asEntries: boolean): Promise<Read> {
    const about = { compression: "none", isContainer: false, reading };
    try {
      const kernel = await this.#ready();
      this.#configure(kernel, reading, asEntries);
      const records = [0, 0, 0, 0];
      for (let at = 0, last = false; !last; ) {
        const input = kernel.input();
        const piece = bytes.subarray(at, at + Math.min(pieceBytes, input.length));
        input.set(piece);
        at += piece.length;
        last = piece.length === 0;
        let error = kernel.decode(piece.length, last);
        for (;;) {
          if (error !== null) {
            const { reason: code, record, line, byteOffset } = error;
            return failed({ code, record, line, byteOffset }, about);
          }
          consume(kernel, records, asEntries);
          if (kernel.need() !== "more") break;
          error = kernel.decodeMore();
        }
      }
      if (records.every((count) => count === 0)) return failed(NO_RECORDS, about);
      return counted(kernel, bytes.length, records, asEntries, about);
    } catch (error) {
      throw this.#finding(error);
    }
  }

  async #ready(): Promise<Kernel> {
    this.#kernel ??= await Kernel.create();
    return this.#kernel;
  }

  #configure(kernel: Kernel, reading: TraceReading, asEntries: boolean): void {
    if (asEntries) kernel.configureEntries(reading);
    else kernel.configureRun(this.#config, false, reading);
  }

  #finding(error: unknown): Finding {
    this.#kernel = null;
    return new Finding(`${error instanceof Error ? error.stack : String(error)}`);
  }
}

/** Throws Finding if not all of `bytes` was read. */
function ending({ plainBytes, isContainer, compression }: Read, bytes: Uint8Array): Ending {
  if (plainBytes === null) return "error";
  // A container has an end of its own, and what is read of it are its units.
  const expected = isContainer ? null : plainLength(bytes, compression);
  if (expected !== null && plainBytes !== expected) throw new Finding(`${plainBytes} of ${expected} bytes were read`);
  return "counts";
}

/** How the reading of a trace without records ends. */
const NO_RECORDS = { code: "no-records", record: null, line: null, byteOffset: null };

interface Read {
  /** `null` if it ended with an error. */
  plainBytes: number | null;
  compression: string;
  isContainer: boolean;
  /** How to decode the bytes as they are; `null` if they are compressed, or in a container. */
  reading: TraceReading | null;
  accesses: string;
  /** All that must not depend on the pieces. */
  text: string;
}

type About = Pick<Read, "compression" | "isContainer" | "reading">;

function consume(kernel: Kernel, records: number[], asEntries: boolean): void {
  kernel.batchRecords().forEach((count, kind) => {
    records[kind] = (records[kind] ?? 0) + count;
  });
  if (!asEntries) kernel.run();
}

function counted(kernel: Kernel, plainBytes: number, records: number[], asEntries: boolean, about: About): Read {
  const { skippedLines, l1dMisses, l1iMisses, walks, straddles, generalProtections } = kernel.counters();
  const counts = asEntries ? {} : { l1dMisses, l1iMisses, walks, straddles, generalProtections };
  const accesses = JSON.stringify({ records, skippedLines });
  return { ...about, plainBytes, accesses, text: JSON.stringify({ plainBytes, accesses, counts }) };
}

function failed(error: object, about: About): Read {
  return { ...about, plainBytes: null, accesses: "", text: JSON.stringify(error) };
}

/** `trace` with a reader that gives `pieceBytes` at a time at most. */
function inPieces(trace: Trace, pieceBytes: number): Trace {
  return {
    path: trace.path,
    format: trace.format,
    compression: trace.compression,
    selection: trace.selection,
    storedBytes: trace.storedBytes,
    close: () => trace.close(),
    open: async (...wants) => new SmallReader(await trace.open(...wants), trace.format.isText ? pieceBytes : 1 << 20),
  };
}

class SmallReader implements ByteReader {
  readonly #reader: ByteReader;
  readonly #pieceBytes: number;
  #left = MAX_PLAIN_BYTES;

  constructor(reader: ByteReader, pieceBytes: number) {
    this.#reader = reader;
    this.#pieceBytes = pieceBytes;
  }

  get consumedBytes(): number {
    return this.#reader.consumedBytes;
  }

  async read(target: Uint8Array): Promise<number> {
    const got = await this.#reader.read(target.subarray(0, this.#pieceBytes));
    this.#left -= got;
    if (this.#left < 0) throw new TraceError("is longer than anybody waits for", { path: "input" });
    return got;
  }

  close(): void | Promise<void> {
    return this.#reader.close();
  }
}

/** Plain bytes of `stored`, by a decompressor that has no part in the reading; `null` where there is none. */
function plainLength(stored: Uint8Array, compression: string): number | null {
  if (compression === "none") return stored.length;
  if (compression !== "gzip") return null;
  try {
    return zlib.gunzipSync(stored, { maxOutputLength: MAX_PLAIN_BYTES }).length;
  } catch (error) {
    throw new Finding(`read without an error, but zlib says: ${String(error)}`);
  }
}
