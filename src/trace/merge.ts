/**
 * The files of one run that DynamoRIO wrote, one for each thread, as one stream of their records in the order of time.
 *
 * A TIMESTAMP marker begins a stretch of a file. The stretch with the earliest time comes next, of equal ones that of the
 * file that was given first; what stands in front of the first marker belongs to the first stretch. Where the file
 * changes, the THREAD and PID records of the one that goes on come first.
 */
import { TraceError } from "../errors.ts";
import type { ByteReader } from "./bytes.ts";
import { EMPTY } from "./pieces.ts";
import type { Trace, TracePlace } from "./trace.ts";

const RECORD_BYTES = 12;
const RECORD_WORDS = RECORD_BYTES / 4;
/** Of each file: records, and together with what decompresses it what a file takes while it is open. */
const BUFFER_BYTES = RECORD_BYTES * 4096;
/** First words of records: type, and size in the upper half. */
const TIMESTAMP = 28 | (2 << 16);
const THREAD = 22;
const PID = 24;
const FOOTER = 26;
/** Types below are accesses and instructions, and so are some above: a header has none of them. */
const FIRST_NO_ACCESS = 18;

/** How far behind what was read a place may be asked for. */
const KNOWN_PLACES_BYTES = 1 << 20;

/** `traces` of drmemtrace, which it owns, as one that is called `path`. All have the same selection. */
export function mergeTraces(traces: readonly [Trace, ...Trace[]], path: string): Trace {
  return new MergedTrace(traces, path);
}

class MergedTrace implements Trace {
  readonly path: string;
  readonly parts = null;
  readonly #traces: readonly [Trace, ...Trace[]];
  #reader: MergingReader | null = null;

  constructor(traces: readonly [Trace, ...Trace[]], path: string) {
    this.path = path;
    this.#traces = traces;
  }

  get format(): Trace["format"] {
    return this.#traces[0].format;
  }

  get selection(): Trace["selection"] {
    return this.#traces[0].selection;
  }

  get reopenable(): boolean {
    return this.#traces.every(({ reopenable }) => reopenable === true);
  }

  get compression(): Trace["compression"] {
    return this.#traces.find(({ compression }) => compression !== "none")?.compression ?? "none";
  }

  get storedBytes(): number | null {
    let sum = 0;
    for (const { storedBytes } of this.#traces) {
      if (storedBytes === null) return null;
      sum += storedBytes;
    }
    return sum;
  }

  async open(): Promise<ByteReader> {
    const files: ThreadFile[] = [];
    try {
      for (const trace of this.#traces) {
        const file = new ThreadFile(trace.path, await trace.open());
        files.push(file);
        await file.begin();
      }
    } catch (error) {
      for (const file of files) await file.close();
      throw error;
    }
    this.#reader = new MergingReader(files);
    return this.#reader;
  }

  async close(): Promise<void> {
    for (const trace of this.#traces) await trace.close();
  }

  locate(byteOffset: number): TracePlace {
    return this.#reader?.locate(byteOffset) ?? { path: this.path, byteOffset };
  }
}

class MergingReader implements ByteReader {
  readonly #files: readonly ThreadFile[];
  /** Those that have not ended. */
  #open: readonly ThreadFile[];
  #current: ThreadFile | null = null;
  /** The one that had records before, and what is still to be said of whose the next ones are. */
  #last: ThreadFile | null = null;
  #prefix: Uint8Array = EMPTY;
  #delivered = 0;
  /** Where stretches begin, in the order of `at`, the offset in the merged stream. */
  #places: { at: number; file: ThreadFile; offset: number }[] = [];

  constructor(files: readonly ThreadFile[]) {
    this.#files = files;
    this.#open = files;
  }

  get consumedBytes(): number {
    return this.#files.reduce((sum, { consumedBytes }) => sum + consumedBytes, 0);
  }

  read(target: Uint8Array): number | Promise<number> {
    const piece = this.#prefix.length > 0 ? this.#prefix : (this.#current?.ready() ?? EMPTY);
    return piece.length > 0 ? this.#give(piece, target) : this.#readOn(target);
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close();
  }

  /** The file and the offset in it of a byte of the merged stream, of the last KNOWN_PLACES_BYTES. */
  locate(byteOffset: number): TracePlace | null {
    const place = this.#places.findLast(({ at }) => at <= byteOffset);
    return place === undefined ? null : { path: place.file.path, byteOffset: place.offset + byteOffset - place.at };
  }

  async #readOn(target: Uint8Array): Promise<number> {
    for (;;) {
      if (this.#current !== null) {
        const state = await this.#current.goOn();
        if (state === "ended") this.#open = this.#open.filter((file) => file !== this.#current);
        if (state !== "ready") this.#current = null;
      }
      if (this.#current === null && !this.#chooseNext()) return 0;
      const piece = this.#prefix.length > 0 ? this.#prefix : (this.#current?.ready() ?? EMPTY);
      if (piece.length > 0) return this.#give(piece, target);
    }
  }

