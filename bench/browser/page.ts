/** What the benches call in a browser: jobs in a worker over the file that was chosen. */
import { type Config, type RunResult, type SweepConfig, type SweepResult, startWorker } from "../../src/index.ts";

export interface Timed<Result> {
  /** Wall clock, from the call to the result in the page. */
  seconds: number;
  result: Result;
}

export interface BrowserBench {
  simulate(config: Config): Promise<Timed<RunResult>>;
  sweep(config: SweepConfig): Promise<Timed<SweepResult>>;
}

declare global {
  var pagewalkBench: Promise<BrowserBench>;
}

globalThis.pagewalkBench = startWorker().then((worker) => ({
  simulate: (config) => timed((file) => worker.simulate(file, config)),
  sweep: (config) => timed((file) => worker.sweep(file, config)),
}));

async function timed<Result>(job: (file: File) => Promise<Result>): Promise<Timed<Result>> {
  const file = document.querySelector("input")?.files?.[0];
  if (file === undefined) throw new Error("no file was chosen");
  const start = performance.now();
  const result = await job(file);
  return { seconds: (performance.now() - start) / 1000, result };
}
