/** Threads that do units: one that dies takes its unit with it, and no other. */
import { describe, expect, it } from "vitest";
import { UnitThread } from "../../src/cluster/unit-thread.ts";
import { WorkerError } from "../../src/errors.ts";
import type { Plan, Unit } from "../../src/experiment/plan.ts";

const PLAN = { traces: [], windows: [], machines: [], sweeps: [], by: [], interval: null } as unknown as Plan;
const unit = (number: number): Unit => ({ unit: number, trace: 0, window: 0, seconds: 0 });

/** A worker that answers with the number of the unit, but for unit 2, in which it does `dying`. */
function scriptOf(dying: string): URL {
  const comlink = import.meta.resolve("comlink");
  const endpoint = import.meta.resolve("comlink/dist/esm/node-adapter.mjs");
  const text = `
    import { parentPort } from "node:worker_threads";
    import { expose } from ${JSON.stringify(comlink)};
    import adapter from ${JSON.stringify(endpoint)};
    expose({ async run(task) { if (task.unit === 2) { ${dying} } return { ok: true, value: [task.unit] }; } }, adapter(parentPort));
  `;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}

describe("a thread that dies in a unit", () => {
  it.each([
    ["as it exits", "process.exit(3)", /exited with code 3/],
    [
      "of an error that nobody catches",
      'setImmediate(() => { throw new Error("boom"); }); await new Promise(() => {});',
      /failed: boom/,
    ],
  ])("%s fails that one, and the next has another thread", async (_, dying, message) => {
    const thread = new UnitThread(".", scriptOf(dying));
    try {
      expect(await thread.run(PLAN, unit(1))).toEqual([1]);
      const error: unknown = await thread.run(PLAN, unit(2)).catch((error) => error);
      expect(error).toBeInstanceOf(WorkerError);
      expect((error as Error).message).toMatch(message);
      expect(await thread.run(PLAN, unit(3))).toEqual([3]);
    } finally {
      await thread.end();
    }
  });
});
