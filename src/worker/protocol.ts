/** What passes between a client and its worker. Types only. */
import type { Config, ResolvedConfig, SweepConfig } from "../config/types.ts";
import type { CpuWords } from "../cpus/simulator.ts";
import type { ErrorValue } from "../errors.ts";
import type { Sieve } from "../kernel/sieves.ts";
import type { SweepCounts, SweepWork } from "../kernel/sweep-kernel.ts";
import type { DecodedPart, TracePart } from "../part-decoder.ts";
import type { Progress } from "../report/progress.ts";
import type { InfoResult, RunResult, SweepResult, TraceSummary } from "../report/results.ts";
import type { RunOptions } from "../simulate.ts";
import type { PartsSource } from "../trace/parts.ts";
import type { OpenOptions } from "../trace/trace.ts";

/** An error as a value: a worker boundary keeps neither the class nor the fields of a thrown one. */
export type Outcome<Value> = { ok: true; value: Value } | { ok: false; error: ErrorValue };

/** A trace that can be named to another thread: a path, a URL as text, a handle, or bytes, which are copied. */
export interface WorkerInput {
  input: string | Blob | Uint8Array;
  /** Whether `input` is a URL as text. */
  isUrl: boolean;
  /** Name of a File: Node sends it as a Blob without one. */
  name?: string | undefined;
  opening: OpenOptions;
}

/** A number that the client gives each job, to cancel it by. */
export type JobId = number;

/** Resolves when the client has taken notice. */
export type ReportProgress = (progress: Progress) => void | Promise<void>;

export interface WorkerApi {
  /** Gives the worker the compiled kernel. Called first. */
  provide(module: WebAssembly.Module): void;
  /** Whether the worker now holds the lock of this name, as it will as long as it lives. */
  holdForLife(name: string): Promise<boolean>;
  simulate(
    id: JobId,
    trace: WorkerInput,
    config: Config,
    report: ReportProgress | null,
    options?: RunOptions,
  ): Promise<Outcome<RunResult>>;
  sweep(
    id: JobId,
    trace: WorkerInput,
    config: SweepConfig,
    report: ReportProgress | null,
  ): Promise<Outcome<SweepResult>>;
  info(id: JobId, trace: WorkerInput, report: ReportProgress | null): Promise<Outcome<InfoResult>>;
  /** Ends a job soon: its outcome is then an AbortError. Unknown numbers are ignored. */
  cancel(id: JobId): void;
  /** A share of a sweep whose trace another thread reads: see SweepSimulator. */
  startSweep(work: SweepWork): Promise<Outcome<void>>;
  rewindSweep(): Promise<Outcome<void>>;
  feedSweep(references: BigUint64Array): Outcome<void>;
  endSweepWarmup(): Outcome<void>;
  finishSweep(): Promise<Outcome<SweepCounts>>;
  /** Some of the CPUs that are compared, where another thread reads the trace: see CpuSimulator. */
  startCpus(configs: readonly ResolvedConfig[]): Promise<Outcome<Sieve[]>>;
  feedCpus(words: CpuWords): Promise<Outcome<void>>;
  endCpusWarmup(): Promise<Outcome<void>>;
  finishCpus(trace: TraceSummary): Promise<Outcome<RunResult[]>>;
  /** Parts of a trace that another thread simulates. */
  startParts(config: ResolvedConfig, source: PartsSource | null): Promise<Outcome<void>>;
  decodePart(part: TracePart): Promise<Outcome<DecodedPart>>;
  finishParts(): Promise<Outcome<void>>;
}
