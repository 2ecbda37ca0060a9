/** tinybench: runs tasks and keeps what it warns of. */
import { Bench, type BenchOptions } from "tinybench";

export interface Task {
  name: string;
  /** Things done by one call of `run`, as `unit` of the group says. */
  count: number;
  run: () => void | Promise<void>;
  /** Called before the first call of `run`, warm-up included. */
  before?: () => void;
}

export interface TaskResult {
  group: string;
  name: string;
  count: number;
  /** Time of one call in milliseconds. */
  p50Ms: number;
  minMs: number;
  /** Median absolute deviation from p50, divided by it. */
  spread: number;
  samples: number;
  failures: string[];
}

/** Runs `tasks` one after the other. `now` in milliseconds. */
export async function runTasks(
  group: string,
  tasks: readonly Task[],
  timeMs: number,
  clock: Pick<BenchOptions, "now"> = {},
): Promise<TaskResult[]> {
  const bench = new Bench({
    time: timeMs,
    iterations: 5,
    warmupTime: timeMs / 4,
    warmupIterations: 2,
    throws: true,
    ...clock,
  });
  const failures = new Map<string, string[]>(tasks.map(({ name }) => [name, []]));
  bench.addEventListener("warning", ({ task, reason }) => {
    failures.get(task.name)?.push(`tinybench warns: ${reason ?? "the timer is too coarse"}`);
  });
  for (const { name, run, before } of tasks) bench.add(name, run, before ? { beforeAll: before } : {});
  await bench.run();
  return tasks.map(({ name, count }) => {
    const result = bench.getTask(name)?.result;
    if (result?.state !== "completed") throw new Error(`${group}: ${name}: ${result?.state ?? "lost"}`);
    const { p50, min, mad, samplesCount } = result.latency;
    return {
      group,
      name,
      count,
      p50Ms: p50,
      minMs: min,
      spread: mad / p50,
      samples: samplesCount,
      failures: failures.get(name) ?? [],
    };
  });
}

/** What a figure is in. */
export type Unit = "M words/s" | "M calls/s" | "ns" | "ms";

/** The speed, or the time, of a task one call of which takes `ms`. */
export function figureOf({ count }: TaskResult, ms: number, unit: Unit): string {
  if (unit === "ns") return ((ms * 1e6) / count).toFixed(2);
  return (unit === "ms" ? ms : count / ms / 1e3).toFixed(1);
}
