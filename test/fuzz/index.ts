/**
 * `npm run fuzz -- [--runs N] [--first N] [--only NAME] [--jobs N]`: mutated inputs over all readers and compressions.
 * Inputs for which something does not hold are written to test/fuzz/found/. The last line is `N inputs, M findings`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type Found, type FuzzResult, inputOf, seedsOf } from "./fuzz.ts";

/** Runs that a worker is given at a time. */
const SHARE = 5000;
/** A run that takes longer hangs. */
const HANG_MS = 60_000;
const FOUND = "test/fuzz/found";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000000" },
    first: { type: "string", default: "1" },
    only: { type: "string" },
    jobs: { type: "string", default: String(availableParallelism()) },
  },
});
const [runs = 0, first = 0, jobs = 0] = [values.runs, values.first, values.jobs].map(Number);
if (![runs, first, jobs].every((number) => Number.isSafeInteger(number) && number > 0)) {
  console.error("--runs, --first and --jobs are whole numbers from 1 on");
  process.exit(2);
}

let next = first;
const end = first + runs;
const totals = { counts: 0, error: 0 };
const found: Found[] = [];
let printed = Date.now();

await Promise.all(
  Array.from({ length: jobs }, async () => {
    while (next < end) {
      const share = { first: next, runs: Math.min(SHARE, end - next), only: values.only };
      next += share.runs;
      for (const result of await runShare(share)) {
        totals.counts += result.endings.counts;
        totals.error += result.endings.error;
        for (const one of result.found) keep(one);
      }
      if (Date.now() - printed > 10_000) {
        printed = Date.now();
        console.log(`${totals.counts + totals.error} inputs, ${found.length} findings`);
      }
    }
  }),
);
console.log(`${totals.counts} ended with counts, ${totals.error} with an error`);
console.log(`${totals.counts + totals.error + found.length} inputs, ${found.length} findings`);
process.exitCode = found.length > 0 ? 1 : 0;

/** Runs `share`; one that hangs is a finding, and what comes after it goes on. */
async function runShare(share: { first: number; runs: number; only: string | undefined }): Promise<FuzzResult[]> {
  const at = new Float64Array(new SharedArrayBuffer(8));
  at[0] = share.first;
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: { share, at } });
  let last = -1;
  const ended = new Promise<FuzzResult | "hangs">((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    const watch = setInterval(() => {
      const run = at[0] ?? 0;
      if (run === last) resolve("hangs");
      last = run;
    }, HANG_MS);
    worker.once("exit", () => clearInterval(watch));
  });
  const result = await ended.finally(() => worker.terminate());
  if (result !== "hangs") return [result];
  const { seed, bytes } = inputOf(last, await seedsOf(share.only));
  const hanging = {
    endings: { counts: 0, error: 0 },
    found: [{ run: last, seedName: seed.name, bytes, message: "hangs" }],
  };
  const done = last + 1 - share.first;
  const before = done > 1 ? await runShare({ ...share, runs: done - 1 }) : [];
  const after = share.runs > done ? await runShare({ ...share, first: last + 1, runs: share.runs - done }) : [];
  return [hanging, ...before, ...after];
}

function keep(one: Found): void {
  found.push(one);
  mkdirSync(FOUND, { recursive: true });
  const path = `${FOUND}/${one.run}-${one.seedName}.bin`;
  writeFileSync(path, one.bytes);
  console.error(`${path}: ${one.message}`);
}
