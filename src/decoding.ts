/** How the batches of a trace come into a kernel: decoded by itself, or in parts by decoders in other threads. */
import type { ResolvedConfig } from "./config/types.ts";
import type { Evidence } from "./doctor/causes.ts";
import { concat, NO_BYTES, neighbourhoodOf } from "./doctor/neighbourhood.ts";
import { ObservedBytes } from "./doctor/observed-bytes.ts";
import { TraceError, type TraceErrorCode, type TraceFindings } from "./errors.ts";
import type { DecodeError, DecodeFailure } from "./kernel/decode-answer.ts";
import type { Kernel } from "./kernel/kernel.ts";
import type { TraceReading } from "./kernel/reading.ts";
import { type DecodedPart, type PartDecoder, sum, type TracePart } from "./part-decoder.ts";
import { type ByteReader, hexBytes } from "./trace/bytes.ts";
import type { TraceFormat } from "./trace/formats/format.ts";
import { peekBeforeFailure } from "./trace/peek.ts";
import type { Trace } from "./trace/trace.ts";

/** How far the decoding of a trace has come. */
export interface Position {
  /** Of the decompressed trace. */
  bytes: number;
  /** Of the trace as it is stored. */
  consumedBytes: number;
}

export interface Decoding {
  readonly position: Readonly<Position>;
  /** What is kept of the bytes that were read; `null` if others read them. */
  readonly observed: ObservedBytes | null;
  /**
   * Puts one batch after the other into the kernel, and yields how many records it stands for. Ends after the last one;
   * throws TraceError where the trace is bad, when all batches before that were yielded. `reader` is of the trace.
   */
  batches(reader: ByteReader): AsyncGenerator<number, void>;
}

/** How a kernel is to read `trace`. */
export function readingOf({ format, selection, layout = null }: Trace): TraceReading {
  return { decoder: format.decoder, selection, layout };
}

/** Decodes `trace` by `kernel` itself. */
export function decodeHere(trace: Trace, kernel: Kernel): Decoding {
  const position = { bytes: 0, consumedBytes: 0 };
  const observed = new ObservedBytes();
  return {
    position,
    observed,
    async *batches(reader) {
      for (let got = -1; got !== 0; ) {
        const from = { ...position };
        // What came before the bytes ended in an error is decoded, as if they just ended.
        let failure: TraceError | null = null;
        try {
          const reading = reader.read(kernel.input());
          got = typeof reading === "number" ? reading : await reading;
        } catch (error) {
          if (!(error instanceof TraceError)) throw error;
          failure = error;
          got = 0;
        }
        position.bytes += got;
        position.consumedBytes = reader.consumedBytes;
        let error = kernel.decode(got, got === 0);
        for (;;) {
          if (error !== null && failure !== null) throw await brokenOff(failure, trace, position, error);
          if (error !== null) {
            const piece = kernel.input().slice(0, got);
            throw await recordError(error, trace, reader, { observed, piece, from, to: position });
          }
          yield sum(kernel.batchRecords());
          if (kernel.need() !== "more") break;
          error = kernel.decodeMore();
        }
        observed.take(kernel.input().subarray(0, got));
        if (kernel.need() === "nothing") return;
        if (failure !== null) throw await brokenOff(failure, trace, position, null);
      }
    },
  };
}

/** Bytes of a part unless it is said otherwise. */
const PART_BYTES = 4 * 1024 * 1024;
/** Parts that each decoder is given before the first is waited for. */
const PARTS_AHEAD = 3;

/**
 * Decodes `trace` by `decoders`, for `kernel`, which was configured for a run of `config`. The parts are cut anywhere:
 * the kernel itself decodes what is left between the whole lines of one and of the next.
 */
export function decodeInParts(
  trace: Trace,
  kernel: Kernel,
  config: ResolvedConfig,
  decoders: readonly PartDecoder[],
  partBytes = PART_BYTES,
): Decoding {
  return new PartsDecoding(trace, kernel, config, decoders, partBytes);
}

/** A part on its way. */
interface Coming {
  decoded: Promise<DecodedPart>;
  /** Stored bytes consumed when all of the part is. */
  consumedBytes: number;
}

