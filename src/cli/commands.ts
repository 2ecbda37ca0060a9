/** The commands: options to a configuration, traces to results, results to text. */

import { access, constants } from "node:fs/promises";
import { resolve as toPath } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { type ResolvedAttribution, resolveAttribution } from "../config/attribution.ts";
import { NESTED_DEFAULTS } from "../config/cpus/nested.ts";
import { MACHINE_OPTIONS } from "../config/machine-options.ts";
import { CPUS_OPTIONS, SWEEP_OPTIONS } from "../config/options.ts";
import { resolve, resolveSweep } from "../config/resolve.ts";
import type { Config, SweepConfig } from "../config/types.ts";
import { ConfigError } from "../errors.ts";
import { withCpuOfFile } from "../files/cpu-file.ts";
import { checkOutput, writeOutput } from "../files/output.ts";
import type { JobOptions } from "../job.ts";
import { attributionCsv, seriesCsv } from "../report/attribution-csv.ts";
import { compareCsv } from "../report/compare-text.ts";
import { runCsv, sweepCsv } from "../report/csv.ts";
import { jsonPieces } from "../report/json.ts";
import type { RunResult, SweepResult, TraceSummary } from "../report/results.ts";
import { sweepSvg } from "../report/svg.ts";
import { sweepText } from "../report/sweep-text.ts";
import { runText } from "../report/text.ts";
import { simulate } from "../simulate.ts";
import { sweep } from "../sweep.ts";
import { threadsOf } from "../threads.ts";
import { openTrace, type Trace } from "../trace/trace.ts";
import type { PagewalkWorker, WorkerJobOptions } from "../worker/client.ts";
import { addAttributionOptions, assertAttributionUsed, type WhoMissesOptions } from "./attribution-options.ts";
import { textWidth } from "./columns.ts";
import { regionsOption } from "./maps.ts";
import { addMeasuringOptions, type MeasuringOptions } from "./measuring-options.ts";
import {
  addConfigOptions,
  addOutputOptions,
  addReadingOptions,
  configFrom,
  jobsOption,
  leavesOperands,
  type OutputOptions,
  openingFrom,
  type ReadingOptions,
  separatesThreads,
  svgOption,
} from "./options.ts";
import { loadPolicies } from "./own-policy.ts";
import { createProgress } from "./progress.ts";
import { addLiveOptions, type LiveOptions, whileItRuns } from "./record.ts";
import { addShardOptions, isPlanAsked, type PlanOptions } from "./shard-options.ts";
import { sideBySide, WORTH_WORKERS_BYTES, withWorkers } from "./workers.ts";

export type TraceOptions = ReadingOptions & OutputOptions & LiveOptions;

/** What may follow --nested and be its value: not the name of a trace. */
const SIZE = /^\d+[a-z]+$/i;

/** Stored bytes of a trace below which starting workers that only decode takes longer than they save: of a trace that is compressed, and of one that is not. */
const WORTH_DECODERS_BYTES = { compressed: 16 << 20, plain: 512 << 20 };

