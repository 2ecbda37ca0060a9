/** Workers of a command: for parts of its work on one trace, or for several traces at once. */
import { stat } from "node:fs/promises";
import type { Progress } from "../report/progress.ts";
import type { Trace } from "../trace/trace.ts";
import { type PagewalkWorker, startWorker, type WorkerJobOptions } from "../worker/client.ts";

/** Stored bytes of a trace below which starting workers that simulate takes longer than they save. */
export const WORTH_WORKERS_BYTES = 256 * 1024;

/** `count` workers for a trace of `worthBytes` stored bytes or more, or of unknown size; none for a smaller one. */
export type WorkersFor = (trace: Trace, worthBytes: number) => Promise<readonly PagewalkWorker[]>;

/**
 * What `job` resolves with. It is given a function that resolves with `count` workers for a trace of `worthBytes` stored
 * bytes or more, or of unknown size, and with none for a smaller one.
 */
export async function withWorkers<Result>(
  count: number,
  job: (workersFor: WorkersFor) => Promise<Result>,
): Promise<Result> {
  let workers: PagewalkWorker[] = [];
  try {
    return await job(async (trace, worthBytes) => {
      if ((trace.storedBytes ?? Number.POSITIVE_INFINITY) < worthBytes) return [];
      if (workers.length === 0) workers = await startWorkers(count);
      return workers;
    });
  } finally {
    await stopWorkers(workers);
  }
}

/** `count` workers; if one cannot be started, none is left running. */
async function startWorkers(count: number): Promise<PagewalkWorker[]> {
  const starting = await Promise.allSettled(Array.from({ length: count }, () => startWorker()));
  const workers = starting.filter((start) => start.status === "fulfilled").map((start) => start.value);
  const failed = starting.find((start) => start.status === "rejected");
  if (failed === undefined) return workers;
  await stopWorkers(workers);
  throw failed.reason;
}

async function stopWorkers(workers: readonly PagewalkWorker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.terminate()));
}

/**
 * Runs `job` on each of `paths` in one of `workerCount` workers, the largest files first. Resolves with the results in
 * the order of the paths. When one fails the others are ended, and its error is thrown.
 */
export async function sideBySide<Result>(
  paths: readonly string[],
  workerCount: number,
  onProgress: (progress: Progress) => void,
  job: (worker: PagewalkWorker, path: string, options: WorkerJobOptions) => Promise<Result>,
): Promise<Result[]> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const queue = [...paths.keys()].sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  const results: Result[] = [];
  let failure: { error: unknown } | null = null;
  const ending = new AbortController();
  const progress = new Map<number, Progress>();
  const storedBytes = sizes.includes(0) ? null : sizes.reduce((sum, size) => sum + size, 0); // a pipe's is 0
  const report = () => {
    const all = [...progress.values()];
    const sum = (field: "consumedBytes" | "records") => all.reduce((total, one) => total + one[field], 0);
    onProgress({ consumedBytes: sum("consumedBytes"), storedBytes, records: sum("records") });
  };
  const workers = await startWorkers(Math.min(workerCount, paths.length));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
          const number = index;
          try {
            results[number] = await job(worker, paths[number] ?? "", {
              signal: ending.signal,
              onProgress: (one) => {
                progress.set(number, one);
                report();
              },
            });
          } catch (error) {
            queue.length = 0;
            failure ??= { error };
            ending.abort();
          }
        }
      }),
    );
  } finally {
    await stopWorkers(workers);
  }
  if (failure !== null) throw (failure as { error: unknown }).error;
  return results;
}
