/** What the benches call in a browser: jobs in a worker over the file that was chosen. */

import { type Config, type RunResult, type SweepConfig, type SweepResult, startWorker } from "../../src/index.ts";
import { type MemoryCalls, memoryCalls } from "../memory-calls.ts";

export interface Timed<Result> {
  /** Wall clock, from the call to the result in the page. */
  seconds: number;
  result: Result;
}

/** Times of the same calls, again and again. */
export interface TimedCalls {
  calls: Pick<MemoryCalls, "name" | "count">;
  ms: number[];
}

export interface BrowserBench {
  simulate(config: Config): Promise<Timed<RunResult>>;
  sweep(config: SweepConfig): Promise<Timed<SweepResult>>;
  memoryCalls(taskMs: number): Promise<TimedCalls[]>;
}

declare global {
  var pagewalkBench: Promise<BrowserBench>;
}

globalThis.pagewalkBench = startWorker().then((worker) => ({
  simulate: (config) => timed((file) => worker.simulate(file, config)),
  sweep: (config) => timed((file) => worker.sweep(file, config)),
  memoryCalls: async (taskMs) => (await memoryCalls()).map((calls) => timesOf(calls, taskMs)),
}));

async function timed<Result>(job: (file: File) => Promise<Result>): Promise<Timed<Result>> {
  const file = document.querySelector("input")?.files?.[0];
  if (file === undefined) throw new Error("no file was chosen");
  const start = performance.now();
  const result = await job(file);
  return { seconds: (performance.now() - start) / 1000, result };
}

/** The times of `run` for about `taskMs`, once it is compiled. */
function timesOf({ name, count, run }: MemoryCalls, taskMs: number): TimedCalls {
  const ms: number[] = [];
  for (const start = performance.now(); ms.length < 8 || performance.now() - start < 2 * taskMs; ) {
    const before = performance.now();
    run();
    ms.push(performance.now() - before);
  }
  return { calls: { name, count }, ms: ms.slice(3) };
}