/** `run TRACE…`: one machine. */
export function runCommand(program?: readonly string[]): Command {
  const command = new Command("run")
    .summary("one machine over a trace")
    .description("Replays each trace through one machine (TLBs, page walk, paging-structure caches) and counts.");
  addConfigOptions(command, MACHINE_OPTIONS);
  leavesOperands(command, "--nested", SIZE, NESTED_DEFAULTS.pageSize);
  command.option(
    "--maps <file>",
    "mappings with their rights, of /proc/PID/maps or recorded regions, or recorded: those in a .pwt; a bad access is a SIGSEGV; again for each trace",
    (path: string, before: readonly string[] = []) => [...before, path],
  );
  addAttributionOptions(command);
  addMeasuringOptions(command);
  command.addOption(jobsOption("they decode a large trace"));
  return traceCommand(command, "pagewalk run trace.lk.gz --l1d 64:4 --stlb 1536:12", { program }).action(
    async (
      paths: string[],
      options: TraceOptions & WhoMissesOptions & MeasuringOptions & { jobs: number; maps?: string[] },
    ) => {
      const config = await withCpuOfFile(configFrom(options as unknown as Record<string, unknown>, MACHINE_OPTIONS));
      if (typeof config.policy === "string") config.policy = await loadPolicies(config.policy);
      const resolved = resolve(config); // wrong usage is told before any trace is opened
      const events = options.events ? (await import("./compare.ts")).eventsFor(resolved) : undefined;
      const { by, interval } = options;
      const csv = csvOf(resolveAttribution({ by, interval }), command, options);
      if (options.compare !== undefined && (tracesOf(paths, options).length > 1 || separatesThreads(options))) {
        throw new ConfigError(
          "compare",
          options.compare,
          "one trace, merged: a measurement is of one run of a program",
        );
      }
      const measurement =
        options.compare === undefined ? null : await (await import("./compare.ts")).readMeasurement(options.compare);
      assertAttributionUsed(command, options, config.huge !== undefined);
      openingFrom(options);
      if (config.switchEvery !== undefined && tracesOf(paths, options).length > 1) {
        const together = await runTogether(paths, config, options);
        await print([events === undefined ? together : { ...together, events }], options, {
          text: runText,
          csv: runCsv,
        });
        return;
      }
      const [mapsPath, ...others] = options.maps ?? [];
      if (others.length > 0) {
        throw new ConfigError("maps", `${others.length + 1} files`, "one, or with --switch-every one for each trace");
      }
      const mapsOf = await regionsOption("maps", mapsPath);
      const regionsOf = await regionsOption("regions", options.regions);
      const results = await withWorkers(options.jobs > 1 ? options.jobs : 0, (workers) =>
        forEachTrace(paths, options, async (trace, job) => {
          const worthBytes = WORTH_DECODERS_BYTES[trace.compression === "none" ? "plain" : "compressed"];
          const decoders = (await workers(trace, worthBytes)).map(({ partDecoder }) => partDecoder);
          const [maps, regions] = [await mapsOf(trace), await regionsOf(trace)];
          const attributed = { by: measurement === null ? by : withKinds(by, trace), interval };
          const result = await simulate(trace, config, { ...job, ...attributed, decoders, maps, regions });
          if (measurement !== null) {
            const { compareWith } = await import("../compare/compare.ts");
            result.compare = compareWith(result, measurement, options.compare ?? "");
            forgetKinds(result, by);
          }
          return events === undefined ? result : { ...result, events };
        }),
      );
      const shown = { top: options.top, width: textWidth(), ascii: options.ascii ?? false };
      await print(results, options, { text: (result: RunResult) => runText(result, shown), csv });
    },
  );
}

/** `by`, and the kinds of accesses, which events of processors tell apart; of a trace that keeps no more than pages none can be told. */
function withKinds(by: string | undefined, { format }: Trace): string | undefined {
  if (format.isPagesOnly) return by;
  return by === undefined ? "kind" : `${by},kind`;
}

/** Leaves out of `result` what withKinds() added to `by`. */
function forgetKinds(result: RunResult, by: string | undefined): void {
  if (by === undefined) delete result.by;
  else if (result.by !== undefined && !resolveAttribution({ by }).by.includes("kind")) delete result.by.kind;
}

/** `run` of several traces that take turns on one machine. */
async function runTogether(
  paths: readonly string[],
  config: Config,
  options: TraceOptions & WhoMissesOptions & { maps?: readonly string[] },
): Promise<RunResult> {
  if (separatesThreads(options)) throw new ConfigError("threads", options.threads, "merge where traces take turns");
  for (const name of ["by", "interval", "regions"] as const) {
    if (options[name] !== undefined) throw new ConfigError(name, options[name], "nothing where traces take turns");
  }
  const { assertMapsOfEach, simulateTogether } = await import("../together.ts");
  if (options.maps !== undefined) assertMapsOfEach(options.maps, paths);
  await checkFiles(paths, options);
  const mapsOf = await Promise.all((options.maps ?? []).map((path) => regionsOption("maps", path)));
  const traces: Trace[] = [];
  const progress = createProgress(process.stderr, options.quiet !== true);
  try {
    for (const path of paths) traces.push(await openTrace(path, openingFrom(options)));
    const maps = options.maps && (await Promise.all(mapsOf.map((of, index) => of(traces[index] as Trace))));
    return await simulateTogether(traces, config, { maps, onProgress: progress.update });
  } finally {
    progress.stop();
    await Promise.all(traces.map((trace) => trace.close()));
  }
}

