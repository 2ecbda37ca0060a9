/** Keeps the good part of a bad trace. */
import { KernelError, type TraceError } from "./errors.ts";
import { examine } from "./info.ts";
import type { JobOptions } from "./job.ts";
import type { RepairResult } from "./report/results.ts";
import type { ByteReader } from "./trace/bytes.ts";
import type { TraceWants } from "./trace/formats/format.ts";
import type { Trace } from "./trace/trace.ts";

/** The good part of a trace that is bad. */
export interface Repair {
  result: RepairResult;
  /** It as a trace, for `convert()`. */
  good: Trace;
  /**
   * Its bytes, decompressed, in the format of the trace. Each piece is valid until the next is asked for. `null` where
   * the beginning of a trace is none: of a container, or of several files that are merged.
   */
  pieces: (() => AsyncIterable<Uint8Array>) | null;
}

const PIECE_BYTES = 1 << 18;

/**
 * The whole records of `trace` before `error`, with which reading it ended (`examine()`); `null` if there is none before
 * it. The trace must be one that can be opened again. Resolves after reading the good part once more by itself, so that
 * what is written is known to be a good trace; rejects with the TraceError of that if it is not.
 */
export async function repair(trace: Trace, error: TraceError, options: JobOptions = {}): Promise<Repair | null> {
  const { wholeBytes } = error;
  if (wholeBytes === null || wholeBytes === 0) return null;
  const good = new Prefix(trace, wholeBytes);
  const { result, error: left } = await examine(good, options);
  if (left?.code === "no-records") return null;
  if (left !== null) throw left;
  if (result.trace.bytes !== wholeBytes) {
    const what = `${result.trace.bytes} bytes where ${wholeBytes} were read before`;
    throw new KernelError("check-failed", `the trace changed while it was repaired: ${what}`);
  }
  return {
    result: {
      records: result.trace.records,
      bytes: wholeBytes,
      droppedFrom: wholeBytes,
      droppedBytes: await bytesAfter(trace, wholeBytes),
    },
    good,
    pieces: trace.format.unwrap !== undefined || trace.locate !== undefined ? null : () => pieces(good),
  };
}

/** `trace` as if it ended after `bytes` bytes. */
class Prefix implements Trace {
  readonly path: string;
  readonly format: Trace["format"];
  readonly compression: Trace["compression"];
  readonly selection: Trace["selection"];
  readonly layout: Exclude<Trace["layout"], undefined>;
  readonly storedBytes: number | null;
  readonly #trace: Trace;
  readonly #bytes: number;

  constructor(trace: Trace, bytes: number) {
    const { path, format, compression, selection, layout = null, storedBytes } = trace;
    this.path = path;
    this.format = format;
    this.compression = compression;
    this.selection = selection;
    this.layout = layout;
    this.storedBytes = storedBytes;
    this.#trace = trace;
    this.#bytes = bytes;
  }

  async open(wants?: TraceWants): Promise<ByteReader> {
    const reader = await this.#trace.open(wants);
    let left = this.#bytes;
    const used = (got: number) => {
      const good = Math.min(got, left);
      left -= good;
      return good;
    };
    return {
      get consumedBytes() {
        return reader.consumedBytes;
      },
      read(target) {
        if (left === 0) return 0;
        // A container's reader gives out whole units, for which it needs room; good ones end where the good part does.
        const got = reader.read(target);
        return typeof got === "number" ? used(got) : got.then(used);
      },
      close: () => reader.close(),
    };
  }

  close(): Promise<void> {
    return this.#trace.close();
  }
}

async function* pieces(trace: Trace): AsyncGenerator<Uint8Array> {
  const reader = await trace.open();
  const piece = new Uint8Array(PIECE_BYTES);
  try {
    for (;;) {
      const got = await reader.read(piece);
      if (got === 0) return;
      yield piece.subarray(0, got);
    }
  } finally {
    await reader.close();
  }
}

/** How many bytes there are after the first `bytes`; `null` if they cannot be read to the end. */
async function bytesAfter(trace: Trace, bytes: number): Promise<number | null> {
  if (trace.compression === "none" && trace.storedBytes !== null && trace.format.unwrap === undefined)
    return trace.storedBytes - bytes;
  const reader = await trace.open();
  const target = new Uint8Array(PIECE_BYTES);
  let total = 0;
  try {
    for (let got = -1; got !== 0; total += got) got = await reader.read(target);
    return total - bytes;
  } catch {
    return null;
  } finally {
    await reader.close();
  }
}
