/** Runs a share of the fuzzer, and tells the thread that watches it which run it is at. */
import { parentPort, workerData } from "node:worker_threads";
import { type FuzzOptions, fuzz } from "./fuzz.ts";

const { share, at } = workerData as { share: FuzzOptions; at: Float64Array };
const result = await fuzz({
  ...share,
  onRun: (run) => {
    at[0] = run;
  },
});
parentPort?.postMessage(result);
