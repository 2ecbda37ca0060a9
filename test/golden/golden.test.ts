/**
 * The golden counts in Node; test/browser has them in a browser. They are written anew, by what this process counts,
 * only when UPDATE_GOLDEN is 1.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PagewalkWorker, startWorker } from "../../dist/worker/client.js";
import { simulate } from "../../src/simulate.ts";
import { sweep } from "../../src/sweep.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { bundled } from "../helpers/traces.ts";
import { GOLDEN_TRACES, goldenCounts, goldenFile } from "./golden.ts";

let worker: PagewalkWorker;

beforeAll(async () => {
  worker = await startWorker();
});

afterAll(() => worker.terminate());

describe.each(GOLDEN_TRACES)("%s", (name) => {
  const golden = new URL(goldenFile(name), import.meta.url);

  it("gives the golden counts in this thread", async () => {
    const trace = await openTrace(bundled(name));
    const counts = goldenCounts(await simulate(trace), await sweep(trace));
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, `${JSON.stringify(counts, null, 2)}\n`);
    expect(counts).toEqual(JSON.parse(readFileSync(golden, "utf8")));
  });

  it("gives the golden counts in a worker", async () => {
    const [run, swept] = [await worker.simulate(bundled(name)), await worker.sweep(bundled(name))];
    expect(goldenCounts(run, swept)).toEqual(JSON.parse(readFileSync(golden, "utf8")));
  });
});
