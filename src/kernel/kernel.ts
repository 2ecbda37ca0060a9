/** Replays of traces: decodes, simulates one machine, lists references, and counts. */
import { LEAF_LEVELS, type PageSize, type ResolvedConfig, type Stream } from "../config/types.ts";
import type { Counters } from "./counters.ts";
import { type Exports, KernelInstance } from "./instance.ts";
import type { MissProfile } from "./misses.ts";
import { readProfile } from "./profile.ts";

export type { Counters } from "./counters.ts";

/** What stands between the records of a trace that is surveyed; EVENT_ in assembly/layout.ts. */
export interface TraceEvents {
  /** The pages that system calls unmap, where the trace tells of them. @default false */
  events?: boolean;
  /** A flush after each so many records of the trace; 0 for none. @default 0 */
  flushEvery?: number;
}

/** Counts of records in the order fetch, load, store, modify. */
export type RecordsByKind = readonly [fetches: number, loads: number, stores: number, modifies: number];

/** A line of the trace that the decoder cannot accept. */
export interface DecodeError {
  reason: "address-too-wide" | "size-out-of-range" | "torn-line";
  /** 1-based. */
  line: number;
  /** 1-based number of the record that the line would have been. */
  record: number;
  /** 0-based offset of the line's first byte in the decompressed trace. */
  byteOffset: number;
  /** The line, or as much of it as fits a message, one character for each byte. */
  text: string;
}

/** Bytes of a bad line that its error quotes. */
const MAX_QUOTED_BYTES = 48;

/** One instance of the module, with memory of its own. Not to be used by two jobs at once. */
export class Kernel {
  readonly #kernel: KernelInstance;
  readonly #exports: Exports;

  private constructor(kernel: KernelInstance) {
    this.#kernel = kernel;
    this.#exports = kernel.exports;
  }

  /** An instance of `module`, a WebAssembly.Module, by default of the package's own. */
  static async create(module?: object): Promise<Kernel> {
    return new Kernel(await KernelInstance.create(module));
  }

  /**
   * Builds the machine, with empty TLBs and an empty address space, and starts a trace, which `profiled` says whether to
   * profile. Throws KernelError.
   */
  configureRun(config: ResolvedConfig, profiled = false): void {
    const { CONFIG_LEAF_LEVEL, CONFIG_POLICY, CONFIG_PROFILED } = this.#exports;
    this.#kernel.putCaches(config);
    this.#kernel.putConfig(CONFIG_LEAF_LEVEL, LEAF_LEVELS[config.pageSize]);
    this.#kernel.putConfig(CONFIG_POLICY, this.#kernel.policy(config.policy));
    this.#kernel.putConfig(CONFIG_PROFILED, Number(profiled));
    this.#kernel.run(() => this.#exports.configureRun());
  }

  /** Starts a survey of the pages that `stream` touches, and a trace. Throws KernelError. */
  configureSurvey(stream: Stream, { events = false, flushEvery = 0 }: TraceEvents = {}): void {
    this.#kernel.run(() => this.#exports.configureSurvey(this.#streams(stream), events, BigInt(flushEvery)));
  }

  /** Where the next bytes of the trace go. Valid until the next call of any method. */
  input(): Uint8Array {
    return this.#kernel.slice(this.#exports.inputAddress(), this.#exports.INPUT_BYTES.value);
  }

