/** The commands: options to a configuration, traces to results, results to text. */
import { access, constants } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { resolve, resolveSweep } from "../config/resolve.ts";
import { info } from "../info.ts";
import type { JobOptions } from "../job.ts";
import { infoCsv, runCsv, sweepCsv } from "../report/csv.ts";
import { toJson } from "../report/json.ts";
import type { SweepResult } from "../report/results.ts";
import { infoText, runText, sweepText } from "../report/text.ts";
import { simulate } from "../simulate.ts";
import { sweep } from "../sweep.ts";
import { openTrace, type Trace } from "../trace/trace.ts";
import { type PagewalkWorker, startWorker } from "../worker/client.ts";
import {
  addConfigOptions,
  addOutputOptions,
  configFrom,
  jobsOption,
  type OutputOptions,
  RUN_OPTIONS,
  SWEEP_OPTIONS,
} from "./options.ts";
import { checkOutput, writeOutput } from "./output.ts";
import { createProgress } from "./progress.ts";

/** Columns of text where standard output is no terminal. */
const DEFAULT_COLUMNS = 80;
/** Stored bytes of a trace below which starting workers takes longer than they save. */
const WORTH_WORKERS_BYTES = 256 * 1024;
/** The same for workers that only decode; of a trace that is compressed, and of one that is not. */
const WORTH_DECODERS_BYTES = { compressed: 16 << 20, plain: 512 << 20 };

/** `run TRACE…`: one machine. */
export function runCommand(): Command {
  const command = new Command("run")
    .summary("one machine over a trace")
    .description("Replays each trace through one machine (TLBs, page walk, paging-structure caches) and counts.");
  addConfigOptions(command, RUN_OPTIONS);
  command.addOption(jobsOption());
  return traceCommand(command, "pagewalk run trace.lk.gz --l1d 64:4 --stlb 1536:12").action(
    async (paths: string[], options: OutputOptions & { jobs: number }) => {
      const config = configFrom(options as unknown as Record<string, unknown>, RUN_OPTIONS);
      resolve(config); // wrong usage is told before any trace is opened
      const results = await withWorkers(options.jobs, (workers) =>
        forEachTrace(paths, options, async (trace, job) => {
          const worthBytes = WORTH_DECODERS_BYTES[trace.compression === "none" ? "plain" : "compressed"];
          const decoders = (await workers(trace, worthBytes)).map(({ partDecoder }) => partDecoder);
          return simulate(trace, config, { ...job, decoders });
        }),
      );
      await print(results, options, { text: runText, csv: runCsv });
    },
  );
}

/** `sweep TRACE…`: one-level TLBs of many geometries. */
export function sweepCommand(): Command {
  const command = new Command("sweep")
    .summary("TLBs of many sizes over a trace")
    .description("Simulates one-level TLBs of many geometries over each trace, which is read once.");
  addConfigOptions(command, SWEEP_OPTIONS);
  command.addOption(jobsOption()).option("--ascii", "draw the plot without Unicode characters");
  return traceCommand(command, "pagewalk sweep trace.lk.gz --entries 16..1024 --ways 4,full").action(
    async (paths: string[], options: OutputOptions & { jobs: number }) => {
      const config = configFrom(options as unknown as Record<string, unknown>, SWEEP_OPTIONS);
      const { points } = resolveSweep(config);
      const results = await withWorkers(Math.min(options.jobs, points.length), (workers) =>
        forEachTrace(paths, options, async (trace, job) => {
          const simulators = (await workers(trace, WORTH_WORKERS_BYTES)).map(({ pointSimulator }) => pointSimulator);
          return sweep(trace, config, { ...job, simulators });
        }),
      );
      const width = process.stdout.columns || DEFAULT_COLUMNS;
      const text = (result: SweepResult) => sweepText(result, { width, ascii: options.ascii ?? false });
      await print(results, options, { text, csv: sweepCsv });
    },
  );
}

/** `info TRACE…`: what a trace is. */
export function infoCommand(): Command {
  const command = new Command("info")
    .summary("what a trace is and holds")
    .description(
      "Reads each trace to its end and tells its format, records and footprint, or what is wrong with it and where.",
    );
  return traceCommand(command, "pagewalk info trace.lk.gz").action(async (paths: string[], options: OutputOptions) => {
    const results = await forEachTrace(paths, options, (trace, job) => info(trace, job));
    await print(results, options, { text: infoText, csv: infoCsv });
  });
}

function traceCommand(command: Command, example: string): Command {
  command.argument("<trace...>", "traces: plain, gzip, zstd or xz; - is standard input", collectTrace);
  addOutputOptions(command);
  return command.addHelpText("after", `\nExample:\n  ${example}`);
}

function collectTrace(path: string, before: readonly string[] = []): string[] {
  if (path === "") throw new InvalidArgumentError("Expected a file name, or - for standard input.");
  if (path === "-" && before.includes(path)) throw new InvalidArgumentError("Standard input can be read only once.");
  return [...before, path];
}

/**
 * What `job` resolves with. It is given a function that resolves with `count` workers for a trace of `worthBytes` stored
 * bytes or more, or of unknown size, and with none for a smaller one, or where one worker would be all.
 */
async function withWorkers<Result>(
  count: number,
  job: (workersFor: (trace: Trace, worthBytes: number) => Promise<readonly PagewalkWorker[]>) => Promise<Result>,
): Promise<Result> {
  let workers: PagewalkWorker[] = [];
  try {
    return await job(async (trace, worthBytes) => {
      if (count < 2 || (trace.storedBytes ?? Number.POSITIVE_INFINITY) < worthBytes) return [];
      if (workers.length === 0) workers = await startWorkers(count);
      return workers;
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function startWorkers(count: number): Promise<PagewalkWorker[]> {
  const starting = await Promise.allSettled(Array.from({ length: count }, () => startWorker()));
  const workers = starting.filter((start) => start.status === "fulfilled").map((start) => start.value);
  const failed = starting.find((start) => start.status === "rejected");
  if (failed === undefined) return workers;
  await Promise.all(workers.map((worker) => worker.terminate()));
  throw failed.reason;
}

/** Runs `job` on one trace after the other, each with a progress line of its own, if the output can be written. */
async function forEachTrace<Result>(
  paths: readonly string[],
  { format, quiet, output }: OutputOptions,
  job: (trace: Trace, options: JobOptions) => Promise<Result>,
): Promise<Result[]> {
  await checkOutput(output, paths);
  const opening = format === undefined ? {} : { format };
  for (const path of paths) {
    // A trace that is not there is told before hours are spent on those before it.
    if (path !== "-") await access(path, constants.R_OK).catch(() => openTrace(path, opening));
  }
  const results: Result[] = [];
  for (const path of paths) {
    const trace = await openTrace(path, opening);
    const progress = createProgress(process.stderr, quiet !== true);
    try {
      results.push(await job(trace, { onProgress: progress.update }));
    } finally {
      progress.stop();
      await trace.close();
    }
  }
  return results;
}

async function print<Result extends object>(
  results: Result[],
  { json, csv, output }: OutputOptions,
  render: { text: (result: Result) => string; csv: (results: Result[]) => string },
): Promise<void> {
  const text = json ? toJson(results) : csv ? render.csv(results) : results.map(render.text).join("\n");
  await writeOutput(text, output);
}
