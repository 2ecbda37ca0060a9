/** Simulations of one trace, by as many as there are to simulate. */
import type { Config } from "../config/types.ts";
import type { JobOptions } from "../job.ts";
import type { Progress } from "../report/progress.ts";
import type { RunResult } from "../report/results.ts";
import type { RunOptions } from "../simulate.ts";

/** Who simulates the trace, a run at a time: `simulate()` with a trace of its own, or a worker. */
export interface PlanRunner {
  run(config: Config, options: RunOptions & JobOptions): Promise<RunResult>;
}

export interface PlanRun extends RunOptions {
  config: Config;
}

/**
 * The results of `runs`, in their order; each of `runners` takes the next one. Progress is that of all together. If one fails
 * the others are ended, and its error is thrown.
 */
export async function runPlans(
  runs: readonly PlanRun[],
  runners: readonly PlanRunner[],
  { signal, onProgress }: JobOptions,
): Promise<RunResult[]> {
  const ending = new AbortController();
  const ended = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
  const progress = new Map<number, Progress>();
  const results: RunResult[] = [];
  const queue = [...runs.entries()];
  const work = async (runner: PlanRunner) => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      ended.throwIfAborted();
      const [index, { config, ...options }] = next;
      const report = (one: Progress) => {
        progress.set(index, one);
        onProgress?.(sumOf([...progress.values()], runs.length, one.storedBytes));
      };
      results[index] = await runner.run(config, { ...options, signal: ended, onProgress: report });
    }
  };
  let failure: { error: unknown } | null = null;
  await Promise.all(
    runners.map((runner) =>
      work(runner).catch((error: unknown) => {
        queue.length = 0;
        failure ??= { error };
        ending.abort();
      }),
    ),
  );
  if (failure !== null) throw (failure as { error: unknown }).error;
  return results;
}

function sumOf(all: readonly Progress[], runs: number, storedBytes: number | null): Progress {
  const sum = (field: "consumedBytes" | "records") => all.reduce((total, one) => total + one[field], 0);
  return {
    consumedBytes: sum("consumedBytes"),
    records: sum("records"),
    storedBytes: storedBytes === null ? null : storedBytes * runs,
  };
}
