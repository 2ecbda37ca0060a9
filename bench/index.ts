/**
 * `npm run bench [-- --quick]`: how fast pagewalk is, and how fast beside C. Writes bench/results/latest.json. Exits
 * with 1 if a count is wrong or a measurement unsound; never because something is slow.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { compareDecoded, compareLackey, TARGETS } from "./baseline.bench.ts";
import { compileBaseline } from "./baseline.ts";
import { benchBoundary, benchWorker } from "./boundary.bench.ts";
import { benchDecode } from "./decode.bench.ts";
import { describeEnvironment, pathTo } from "./environment.ts";
import { benchKernel } from "./kernel.bench.ts";
import { printComparisons, printEnvironment, printTasks, printText, type Unit } from "./print.ts";
import type { TaskResult } from "./tasks.ts";
import { unpackTraces } from "./traces.ts";
import type { Comparison } from "./versus.ts";
import { FULL, QUICK, realWorkload, SYNTHETIC } from "./workloads.ts";

const unknown = process.argv.slice(2).filter((argument) => argument !== "--quick");
if (unknown.length > 0) {
  console.error(`unknown argument ${unknown[0]}; expected --quick or nothing`);
  process.exit(2);
}
const quick = process.argv.includes("--quick");
const scale = quick ? QUICK : FULL;
const folder = mkdtempSync(join(tmpdir(), "pagewalk-bench-"));
const removeFolder = () => rmSync(folder, { recursive: true, force: true });
process.on("exit", removeFolder);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => process.exit(128 + constants.signals[signal]));

const traces = await unpackTraces(folder);
const baseline = compileBaseline(folder);
const environment = describeEnvironment(typeof baseline === "string" ? null : baseline.compiler);
printEnvironment(environment, quick);

const decoded: Comparison[] = [];
const lackey: Comparison[] = [];
if (typeof baseline === "string") {
  console.log(`\nNot compared with C: ${baseline}.`);
} else {
  for (const workload of [...SYNTHETIC, ...traces.map(realWorkload)])
    decoded.push(await compareDecoded(workload, baseline, folder, scale));
  printComparisons("Decoded loads against two-level-u64.c, M references/s", decoded, TARGETS.decoded);
  for (const trace of traces) lackey.push(await compareLackey(trace, baseline, folder, scale));
  printComparisons("Lackey text to results against two-level-lackey.c, M records/s", lackey, TARGETS.lackey);
}

const tasks: TaskResult[] = [];
const bench = async (title: string, unit: Unit, running: Promise<TaskResult[]>) => {
  const results = await running;
  tasks.push(...results);
  printTasks(title, unit, results);
};
await bench("Kernel", "M words/s", benchKernel(traces, scale));
const text = await benchDecode(traces, folder, scale);
tasks.push(...text);
printText(text);
await bench("Calls and words across the boundary", "ns", benchBoundary(scale));
await bench("A job here and in a worker", "ms", benchWorker(traces, scale));

const failures = [...decoded, ...lackey, ...tasks].flatMap((result) =>
  result.failures.map((failure) => `${"workload" in result ? result.workload : result.name}: ${failure}`),
);
const results = pathTo("bench/results/latest.json");
writeFileSync(results, `${JSON.stringify({ environment, quick, decoded, lackey, tasks, failures }, null, 2)}\n`);
console.log("\nWritten to bench/results/latest.json.");
for (const failure of failures) console.error(`FAILED ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;
