/** The kernel alone: words from a JavaScript array to counters, for every stream and every policy. */
import { POLICIES, type Policy } from "../src/config/types.ts";
import { resolve } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import { cpuSeconds } from "./environment.ts";
import { feed } from "./feed.ts";
import { runTasks, type Task, type TaskResult } from "./tasks.ts";
import { type PlainTrace, parseLackey } from "./traces.ts";
import { loadWords } from "./words.ts";
import { type Scale, SYNTHETIC } from "./workloads.ts";

/** Synthetic streams as loads; real traces with all their records, of which a decoder would leave most out. */
export async function benchKernel(traces: readonly PlainTrace[], scale: Scale): Promise<TaskResult[]> {
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
  await bench("floor: one page", loadWords(new BigUint64Array(scale.taskWords).fill(0x7f00_0000_0000n)));
  for (const { name, addresses } of SYNTHETIC) await bench(name, loadWords(addresses().subarray(0, scale.taskWords)));
  for (const { name, path } of traces) await bench(name, parseLackey(path, scale.taskWords).words);
  return results;
}
