/** Simulations in a worker: the same calls as in this thread, which stays free meanwhile. */
import { type Endpoint, proxy, type Remote, transfer, wrap } from "comlink";
import { resolve, resolveSweep } from "../config/resolve.ts";
import type { Config, ResolvedConfig, SweepConfig } from "../config/types.ts";
import type { CpuSimulator, CpuWords } from "../cpus/simulator.ts";
import { ConfigError, fromErrorValue, messageOf, WorkerError } from "../errors.ts";
import type { JobOptions } from "../job.ts";
import { loadKernelModule } from "../kernel/load.ts";
import type { Sieve } from "../kernel/sieves.ts";
import type { SweepCounts, SweepWork } from "../kernel/sweep-kernel.ts";
import type { DecodedPart, PartDecoder, TracePart } from "../part-decoder.ts";
import type { Progress } from "../report/progress.ts";
import type { InfoResult, RunResult, SweepResult, TraceSummary } from "../report/results.ts";
import type { RunOptions } from "../simulate.ts";
import type { SweepSimulator } from "../sweep.ts";
import { runsInNode } from "../trace/node-file.ts";
import { type OpenOptions, openOptionsOf } from "../trace/open-options.ts";
import type { PartsSource } from "../trace/parts.ts";

import { createWorker } from "./create-worker.ts";
import { nodeEndpoint } from "./endpoint.ts";
import { endOfLife, lockName } from "./life.ts";
import type { JobId, Outcome, ReportProgress, WorkerApi, WorkerInput } from "./protocol.ts";

/**
 * A trace for a worker: as for `openTrace()`, but no stream. A File is sent as a handle, bytes are copied. A relative URL
 * is taken relative to the page; results and errors name the whole of it.
 */
export type WorkerTrace = string | URL | Blob | Uint8Array;

export type WorkerJobOptions = OpenOptions & JobOptions;

export type WorkerSimulateOptions = WorkerJobOptions & RunOptions;

/**
 * One worker. Jobs reject with the errors of `simulate()`, `sweep()` and `info()`, of the same classes and fields, and
 * with WorkerError when the worker dies or is terminated. Several jobs may run at once; they share one thread. A job
 * rejects as soon as its signal fires; the worker lets go of its trace soon after that.
 */
export interface PagewalkWorker {
  simulate(trace: WorkerTrace, config?: Config, options?: WorkerSimulateOptions): Promise<RunResult>;
  sweep(trace: WorkerTrace, config?: SweepConfig, options?: WorkerJobOptions): Promise<SweepResult>;
  info(trace: WorkerTrace, options?: WorkerJobOptions): Promise<InfoResult>;
  /** Simulates a share of a sweep that this thread reads the trace for; one sweep at a time. */
  readonly sweepSimulator: SweepSimulator;
  /** Simulates some of the CPUs that are compared, where this thread reads the trace; one comparison at a time. */
  readonly cpuSimulator: CpuSimulator;
  /** Decodes parts of a trace that this thread simulates; one trace at a time. */
  readonly partDecoder: PartDecoder;
  /** Ends the worker at once; what waits on it rejects with WorkerError. */
  terminate(): Promise<void>;
}

/** Batches on their way to a worker before its sender waits. */
const MAX_BATCHES_AHEAD = 4;
/** The same of words for CPUs, of which each batch makes one message for each sieve. */
const MAX_CPU_WORDS_AHEAD = 16;

/** Starts a worker. Rejects with WorkerError if it cannot be loaded, with KernelError if the kernel cannot. */
export async function startWorker(): Promise<PagewalkWorker> {
  const module = await loadKernelModule();
  const client = new Client(createThread());
  try {
    await client.call((api) => api.provide(module));
    await client.watch();
  } catch (error) {
    await client.terminate();
    throw error;
  }
  return client;
}

/** A running thread with its end of the wire. */
interface Thread {
  endpoint: Endpoint;
  /** Calls `listener` when nothing will answer any more, perhaps more than once. */
  onEnd(listener: (error: WorkerError) => void): void;
  /** Whether it can end without an event. */
  canEndSilently: boolean;
  terminate(): unknown;
}

function createThread(): Thread {
  try {
    const NodeWorker = globalThis.process?.getBuiltinModule?.("node:worker_threads")?.Worker;
    return NodeWorker === undefined ? createWebThread() : createNodeThread(NodeWorker);
  } catch (error) {
    throw new WorkerError(`the worker could not be started: ${messageOf(error)}`, { cause: error });
  }
}

