/** The worker as it is, but `info` closes it. Run by worker.test.ts. */
import { expose } from "comlink";
import { Jobs } from "../../src/worker/jobs.ts";

class ClosingJobs extends Jobs {
  override info(): Promise<never> {
    globalThis.close();
    return new Promise(() => undefined);
  }
}

expose(new ClosingJobs());