  /** Decodes the first `bytes` bytes of `input()` into the batch; `last` if the trace ends with them. */
  decode(bytes: number, last: boolean): DecodeError | null {
    const x = this.#exports;
    const reason = {
      [x.STATUS_OK.value]: null,
      [x.STATUS_ADDRESS_TOO_WIDE.value]: "address-too-wide" as const,
      [x.STATUS_SIZE_OUT_OF_RANGE.value]: "size-out-of-range" as const,
      [x.STATUS_TORN_LINE.value]: "torn-line" as const,
    }[this.#kernel.call(() => x.decode(bytes, last))];
    if (reason == null) return null;
    const line = this.#kernel.counter("errorLine");
    const byteOffset = this.#kernel.counter("errorOffset");
    const bytesBeforeInput = this.#kernel.counter("decodedBytes") - bytes;
    const start = x.inputAddress() + byteOffset - bytesBeforeInput; // a line may begin before the input
    const end = Math.min(start + MAX_QUOTED_BYTES, x.inputAddress() + bytes);
    const [text = ""] = new TextDecoder("latin1").decode(this.#kernel.slice(start, end - start)).split(/\r?\n/, 1);
    return { reason, line, record: line - this.#kernel.counter("skippedLines"), byteOffset, text };
  }

  /** Replays the batch through the machine. Throws KernelError if the page tables outgrow the memory. */
  run(): void {
    this.#kernel.run(() => this.#exports.run());
  }

  /** Records in the batch, those included whose words were left out. */
  batchRecords(): RecordsByKind {
    const { batchAddress, BATCH_KINDS_OFFSET } = this.#exports;
    const at = batchAddress() + BATCH_KINDS_OFFSET.value;
    const view = this.#kernel.view();
    const records = (kind: number) => view.getUint32(at + 4 * kind, true);
    return [records(0), records(1), records(2), records(3)];
  }

  /** The words of the batch (assembly/layout.ts). Valid until the next call of any method. */
  batchWords(): BigUint64Array {
    const x = this.#exports;
    const address = x.batchAddress();
    const count = this.#kernel.view().getUint32(address + x.BATCH_COUNT_OFFSET.value, true);
    return new BigUint64Array(x.memory.buffer, address + x.BATCH_WORDS_OFFSET.value, count);
  }

  /**
   * Puts record words (assembly/layout.ts) into the batch instead of what was decoded, at most BATCH_WORDS.
   * `records`: how many records they stand for. `skippedLines`: how many lines their decoder skipped.
   */
  setBatch(words: BigUint64Array, records: RecordsByKind, skippedLines = 0): void {
    const x = this.#exports;
    this.#kernel.call(() => x.noteOtherBatch(skippedLines));
    const address = x.batchAddress();
    new BigUint64Array(x.memory.buffer, address + x.BATCH_WORDS_OFFSET.value, x.BATCH_WORDS.value).set(words);
    const view = this.#kernel.view();
    view.setUint32(address + x.BATCH_COUNT_OFFSET.value, words.length, true);
    records.forEach((count, kind) => {
      view.setUint32(address + x.BATCH_KINDS_OFFSET.value + 4 * kind, count, true);
    });
  }

  /** Most words that a batch can have. */
  batchCapacity(): number {
    return this.#exports.BATCH_WORDS.value;
  }

  /** Has the decoder go on at the beginning of a line anywhere else in the trace. */
  startPart(): void {
    this.#kernel.call(() => this.#exports.startPart());
  }

  /** Lists the references of the batch, and returns how many. */
  gatherReferences(): number {
    return this.#kernel.call(() => this.#exports.gatherReferences());
  }

  /** The first `count` references listed (assembly/references.ts). Valid until the next call of any method. */
  references(count: number): BigUint64Array {
    return new BigUint64Array(this.#exports.memory.buffer, this.#exports.referencesAddress(), count);
  }

  /** Marks the pages of the first `count` references listed. Throws KernelError. */
  survey(count: number): void {
    this.#kernel.run(() => this.#exports.survey(count));
  }

  /** Distinct pages that `stream` touched, were all pages of that size. */
  touchedPages(stream: Stream, pageSize: PageSize): number {
    return this.#kernel.call(() => this.#exports.touchedPages(this.#streams(stream), LEAF_LEVELS[pageSize]) >>> 0);
  }

  /** First byte of the lowest and of the highest 4 KiB page touched. At least one must have been. */
  touchedRange(): { lowest: bigint; highest: bigint } {
    const x = this.#exports;
    return this.#kernel.call(() => ({
      lowest: BigInt.asUintN(64, x.lowestTouched()),
      highest: BigInt.asUintN(64, x.highestTouched()),
    }));
  }

  counters(): Counters {
    return this.#kernel.counters();
  }

  /** That counter alone. */
  skippedLines(): number {
    return this.#kernel.counter("skippedLines");
  }

  /** When and where the run missed. It must have been configured to be profiled. */
  profile(): MissProfile {
    return this.#kernel.call(() => readProfile(this.#kernel));
  }

  /** Pages that the machine's page tables map. */
  mappedPages(): number {
    return this.#exports.pageCount() >>> 0;
  }

  /** Table frames that the page tables take up, 4 KiB each. */
  tableFrames(): number {
    return this.#exports.tableFrameCount() >>> 0;
  }

  /**
   * Simulated physical memory as far as it has bytes: the page tables of the machine (CR3 is 0x1000). Physical address
   * = index. Valid until the next call of any method.
   */
  physicalMemory(): Uint8Array {
    return this.#kernel.slice(this.#exports.physicalMemoryBase(), this.#exports.physicalMemoryBytes());
  }

  #streams(stream: Stream): number {
    const { STREAM_DATA, STREAM_FETCH } = this.#exports;
    const bits = { data: STREAM_DATA.value, fetch: STREAM_FETCH.value };
    return stream === "all" ? bits.data | bits.fetch : bits[stream];
  }
}
