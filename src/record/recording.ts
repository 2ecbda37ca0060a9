/** A program that runs under a recorder, and its accesses as they come. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, readlinkSync } from "node:fs";
import { constants } from "node:os";
import { SELECT_ALL } from "../config/selection.ts";
import { messageOf } from "../errors.ts";
import type { Mapping } from "../regions/maps.ts";
import { type RegionRow, regionRows } from "../regions/rows.ts";
import { RecordError, STATUS_NOT_EXECUTABLE, STATUS_RECORDER_FAILED } from "./errors.ts";
import { LogScanner, type RecordWindow } from "./log-scanner.ts";
import { type LineReader, openPipe } from "./pipe.ts";
import { type Program, quotedWords } from "./program.ts";
import { LOG_DESCRIPTOR, type Recorder } from "./recorder.ts";
import { RegionTracker } from "./regions.ts";

export interface RecordingOptions {
  /** What of the accesses is wanted. The regions are those of the window, and count from its first record. @default all */
  window?: RecordWindow | undefined;
  /** End the program after the window, by SIGTERM; otherwise it runs on, unrecorded. @default false */
  stop?: boolean | undefined;
}

/** How a recording ended. */
export interface RecordingEnd {
  /** Of the program, as a shell has it: 128 and the number of the signal that ended it. */
  exitStatus: number;
  /** The signal that ended it; `null`: none. */
  signal: NodeJS.Signals | null;
  /** Why the records are not all that there should be; `null`: they are. */
  incomplete: string | null;
  /** Records in the window. */
  records: number;
  regions: RegionRow[];
  /** What else is to be said, in sentences. */
  remarks: string[];
}

/** Milliseconds that a program has to end after SIGTERM, before SIGKILL. */
const STOP_MS = 5000;

export class Recording {
  readonly recorder: Recorder;
  readonly program: Program;
  /** The command line of the program, quoted. */
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #reader: LineReader;
  readonly #exit: Promise<{ status: number; signal: NodeJS.Signals | null }>;
  readonly #scanner: LogScanner;
  readonly #tracker: RegionTracker;
  readonly #stop: boolean;
  #hasEnded = false;
  #ending: Promise<RecordingEnd> | null = null;
  /** Whether the log had the line that is written at the end. */
  #sawEnd = false;
  /** Whether the mappings at the start were looked at. */
  #sawStart = false;
  /** They. */
  #mappings: Mapping[] = [];
  #wasStopped = false;
  /** Whether nobody wants what comes now. */
  #isCut = false;
  #remarks: string[] = [];
  /** The last lines of the log that are no records, for when it fails. */
  #lastWords: string[] = [];

  /** Starts `program` under `recorder`. Standard input, output and error are this process's own. */
  static async start(recorder: Recorder, program: Program, options: RecordingOptions = {}): Promise<Recording> {
    const pipe = await openPipe();
    try {
      const [file = "", ...words] = recorder.command(program);
      const stdio: ("inherit" | number)[] = ["inherit", "inherit", "inherit"];
      stdio[LOG_DESCRIPTOR] = pipe.writeDescriptor;
      const child = spawn(file, words, { stdio, env: { ...process.env, ...recorder.environment } });
      await new Promise<void>((resolve, reject) => {
        child.once("spawn", resolve);
        child.once("error", (error) => {
          reject(new RecordError(`${recorder.title} could not be started: ${messageOf(error)}`, undefined, error));
        });
      });
      return new Recording(recorder, program, child, pipe.reader, options);
    } catch (error) {
      pipe.reader.close();
      await recorder.close?.();
      throw error;
    } finally {
      closeSync(pipe.writeDescriptor);
    }
  }

