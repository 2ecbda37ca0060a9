/** A worker of a browser against a worker of Node: the same jobs over the same files, by wall clock. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { chromium, type Page } from "playwright";
import { build } from "vite";
import { serveLab } from "../src/cli/lab-server.ts";
import { openTrace, type PagewalkWorker, type RunResult, type SweepResult, startWorker, sweep } from "../src/index.ts";
import { plainTlbs } from "../src/report/tlb-levels.ts";
import { CHROMIUM_FLAGS, findChromium } from "../test/browser/chromium.ts";
import type { TimedCalls } from "./browser/page.ts";
import { pathTo, wallSeconds } from "./environment.ts";
import { type Found, foundIn } from "./groups.ts";
import { C_CONFIG } from "./machine.ts";
import { type PlainTrace, removeRepeated, repeatedText } from "./traces.ts";
import { type Counts, type Run, type Turns, takeTurns } from "./versus.ts";
import type { Scale } from "./workloads.ts";

/** Fully associative LRU of every size, 4 KiB pages. */
const CURVE = { entries: "auto" };

/** A browser with a page that waits for files, and workers of Node beside it. */
export interface Browser {
  compare(trace: PlainTrace, folder: string, scale: Scale): Promise<Found[]>;
  /** How long calls of AddressSpace take in the page, for about `taskMs` each. */
  memoryCalls(taskMs: number): Promise<TimedCalls[]>;
  stop(): Promise<void>;
}

/** Rejects where there is no browser. `folder`: where the page is built. */
export async function startBrowser(folder: string): Promise<Browser> {
  const outDir = join(folder, "browser");
  await build({
    root: pathTo("bench/browser"),
    configFile: false,
    logLevel: "warn",
    build: { outDir, emptyOutDir: true },
    base: "./",
    worker: { format: "es" },
  });
  const server = await serveLab(outDir, 0);
  const browser = await chromium.launch({ ...(await findChromium()), args: CHROMIUM_FLAGS });
  const page = await browser.newPage();
  await page.goto(server.url);
  const [worker, simulator] = await Promise.all([startWorker(), startWorker()]);
  return {
    compare: (trace, folder, scale) => compare(page, worker, simulator, trace, folder, scale),
    memoryCalls: (taskMs) => page.evaluate(async (ms) => (await pagewalkBench).memoryCalls(ms), taskMs),
    stop: async () => {
      await Promise.all([worker.terminate(), simulator.terminate(), browser.close()]);
      await server.close();
    },
  };
}

/** One trace in every form that people have. */
async function compare(
  page: Page,
  worker: PagewalkWorker,
  simulator: PagewalkWorker,
  trace: PlainTrace,
  folder: string,
  scale: Scale,
): Promise<Found[]> {
  const path = repeatedText(trace, folder, scale.browserBytes);
  const compressed = [...gzipped(path), ...repeatedZstd(trace, folder, scale.browserBytes)];
  try {
    const found = await compareOne(page, worker, simulator, trace, path, scale);
    for (const { group, file } of compressed) {
      await page.setInputFiles("input", file);
      const turns = await takeTurns(runs(page, worker, file), scale.rounds);
      found.push(foundIn(group, turns, ["browser", "node"], inputOf(trace, turns)));
    }
    return found;
  } finally {
    removeRepeated(trace, path);
    for (const { file } of compressed) rmSync(file);
  }
}

/** A run, and the curve: that of Node as on the command line, where one thread decodes and another simulates. */
async function compareOne(
  page: Page,
  worker: PagewalkWorker,
  simulator: PagewalkWorker,
  trace: PlainTrace,
  path: string,
  scale: Scale,
): Promise<Found[]> {
  await page.setInputFiles("input", path);
  const turns = await takeTurns(
    {
      ...runs(page, worker, path),
      browserCurve: async () =>
        sweepOf(await page.evaluate(async (config) => (await pagewalkBench).sweep(config), CURVE)),
      nodeCurve: () =>
        timed(async () =>
          countsOfSweep(await sweep(await openTrace(path), CURVE, { simulators: [simulator.sweepSimulator] })),
        ),
    },
    scale.rounds,
  );
  return [
    foundIn("browser", turns, ["browser", "node"], inputOf(trace, turns)),
    foundIn("browserCurve", turns, ["browserCurve", "nodeCurve"], inputOf(trace, turns)),
  ];
}

/** The same run on both sides; the page has the file of `path` chosen. */
function runs(page: Page, worker: PagewalkWorker, path: string) {
  return {
    browser: async () => runOf(await page.evaluate(async (config) => (await pagewalkBench).simulate(config), C_CONFIG)),
    node: () => timed(async () => countsOfRun(await worker.simulate(path, C_CONFIG))),
  };
}

function inputOf(trace: PlainTrace, { counts }: Turns) {
  return { workload: trace.name, real: true, count: counts.records ?? Number.NaN };
}

type Compressed = { group: "browserGzip" | "browserZstd"; file: string };

/** `path` as one member, as gzip makes it. */
function gzipped(path: string): Compressed[] {
  const file = `${path}.gz`;
  writeFileSync(file, gzipSync(readFileSync(path)));
  return [{ group: "browserGzip", file }];
}

/** The trace's own frames, as often as its text has to be repeated. Node 20 can make none. */
function repeatedZstd({ name, stored, bytes }: PlainTrace, folder: string, minBytes: number): Compressed[] {
  if (!stored.endsWith(".zst")) return [];
  const file = join(folder, `${name}.repeated.lk.zst`);
  const frames = readFileSync(stored);
  writeFileSync(file, Buffer.concat(Array<Buffer>(Math.ceil(minBytes / bytes)).fill(frames)));
  return [{ group: "browserZstd", file }];
}

async function timed(job: () => Promise<Counts>): Promise<Run> {
  const start = wallSeconds();
  const counts = await job();
  return { seconds: wallSeconds() - start, counts };
}

function runOf({ seconds, result }: { seconds: number; result: RunResult }): Run {
  return { seconds, counts: countsOfRun(result) };
}

function sweepOf({ seconds, result }: { seconds: number; result: SweepResult }): Run {
  return { seconds, counts: countsOfSweep(result) };
}

function countsOfRun({ trace, tlbs, walks }: RunResult): Counts {
  const [, l1d] = plainTlbs({ tlbs });
  return { records: trace.records, l1dMisses: l1d.misses, walks: walks.count, walkReferences: walks.references };
}

function countsOfSweep({ trace, points }: SweepResult): Counts {
  return { records: trace.records, points: points.length, sum: points.reduce((sum, { misses }) => sum + misses, 0) };
}
