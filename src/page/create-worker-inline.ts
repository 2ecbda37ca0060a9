/** In place of src/worker/create-worker.ts where the page is one file: the worker's script is in the page. */
import InlineWorker from "../worker/worker.ts?worker&inline";

/** A worker whose script is inside the page. */
export function createWorker(): Worker {
  return new InlineWorker();
}
