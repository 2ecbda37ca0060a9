/** A share of a plan, done by threads of this computer. */
import { hostname } from "node:os";
import { Worker } from "node:worker_threads";
import { type Remote, wrap } from "comlink";
import { fromErrorValue, messageOf, WorkerError } from "../errors.ts";
import { type PlannedResult, UNIT_SCHEMA_NAME } from "../experiment/merged.ts";
import type { Plan, PlannedTrace, Unit } from "../experiment/plan.ts";
import { taskOf } from "../experiment/run-unit.ts";
import { type Shard, unitsOfShard } from "../experiment/shards.ts";
import { nodeEndpoint } from "../worker/endpoint.ts";
import { checkUnchanged } from "./file-identity.ts";
import type { ResultsFolder } from "./results-folder.ts";
import type { UnitWorkerApi } from "./unit-worker.ts";

export interface ShardOptions {
  /** Units that are done at once. */
  jobs: number;
  /** Folder of the plan. */
  folder: string;
  onUnit?: (progress: ShardProgress) => void;
}

export interface ShardProgress {
  units: number;
  done: number;
  /** Of `done`, those that were done before. */
  skipped: number;
  failed: { unit: number; error: Error }[];
}

/**
 * Does the units of `shard` that are not done, and writes their results. Units that fail are told of, the others done all the same. Rejects
 * with OutputError where results cannot be written: then nothing more could be.
 */
export async function runShard(
  plan: Plan,
  shard: Shard,
  results: ResultsFolder,
  { jobs, folder, onUnit }: ShardOptions,
): Promise<ShardProgress> {
  const units = unitsOfShard(plan.units, shard);
  const done = await results.done();
  const queue = units.filter(({ unit }) => !done.has(unit));
  const progress: ShardProgress = {
    units: units.length,
    done: units.length - queue.length,
    skipped: units.length - queue.length,
    failed: [],
  };
  onUnit?.(progress);
  let failure: unknown = null;
  const doUnits = async () => {
    const thread = new UnitThread(folder);
    try {
      for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
        const startMs = performance.now();
        let made: PlannedResult[];
        try {
          await checkFiles(plan.traces[unit.trace] as PlannedTrace, folder);
          made = await thread.run(plan, unit);
        } catch (error) {
          progress.failed.push({
            unit: unit.unit,
            error: error instanceof Error ? error : new Error(messageOf(error)),
          });
          onUnit?.(progress);
          continue;
        }
        const measured = { seconds: Math.round(performance.now() - startMs) / 1000, host: hostname() };
        await results.write({ schema: UNIT_SCHEMA_NAME, plan: plan.hash, unit: unit.unit, results: made, measured });
        progress.done++;
        onUnit?.(progress);
      }
    } catch (error) {
      queue.length = 0;
      failure ??= error;
    } finally {
      await thread.end();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, queue.length) }, doUnits));
  if (failure !== null) throw failure;
  return progress;
}

async function checkFiles(trace: PlannedTrace, folder: string): Promise<void> {
  await checkUnchanged(trace, folder);
  if (trace.regions !== undefined) await checkUnchanged(trace.regions, folder);
  if (trace.maps !== undefined && trace.maps !== "recorded") await checkUnchanged(trace.maps, folder);
}

/** A thread that does one unit after the other; one that died is replaced for the next. */
class UnitThread {
  readonly #folder: string;
  #thread: { worker: Worker; api: Remote<UnitWorkerApi> } | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async run(plan: Plan, unit: Unit): Promise<PlannedResult[]> {
    this.#thread ??= this.#start();
    const { worker, api } = this.#thread;
    const died = new Promise<never>((_, reject) => {
      const told = (what: string, cause?: unknown) => reject(new WorkerError(`the worker ${what}`, { cause }));
      worker.once("error", (error) => told(`failed: ${messageOf(error)}`, error));
      worker.once("exit", (code) => told(`exited with code ${code}`));
    });
    try {
      const outcome = await Promise.race([api.run(taskOf(plan, unit)), died]);
      if (outcome.ok) return outcome.value;
      throw fromErrorValue(outcome.error);
    } catch (error) {
      if (error instanceof WorkerError) await this.end();
      throw error;
    } finally {
      worker.removeAllListeners("error").removeAllListeners("exit");
    }
  }

  async end(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.worker.terminate();
  }

  #start(): { worker: Worker; api: Remote<UnitWorkerApi> } {
    const script = new URL("./unit-worker.js", import.meta.url);
    const worker = new Worker(script, { workerData: { folder: this.#folder }, execArgv: [] });
    // Kept as long as the thread: comlink ends what nobody holds any more.
    return { worker, api: wrap<UnitWorkerApi>(nodeEndpoint(worker)) };
  }
}
