/** A worker of a browser against a worker of Node: the same jobs over the same files, by wall clock. */
import { join } from "node:path";
import { chromium, type Page } from "playwright";
import { build } from "vite";
import { serveLab } from "../src/cli/lab-server.ts";
import { openTrace, type PagewalkWorker, type RunResult, type SweepResult, startWorker, sweep } from "../src/index.ts";
import { CHROMIUM_FLAGS, findChromium } from "../test/browser/chromium.ts";
import type {} from "./browser/page.ts";
import { pathTo, wallSeconds } from "./environment.ts";
import { type Found, foundIn } from "./groups.ts";
import { C_CONFIG } from "./machine.ts";
import { type PlainTrace, removeRepeated, repeatedText } from "./traces.ts";
import { type Counts, type Run, takeTurns } from "./versus.ts";
import type { Scale } from "./workloads.ts";

/** Fully associative LRU of every size, 4 KiB pages. */
const CURVE = { entries: "auto" };

/** A browser with a page that waits for files, and workers of Node beside it. */
export interface Browser {
  compare(trace: PlainTrace, folder: string, scale: Scale): Promise<Found[]>;
  stop(): Promise<void>;
}

/** Rejects where there is no browser. `folder`: where the page is built. */
export async function startBrowser(folder: string): Promise<Browser> {
  const outDir = join(folder, "browser");
  await build({
    root: pathTo("bench/browser"),
    configFile: false,
    logLevel: "warn",
    build: { outDir },
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
    stop: async () => {
      await Promise.all([worker.terminate(), simulator.terminate(), browser.close()]);
      await server.close();
    },
  };
}

/** The sweep of Node is that of the command line: this thread decodes, and a worker simulates. That of the page has one worker. */
async function compare(
  page: Page,
  worker: PagewalkWorker,
  simulator: PagewalkWorker,
  trace: PlainTrace,
  folder: string,
  scale: Scale,
): Promise<Found[]> {
  const path = repeatedText(trace, folder, scale.browserBytes);
  try {
    await page.setInputFiles("input", path);
    const turns = await takeTurns(
      {
        browser: async () =>
          runOf(await page.evaluate(async (config) => (await pagewalkBench).simulate(config), C_CONFIG)),
        node: () => timed(async () => countsOfRun(await worker.simulate(path, C_CONFIG))),
        browserCurve: async () =>
          sweepOf(await page.evaluate(async (config) => (await pagewalkBench).sweep(config), CURVE)),
        nodeCurve: () =>
          timed(async () =>
            countsOfSweep(await sweep(await openTrace(path), CURVE, { simulators: [simulator.sweepSimulator] })),
          ),
      },
      scale.rounds,
    );
    const input = { workload: trace.name, real: true, count: turns.counts.records ?? Number.NaN };
    return [
      foundIn("browser", turns, ["browser", "node"], input),
      foundIn("browserCurve", turns, ["browserCurve", "nodeCurve"], input),
    ];
  } finally {
    removeRepeated(trace, path);
  }
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
  return { records: trace.records, l1dMisses: tlbs[1].misses, walks: walks.count, walkReferences: walks.references };
}

function countsOfSweep({ trace, points }: SweepResult): Counts {
  return { records: trace.records, points: points.length, sum: points.reduce((sum, { misses }) => sum + misses, 0) };
}
