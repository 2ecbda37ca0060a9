/** The kernel alone: words from a JavaScript array to counters, for every stream under LRU and FIFO. */
import type { Policy } from "../src/config/types.ts";
import { resolve } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import { cpuSeconds } from "./environment.ts";
import { feed } from "./feed.ts";
import { runTasks, type Task, type TaskResult } from "./tasks.ts";
import { everyRecord, onePage } from "./words.ts";
import { FLOOR, type Scale, type Workload } from "./workloads.ts";

/** Those that have an order; the others are compared with LRU by policies.bench.ts. */
const POLICIES: readonly Policy[] = ["lru", "fifo"];

/** All records are words, also those that a decoder would leave out. */
export async function benchKernel(workloads: readonly Workload[], scale: Scale): Promise<TaskResult[]> {
  const kernel = await Kernel.create();
  const task = (name: string, words: BigUint64Array, policy: Policy): Task => ({
    name: policy === "lru" ? name : `${name} (${policy})`,
    count: words.length,
    run: () => {
      kernel.configureRun(resolve({ policy }));
      feed(kernel, words);
    },
  });
  const results: TaskResult[] = [];
  const bench = async (name: string, words: BigUint64Array) =>
    results.push(
      ...(await runTasks(
        "kernel",
        POLICIES.map((policy) => task(name, words, policy)),
        scale.taskMs,
        { now: () => cpuSeconds() * 1000 },
      )),
    );
  await bench(FLOOR, onePage(scale.taskWords));
  for (const { name, text } of workloads) await bench(name, await everyRecord(text(), scale.taskWords));
  return results;
}
