/** All the benches, one after the other. */
import type { Part } from "./arguments.ts";
import { type Baseline, compileBaseline } from "./baseline.ts";
import { benchBoundary, benchWorker } from "./boundary.bench.ts";
import { type Browser, startBrowser } from "./browser.bench.ts";
import { benchDecode, type TextResult } from "./decode.bench.ts";
import { compareDecoded } from "./decoded.bench.ts";
import { describeEnvironment } from "./environment.ts";
import { type Found, gather } from "./groups.ts";
import { benchKernel } from "./kernel.bench.ts";
import { benchMemory, MEMORY_TITLE } from "./memory.bench.ts";
import { compareDirect, compareOnePass } from "./one-pass.bench.ts";
import { comparePolicies } from "./policies.bench.ts";
import { printComparisons, printEnvironment, printSizes, printTasks, printText } from "./print.ts";
import { comparePwt } from "./pwt.bench.ts";
import { measureSizes, type Sizes } from "./pwt-sizes.ts";
import type { Results } from "./results.ts";
import { compareShards } from "./shards.bench.ts";
import { compareSideBySide } from "./side-by-side.bench.ts";
import type { TaskResult, Unit } from "./tasks.ts";
import { compareText } from "./text.bench.ts";
import { unpackTraces } from "./traces.ts";
import { startTwoCores } from "./two-cores.ts";
import { compareVmas } from "./vmas.bench.ts";
import { FULL, QUICK, realWorkload, SYNTHETIC, UNIFORM } from "./workloads.ts";

/** Runs `parts`, and prints what they find as they find it. `folder`: for files, hundreds of megabytes each. */
export async function measure(folder: string, quick: boolean, parts: readonly Part[]): Promise<Results> {
  const scale = quick ? QUICK : FULL;
  const traces = await unpackTraces(folder);
  const compiled = compileBaseline(folder);
  const baseline: Baseline | null = typeof compiled === "string" ? null : compiled;
  const environment = describeEnvironment(baseline?.compiler ?? null);
  printEnvironment(environment, quick);
  if (typeof compiled === "string") console.log(`\nNot compared with C: ${compiled}.`);

  const found: Found[] = [];
  const tasks: TaskResult[] = [];
  const text: TextResult[] = [];
  const sizes: Sizes[] = [];
  const real = traces.map(realWorkload);
  const all = [...SYNTHETIC, ...real];
  const uniform = SYNTHETIC.filter(({ name }) => name === UNIFORM);
  const compare = async <Input>(inputs: readonly Input[], one: (input: Input) => Promise<Found[]>) => {
    const before = found.length;
    for (const input of inputs) found.push(...(await one(input)));
    for (const group of gather(found.slice(before))) printComparisons(group);
  };
  const show = (title: string, unit: Unit, results: readonly TaskResult[]) => {
    tasks.push(...results);
    printTasks(title, unit, results);
  };
  const run: Readonly<Record<Part, () => Promise<void>>> = {
    decoded: async () => {
      if (baseline !== null) await compare(all, (workload) => compareDecoded(workload, baseline, folder, scale));
    },
    text: async () => {
      const twoCores = await startTwoCores();
      await compare(traces, (trace) => compareText(trace, baseline, twoCores, folder, scale));
      await twoCores.stop();
    },
    pwt: async () => {
      await compare(traces, (trace) => comparePwt(trace, baseline, folder, scale));
      sizes.push(...(await measureSizes(traces, folder, quick)));
      printSizes(sizes);
    },
    "one-pass": () => compare(all, (workload) => compareOnePass(workload, scale)),
    direct: () => compare([...uniform, ...real], (workload) => compareDirect(workload, scale)),
    "side-by-side": () => compare([traces], (some) => compareSideBySide(some, folder, scale)),
    shards: () => compare([traces], (some) => compareShards(some, folder, scale)),
    browser: async () => {
      const browser = await browserIn(folder);
      if (browser === null) return;
      await compare(traces, (trace) => browser.compare(trace, folder, scale));
      await browser.stop();
    },
    vmas: () => compare(all, (workload) => compareVmas(workload, scale)),
    policies: () => compare(all, (workload) => comparePolicies(workload, scale)),
    kernel: async () => show("Kernel", "M words/s", await benchKernel(all, scale)),
    decode: async () => {
      text.push(...(await benchDecode(traces, folder, scale)));
      printText(text);
    },
    boundary: async () => show("Calls and words across the boundary", "ns", await benchBoundary(scale)),
    memory: async () => {
      const browser = await browserIn(folder);
      show(MEMORY_TITLE, "M calls/s", await benchMemory(scale, browser));
      await browser?.stop();
    },
    worker: async () => show("A job here and in a worker", "ms", await benchWorker(traces, scale)),
  };
  for (const part of parts) await run[part]();
  return { environment, groups: gather(found), tasks, text, sizes, failures: failuresOf(found, [...tasks, ...text]) };
}

/** `null`, with a word about it, where there is no browser. */
async function browserIn(folder: string): Promise<Browser | null> {
  try {
    return await startBrowser(folder);
  } catch (error) {
    console.log(`\nNot compared with a browser: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

function failuresOf(found: readonly Found[], tasks: readonly TaskResult[]): string[] {
  const compared = found.flatMap(({ comparison }) =>
    comparison.failures.map((failure) => `${comparison.workload}: ${failure}`),
  );
  return [
    ...new Set([...compared, ...tasks.flatMap(({ name, failures }) => failures.map((why) => `${name}: ${why}`))]),
  ];
}
