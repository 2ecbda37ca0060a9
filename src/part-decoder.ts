/** Decodes parts of a trace, cut anywhere, so that several threads can decode one trace. */
import type { ResolvedConfig } from "./config/types.ts";
import type { DecodeError } from "./kernel/decode-answer.ts";
import { Kernel, type RecordsByKind } from "./kernel/kernel.ts";
import type { ByteReader } from "./trace/bytes.ts";
import { openParts, type PartsReader, type PartsSource } from "./trace/parts.ts";
import { byteSource } from "./trace/source.ts";

/** Offsets in what the decoder was started with, `end` not included; or the bytes. */
export type TracePart = { start: number; end: number } | Uint8Array<ArrayBuffer>;

/** What a decoder makes of a part. Its bytes are `head`, those of the batches, and `tail`. */
export interface DecodedPart {
  /** Up to the first newline, itself included, or all of the part: the line may have begun before. */
  head: Uint8Array<ArrayBuffer>;
  batches: DecodedBatch[];
  /** Why the line after the batches cannot be accepted; its numbers count from there. Nothing of the part comes after. */
  error: DecodeError | null;
  /** The beginning of a line that does not end in the part. */
  tail: Uint8Array<ArrayBuffer>;
  /** Where the bytes of the part were, if they were given, to be used again: new memory is slow. */
  memory: ArrayBuffer | null;
}

/** Whole lines that were decoded, as `Kernel.setBatch()` takes them. */
export interface DecodedBatch {
  words: BigUint64Array;
  records: RecordsByKind;
  skippedLines: number;
  damagedLines: number;
  /** Of the trace. */
  bytes: number;
}

/** Decodes parts of one trace at a time, here or in another thread. */
export interface PartDecoder {
  /**
   * Starts on a trace for the machine of `config`. `source`: where the parts are to be read, if they are given by their
   * offsets. Rejects with KernelError or TraceError.
   */
  start(config: ResolvedConfig, source: PartsSource | null): Promise<void>;
  /**
   * Decodes a part; its bytes, if those are given, then belong to the decoder. May be called again before it has
   * resolved. Rejects with TraceError if the part cannot be read.
   */
  decode(part: TracePart): Promise<DecodedPart>;
  /** Lets go of the trace. */
  finish(): Promise<void>;
}

const NEWLINE = 0x0a;

/** Decodes parts in this thread. */
export class LocalPartDecoder implements PartDecoder {
  #kernel: Kernel | null = null;
  #batches: BatchList | null = null;
  #source: PartsReader | null = null;
  /** What the kernel was given since the start, lines that were left unfinished included. */
  #given = { records: 0, skippedLines: 0, damagedLines: 0, bytes: 0 };
  /** Settles when the kernel is free. */
  #turn: Promise<unknown> = Promise.resolve();

  async start(config: ResolvedConfig, source: PartsSource | null): Promise<void> {
    await this.finish();
    this.#kernel ??= await Kernel.create();
    this.#batches ??= new BatchList(this.#kernel.batchCapacity());
    this.#kernel.configureRun(config);
    this.#given = { records: 0, skippedLines: 0, damagedLines: 0, bytes: 0 };
    this.#source = source === null ? null : openParts(source);
  }

  decode(part: TracePart): Promise<DecodedPart> {
    const turn = this.#turn.then(() => this.#decode(part));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async finish(): Promise<void> {
    await this.#turn;
    this.#source?.close();
    this.#source = null;
  }

  async #decode(part: TracePart): Promise<DecodedPart> {
    const kernel = this.#kernel;
    const reader = await (part instanceof Uint8Array
      ? byteSource(part).open()
      : this.#source?.open(part.start, part.end));
    const batches = this.#batches;
    if (kernel === null || batches === null || reader === undefined) throw new Error("the decoder was not started");
    try {
      const decoded = await this.#decodeFrom(reader, kernel, batches);
      return { ...decoded, memory: part instanceof Uint8Array ? part.buffer : null };
    } finally {
      await reader.close();
    }
  }

