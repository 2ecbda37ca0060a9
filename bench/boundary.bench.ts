/** What it costs to call the kernel, and to work in a worker instead of this thread. */
import { openTrace, resolve, simulate, startWorker } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import { runTasks, type TaskResult } from "./tasks.ts";
import type { PlainTrace } from "./traces.ts";
import { onePage } from "./words.ts";
import type { Scale } from "./workloads.ts";

/** Words of one sample, so that each takes far longer than the clock's step. */
const WORDS = 256 * 1024;
const PIECES = [1, 16, 256, 4096, 16_384, 32_768];
const CALLS = 100_000;

/** `count` is in calls, or in words. */
export async function benchBoundary(scale: Scale): Promise<TaskResult[]> {
  const kernel = await Kernel.create();
  kernel.configureRun(resolve());
  const words = onePage(WORDS);
  const calls = await runTasks(
    "boundary, calls",
    [
      {
        name: "run(), empty batch",
        count: CALLS,
        before: () => kernel.setBatch(new BigUint64Array(0), [0, 0, 0, 0]),
        run: () => {
          for (let call = 0; call < CALLS; call++) kernel.run();
        },
      },
    ],
    scale.taskMs,
  );
  const copies = await runTasks(
    "boundary, words",
    PIECES.flatMap((piece) => {
      const pieces = Array.from({ length: Math.min(WORDS / piece, 16_384) }, (_, index) =>
        words.subarray(index * piece, (index + 1) * piece),
      );
      const count = piece * pieces.length;
      return [
        {
          name: `setBatch() of ${piece}`,
          count,
          run: () => {
            for (const part of pieces) kernel.setBatch(part, [0, part.length, 0, 0]);
          },
        },
        {
          name: `setBatch() of ${piece}, run(), all hits`,
          count,
          run: () => {
            for (const part of pieces) {
              kernel.setBatch(part, [0, part.length, 0, 0]);
              kernel.run();
            }
          },
        },
      ];
    }),
    scale.taskMs,
  );
  return [...calls, ...copies];
}

/** The largest bundled trace as it is stored, by wall clock. `count` is in jobs. */
export async function benchWorker(traces: readonly PlainTrace[], scale: Scale): Promise<TaskResult[]> {
  const trace = traces.find(({ name }) => name === "lua_bt7");
  if (trace === undefined) return [];
  const worker = await startWorker();
  try {
    return await runTasks(
      "worker, jobs",
      [
        {
          name: `simulate(${trace.name}), this thread`,
          count: 1,
          run: async () => void (await simulate(await openTrace(trace.stored))),
        },
        {
          name: `simulate(${trace.name}), worker`,
          count: 1,
          run: async () => void (await worker.simulate(trace.stored)),
        },
      ],
      scale.taskMs,
    );
  } finally {
    await worker.terminate();
  }
}
