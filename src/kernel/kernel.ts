/** Replays of traces: decodes, simulates one machine, lists references, and counts. */

import type { ResolvedCpu } from "../config/cpus/resolved.ts";
import { SELECT_ALL } from "../config/selection.ts";
import { LEAF_LEVELS, type ResolvedConfig, type Stream } from "../config/types.ts";
import { ConfigError } from "../errors.ts";
import { type Census, readCensus } from "./census.ts";
import { type Counters, countersSince } from "./counters.ts";
import { type DecodeError, type DecoderNeed, readAnswer } from "./decode-answer.ts";
import { KernelEncoder } from "./encoder.ts";
import { type ThreadRun, threadRunsIn } from "./entry-list.ts";
import { type Exports, KernelInstance } from "./instance.ts";
import type { MissProfile } from "./misses.ts";
import type { OsSetup } from "./os.ts";
import { OsReplay } from "./os-replay.ts";
import { OwnPolicyLinks } from "./own-policies.ts";
import { PagesBlockEncoder } from "./pages-encoder.ts";
import { readProfile } from "./profile.ts";
import { PwtUnitEncoder } from "./pwt-encoder.ts";
import { putReading, type TraceReading } from "./reading.ts";
import { type Sieve, Sieves } from "./sieves.ts";
import { checkVmas, putVmas, type VmaRow } from "./vmas.ts";

export type { Counters } from "./counters.ts";

/** What is wanted of a trace that is surveyed beside its references: events, EVENT_ in assembly/layout.ts, and: */
export interface SurveyOptions {
  /** Of a run of references to one page, the second as well as the first. @default false */
  keepsTwo?: boolean;
  /** The pages that system calls unmap, where the trace tells of them. @default false */
  events?: boolean;
  /** A flush after each so many records of the trace; 0 for none. @default 0 */
  flushEvery?: number;
}

/** Counts of records in the order fetch, load, store, modify. */
export type RecordsByKind = readonly [fetches: number, loads: number, stores: number, modifies: number];

const LACKEY: TraceReading = { decoder: "LACKEY", selection: SELECT_ALL };

/** One instance of the module, with memory of its own. Not to be used by two jobs at once. */
export class Kernel {
  readonly #kernel: KernelInstance;
  readonly #exports: Exports;
  #need: DecoderNeed = "input";
  /** What was counted up to the end of the warm-up, if there was one. */
  #before: { counters: Counters; mappedPages: number } | null = null;

  private constructor(kernel: KernelInstance) {
    this.#kernel = kernel;
    this.#exports = kernel.exports;
  }

  /**
   * An instance of `module`, a WebAssembly.Module, by default of the package's own; to run `cpu`, if that has policies of the user's own.
   * Rejects with ConfigError if these cannot be.
   */
  static async create(module?: object, cpu?: ResolvedCpu): Promise<Kernel> {
    return new Kernel(
      await KernelInstance.create(module as WebAssembly.Module | undefined, await OwnPolicyLinks.of(cpu)),
    );
  }

