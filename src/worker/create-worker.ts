/**
 * The browser's worker, in a module of its own: bundlers find the worker's script by this very expression, and a build
 * whose worker lies elsewhere puts another module in place of this one.
 */
export function createWorker(): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
}
