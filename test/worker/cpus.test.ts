/** CPUs simulated by built workers in Node, while this thread reads the trace. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { compareCpus, openTrace, type PagewalkWorker, startWorker } from "../../dist/index.js";
import { bundled } from "../helpers/traces.ts";

let workers: PagewalkWorker[];

beforeAll(async () => {
  workers = await Promise.all([startWorker(), startWorker()]);
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.terminate()));
});

const compared = async (simulators?: PagewalkWorker["cpuSimulator"][]) => {
  const trace = await openTrace(bundled("sort.200k-instr.champsim.xz"), { warmup: 50_000 });
  const { cpus, ...rest } = await compareCpus(trace, {}, { simulators });
  return { ...rest, cpus: cpus.map(({ time, ...counts }) => counts) };
};

it("workers count what this thread counts, in the order of the CPUs, one comparison after the other", async () => {
  const here = await compared();
  const simulators = workers.map(({ cpuSimulator }) => cpuSimulator);
  expect(await compared(simulators)).toEqual(here);
  expect(await compared(simulators.slice(1))).toEqual(here);
});
