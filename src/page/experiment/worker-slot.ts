/** A worker that is started when it is first needed, and again after it has died. */
import { WorkerError } from "../../errors.ts";
import type { PagewalkWorker } from "../../worker/client.ts";

/** Starts a worker, as `startWorker()` does. */
export type StartWorker = () => Promise<PagewalkWorker>;

/** A place for one worker after the other. */
export class WorkerSlot {
  readonly #start: StartWorker;
  #worker: Promise<PagewalkWorker> | null = null;

  constructor(start: StartWorker) {
    this.#start = start;
  }

  /** What `job` makes of the worker. Rejects as the job does, and where no worker can be started; the next call starts one. */
  async use<Result>(job: (worker: PagewalkWorker) => Promise<Result>): Promise<Result> {
    this.#worker ??= this.#start();
    const starting = this.#worker;
    const forget = () => {
      if (this.#worker === starting) this.#worker = null;
    };
    const worker = await starting.catch((error: unknown) => {
      forget();
      throw error;
    });
    try {
      return await job(worker);
    } catch (error) {
      if (error instanceof WorkerError) {
        forget();
        void worker.terminate();
      }
      throw error;
    }
  }
}
