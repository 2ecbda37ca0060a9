/** A thread that does one unit after the other; one that died is replaced for the next. */
import { Worker } from "node:worker_threads";
import { type Remote, wrap } from "comlink";
import { fromErrorValue, KernelError, messageOf, WorkerError } from "../errors.ts";
import type { Plan, Unit } from "../experiment/plan.ts";
import { taskOf } from "../experiment/run-unit.ts";
import type { PlannedResult } from "../report/merged-result.ts";
import { nodeEndpoint } from "../worker/endpoint.ts";
import type { UnitWorkerApi } from "./unit-worker.ts";

export class UnitThread {
  readonly #folder: string;
  readonly #script: URL;
  #thread: { worker: Worker; api: Remote<UnitWorkerApi> } | null = null;

  /** `folder`: that of the plan. */
  constructor(folder: string, script = new URL("./unit-worker.js", import.meta.url)) {
    this.#folder = folder;
    this.#script = script;
  }

  /** Rejects with what is wrong with the unit, or with WorkerError if the thread died. */
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
      // After a trap, or out of memory, a fresh one has more to go on with.
      if (error instanceof WorkerError || error instanceof KernelError) await this.end();
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
    const worker = new Worker(this.#script, { workerData: { folder: this.#folder }, execArgv: [] });
    // Kept as long as the thread: comlink ends what nobody holds any more.
    return { worker, api: wrap<UnitWorkerApi>(nodeEndpoint(worker)) };
  }
}
