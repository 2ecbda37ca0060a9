/** Simulations in a worker: the same calls as in this thread, which stays free meanwhile. */
import { type Endpoint, proxy, type Remote, transfer, wrap } from "comlink";
import type { Config, ResolvedSweepPoint, SweepConfig } from "../config/types.ts";
import { fromErrorValue, WorkerError } from "../errors.ts";
import { loadKernelModule } from "../kernel/load.ts";
import type { JobOptions } from "../replay.ts";
import type { InfoResult, RunResult, SweepResult } from "../report/results.ts";
import type { PointSimulator } from "../sweep.ts";
import type { OpenOptions } from "../trace/trace.ts";
import { nodeEndpoint } from "./endpoint.ts";
import type { JobId, Outcome, ReportProgress, WorkerApi, WorkerInput } from "./protocol.ts";

/** A trace for a worker: as for `openTrace()`, but no stream. A File is sent as a handle, bytes are copied. */
export type WorkerTrace = string | URL | Blob | Uint8Array;

export type WorkerJobOptions = OpenOptions & JobOptions;

/**
 * One worker. Jobs reject with the errors of `simulate()`, `sweep()` and `info()`, of the same classes and fields, and
 * with WorkerError when the worker dies or is terminated. Several jobs may run at once; they share one thread.
 */
export interface PagewalkWorker {
  simulate(trace: WorkerTrace, config?: Config, options?: WorkerJobOptions): Promise<RunResult>;
  sweep(trace: WorkerTrace, config?: SweepConfig, options?: WorkerJobOptions): Promise<SweepResult>;
  info(trace: WorkerTrace, options?: WorkerJobOptions): Promise<InfoResult>;
  /** Simulates points of a sweep that this thread reads the trace for; one sweep at a time. */
  readonly pointSimulator: PointSimulator;
  /** Ends the worker at once; what waits on it rejects with WorkerError. */
  terminate(): Promise<void>;
}

/** Batches on their way to a worker before its sender waits. */
const MAX_BATCHES_AHEAD = 4;

/** Starts a worker. Rejects with WorkerError if it cannot be loaded, with KernelError if the kernel cannot. */
export async function startWorker(): Promise<PagewalkWorker> {
  const module = await loadKernelModule();
  const client = new Client(createThread());
  await client.call((api) => api.provide(module));
  return client;
}

/** A running thread with its end of the wire. `onEnd` is called once, when nothing will answer any more. */
interface Thread {
  endpoint: Endpoint;
  onEnd(listener: (error: WorkerError) => void): void;
  terminate(): unknown;
}

function createThread(): Thread {
  const NodeWorker = globalThis.process?.getBuiltinModule?.("node:worker_threads")?.Worker;
  if (NodeWorker !== undefined) {
    const worker = new NodeWorker(new URL("./worker.js", import.meta.url));
    return {
      endpoint: nodeEndpoint(worker),
      onEnd: (listener) => {
        worker.on("error", (error) =>
          listener(new WorkerError(`the worker failed: ${error.message}`, { cause: error })),
        );
        worker.on("messageerror", (error) =>
          listener(new WorkerError(`the worker's answer is lost: ${error.message}`)),
        );
        worker.on("exit", (code) => listener(new WorkerError(`the worker exited with code ${code}`)));
      },
      terminate: () => worker.terminate(),
    };
  }
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  return {
    endpoint: worker,
    onEnd: (listener) => {
      worker.onerror = ({ message }) =>
        listener(new WorkerError(`the worker failed: ${message || "it could not be loaded"}`));
      worker.onmessageerror = () => listener(new WorkerError("the worker's answer is lost"));
    },
    terminate: () => worker.terminate(),
  };
}

class Client implements PagewalkWorker {
  readonly pointSimulator: PointSimulator;
  readonly #thread: Thread;
  readonly #api: Remote<WorkerApi>;
  /** Rejects when the worker is gone. comlink alone would leave its callers waiting for ever. */
  readonly #ended: Promise<never>;
  #end: (error: WorkerError) => void = () => undefined;
  #nextJob: JobId = 0;

  constructor(thread: Thread) {
    this.#thread = thread;
    this.#api = wrap<WorkerApi>(thread.endpoint);
    this.#ended = new Promise((_, reject) => {
      this.#end = reject;
    });
    this.#ended.catch(() => undefined); // each caller hears of it; none need be there
    thread.onEnd((error) => this.#end(error));
    this.pointSimulator = new RemoteSimulator(this);
  }

  simulate(trace: WorkerTrace, config: Config = {}, options: WorkerJobOptions = {}): Promise<RunResult> {
    return this.#job(options, (id, report) => this.#api.simulate(id, inputOf(trace, options), config, report));
  }

  sweep(trace: WorkerTrace, config: SweepConfig = {}, options: WorkerJobOptions = {}): Promise<SweepResult> {
    return this.#job(options, (id, report) => this.#api.sweep(id, inputOf(trace, options), config, report));
  }

  info(trace: WorkerTrace, options: WorkerJobOptions = {}): Promise<InfoResult> {
    return this.#job(options, (id, report) => this.#api.info(id, inputOf(trace, options), report));
  }

  async terminate(): Promise<void> {
    this.#end(new WorkerError("the worker was terminated"));
    await this.#thread.terminate();
  }

  /** What the worker answers, or a rejection when it is gone. */
  async call<Answer>(ask: (api: Remote<WorkerApi>) => Answer): Promise<Awaited<Answer>> {
    return Promise.race([this.#ended, ask(this.#api)]);
  }

  async #job<Value>(
    { signal, onProgress }: JobOptions,
    start: (id: JobId, report: ReportProgress | null) => PromiseLike<Outcome<Value>>,
  ): Promise<Value> {
    signal?.throwIfAborted();
    const id = this.#nextJob++;
    const cancel = () => void this.#api.cancel(id).catch(() => undefined);
    signal?.addEventListener("abort", cancel);
    try {
      const outcome = await this.call(() => start(id, onProgress ? proxy(onProgress) : null));
      signal?.throwIfAborted();
      return unwrap(outcome);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }
}

class RemoteSimulator implements PointSimulator {
  readonly #client: Client;
  #onTheWay: Promise<void>[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  async start(points: readonly ResolvedSweepPoint[]): Promise<void> {
    this.#onTheWay = [];
    unwrap(await this.#client.call((api) => api.startPoints(points)));
  }

  feed(references: BigUint64Array): Promise<void> | undefined {
    const copy = references.slice();
    const taken = this.#client.call((api) => api.feedPoints(transfer(copy, [copy.buffer]))).then(unwrap<void>);
    taken.catch(() => undefined); // heard of when it is waited for
    this.#onTheWay.push(taken);
    return this.#onTheWay.length > MAX_BATCHES_AHEAD ? this.#onTheWay.shift() : undefined;
  }

  async finish(): Promise<number[]> {
    await Promise.all(this.#onTheWay);
    return unwrap(await this.#client.call((api) => api.finishPoints()));
  }
}

function inputOf(trace: WorkerTrace, { format }: OpenOptions): WorkerInput {
  return trace instanceof URL ? { input: trace.href, isUrl: true, format } : { input: trace, isUrl: false, format };
}

function unwrap<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw fromErrorValue(outcome.error);
}
