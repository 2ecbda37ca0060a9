/** Finds out what traces are, one after the other, in a worker of its own, so that runs need not wait. */
import type { InfoResult } from "../../report/results.ts";
import type { WorkerJobOptions } from "../../worker/client.ts";
import { type StartWorker, WorkerSlot } from "./worker-slot.ts";

/** Tells what traces are. */
export class Inspector {
  readonly #slot: WorkerSlot;
  readonly #known = new WeakMap<File, InfoResult>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(start: StartWorker) {
    this.#slot = new WorkerSlot(start);
  }

  /** What `trace` is; read once only. Rejects as `info()` of a worker does. */
  inspect(trace: File, options: WorkerJobOptions): Promise<InfoResult> {
    const result = this.#turn.then(async () => {
      options.signal?.throwIfAborted();
      const known = this.#known.get(trace) ?? (await this.#slot.use((worker) => worker.info(trace, options)));
      this.#known.set(trace, known);
      return known;
    });
    this.#turn = result.catch(() => undefined); // told to who asked
    return result;
  }
}
