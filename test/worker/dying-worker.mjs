/** The worker as it is, but `info` ends the thread, in the way that its trace is named after. Run by worker.test.ts. */
import { parentPort } from "node:worker_threads";
import { expose } from "comlink";
import { nodeEndpoint } from "../../dist/worker/endpoint.js";
import { Jobs } from "../../dist/worker/jobs.js";

class DyingJobs extends Jobs {
  info(_id, { input: way }) {
    if (way === "exit") process.exit(7);
    setImmediate(() => {
      throw way === "error" ? new RangeError("a defect") : null;
    });
    return new Promise(() => {});
  }
}

expose(new DyingJobs(), nodeEndpoint(parentPort));
