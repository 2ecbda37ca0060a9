/** Runs experiments in workers and keeps their results. Knows nothing of the page. */
import { resolve } from "../../config/resolve.ts";
import type { Config, SweepConfig } from "../../config/types.ts";
import { TraceError } from "../../errors.ts";
import type { Progress } from "../../report/progress.ts";
import type { RunResult, SweepResult } from "../../report/results.ts";
import type { PagewalkWorker } from "../../worker/client.ts";
import { type StartWorker, WorkerSlot } from "./worker-slot.ts";

/** TLBs of many sizes over a trace. */
export interface SweepJob {
  kind: "sweep";
  trace: File;
  config: SweepConfig;
}

/** One machine over a trace, with a profile. */
export interface RunJob {
  kind: "run";
  trace: File;
  config: Config;
}

/** What a worker does at once. */
export type Job = SweepJob | RunJob;

/** How far the jobs of one start() have come, those together that were not done before. */
export interface RunProgress extends Progress {
  storedBytes: number;
  jobs: number;
  jobsDone: number;
  /** Of those that are done. */
  jobsFailed: number;
}

/** Who wants to know how a run goes on. */
export interface Listener {
  /** Called when a job has a result or an error: see `resultOf()` and `errorOf()`. */
  onSettled?: () => void;
  /** Called some ten times a second. */
  onProgress?: (progress: RunProgress) => void;
}

/**
 * Results that are kept of one trace, those used last: more than any one experiment has. One with a profile takes some
 * megabytes.
 */
const MOST_RESULTS = 32;

/** Workers and the results that they have come to. */
export class Runner {
  readonly #slots: readonly WorkerSlot[];
  /** By the trace itself: another file of the same name is another trace. */
  readonly #results = new WeakMap<File, Map<string, RunResult | SweepResult>>();
  #errors = new Map<string, Error>();
  readonly #traceIds = new WeakMap<File, number>();
  #lastTraceId = 0;

  /** @param threads workers that run jobs at once; each is started when it is needed */
  constructor(start: StartWorker, threads: number) {
    this.#slots = Array.from({ length: threads }, () => new WorkerSlot(start));
  }

  /** The result of `job`, if it ever ran to its end. */
  resultOf(job: SweepJob): SweepResult | undefined;
  resultOf(job: RunJob): RunResult | undefined;
  resultOf(job: Job): RunResult | SweepResult | undefined {
    return this.#results.get(job.trace)?.get(keyOf(job));
  }

  /** Why `job` failed the last time. */
  errorOf(job: Job): Error | undefined {
    return this.#errors.get(this.#nameOf(job));
  }

  /** Whether all of `jobs` have results. */
  hasAll(jobs: readonly Job[]): boolean {
    return jobs.every((job) => this.#has(job));
  }

  /**
   * Runs what has no result yet, in its order, as many at once as there are workers, and resolves when all jobs have
   * either a result or an error. A trace that cannot be read is an error of all its jobs. Rejects only with the reason
   * of `signal`: jobs without a result then have none, nor an error.
   */
  async run(jobs: readonly Job[], { onSettled, onProgress }: Listener, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#errors = new Map();
    for (const job of jobs) {
      const known = this.#results.get(job.trace)?.get(keyOf(job));
      if (known !== undefined) this.#keep(job, known);
    }
    const missing = [...new Map(jobs.map((job) => [this.#nameOf(job), job])).values()].filter((job) => !this.#has(job));
    const progress = new Map<Job, Progress>();
    const report = (job: Job, each: Progress) => {
      progress.set(job, each);
      onProgress?.(this.#sum(missing, progress));
    };
    const waiting = [...missing];
    const work = async (slot: WorkerSlot) => {
      for (let job = waiting.shift(); job !== undefined && !signal.aborted; job = waiting.shift()) {
        await this.#runOne(slot, job, (each) => report(job as Job, each), signal);
        if (signal.aborted) return;
        const error = this.errorOf(job);
        if (error instanceof TraceError) this.#giveUp(waiting, job.trace, error);
        report(job, {
          consumedBytes: job.trace.size,
          storedBytes: job.trace.size,
          records: progress.get(job)?.records ?? 0,
        });
        onSettled?.();
      }
    };
    // A worker that is still being loaded cannot be told to stop.
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    await Promise.race([stopped, Promise.all(this.#slots.map(work))]);
  }

  async #runOne(
    slot: WorkerSlot,
    job: Job,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const result = await slot.use((worker) => perform(worker, job, onProgress, signal));
      this.#keep(job, result);
    } catch (error) {
      if (!signal.aborted) this.#errors.set(this.#nameOf(job), asError(error));
    }
  }

  /** Keeps `result` as the one that was used last. */
  #keep(job: Job, result: RunResult | SweepResult): void {
    const results = this.#results.get(job.trace) ?? new Map<string, RunResult | SweepResult>();
    this.#results.set(job.trace, results);
    results.delete(keyOf(job));
    results.set(keyOf(job), result);
    const [oldest] = results.keys();
    if (results.size > MOST_RESULTS && oldest !== undefined) results.delete(oldest);
  }

  /** Takes the jobs of a trace that cannot be read out of those that wait. */
  #giveUp(waiting: Job[], trace: File, error: Error): void {
    for (const job of waiting.filter((each) => each.trace === trace)) {
      waiting.splice(waiting.indexOf(job), 1);
      this.#errors.set(this.#nameOf(job), error);
    }
  }

  #sum(jobs: readonly Job[], progress: ReadonlyMap<Job, Progress>): RunProgress {
    const sum: RunProgress = {
      consumedBytes: 0,
      storedBytes: 0,
      records: 0,
      jobs: jobs.length,
      jobsDone: 0,
      jobsFailed: 0,
    };
    for (const job of jobs) {
      const hasFailed = this.errorOf(job) !== undefined;
      const isDone = this.#has(job) || hasFailed;
      sum.storedBytes += job.trace.size;
      sum.consumedBytes += isDone ? job.trace.size : (progress.get(job)?.consumedBytes ?? 0);
      sum.records += progress.get(job)?.records ?? 0;
      if (isDone) sum.jobsDone++;
      if (hasFailed) sum.jobsFailed++;
    }
    return sum;
  }

  #has(job: Job): boolean {
    return this.#results.get(job.trace)?.has(keyOf(job)) === true;
  }

  #nameOf(job: Job): string {
    let id = this.#traceIds.get(job.trace);
    if (id === undefined) {
      this.#lastTraceId++;
      id = this.#lastTraceId;
      this.#traceIds.set(job.trace, id);
    }
    return `${id} ${keyOf(job)}`;
  }
}

async function perform(
  worker: PagewalkWorker,
  job: Job,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<RunResult | SweepResult> {
  const options = { onProgress, signal };
  if (job.kind === "sweep") return worker.sweep(job.trace, job.config, options);
  const withProfile = { ...options, profile: true };
  return worker.simulate(job.trace, job.config, withProfile);
}

/** What jobs are known by: made once, as it is asked for with each progress of any. */
const KEYS = new WeakMap<Job, string>();

/** The same for machines that are the same, however they were written. A sweep has no such form: it may be a million points. */
function keyOf(job: Job): string {
  const known = KEYS.get(job);
  if (known !== undefined) return known;
  const config = job.kind === "run" ? resolve(job.config) : Object.fromEntries(Object.entries(job.config).sort());
  const key = `${job.kind} ${JSON.stringify(config)}`;
  KEYS.set(job, key);
  return key;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