function createNodeThread(NodeWorker: typeof import("node:worker_threads").Worker): Thread {
  // Not the options of this process: some, as --input-type, are an error where there is a file to run.
  const script = new URL(/* @vite-ignore: no part of a page */ "./worker.js", import.meta.url);
  const worker = new NodeWorker(script, { execArgv: [] });
  return {
    endpoint: nodeEndpoint(worker),
    onEnd: (listener) => {
      worker.on("error", (error) =>
        listener(new WorkerError(`the worker failed: ${messageOf(error)}`, { cause: error })),
      );
      worker.on("messageerror", (error) =>
        listener(new WorkerError(`the worker's answer is lost: ${messageOf(error)}`, { cause: error })),
      );
      worker.on("exit", (code) => listener(new WorkerError(`the worker exited with code ${code}`)));
    },
    canEndSilently: false,
    terminate: () => worker.terminate(),
  };
}

function createWebThread(): Thread {
  const worker = createWorker();
  return {
    endpoint: worker,
    onEnd: (listener) => {
      worker.onerror = (event) => {
        event.preventDefault(); // the callers hear of it, so it is not uncaught
        listener(new WorkerError(`the worker failed: ${event.message || "it could not be loaded"}`));
      };
      worker.onmessageerror = () => listener(new WorkerError("the worker's answer is lost"));
    },
    canEndSilently: true,
    terminate: () => worker.terminate(),
  };
}

class Client implements PagewalkWorker {
  readonly sweepSimulator: SweepSimulator;
  readonly cpuSimulator: CpuSimulator;
  readonly partDecoder: PartDecoder;
  readonly #thread: Thread;
  readonly #api: Remote<WorkerApi>;
  /** Why the worker is gone; `null` while it is not. */
  #ended: WorkerError | null = null;
  /** Who waits for an answer. comlink alone would leave them waiting for ever when the worker is gone. */
  readonly #waiting = new Set<(error: WorkerError) => void>();
  #nextJob: JobId = 0;

  constructor(thread: Thread) {
    this.#thread = thread;
    this.#api = wrap<WorkerApi>(thread.endpoint);
    this.sweepSimulator = new RemoteSimulator(this);
    this.cpuSimulator = new RemoteCpuSimulator(this);
    this.partDecoder = new RemotePartDecoder(this);
    thread.onEnd((error) => this.#end(error));
  }

  simulate(trace: WorkerTrace, config: Config = {}, options: WorkerSimulateOptions = {}): Promise<RunResult> {
    return this.#job(options, (id, report) => {
      const { hierarchy } = resolve(config); // what is wrong may not even be possible to send
      if (hierarchy?.own !== undefined)
        throw new ConfigError("policy", hierarchy.own.names, "a built-in one in a worker");
      const { profile, by, interval, maps, regions } = options;
      return this.#api.simulate(id, inputOf(trace, options), config, report, { profile, by, interval, maps, regions });
    });
  }

  sweep(trace: WorkerTrace, config: SweepConfig = {}, options: WorkerJobOptions = {}): Promise<SweepResult> {
    return this.#job(options, (id, report) => {
      resolveSweep(config);
      return this.#api.sweep(id, inputOf(trace, options), config, report);
    });
  }

  info(trace: WorkerTrace, options: WorkerJobOptions = {}): Promise<InfoResult> {
    return this.#job(options, (id, report) => this.#api.info(id, inputOf(trace, options), report));
  }

  /** Has the end of the worker noticed that no event tells of, where that is possible; resolves when it will be. */
  async watch(): Promise<void> {
    const name = this.#thread.canEndSilently ? lockName() : null;
    if (name === null || !(await this.call((api) => api.holdForLife(name)))) return;
    void endOfLife(name).then(() => this.#end(new WorkerError("the worker ended unexpectedly")));
  }

  async terminate(): Promise<void> {
    this.#end(new WorkerError("the worker was terminated"));
    await this.#thread.terminate();
  }

  /** What the worker answers, or a rejection when it is gone: then nothing is asked. */
  async call<Answer>(ask: (api: Remote<WorkerApi>) => Answer): Promise<Awaited<Answer>> {
    if (this.#ended !== null) throw this.#ended;
    let giveUp: (error: WorkerError) => void = () => undefined;
    const ended = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    this.#waiting.add(giveUp);
    try {
      return await Promise.race([ended, ask(this.#api)]);
    } finally {
      this.#waiting.delete(giveUp);
    }
  }

  #end(error: WorkerError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    for (const giveUp of this.#waiting) giveUp(error);
    // In a browser a worker that has failed lives on.
    this.#thread.terminate();
  }

  async #job<Value>(
    { signal, onProgress }: JobOptions,
    start: (id: JobId, report: ReportProgress | null) => PromiseLike<Outcome<Value>>,
  ): Promise<Value> {
    signal?.throwIfAborted();
    const id = this.#nextJob++;
    let running = true;
    let stop: (reason: unknown) => void = () => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stop = (reason) => {
        running = false;
        reject(reason);
        this.call((api) => api.cancel(id)).catch(() => undefined); // if the worker is gone, so is the job
      };
    });
    const abort = () => stop(signal?.reason);
    const report = (progress: Progress) => {
      if (!running) return;
      try {
        onProgress?.(progress);
      } catch (error) {
        stop(error);
      }
    };
    signal?.addEventListener("abort", abort);
    try {
      return unwrap(await Promise.race([stopped, this.call(() => start(id, onProgress ? proxy(report) : null))]));
    } finally {
      running = false;
      signal?.removeEventListener("abort", abort);
    }
  }
}