class PartsDecoding implements Decoding {
  readonly observed = null;
  readonly position: Position = { bytes: 0, consumedBytes: 0 };
  readonly #trace: Trace;
  readonly #kernel: Kernel;
  readonly #config: ResolvedConfig;
  readonly #partBytes: number;
  /** With the number of parts that each has not answered yet. */
  readonly #decoders: { decoder: PartDecoder; parts: number }[];
  /** What others decoded, which the kernel's own decoder does not count. */
  #elsewhere = { records: 0, bytes: 0 };
  /** Records that the kernel's own decoder decoded. */
  #ownRecords = 0;
  /** Memory of parts that are done. */
  readonly #spare: ArrayBuffer[] = [];

  constructor(
    trace: Trace,
    kernel: Kernel,
    config: ResolvedConfig,
    decoders: readonly PartDecoder[],
    partBytes: number,
  ) {
    this.#trace = trace;
    this.#kernel = kernel;
    this.#config = config;
    this.#partBytes = partBytes;
    this.#decoders = decoders.map((decoder) => ({ decoder, parts: 0 }));
  }

  async *batches(reader: ByteReader): AsyncGenerator<number, void> {
    const source = this.#trace.parts ?? null;
    const coming: Coming[] = [];
    try {
      const starting = this.#decoders.map(({ decoder }) => decoder.start(this.#config, source));
      await Promise.allSettled(starting); // none may start after it was told to finish
      await Promise.all(starting);
      const parts = source === null ? this.#readParts(reader) : this.#cutParts();
      for (let ended = false; ; ) {
        while (!ended && coming.length < this.#decoders.length * PARTS_AHEAD) {
          const next = await parts.next();
          if (next.done) ended = true;
          else coming.push(next.value);
        }
        const part = coming.shift();
        if (part === undefined) break;
        const decoded = await part.decoded;
        yield* this.#feed(decoded, reader);
        this.position.consumedBytes = part.consumedBytes;
      }
      if (source === null) this.position.consumedBytes = reader.consumedBytes;
      yield* this.#decodeOwn(new Uint8Array(0), true, reader);
    } finally {
      await Promise.allSettled(coming.map(({ decoded }) => decoded));
      await Promise.allSettled(this.#decoders.map(({ decoder }) => decoder.finish()));
    }
  }

  /** Gives out the parts of what the decoders can read themselves. */
  async *#cutParts(): AsyncGenerator<Coming, void> {
    const bytes = this.#trace.storedBytes ?? 0;
    for (let start = 0; start < bytes; start += this.#partBytes) {
      const end = Math.min(start + this.#partBytes, bytes);
      yield this.#giveOut({ start, end }, end);
    }
  }

  /** Gives out the bytes that `reader` has, and then its error if it ends with one. */
  async *#readParts(reader: ByteReader): AsyncGenerator<Coming, void> {
    for (let ended = false; !ended; ) {
      const part = new Uint8Array(this.#spare.pop() ?? new ArrayBuffer(this.#partBytes));
      let filled = 0;
      let failure: Promise<never> | null = null;
      try {
        while (filled < part.length && !ended) {
          const reading = reader.read(part.subarray(filled));
          const got = typeof reading === "number" ? reading : await reading;
          filled += got;
          ended = got === 0;
        }
      } catch (error) {
        failure = Promise.reject(error);
        failure.catch(() => undefined); // heard of when its turn comes
        ended = true;
      }
      if (filled > 0) yield this.#giveOut(part.subarray(0, filled), reader.consumedBytes);
      if (failure !== null) yield { decoded: failure, consumedBytes: reader.consumedBytes };
    }
  }

  /** Gives a part to the decoder that has the fewest. */
  #giveOut(part: TracePart, consumedBytes: number): Coming {
    const least = this.#decoders.reduce((one, other) => (other.parts < one.parts ? other : one));
    least.parts++;
    const decoded = least.decoder.decode(part).finally(() => least.parts--);
    decoded.catch(() => undefined);
    return { decoded, consumedBytes };
  }

