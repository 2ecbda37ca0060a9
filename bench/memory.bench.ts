/** What calls of AddressSpace cost, here and in a browser. */
import type { Browser } from "./browser.bench.ts";
import { cpuSeconds } from "./environment.ts";
import { type MemoryCalls, memoryCalls, memorySum, READ32 } from "./memory-calls.ts";
import { TARGETS } from "./targets.ts";
import { runTasks, type TaskResult } from "./tasks.ts";
import type { Scale } from "./workloads.ts";

/** Above what is printed. */
export const MEMORY_TITLE = `AddressSpace (${READ32}: at least ${TARGETS.read32})`;

/** `count` is in calls. In the browser by wall clock: there is no other. */
export async function benchMemory(scale: Scale, browser: Browser | null): Promise<TaskResult[]> {
  const clock = { now: () => cpuSeconds() * 1000 };
  const here = await runTasks("memory", await memoryCalls(), scale.taskMs, clock);
  if (Number.isNaN(memorySum())) throw new Error("what was read is no number");
  const there = browser === null ? [] : await browser.memoryCalls(scale.taskMs);
  return [...here, ...there.map(({ calls, ms }) => resultOf(calls, ms))];
}

function resultOf({ name, count }: Pick<MemoryCalls, "name" | "count">, ms: readonly number[]): TaskResult {
  const p50Ms = medianOf(ms);
  const spread = medianOf(ms.map((one) => Math.abs(one - p50Ms))) / p50Ms;
  const result = {
    group: "memory, browser",
    name: `${name}, in Chromium`,
    count,
    p50Ms,
    minMs: Math.min(...ms),
    spread,
  };
  return { ...result, samples: ms.length, failures: p50Ms > 0 ? [] : ["the timer is too coarse"] };
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}