/** What --csv prints of a run: one table. */
function csvOf(
  { by, interval }: ResolvedAttribution,
  command: Command,
  { csv, compare }: OutputOptions & MeasuringOptions,
) {
  if (compare !== undefined) {
    if ((by.length > 0 || interval > 0) && csv === true) {
      command.error("error: --csv prints one table: with --compare the comparison; leave out --by and --interval");
    }
    return compareCsv;
  }
  if (by.length > 0 && interval > 0 && csv === true) {
    command.error("error: --csv prints one table: with --by who missed, with --interval the series; give one of them");
  }
  return interval > 0 ? seriesCsv : by.length > 0 ? attributionCsv : runCsv;
}

/** `sweep TRACE…`: TLBs of many geometries, one-level or behind an L1. */
export function sweepCommand(program?: readonly string[]): Command {
  const command = new Command("sweep")
    .summary("TLBs of many sizes over a trace")
    .description(
      "Simulates one-level TLBs of many geometries, or second-level ones behind an L1, over each trace, which is read once. Given a plan of pagewalk plan instead of traces, does its units.",
    );
  addConfigOptions(command, SWEEP_OPTIONS);
  addConfigOptions(command, CPUS_OPTIONS);
  command
    .addOption(svgOption())
    .addOption(jobsOption("each of several traces has its own, or they share the points of one"))
    .option("--ascii", "draw the plot without Unicode characters");
  addShardOptions(command);
  return traceCommand(command, "pagewalk sweep trace.lk.gz --entries 16..1024 --ways 4,full", { program }).action(
    async (
      paths: string[],
      options: TraceOptions & PlanOptions & { jobs: number; svg?: string; cpu?: string; pageSize?: string },
    ) => {
      if (await isPlanAsked(paths, options))
        return (await import("./sweep-plan.ts")).sweepPlan(paths[0] ?? "", options, command);
      const config = configFrom(options as unknown as Record<string, unknown>, SWEEP_OPTIONS);
      const { CPUS_VIEWS, compareOn, cpusAsked } = await import("./compare-cpus.ts");
      const cpus = await cpusAsked(options, config, SWEEP_OPTIONS);
      if (cpus !== null) {
        const results = await withWorkers(options.jobs - 1, (workersFor) =>
          forEachTrace(paths, options, (trace, job) => compareOn(trace, cpus, job, workersFor)),
        );
        return print(results, options, CPUS_VIEWS);
      }
      resolveSweep(config);
      openingFrom(options);
      if (options.svg !== undefined && options.output !== undefined && toPath(options.svg) === toPath(options.output)) {
        command.error("error: --svg and --output name the same file");
      }
      await checkOutput(options.svg, paths);
      const results = await sweepTraces(paths, config, options);
      const text = (result: SweepResult) => sweepText(result, { width: textWidth(), ascii: options.ascii ?? false });
      // The picture first, as a reader who closes the pipe ends the process; but a result is not lost because of it.
      const [drawn] = await Promise.allSettled([
        options.svg === undefined ? undefined : writeOutput(sweepSvg(results), options.svg),
      ]);
      await print(results, options, { text, csv: sweepCsv });
      if (drawn.status === "rejected") throw drawn.reason;
    },
  );
}

/** Sweeps several traces side by side, each in a worker; one trace in this thread, which workers simulate for. */
async function sweepTraces(
  paths: readonly string[],
  config: SweepConfig,
  options: TraceOptions & { jobs: number },
): Promise<SweepResult[]> {
  if (options.jobs > 1 && tracesOf(paths, options).length > 1 && !paths.includes("-") && !separatesThreads(options)) {
    const job = (worker: PagewalkWorker, path: string, job: WorkerJobOptions) => worker.sweep(path, config, job);
    return forEachTraceAtOnce(paths, options, job);
  }
  // This thread decodes.
  return withWorkers(options.jobs - 1, (workers) =>
    forEachTrace(paths, options, async (trace, job) => {
      const simulators = (await workers(trace, WORTH_WORKERS_BYTES)).map(({ sweepSimulator }) => sweepSimulator);
      return sweep(trace, config, { ...job, simulators });
    }),
  );
}

