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

/** Plain bytes that an input of a few kilobytes may become, before the examination stops reading it. */
const MAX_PLAIN_BYTES = 64 << 20;

/** Examines inputs with a kernel of its own, which is made anew after a trap. */
export class Examiner {
  #kernel: Kernel | null = null;
  readonly #config = resolve({ l1d: "16:4", l1i: "16:4", stlb: "64:4" });

  /** Throws Finding if something does not hold. `format`: what to take the input for, instead of by its content. */
  async examine(bytes: Uint8Array, random: Random, format?: string): Promise<Ending> {
    const whole = await this.#read(bytes, format, 1 << 20);
    const pieces = 1 + (random() % 64);
    const inPieces = await this.#read(bytes, format, pieces);
    if (whole.text !== inPieces.text) {
      throw new Finding(`in pieces of ${pieces} bytes: ${inPieces.text}\nas a whole: ${whole.text}`);
    }
    const inEntries = await this.#read(bytes, format, 1 << 20, true);
    if (whole.plainBytes !== null && inEntries.plainBytes !== null && whole.accesses !== inEntries.accesses) {
      throw new Finding(`as entries: ${inEntries.accesses}\nas words: ${whole.accesses}`);
    }
    if (whole.plainBytes === null) return "error";
    // A container has an end of its own, and what is read of it are its units.
    const expected = whole.isContainer ? null : plainLength(bytes, whole.compression);
    if (expected !== null && whole.plainBytes !== expected) {
      throw new Finding(`${whole.plainBytes} of ${expected} bytes were read`);
    }
    return "counts";
  }

  async #read(bytes: Uint8Array, format: string | undefined, pieceBytes: number, asEntries = false): Promise<Read> {
    const kernel = this.#kernel ?? (await Kernel.create());
    this.#kernel = kernel;
    let compression = "";
    let isContainer = false;
    try {
      const trace = await openTrace(bytes, { format });
      compression = trace.compression;
      isContainer = trace.format.unwrap !== undefined;
      const reading = { ...readingOf(trace), selection: SELECT_ALL };
      if (asEntries) kernel.configureEntries(reading);
      else kernel.configureRun(this.#config, false, reading);
      const records = [0, 0, 0, 0];
      const plainBytes = await replay(inPieces(trace, pieceBytes), kernel, () => {
        kernel.batchRecords().forEach((count, kind) => {
          records[kind] = (records[kind] ?? 0) + count;
        });
        if (!asEntries) kernel.run();
      });
      const { skippedLines, l1dMisses, l1iMisses, walks, straddles, generalProtections } = kernel.counters();
      const counts = asEntries ? {} : { l1dMisses, l1iMisses, walks, straddles, generalProtections };
      const accesses = JSON.stringify({ records, skippedLines });
      return { plainBytes, compression, isContainer, accesses, text: JSON.stringify({ plainBytes, accesses, counts }) };
    } catch (error) {
      if (!(error instanceof TraceError)) {
        this.#kernel = null;
        throw new Finding(`${error instanceof Error ? error.stack : String(error)}`);
      }
      const { code, record, line, byteOffset } = error;
      // What is wrong with compressed data is found sooner or later, by how far the pieces had come.
      const at = compression === "none" ? { record, line, byteOffset } : {};
      return { plainBytes: null, compression, isContainer, accesses: "", text: JSON.stringify({ code, ...at }) };
    }
  }
}

interface Read {
  /** `null` if it ended with an error. */
  plainBytes: number | null;
  compression: string;
  isContainer: boolean;
  accesses: string;
  /** All that must not depend on the pieces. */
  text: string;
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