class RemoteSimulator implements SweepSimulator {
  readonly #client: Client;
  #onTheWay: Promise<void>[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  async start(work: SweepWork): Promise<void> {
    this.#onTheWay = [];
    unwrap(await this.#client.call((api) => api.startSweep(work)));
  }

  async rewind(): Promise<void> {
    unwrap(await this.#client.call((api) => api.rewindSweep())); // messages arrive in their order
  }

  feed(references: BigUint64Array): Promise<void> | undefined {
    const copy = references.slice();
    const taken = this.#client.call((api) => api.feedSweep(transfer(copy, [copy.buffer]))).then(unwrap<void>);
    taken.catch(() => undefined); // heard of when it is waited for
    this.#onTheWay.push(taken);
    return this.#onTheWay.length > MAX_BATCHES_AHEAD ? this.#onTheWay.shift() : undefined;
  }

  async endWarmup(): Promise<void> {
    unwrap(await this.#client.call((api) => api.endSweepWarmup())); // messages arrive in their order
  }

  async finish(): Promise<SweepCounts> {
    await Promise.all(this.#onTheWay);
    return unwrap(await this.#client.call((api) => api.finishSweep()));
  }
}

class RemoteCpuSimulator implements CpuSimulator {
  readonly #client: Client;
  #onTheWay: Promise<void>[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  async start(configs: readonly ResolvedConfig[]): Promise<Sieve[]> {
    this.#onTheWay = [];
    return unwrap(await this.#client.call((api) => api.startCpus(configs)));
  }

  feed(given: CpuWords): Promise<void> | undefined {
    const words = given.words.slice();
    const taken = this.#client
      .call((api) => api.feedCpus(transfer({ ...given, words }, [words.buffer])))
      .then(unwrap<void>);
    taken.catch(() => undefined); // heard of when it is waited for
    this.#onTheWay.push(taken);
    return this.#onTheWay.length > MAX_CPU_WORDS_AHEAD ? this.#onTheWay.shift() : undefined;
  }

  async endWarmup(): Promise<void> {
    unwrap(await this.#client.call((api) => api.endCpusWarmup())); // messages arrive in their order
  }

  async finish(trace: TraceSummary): Promise<RunResult[]> {
    await Promise.all(this.#onTheWay);
    return unwrap(await this.#client.call((api) => api.finishCpus(trace)));
  }
}

class RemotePartDecoder implements PartDecoder {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async start(config: ResolvedConfig, source: PartsSource | null): Promise<void> {
    unwrap(await this.#client.call((api) => api.startParts(config, source)));
  }

  async decode(part: TracePart): Promise<DecodedPart> {
    const sent = part instanceof Uint8Array ? transfer(part, [part.buffer]) : part;
    return unwrap(await this.#client.call((api) => api.decodePart(sent)));
  }

  async finish(): Promise<void> {
    unwrap(await this.#client.call((api) => api.finishParts()));
  }
}

/** Throws TypeError if `trace` is nothing that can be sent, such as a stream or what `openTrace()` gives. */
function inputOf(trace: WorkerTrace, options: OpenOptions): WorkerInput {
  const opening = openOptionsOf(options);
  if (trace instanceof URL) return { input: trace.href, isUrl: true, opening };
  if (typeof trace === "string") {
    if (runsInNode()) return { input: trace, isUrl: false, opening };
    // The worker's own base is where its script lies.
    return { input: new URL(trace, globalThis.document?.baseURI ?? location.href).href, isUrl: true, opening };
  }
  if (trace instanceof Uint8Array) {
    // A copy: sending a part of a buffer would send all of it, and a shared one would stay shared.
    const input = new Uint8Array(trace);
    return transfer({ input, isUrl: false, opening }, [input.buffer]);
  }
  if (trace instanceof Blob) {
    const name = "name" in trace && typeof trace.name === "string" ? trace.name : undefined;
    return { input: trace, isUrl: false, name, opening };
  }
  throw new TypeError("a worker takes a path, a URL, a File, another Blob, or a Uint8Array");
}

function unwrap<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw fromErrorValue(outcome.error);
}
