/** Points that are told the future, in built workers in Node. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTrace, type PagewalkWorker, startWorker, sweep } from "../../dist/index.js";
import { bundled } from "../helpers/traces.ts";

let workers: PagewalkWorker[];

beforeAll(async () => {
  workers = await Promise.all([startWorker(), startWorker()]);
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.terminate()));
});

it("workers read on for what this thread reads twice, and count the same", async () => {
  const swept = async (simulators?: PagewalkWorker["sweepSimulator"][]) => {
    const trace = await openTrace(bundled("matmul24.native.lk.xz"), { warmup: 50_000 });
    const config = { policies: "opt,srrip,lru", geometries: "8:4,16:full,48:12", pageSizes: "4K,2M" };
    return (await sweep(trace, config, { simulators })).points;
  };
  const here = await swept();
  expect(await swept(workers.map(({ sweepSimulator }) => sweepSimulator))).toEqual(here);
  const best = (policy: string) => here.filter((point) => point.policy === policy).map(({ misses }) => misses);
  best("opt").forEach((misses, index) => {
    expect(misses).toBeLessThanOrEqual(Math.min(best("srrip")[index] as number, best("lru")[index] as number));
  });
});