  /**
   * Builds the machine, with empty TLBs and an empty address space, and starts a trace, which `profiled` says whether to
   * profile. `vmas`: what the process may touch, by default everything in every way; of 4 KiB pages only, since larger
   * ones would have to lie in one VMA each. Throws KernelError, and ConfigError where `vmas` cannot be.
   */
  configureRun(config: ResolvedConfig, profiled = false, reading = LACKEY, vmas?: readonly VmaRow[]): void {
    const { CONFIG_HAS_VMAS, CONFIG_LEAF_LEVEL, CONFIG_PROFILED, CONFIG_VMAS } = this.#exports;
    if (vmas !== undefined && config.pageSize !== "4K") {
      throw new ConfigError("pageSize", config.pageSize, "4K where there are VMAs");
    }
    checkVmas(vmas ?? []);
    this.#kernel.putCaches(config);
    this.#kernel.putConfig(CONFIG_LEAF_LEVEL, LEAF_LEVELS[config.pageSize]);
    this.#kernel.putPolicy(config.policy, config.os?.seed);
    this.#kernel.putConfig(CONFIG_PROFILED, Number(profiled));
    this.#kernel.putConfig(CONFIG_HAS_VMAS, Number(vmas !== undefined));
    this.#kernel.putConfig(CONFIG_VMAS, vmas?.length ?? 0);
    const decoder = this.#setReading(reading);
    this.#kernel.run(() => this.#exports.configureRun(decoder));
    if (vmas !== undefined) putVmas(this.#kernel, vmas);
  }

  /**
   * Builds the machine with an operating system, and starts a trace, of which that reads entries, or words if `byWords`: its run()
   * is to be called after each piece. Throws KernelError.
   */
  configureOs(config: ResolvedConfig, setup: OsSetup, reading = LACKEY, byWords = false): OsReplay {
    return new OsReplay(this.#kernel, config, setup, this.#setReading(reading), byWords);
  }

  /** What may be left out of words for the machine of configureRun(). */
  sieve(): Sieve {
    const { machineKeepsTwo, machineStripSlots } = this.#exports;
    return { slots: machineKeepsTwo() ? 0 : machineStripSlots(), storesApart: false };
  }

  /** Starts a trace of which words are wanted for machines of other kernels. */
  configureSieves(sieves: readonly Sieve[], reading: TraceReading): Sieves {
    return new Sieves(this.#kernel, sieves, this.#setReading(reading));
  }

  /** Starts a trace of which the references of `stream` are wanted. */
  configureSurvey(
    stream: Stream,
    { events = false, flushEvery = 0, keepsTwo = false }: SurveyOptions = {},
    reading = LACKEY,
  ): void {
    const decoder = this.#setReading(reading);
    const streams = this.#kernel.streams(stream);
    this.#kernel.call(() => this.#exports.configureSurvey(decoder, streams, keepsTwo, events, BigInt(flushEvery)));
  }

  /** Starts a trace of which the entries are wanted, not words; with `calls`, those of every system call, too. */
  configureEntries(reading: TraceReading, { calls = false }: { calls?: boolean } = {}): void {
    const decoder = this.#setReading(reading);
    this.#kernel.call(() => this.#exports.configureEntries(decoder, calls));
  }

  /** What of the trace is wanted, so that a container need not read the rest. */
  wants(): { entries: boolean; stripSlots: number } {
    return { entries: Boolean(this.#exports.readsEntries()), stripSlots: this.#exports.readsSlots() };
  }

  /** Where the next bytes of the trace go. Valid until the next call of any method. */
  input(): Uint8Array {
    return this.#kernel.slice(this.#exports.inputAddress(), this.#exports.INPUT_BYTES.value);
  }

  /** Decodes the first `bytes` bytes of `input()` into the batch; `last` if the trace ends with them. */
  decode(bytes: number, last: boolean): DecodeError | null {
    return this.#decoded(() => this.#exports.decode(bytes, last));
  }

  /** Goes on with the input of the latest decode(), when `need()` says so. */
  decodeMore(): DecodeError | null {
    return this.#decoded(() => this.#exports.decodeMore());
  }

  /** What the decoder needs after decode() or decodeMore() has returned `null`. */
  need(): DecoderNeed {
    return this.#need;
  }

  /** Whether what the decoder gives out next is to be counted: the trace is past what is skipped and the warm-up. */
  isWarm(): boolean {
    return this.#exports.selectionPhase() >= this.#exports.PHASE_COUNTED.value;
  }

  /** The entries that were decoded last (assembly/entries.ts). Valid until the next call of any method. */
  entries(): Uint8Array {
    return this.#kernel.slice(this.#exports.entriesAddress(), this.#exports.entriesBytes());
  }

  /** An encoder of the entries that this kernel gives out. Not to be used beside another one of it. */
  pwtEncoder(): PwtUnitEncoder {
    return new PwtUnitEncoder(this.#kernel);
  }

  /** The same, of their pages. Throws KernelError if there is no memory for it. */
  pagesEncoder(): PagesBlockEncoder {
    return new PagesBlockEncoder(this.#kernel);
  }

  /** Adds the records and instructions of the entries, or words, that were decoded last to the counters. */
  countEntries(): void {
    this.#kernel.call(() => this.#exports.countBatch());
  }

  /**
   * Starts an encoder of entries: `ENCODER_` and `name` is the constant of assembly/encoders/index.ts; of requests, those
   * that the references of `stream` make.
   */
  encoder(name: string, stream: Stream = "all"): KernelEncoder {
    return new KernelEncoder(this.#kernel, name, stream);
  }

  /** Whose the records are in the entries that were decoded last. */
  threadRuns(): ThreadRun[] {
    return threadRunsIn(this.entries(), this.#exports);
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

  /** Instructions that the batch tells of. */
  batchInstructions(): number {
    const { batchAddress, BATCH_INSTRUCTIONS_OFFSET } = this.#exports;
    return this.#kernel.view().getUint32(batchAddress() + BATCH_INSTRUCTIONS_OFFSET.value, true);
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
   * `records`: how many records they stand for. `skippedLines`, `damagedLines`: how many lines their decoder skipped, and
   * how many of those were damaged. `instructions`: how many the records tell of, by default one for each fetch.
   */
  setBatch(
    words: BigUint64Array,
    records: RecordsByKind,
    skippedLines = 0,
    damagedLines = 0,
    instructions: number = records[0],
  ): void {
    const x = this.#exports;
    this.#kernel.call(() => x.noteOtherBatch(skippedLines, damagedLines));
    const address = x.batchAddress();
    new BigUint64Array(x.memory.buffer, address + x.BATCH_WORDS_OFFSET.value, x.BATCH_WORDS.value).set(words);
    const view = this.#kernel.view();
    view.setUint32(address + x.BATCH_COUNT_OFFSET.value, words.length, true);
    records.forEach((count, kind) => {
      view.setUint32(address + x.BATCH_KINDS_OFFSET.value + 4 * kind, count, true);
    });
    view.setUint32(address + x.BATCH_INSTRUCTIONS_OFFSET.value, instructions, true);
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

  /** Starts a census, and a trace. Throws KernelError. */
  configureCensus(reading: TraceReading): void {
    const decoder = this.#setReading(reading);
    this.#kernel.run(() => this.#exports.configureCensus(decoder));
  }

  /** Counts the entries, or the words of a pages-only trace, that were decoded last. Throws KernelError if there is not enough memory for their pages. */
  takeCensus(): void {
    this.#kernel.run(() => this.#exports.takeCensus());
  }

  /** What was taken since configureCensus(). */
  census(): Census {
    return this.#kernel.call(() => readCensus(this.#kernel, !this.#exports.readsEntries()));
  }

  /** Has what comes be counted from 0 on. Machine and page tables stay as they are. */
  endWarmup(): void {
    this.#before = { counters: this.#kernel.counters(), mappedPages: this.#exports.pageCount() >>> 0 };
  }

  /** What was counted since the warm-up, or in all. */
  counters(): Counters {
    const counters = this.#kernel.counters();
    return this.#before === null ? counters : countersSince(counters, this.#before.counters);
  }

  /** That counter alone. */
  skippedLines(): number {
    return this.#kernel.counter("skippedLines");
  }

  /** Of these, those that begin like records. */
  damagedLines(): number {
    return this.#kernel.counter("damagedLines");
  }

  /** When and where the run missed. It must have been configured to be profiled. */
  profile(): MissProfile {
    return this.#kernel.call(() => readProfile(this.#kernel));
  }

  /** Pages that the machine's page tables map, those that were mapped in the warm-up not counted. */
  mappedPages(): number {
    return (this.#exports.pageCount() >>> 0) - (this.#before?.mappedPages ?? 0);
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

  #setReading(reading: TraceReading): number {
    this.#before = null;
    return putReading(this.#kernel, reading);
  }

  #decoded(decode: () => number): DecodeError | null {
    const answer = readAnswer(this.#kernel, this.#kernel.call(decode));
    if (typeof answer !== "string") return answer;
    this.#need = answer;
    return null;
  }
}
