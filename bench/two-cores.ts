/** simulate() with its trace decoded in workers. */
import type { Config, RunResult } from "../src/index.ts";

export interface TwoCores {
  simulate(path: string, config: Config): Promise<RunResult>;
  stop(): Promise<void>;
}

/** `null`: simulate() does not decode in workers yet. */
export async function startTwoCores(): Promise<TwoCores | null> {
  return null;
}
