/** A worker of which a test decides when and how each job ends. */
import type { PagewalkWorker } from "../../../src/worker/client.ts";

export interface Call {
  kind: "run" | "sweep" | "info";
  trace: File;
  config: unknown;
  options: {
    onProgress?: ((progress: object) => void) | undefined;
    signal?: AbortSignal | undefined;
    profile?: boolean;
  };
  succeed(result?: object): void;
  fail(error: Error): void;
}

export class FakeWorkers {
  started = 0;
  terminated = 0;
  readonly calls: Call[] = [];

  readonly start = async (): Promise<PagewalkWorker> => {
    this.started++;
    const job = (kind: Call["kind"], trace: unknown, config: unknown, options: Call["options"]) =>
      new Promise<object>((resolve, reject) => {
        options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
        const succeed = (result: object = { kind, config }) => resolve(result);
        this.calls.push({ kind, trace: trace as File, config, options, succeed, fail: reject });
      });
    return {
      simulate: (trace: unknown, config: unknown, options: Call["options"]) => job("run", trace, config, options),
      sweep: (trace: unknown, config: unknown, options: Call["options"]) => job("sweep", trace, config, options),
      info: (trace: unknown, options: Call["options"]) => job("info", trace, null, options),
      terminate: async () => {
        this.terminated++;
      },
    } as unknown as PagewalkWorker;
  };

  /** The calls so far, as `run sort.lk`, once all that is under way has been done. */
  async seen(): Promise<string[]> {
    await settled();
    return this.calls.map(({ kind, trace }) => `${kind} ${trace.name}`);
  }
}

/** Resolves after everything that only waits for promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
