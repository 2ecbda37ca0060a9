/** The command `advise`: which parts of a program's memory to put on larger pages. */
import { stat } from "node:fs/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { type AdviseConfig, advise, DEFAULT_TOP, type PlanRunner } from "../advise.ts";
import { RUN_OPTIONS } from "../config/options.ts";
import { resolve } from "../config/resolve.ts";
import { withCpuOfFile } from "../files/cpu-file.ts";
import { checkOutput } from "../files/output.ts";
import { adviseCsv } from "../report/advise-csv.ts";
import { adviseText } from "../report/advise-text.ts";
import type { AdviseResult } from "../report/advising.ts";
import { printable } from "../report/format.ts";
import type { Progress } from "../report/progress.ts";
import { openTrace, type Trace } from "../trace/trace.ts";
import { print } from "./commands.ts";
import { RECORDED, regionsOption } from "./maps.ts";
import {
  addConfigOptions,
  addOutputOptions,
  addReadingOptions,
  configFrom,
  jobsOption,
  type OutputOptions,
  openingFrom,
  type ReadingOptions,
  separatesThreads,
} from "./options.ts";
import { createProgress, type ProgressLine } from "./progress.ts";
import { WORTH_WORKERS_BYTES, withWorkers } from "./workers.ts";

type AdviseOptions = ReadingOptions & OutputOptions & { maps?: string; top: number; jobs: number };

const { pageSize: _, ...MACHINE_OPTIONS } = RUN_OPTIONS;

/** `advise TRACE`. */
export function adviseCommand(program?: readonly string[]): Command {
  const command = new Command("advise")
    .summary("which parts of a program's memory to put on larger pages")
    .description(
      "Simulates a trace with pages of 4 KiB, with transparent huge pages, and with each region that misses on pages of 2 MiB " +
        "or 1 GiB, and tells which are worth it, what they cost in memory, and what to do. The trace is read several times.",
    )
    .argument(program === undefined ? "<trace>" : "[trace]", "trace: a file, plain, gzip, zstd, xz or zip", fileName);
  addConfigOptions(command, MACHINE_OPTIONS);
  command
    .option(
      "--maps <file>",
      `mappings of the program: /proc/PID/maps, recorded regions, or "${RECORDED}" (default: recorded, else inferred)`,
    )
    .addOption(
      new Option("--top <n>", "regions to simulate on larger pages, of those with the most walk references")
        .default(DEFAULT_TOP)
        .argParser(wholeNumber),
    )
    .addOption(jobsOption("plans that are simulated at once"));
  addReadingOptions(command, true);
  addOutputOptions(command);
  return command
    .addHelpText(
      "after",
      "\nExamples:\n  pagewalk advise join.pwt\n  pagewalk advise join.lk.gz --maps join.maps --stlb 2048:16",
    )
    .action(async (path: string, options: AdviseOptions) => {
      if (program !== undefined) command.error(`error: ${LIVE}`);
      const given = configFrom(options as unknown as Record<string, unknown>, RUN_OPTIONS) as AdviseConfig;
      const config = await withCpuOfFile(given);
      resolve(config);
      const opening = openingFrom(options);
      if (separatesThreads(options)) command.error("error: --threads separate: advise looks at all threads, or at one");
      await checkOutput(options.output, [path]);
      if (await isOnceOnly(path)) command.error(`error: ${printable(path)}: ${ONCE}`);
      const cpuFile = config.cpu === given.cpu ? undefined : (given.cpu as string);
      const result = await adviseOn(path, config, { ...options, cpuFile }, () => openTrace(path, opening));
      await print([result], options, { text: adviseText, csv: adviseCsv });
    });
}

async function adviseOn(
  path: string,
  config: AdviseConfig,
  { maps, top, jobs, quiet, format, columns, cpuFile, ...reading }: AdviseOptions & { cpuFile: string | undefined },
  open: () => Promise<Trace>,
): Promise<AdviseResult> {
  const regionsOf = await regionsOption("maps", maps);
  const first = await open();
  const progress = new StagesProgress(quiet !== true);
  try {
    const regions = await regionsOf(first);
    return await withWorkers(jobs > 1 ? jobs : 0, async (workersFor) => {
      const workers = await workersFor(first, WORTH_WORKERS_BYTES);
      const opening = openingFrom({ ...reading, ...(format && { format }), ...(columns && { columns }) });
      const runners = workers.map(
        (worker): PlanRunner => ({ run: (plan, job) => worker.simulate(path, plan, { ...job, ...opening }) }),
      );
      const files = { maps, format, columns, ...(cpuFile === undefined ? {} : { cpu: cpuFile }) };
      return advise(open, config, { maps: regions, top, runners, opening: files, onProgress: progress.update });
    });
  } finally {
    progress.stop();
    await first.close();
  }
}

/** A progress line for each stage: the number of plans of the next one is known when one ends. */
class StagesProgress {
  readonly #enabled: boolean;
  #line: ProgressLine | null = null;
  #storedBytes: number | null = null;
  #consumedBytes = 0;

  constructor(enabled: boolean) {
    this.#enabled = enabled;
  }

  readonly update = (progress: Progress): void => {
    const isNext = progress.storedBytes !== this.#storedBytes || progress.consumedBytes < this.#consumedBytes;
    if (this.#line === null || isNext) {
      this.stop();
      this.#line = createProgress(process.stderr, this.#enabled);
    }
    this.#storedBytes = progress.storedBytes;
    this.#consumedBytes = progress.consumedBytes;
    this.#line.update(progress);
  };

  stop(): void {
    this.#line?.stop();
    this.#line = null;
  }
}

const LIVE =
  "advise reads its trace several times: record the program first, with pagewalk record -o NAME.pwt -- PROGRAM, and then " +
  "pagewalk advise NAME.pwt";

const ONCE = "advise reads its trace several times, and this can be read once: write it into a file first";

function fileName(path: string): string {
  if (path === "") throw new InvalidArgumentError("Expected a file name.");
  if (path === "-") throw new InvalidArgumentError(ONCE);
  return path;
}

/** Whether what is at `path` is gone when it is read, as a pipe is. What is not there is told of when it is opened. */
async function isOnceOnly(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && !found.isFile() && !found.isDirectory();
}

function wholeNumber(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}
