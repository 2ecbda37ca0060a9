/** Text from a file to counters, and where its time goes. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { resolve } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import { cpuSeconds } from "./environment.ts";
import { runTasks, type TaskResult } from "./tasks.ts";
import { type PlainTrace, removeRepeated, repeatedText } from "./traces.ts";
import type { Scale } from "./workloads.ts";

/** `count` is in bytes. */
export interface TextResult extends TaskResult {
  /** Parts of the CPU time, together 1. */
  shares: { read: number; decode: number; replay: number };
}

/** For each trace what simulate() does: read a piece, decode it, replay it. */
export async function benchDecode(traces: readonly PlainTrace[], folder: string, scale: Scale): Promise<TextResult[]> {
  const kernel = await Kernel.create();
  const results: TextResult[] = [];
  for (const trace of traces) {
    const { name } = trace;
    // More text than a cache holds, or reading would cost nothing.
    const path = repeatedText(trace, folder, scale.taskTextBytes);
    const file = openSync(path, "r");
    const seconds = { read: 0, decode: 0, replay: 0 };
    const run = () => {
      kernel.configureRun(resolve());
      let before = cpuSeconds();
      const lap = (stage: keyof typeof seconds) => {
        const now = cpuSeconds();
        seconds[stage] += now - before;
        before = now;
      };
      for (let at = 0, got = -1; got !== 0; at += got) {
        const input = kernel.input();
        got = readSync(file, input, 0, input.length, at);
        lap("read");
        const error = kernel.decode(got, got === 0);
        if (error !== null) throw new Error(`${name}, line ${error.line}: ${error.reason}`);
        lap("decode");
        kernel.run();
        lap("replay");
      }
    };
    const [result] = await runTasks("decode", [{ name, count: statSync(path).size, run }], scale.taskMs, {
      now: () => cpuSeconds() * 1000,
    });
    closeSync(file);
    removeRepeated(trace, path);
    if (result === undefined) continue;
    const all = seconds.read + seconds.decode + seconds.replay;
    const shares = { read: seconds.read / all, decode: seconds.decode / all, replay: seconds.replay / all };
    results.push({ ...result, shares });
  }
  return results;
}
