/** simulate() with its trace decoded in workers. */
import { type Config, openTrace, type RunResult, simulate, startWorker } from "../src/index.ts";

/** As many as cores: this thread, which replays what they decode, has little to do beside them. */
const DECODERS = 2;

export interface TwoCores {
  simulate(path: string, config: Config): Promise<RunResult>;
  stop(): Promise<void>;
}

export async function startTwoCores(): Promise<TwoCores> {
  const workers = await Promise.all(Array.from({ length: DECODERS }, () => startWorker()));
  const decoders = workers.map(({ partDecoder }) => partDecoder);
  return {
    simulate: async (path, config) => simulate(await openTrace(path), config, { decoders }),
    stop: async () => void (await Promise.all(workers.map((worker) => worker.terminate()))),
  };
}
