/** The worker's side, without the worker: jobs with errors as values, cancelled by number. */
import { releaseProxy, transfer } from "comlink";
import type { Config, ResolvedConfig, SweepConfig } from "../config/types.ts";
import type { CpuSimulator, CpuWords } from "../cpus/simulator.ts";
import { toErrorValue } from "../errors.ts";
import { info } from "../info.ts";
import type { JobOptions } from "../job.ts";
import { provideKernelModule } from "../kernel/load.ts";
import type { SweepCounts, SweepWork } from "../kernel/sweep-kernel.ts";
import { type DecodedPart, LocalPartDecoder, type TracePart } from "../part-decoder.ts";
import type { Progress } from "../report/progress.ts";
import type { TraceSummary } from "../report/results.ts";
import { type RunOptions, simulate } from "../simulate.ts";
import { LocalSimulator, sweep } from "../sweep.ts";
import type { TraceInput } from "../trace/bytes.ts";
import type { PartsSource } from "../trace/parts.ts";
import { openTrace, type Trace } from "../trace/trace.ts";
import { holdForLife } from "./life.ts";
import type { JobId, Outcome, ReportProgress, WorkerApi, WorkerInput } from "./protocol.ts";

export class Jobs implements WorkerApi {
  readonly #running = new Map<JobId, AbortController>();
  #simulator = new LocalSimulator();
  #cpus: CpuSimulator | null = null;
  readonly #parts = new LocalPartDecoder();

  provide(module: WebAssembly.Module): void {
    provideKernelModule(module);
  }

  holdForLife(name: string): Promise<boolean> {
    return holdForLife(name);
  }

  simulate(id: JobId, trace: WorkerInput, config: Config, report: ReportProgress | null, run: RunOptions = {}) {
    return this.#job(id, trace, report, (opened, options) => simulate(opened, config, { ...options, ...run }));
  }

  sweep(id: JobId, trace: WorkerInput, config: SweepConfig, report: ReportProgress | null) {
    return this.#job(id, trace, report, (opened, options) => sweep(opened, config, options));
  }

  info(id: JobId, trace: WorkerInput, report: ReportProgress | null) {
    return this.#job(id, trace, report, (opened, options) => info(opened, options));
  }

  cancel(id: JobId): void {
    this.#running.get(id)?.abort();
  }

  startSweep(work: SweepWork): Promise<Outcome<void>> {
    this.#simulator = new LocalSimulator();
    return outcome(() => this.#simulator.start(work));
  }

  rewindSweep(): Promise<Outcome<void>> {
    return outcome(() => this.#simulator.rewind());
  }

  feedSweep(references: BigUint64Array): Outcome<void> {
    try {
      return { ok: true, value: this.#simulator.feed(references) };
    } catch (error) {
      return { ok: false, error: toErrorValue(error) };
    }
  }

  endSweepWarmup(): Outcome<void> {
    try {
      return { ok: true, value: this.#simulator.endWarmup() };
    } catch (error) {
      return { ok: false, error: toErrorValue(error) };
    }
  }

  finishSweep(): Promise<Outcome<SweepCounts>> {
    return outcome(() => this.#simulator.finish());
  }

  startCpus(configs: readonly ResolvedConfig[]) {
    return outcome(async () => {
      const { LocalCpuSimulator } = await import("../cpus/local-simulator.ts"); // which the page does not load
      this.#cpus = new LocalCpuSimulator();
      return this.#cpus.start(configs);
    });
  }

  feedCpus(words: CpuWords): Promise<Outcome<void>> {
    return outcome(async () => this.#cpus?.feed(words));
  }

  endCpusWarmup(): Promise<Outcome<void>> {
    return outcome(async () => this.#cpus?.endWarmup());
  }

  finishCpus(trace: TraceSummary) {
    return outcome(async () => this.#cpus?.finish(trace) ?? []);
  }

  startParts(config: ResolvedConfig, source: PartsSource | null): Promise<Outcome<void>> {
    return outcome(() => this.#parts.start(config, source));
  }

  async decodePart(part: TracePart): Promise<Outcome<DecodedPart>> {
    const decoded = await outcome(() => this.#parts.decode(part));
    if (!decoded.ok) return decoded;
    const { head, batches, tail, memory } = decoded.value;
    const buffers = [head.buffer, tail.buffer, ...batches.map(({ words }) => words.buffer)];
    return transfer(decoded, memory === null ? buffers : [...buffers, memory]);
  }

  finishParts(): Promise<Outcome<void>> {
    return outcome(() => this.#parts.finish());
  }

  async #job<Result>(
    id: JobId,
    { opening, ...input }: WorkerInput,
    report: ReportProgress | null,
    run: (trace: Trace, options: JobOptions) => Promise<Result>,
  ): Promise<Outcome<Result>> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    let reported: unknown = null;
    const onProgress = (progress: Progress) => {
      reported = report?.(progress);
    };
    const result = await outcome(async () => {
      const trace = await openTrace(traceInput(input), opening);
      try {
        return await run(trace, { signal: controller.signal, onProgress: report === null ? undefined : onProgress });
      } finally {
        await trace.close();
      }
    });
    this.#running.delete(id);
    await reported; // it travels by a way of its own, and must not come after the outcome
    // A proxy of the client's function: its port would keep the client's process alive.
    (report as { [releaseProxy]?: () => void } | null)?.[releaseProxy]?.();
    return result;
  }
}

function traceInput({ input, isUrl, name }: Omit<WorkerInput, "opening">): TraceInput {
  if (typeof input === "string") return isUrl ? new URL(input) : input;
  const isNameless = input instanceof Blob && name !== undefined && !("name" in input);
  return isNameless ? new File([input], name) : input;
}

async function outcome<Value>(run: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    return { ok: false, error: toErrorValue(error) };
  }
}
