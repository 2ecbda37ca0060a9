/** In place of src/worker/create-worker.ts where the page is one file: the worker's script is in the page. */
import InlineWorker from "../worker/worker.ts?worker&inline";

export function createWorker(): Worker {
  return new InlineWorker();
}