  /** Begins the earliest stretch; false if there is none. */
  #chooseNext(): boolean {
    let next: ThreadFile | null = null;
    for (const file of this.#open) if (next === null || file.time < next.time) next = file;
    if (next === null) return false;
    next.beginStretch();
    this.#current = next;
    if (next !== this.#last) this.#prefix = next.thread();
    this.#last = next;
    this.#places.push({ at: this.#delivered + this.#prefix.length, file: next, offset: next.offset });
    this.#forgetPlaces();
    return true;
  }

  /** Drops places that lie too far behind, when they have become many. */
  #forgetPlaces(): void {
    if (this.#places.length < (2 * KNOWN_PLACES_BYTES) / RECORD_BYTES) return;
    const first = this.#places.findLastIndex(({ at }) => at <= this.#delivered - KNOWN_PLACES_BYTES);
    this.#places = this.#places.slice(Math.max(0, first));
  }

  #give(piece: Uint8Array, target: Uint8Array): number {
    const given = piece.subarray(0, target.length);
    target.set(given);
    this.#delivered += given.length;
    if (this.#prefix.length > 0) this.#prefix = this.#prefix.subarray(given.length);
    else this.#current?.take(given.length);
    return given.length;
  }
}

/** The file of one thread, or core, which it reads stretch by stretch. */
class ThreadFile {
  readonly path: string;
  /** When its next stretch begins. */
  time = 0n;
  /** Offset in the file of what comes next. */
  offset = 0;
  readonly #reader: ByteReader;
  readonly #bytes = new Uint8Array(BUFFER_BYTES);
  readonly #words = new Uint32Array(this.#bytes.buffer);
  readonly #view = new DataView(this.#bytes.buffer);
  /** In the buffer: what comes next, the end of what is known to belong to this stretch, and the end of what was read. */
  #from = 0;
  #ready = 0;
  #to = 0;
  /** Whether the next stretch has a TIMESTAMP, and whether that of this one is still to come. */
  #nextHasTime = false;
  #ownTime = false;
  #hasEnded = false;
  #lastType = -1;
  readonly #thread: { record: Uint8Array; process: Uint8Array } = { record: EMPTY, process: EMPTY };

  constructor(path: string, reader: ByteReader) {
    this.path = path;
    this.#reader = reader;
  }

  get consumedBytes(): number {
    return this.#reader.consumedBytes;
  }

  /** Finds out when the first stretch begins: at 0 if accesses stand before the first TIMESTAMP. */
  async begin(): Promise<void> {
    await this.#fill();
    for (let at = 0; at < this.#wholeEnd(); at += RECORD_BYTES) {
      this.#nextHasTime = this.#word(at) === TIMESTAMP;
      if (this.#nextHasTime) this.time = this.#view.getBigUint64(at + 4, true);
      if (this.#nextHasTime || (this.#word(at) & 0xffff) < FIRST_NO_ACCESS) return;
    }
  }

  beginStretch(): void {
    this.#ownTime = this.#nextHasTime;
    this.#nextHasTime = true;
  }

  /** What of the stretch is there. */
  ready(): Uint8Array {
    return this.#bytes.subarray(this.#from, this.#ready);
  }

  take(bytes: number): void {
    this.#from += bytes;
    this.offset += bytes;
  }

  /** Goes on when ready() is empty. "waiting": the stretch has ended, and `time` is that of the next. */
  async goOn(): Promise<"ready" | "waiting" | "ended"> {
    if (this.#wholeEnd() === this.#from) await this.#fill();
    const end = this.#wholeEnd();
    if (this.#from === end) {
      this.#refuseCut();
      await this.close();
      return "ended";
    }
    let at = this.#from;
    for (; at < end; at += RECORD_BYTES) {
      const word = this.#word(at);
      const type = word & 0xffff;
      if (word === TIMESTAMP) {
        if (!this.#ownTime) break;
        this.#ownTime = false;
      } else if (type === THREAD) {
        this.#thread.record = this.#bytes.slice(at, at + RECORD_BYTES);
      } else if (type === PID) {
        this.#thread.process = this.#bytes.slice(at, at + RECORD_BYTES);
      }
      this.#lastType = type;
    }
    this.#ready = at;
    if (at > this.#from) return "ready";
    this.time = this.#view.getBigUint64(at + 4, true);
    return "waiting";
  }

  /** The records that say whose those of the file are, as far as they have come. */
  thread(): Uint8Array {
    const { record, process } = this.#thread;
    const both = new Uint8Array(record.length + process.length);
    both.set(record);
    both.set(process, record.length);
    return both;
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  #word(at: number): number {
    return this.#words[(at / RECORD_BYTES) * RECORD_WORDS] as number;
  }

  /** The end of the last whole record in the buffer. */
  #wholeEnd(): number {
    return this.#to - (this.#to % RECORD_BYTES);
  }

  /** Reads on until the buffer is full or the file ends. Everything but a part of a record has been taken. */
  async #fill(): Promise<void> {
    this.#bytes.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
    this.#ready = 0;
    try {
      while (!this.#hasEnded && this.#to < this.#bytes.length) {
        const got = await this.#reader.read(this.#bytes.subarray(this.#to));
        this.#hasEnded = got === 0;
        this.#to += got;
      }
    } catch (error) {
      if (!(error instanceof TraceError) || error.byteOffset !== null) throw error;
      const at = { path: this.path, byteOffset: this.offset + this.#to };
      throw new TraceError(error.reason, at, error.cause, error.code);
    }
  }

  /** Throws if the file has ended where no drmemtrace ends. */
  #refuseCut(): void {
    const torn = this.#to % RECORD_BYTES;
    if (torn === 0 && this.#lastType === FOOTER) return;
    const found = torn > 0 ? `inside a record of ${RECORD_BYTES} bytes` : "without its footer (a record of type 26)";
    const reason = `the file ends ${found}; it was cut off (the recording or a download was stopped)`;
    throw new TraceError(reason, { path: this.path, byteOffset: this.offset }, undefined, "torn-record");
  }
}