  private constructor(
    recorder: Recorder,
    program: Program,
    child: ChildProcess,
    reader: LineReader,
    { window = SELECT_ALL, stop = false }: RecordingOptions,
  ) {
    this.recorder = recorder;
    this.program = program;
    this.name = quotedWords(program.words);
    this.#child = child;
    this.#reader = reader;
    this.#stop = stop;
    this.#tracker = new RegionTracker((descriptor) => this.#fileOf(descriptor));
    this.#scanner = new LogScanner(window, (line) => this.#take(line));
    this.#exit = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.#hasEnded = true;
        resolve({ status: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), signal });
      });
    });
    // What the program left running may hold the pipe open.
    reader.isAbandoned = () => this.#hasEnded;
  }

  /** Records in the window so far. */
  get records(): number {
    return this.#scanner.recordsInWindow;
  }

  /** Sends the program a signal. One that has ended is left alone. */
  kill(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) this.#child.kill(signal);
  }

  /**
   * The lines of the window, in pieces, until the recording ends or the window does. Can be read once. To be followed by
   * end(), also when it was left early: the program is then run to its end.
   */
  async *lines(): AsyncGenerator<Uint8Array, void> {
    let ranOut = false;
    try {
      while (!this.#scanner.done) {
        let lines = await this.#reader.next();
        ranOut = lines === null;
        lines ??= await this.#lastLines();
        if (lines === null) return;
        if (!this.#sawStart) this.#lookAtStart();
        const wanted = this.#scanner.scan(lines);
        if (wanted.length > 0) yield wanted;
        if (ranOut) return;
      }
    } finally {
      this.#isCut = !ranOut;
    }
  }

  /** Waits until the program has ended, and tells how. */
  end(): Promise<RecordingEnd> {
    this.#ending ??= this.#finish();
    return this.#ending;
  }

  async #finish(): Promise<RecordingEnd> {
    const scanner = this.#scanner;
    const isCut = this.#isCut;
    if (isCut && this.#stop && !this.#hasEnded) {
      this.#wasStopped = true;
      this.kill("SIGTERM");
    }
    const timer = this.#wasStopped ? setTimeout(() => this.kill("SIGKILL"), STOP_MS) : undefined;
    // A recorder that cannot write would stand still.
    while ((await this.#reader.next()) !== null);
    const { status, signal } = await this.#exit;
    clearTimeout(timer);
    await this.recorder.close?.();
    const records = scanner.recordsInWindow;
    return {
      exitStatus: this.#wasStopped ? 0 : this.#exitStatus(status),
      signal: this.#wasStopped ? null : signal,
      incomplete: isCut ? null : this.#whatIsMissing(signal),
      records,
      regions: regionRows(this.#tracker.map.regions(), scanner.skipped, records),
      remarks: this.#allRemarks(),
    };
  }

  #take(line: string): void {
    const mappings = this.recorder.mappingsIn?.(line) ?? null;
    if (mappings === "all") this.#tracker.begin(this.#mappings);
    else if (mappings !== null) this.#mappings.push(...mappings);
    this.#tracker.read(line, this.#scanner.records);
    if (this.recorder.endsWith(line)) this.#sawEnd = true;
    if (/unhandled instruction bytes|Unrecognised instruction/.test(line)) {
      this.#remark(`${this.recorder.title} met an instruction that it does not know, on which the program fails`);
    }
    if (!line.startsWith("SYSCALL") && line.trim() !== "") this.#lastWords = [...this.#lastWords.slice(-4), line];
  }

  /** What came without a newline, or did not come because a signal was faster. */
  async #lastLines(): Promise<Uint8Array | null> {
    const { signal } = await this.#exit;
    const rest = signal === null || this.#sawEnd ? undefined : this.recorder.rest?.(this.#reader.receivedBytes);
    const last = Buffer.concat([this.#reader.torn, rest ?? new Uint8Array(0)]);
    // Whoever kills it may do so because it does not do what it should.
    if (rest !== undefined && signal !== "SIGKILL") this.#sawEnd = true;
    const end = last.lastIndexOf("\n") + 1;
    // A call from which the program did not come back has no newline.
    if (last.toString("latin1", end, end + 7) === "SYSCALL") this.#take(last.toString("utf8", end));
    return end === 0 ? null : last.subarray(0, end);
  }

  /** A process that has ended has no mappings any more. */
  #lookAtStart(): void {
    this.#sawStart = true;
    try {
      this.#mappings = this.recorder.mappingsOf?.(this.#child.pid ?? 0) ?? [];
      if (this.#mappings.length > 0) this.#tracker.begin(this.#mappings);
    } catch {
      this.#mappings = [];
    }
  }

  #fileOf(descriptor: bigint): string | null {
    try {
      return readlinkSync(`/proc/${this.#child.pid}/fd/${descriptor}`);
    } catch {
      return null;
    }
  }

  #exitStatus(status: number): number {
    // A recorder that wrote no record never ran the program.
    return this.#scanner.records === 0 && status !== 0 && status !== STATUS_NOT_EXECUTABLE
      ? STATUS_RECORDER_FAILED
      : status;
  }

  #whatIsMissing(signal: NodeJS.Signals | null): string | null {
    const { title } = this.recorder;
    if (this.#scanner.records === 0) {
      const said = this.#lastWords.length > 0 ? `; its last words: ${this.#lastWords.join(" | ")}` : "";
      return `${title} recorded nothing${said}`;
    }
    if (this.#sawEnd || this.#tracker.becameProgram !== null) return null;
    const how = signal === null ? "stopped" : `was ended by ${signal}`;
    return `${title} ${how} before it had written all`;
  }

  #remark(sentence: string): void {
    if (!this.#remarks.includes(sentence)) this.#remarks.push(sentence);
  }

  #allRemarks(): string[] {
    const { becameProgram, children, hasSharedMemory, map } = this.#tracker;
    const remarks = [...this.#remarks];
    if (this.#mappings.length === 0 && this.#scanner.records > 0) {
      remarks.push("what memory the program had at its start is not known: its regions are only those that came later");
    }
    if (becameProgram !== null) {
      remarks.push(
        `the program became another one${becameProgram === "" ? "" : ` (${quotedWords([becameProgram])})`}, ` +
          "of which nothing is recorded: give that one as the program",
      );
    }
    if (children > 0) {
      const processes = children === 1 ? "a process" : `${children} processes`;
      remarks.push(`the program started ${processes}, of which nothing is recorded`);
    }
    if (hasSharedMemory) remarks.push("the program shares memory (shmat), which is not among its regions");
    if (map.forgotten > 0) remarks.push(`the first ${map.forgotten} regions that ended were too many to be kept`);
    return remarks;
  }
}