  /** Puts the batches of a part into the kernel, and what the kernel makes of its ends. */
  async *#feed({ head, batches, error, tail, memory }: DecodedPart, reader: ByteReader): AsyncGenerator<number, void> {
    if (memory !== null) this.#spare.push(memory);
    yield* this.#decodeOwn(head, false, reader);
    for (const { words, records, skippedLines, damagedLines, bytes } of batches) {
      this.#kernel.setBatch(words, records, skippedLines, damagedLines);
      this.#elsewhere.records += sum(records);
      this.#elsewhere.bytes += bytes;
      this.position.bytes += bytes;
      yield sum(records);
    }
    if (error !== null) {
      const records = this.#ownRecords + this.#elsewhere.records;
      const located = {
        ...error,
        line: records + this.#kernel.skippedLines() + (error.line ?? 0),
        record: records + error.record,
        byteOffset: this.position.bytes + error.byteOffset,
      };
      throw await decodeError(located, this.#trace, reader);
    }
    yield* this.#decodeOwn(tail, false, reader);
  }

  /** Has the kernel itself decode the next bytes; `last` if the trace ends with them. */
  async *#decodeOwn(bytes: Uint8Array, last: boolean, reader: ByteReader): AsyncGenerator<number, void> {
    let at = 0;
    do {
      const input = this.#kernel.input();
      const piece = bytes.subarray(at, at + input.length);
      input.set(piece);
      at += piece.length;
      this.position.bytes += piece.length;
      const error = this.#kernel.decode(piece.length, last);
      if (error !== null) {
        const { records, bytes } = this.#elsewhere;
        const located = {
          ...error,
          line: (error.line ?? 0) + records,
          record: error.record + records,
          byteOffset: error.byteOffset + bytes,
        };
        throw await decodeError(located, this.#trace, reader);
      }
      const records = sum(this.#kernel.batchRecords());
      this.#ownRecords += records;
      yield records;
    } while (at < bytes.length);
  }
}

const REASONS: Readonly<Record<DecodeFailure, string>> = {
  "address-too-wide": "the address has more than 64 bits; expected at most 16 significant hexadecimal digits",
  "size-out-of-range": "the size is out of range; expected 1 to 4096 bytes (is another program's output in the trace?)",
  "torn-line":
    "the trace ends inside a record, without a newline; it was cut off (the disk was full, or the recording or a " +
    "download was stopped)",
  "torn-record":
    "the trace ends inside a record; it was cut off (the disk was full, or the recording or a download was stopped)",
  "bad-record": "no record of this format; the trace is damaged, or of another format",
  filtered:
    "a cache filter has taken records away, so that hit rates of TLBs would be wrong; record it without the filter",
  unsupported: "a kind of trace that pagewalk does not read",
};

/** The error that `error` of the decoder is; of a compressed trace, rather that of its remaining bytes. */
async function decodeError(
  error: DecodeError,
  trace: Trace,
  reader: ByteReader,
  storedOffset: number | null = null,
  findings: TraceFindings = {},
): Promise<TraceError> {
  const { reason, line, record, byteOffset, bytes } = error;
  const origin = reader.originOf?.(byteOffset);
  const place = { path: trace.path, byteOffset: origin?.byteOffset ?? byteOffset };
  const at = { line, record: record === 0 ? null : record, storedOffset, ...(trace.locate?.(byteOffset) ?? place) };
  const known = { ...findings, wholeBytes: origin?.unitStart ?? byteOffset };
  if (trace.compression !== "none") {
    try {
      await readToEnd(reader);
    } catch (failure) {
      if (!(failure instanceof TraceError)) throw failure;
      const likelyCause = await causeOfBytes(failure.code, trace);
      return new TraceError(failure.reason, at, failure.cause, failure.code, { ...known, likelyCause });
    }
  }
  const within = origin === undefined ? "" : ` in ${origin.within}`;
  const shown = trace.format.isText ? quoted(bytes) : hexBytes(bytes);
  const found = `${shown === "" ? "what is no record" : shown}${within}`;
  const told = trace.format.reasons?.[reason] ?? REASONS[reason];
  const why = typeof told === "string" ? told : told(bytes);
  return new TraceError(`found ${found}: ${why}`, at, undefined, reason, known);
}

/** What was read when a record was found to be bad. */
interface Reading {
  /** All before `piece`. */
  observed: ObservedBytes;
  /** What was read last, from position `from` to `to`. */
  piece: Uint8Array;
  from: Position;
  to: Position;
}

/** The same with what stands around it. */
async function recordError(
  error: DecodeError,
  trace: Trace,
  reader: ByteReader,
  { observed, piece, from, to }: Reading,
): Promise<TraceError> {
  const { byteOffset, reason, bytes } = error;
  const inPiece = Math.max(0, byteOffset - from.bytes);
  const share = piece.length > 0 ? inPiece / piece.length : 1;
  const storedOffset = Math.round(from.consumedBytes + share * (to.consumedBytes - from.consumedBytes));
  const earlier = observed.before(Math.min(byteOffset, from.bytes), EVIDENCE_BYTES);
  const before = concat(earlier, piece.subarray(0, inPiece)).subarray(-EVIDENCE_BYTES);
  const carriedBytes = Math.max(0, from.bytes - byteOffset);
  const carried = observed.before(from.bytes, carriedBytes);
  // Of a record that began longer ago than anything is kept there is only what the decoder shows.
  const seen =
    carried.length < carriedBytes ? bytes : concat(carried, piece.subarray(inPiece, inPiece + EVIDENCE_BYTES));
  const place = concat(seen, await readSome(reader, EVIDENCE_BYTES - seen.length));
  return decodeError(error, trace, reader, trace.compression === "none" ? null : storedOffset, {
    neighbourhood: neighbourhoodOf(before, place, byteOffset, unitBytes(bytes, trace.format)),
    likelyCause: await causeOf({
      code: reason,
      isText: trace.format.isText,
      hasBlocks: trace.format.unwrap !== undefined,
      before,
      from: place,
    }),
  });
}

/** The error of a trace whose bytes ended with `failure`, with the place up to which its records are whole. */
async function brokenOff(
  failure: TraceError,
  trace: Trace,
  position: Position,
  torn: DecodeError | null,
): Promise<TraceError> {
  const { reason, cause, code, path } = failure;
  const storedOffset = trace.compression === "none" ? null : position.consumedBytes;
  // Who reads a container, or several files, knows better where that is.
  const byteOffset = failure.byteOffset ?? position.bytes;
  const at = { path, record: torn?.record ?? null, byteOffset, storedOffset };
  const wholeBytes = torn?.byteOffset ?? position.bytes;
  return new TraceError(reason, at, cause, code, { wholeBytes, likelyCause: await causeOfBytes(code, trace) });
}

/** Bytes before and from a bad place that its cause is told by. */
const EVIDENCE_BYTES = 4096;

/** The likely cause of an error. What tells it is loaded then; where it cannot be, the error is told without. */
async function causeOf(evidence: Evidence): Promise<string | null> {
  const causes = await import("./doctor/causes.ts").catch(() => null);
  return causes?.likelyCause(evidence) ?? null;
}

/** The likely cause of an error of the stored bytes. */
function causeOfBytes(code: TraceErrorCode, { format }: Trace): Promise<string | null> {
  const hasBlocks = format.unwrap !== undefined;
  return causeOf({ code, isText: format.isText, hasBlocks, before: NO_BYTES, from: NO_BYTES });
}

/** Bytes of a bad line, without its end, or of a bad binary record, as far as they are known. */
function unitBytes(bytes: Uint8Array, { isText }: TraceFormat): number {
  const end = isText ? bytes.findIndex((byte) => byte === 10 || byte === 13) : -1;
  return end < 0 ? bytes.length : end;
}

/** What comes next, `count` bytes at most; what cannot be read is not told. */
async function readSome(reader: ByteReader, count: number): Promise<Uint8Array> {
  if (count <= 0) return NO_BYTES;
  return (await peekBeforeFailure(reader, count)).head;
}

/** A line, or what there is of it. */
function quoted(bytes: Uint8Array): string {
  const [line = ""] = new TextDecoder("latin1").decode(bytes).split(/\r?\n/, 1);
  return JSON.stringify(line);
}

/** Reads the rest: a checksum at the end of damaged data tells better what is wrong than the nonsense before it. */
async function readToEnd(reader: ByteReader): Promise<void> {
  const target = new Uint8Array(1 << 18);
  while ((await reader.read(target)) > 0);
}