  async #decodeFrom(reader: ByteReader, kernel: Kernel, batches: BatchList): Promise<Omit<DecodedPart, "memory">> {
    kernel.startPart();
    batches.start();
    let head: Uint8Array<ArrayBuffer> = new Uint8Array(0);
    let inHead = true;
    let tail: Uint8Array<ArrayBuffer> = new Uint8Array(0);
    for (;;) {
      const input = kernel.input();
      const reading = reader.read(input);
      let got = typeof reading === "number" ? reading : await reading;
      if (got === 0) return { head, batches: batches.end(), error: null, tail };
      if (inHead) {
        const end = input.subarray(0, got).indexOf(NEWLINE) + 1;
        inHead = end === 0;
        head = joined(head, input.subarray(0, inHead ? got : end));
        if (inHead) continue;
        input.copyWithin(0, end, got);
        got -= end;
      }
      const lineEnd = input.subarray(0, got).lastIndexOf(NEWLINE) + 1;
      const unfinished = joined(lineEnd > 0 ? new Uint8Array(0) : tail, input.subarray(lineEnd, got));
      const error = this.#decodeInput(kernel, got, tail.length);
      if (error !== null) return { head, batches: batches.end(), error, tail: new Uint8Array(0) };
      const skippedLines = kernel.skippedLines();
      const damagedLines = kernel.damagedLines();
      const batch = {
        words: kernel.batchWords(),
        records: kernel.batchRecords(),
        skippedLines: skippedLines - this.#given.skippedLines,
        damagedLines: damagedLines - this.#given.damagedLines,
        bytes: tail.length + got - unfinished.length,
      };
      batches.add(batch);
      this.#given.records += sum(batch.records);
      this.#given.skippedLines = skippedLines;
      this.#given.damagedLines = damagedLines;
      tail = unfinished;
    }
  }

  /** Decodes the first `bytes` bytes of the input, with numbers of an error from the line on that began `before` it. */
  #decodeInput(kernel: Kernel, bytes: number, before: number): DecodeError | null {
    const lineStart = this.#given.bytes - before;
    this.#given.bytes += bytes;
    const error = kernel.decode(bytes, false);
    if (error === null) return null;
    const { records, skippedLines } = this.#given;
    return {
      ...error,
      line: (error.line ?? 0) - records - skippedLines,
      record: error.record - records,
      byteOffset: error.byteOffset - lineStart,
    };
  }
}

/** Batches of one part, joined as far as the words of one batch go. */
class BatchList {
  #batches: DecodedBatch[] = [];
  readonly #words: BigUint64Array<ArrayBuffer>;
  #count = 0;
  #records: [number, number, number, number] = [0, 0, 0, 0];
  #skippedLines = 0;
  #damagedLines = 0;
  #bytes = 0;

  /** `capacity`: the most words of a batch. */
  constructor(capacity: number) {
    this.#words = new BigUint64Array(capacity);
  }

  start(): void {
    this.#batches = [];
    this.#startBatch();
  }

  /** Copies what is to be kept of `batch`. */
  add({ words, records, skippedLines, damagedLines, bytes }: DecodedBatch): void {
    if (this.#count + words.length > this.#words.length) this.#endBatch();
    this.#words.set(words, this.#count);
    this.#count += words.length;
    this.#records = [
      this.#records[0] + records[0],
      this.#records[1] + records[1],
      this.#records[2] + records[2],
      this.#records[3] + records[3],
    ];
    this.#skippedLines += skippedLines;
    this.#damagedLines += damagedLines;
    this.#bytes += bytes;
  }

  end(): DecodedBatch[] {
    if (this.#bytes > 0) this.#endBatch();
    return this.#batches;
  }

  #endBatch(): void {
    const words = this.#words.slice(0, this.#count);
    const [records, skippedLines, damagedLines, bytes] = [
      this.#records,
      this.#skippedLines,
      this.#damagedLines,
      this.#bytes,
    ];
    this.#batches.push({ words, records, skippedLines, damagedLines, bytes });
    this.#startBatch();
  }

  #startBatch(): void {
    this.#count = 0;
    this.#records = [0, 0, 0, 0];
    this.#skippedLines = 0;
    this.#damagedLines = 0;
    this.#bytes = 0;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** Records of all kinds. */
export function sum(records: RecordsByKind): number {
  return records[0] + records[1] + records[2] + records[3];
}
