/** Experiments in workers of Node, which run the same code as those of a browser. */
import { readFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { openTrace, type PagewalkWorker, simulate, startWorker, sweep } from "../../../dist/index.js";
import { type RunJob, Runner, type SweepJob } from "../../../src/page/experiment/runner.ts";
import type { StartWorker } from "../../../src/page/experiment/worker-slot.ts";
import { bundled } from "../../helpers/traces.ts";

const PATH = bundled("matmul24.lk.gz");
const TRACE = new File([new Uint8Array(readFileSync(PATH))], "matmul24.lk.gz");
const CONFIG = { l1d: "16:4" };
const SWEEP = { entries: "1..64" };

const workers: PagewalkWorker[] = [];
const start = (async () => {
  const worker = await startWorker();
  workers.push(worker);
  return worker;
}) as unknown as StartWorker;

afterAll(() => Promise.all(workers.map((worker) => worker.terminate())));

it("an experiment in workers gives the counts of this thread, and a profile of the run", async () => {
  const runner = new Runner(start, 2);
  const run: RunJob = { kind: "run", trace: TRACE, config: CONFIG };
  const swept: SweepJob = { kind: "sweep", trace: TRACE, config: SWEEP };
  await runner.run([swept, run], {}, new AbortController().signal);
  const trace = await openTrace(PATH);
  expect(runner.resultOf(run)?.tlbs).toEqual((await simulate(trace, CONFIG)).tlbs);
  expect(runner.resultOf(swept)?.points).toEqual((await sweep(trace, SWEEP)).points);
  const intervals = runner.resultOf(run)?.profile?.intervals ?? [];
  expect(intervals.reduce((sum, { l1dMisses }) => sum + l1dMisses, 0)).toBe(runner.resultOf(run)?.tlbs[1]?.misses);
  expect(workers).toHaveLength(2);
});