/** Gives `command` traces as arguments, or the program of the command line, and options for how they are read and for its results. */
export function traceCommand(
  command: Command,
  example: string,
  { hasWarmup = true, program }: { hasWarmup?: boolean; program: readonly string[] | undefined },
): Command {
  const words = "traces: plain, gzip, zstd, xz or zip; - is standard input";
  command.argument(program === undefined ? "<trace...>" : "[trace...]", words, collectTrace);
  addReadingOptions(command, hasWarmup);
  command.option("--merge", "the traces are files of drmemtrace, of one run's threads: merge them by time");
  addOutputOptions(command);
  addLiveOptions(command, program);
  return command.addHelpText("after", `\nExample:\n  ${example}`);
}

function collectTrace(path: string, before: readonly string[] = []): string[] {
  if (path === "") throw new InvalidArgumentError("Expected a file name, or - for standard input.");
  if (path === "-" && before.includes(path)) throw new InvalidArgumentError("Standard input can be read only once.");
  return [...before, path];
}

/** What each trace is read from: a path, or with --merge all of them. */
export function tracesOf(paths: readonly string[], { merge }: TraceOptions): readonly (string | readonly string[])[] {
  return merge === true ? [paths] : paths;
}

/** Throws what is wrong with a trace or the output as far as it can be told before hours are spent on other traces. */
export async function checkFiles(paths: readonly string[], options: TraceOptions): Promise<void> {
  await checkOutput(options.output, paths);
  for (const path of paths) {
    if (path !== "-") await access(path, constants.R_OK).catch(() => openTrace(path, openingFrom(options)));
  }
}

/** Runs `job` on one trace after the other, or on one of its threads, each with a progress line of its own. */
async function forEachTrace<Result extends { trace: TraceSummary }>(
  paths: readonly string[],
  options: TraceOptions,
  job: (trace: Trace, options: JobOptions) => Promise<Result>,
): Promise<Result[]> {
  const opening = openingFrom(options);
  if (options.program !== undefined) {
    await checkOutput(options.output, []);
    return [await whileItRuns(options.program, paths, options, opening, (trace) => withProgress(trace, options, job))];
  }
  await checkFiles(paths, options);
  const results: Result[] = [];
  for (const input of tracesOf(paths, options)) {
    const first = await openTrace(input, opening);
    const threads = separatesThreads(options) ? await withProgress(first, options, threadsOf) : [];
    if (threads.length === 0) results.push(await withProgress(first, options, job));
    for (const { tid } of threads) {
      results.push(await withProgress(await openTrace(input, { ...opening, thread: tid }), options, job));
    }
  }
  return results;
}

/** Runs `job` on `trace`, and closes it. */
export async function withProgress<Result>(
  trace: Trace,
  { quiet }: TraceOptions,
  job: (trace: Trace, options: JobOptions) => Promise<Result>,
): Promise<Result> {
  const progress = createProgress(process.stderr, quiet !== true);
  try {
    return await job(trace, { onProgress: progress.update });
  } finally {
    progress.stop();
    await trace.close();
  }
}

/** Runs `job` on all traces at once, as many as there are jobs, with one progress line for all. */
async function forEachTraceAtOnce<Result>(
  paths: readonly string[],
  options: TraceOptions & { jobs: number },
  job: (worker: PagewalkWorker, path: string, options: WorkerJobOptions) => Promise<Result>,
): Promise<Result[]> {
  await checkFiles(paths, options);
  const opening = openingFrom(options);
  const progress = createProgress(process.stderr, options.quiet !== true);
  try {
    return await sideBySide(paths, options.jobs, progress.update, (worker, path, one) =>
      job(worker, path, { ...one, ...opening }),
    );
  } finally {
    progress.stop();
  }
}

/** Prints results as the options ask for. */
export async function print<Result extends object>(
  results: Result[],
  { json, csv, output }: OutputOptions,
  render: { text: (result: Result) => string; csv: (results: Result[]) => string | Iterable<string> },
): Promise<void> {
  const text = json ? jsonPieces(results) : csv ? render.csv(results) : results.map(render.text).join("\n");
  await writeOutput(text, output);
}
