/** The command `info`: what traces are and hold, what is wrong with bad ones, and what of these can be kept. */
import { resolve as toPath } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { resolveSelection, selectsAll } from "../config/selection.ts";
import { infoError } from "../doctor/info-error.ts";
import { TraceError } from "../errors.ts";
import { checkOutput, writeOutput } from "../files/output.ts";
import { examine, info } from "../info.ts";
import type { JobOptions } from "../job.ts";
import { repair } from "../repair.ts";
import { infoCsv, regionsCsv } from "../report/csv.ts";
import { printable } from "../report/format.ts";
import { infoText } from "../report/info-text.ts";
import type { InfoFailure, InfoResult } from "../report/results.ts";
import { threadsOf } from "../threads.ts";
import { openTrace, type Trace } from "../trace/trace.ts";
import { VERSION } from "../version.ts";
import { textWidth } from "./columns.ts";
import { checkFiles, print, type TraceOptions, traceCommand, tracesOf, withProgress } from "./commands.ts";
import { openingFrom, separatesThreads } from "./options.ts";
import { whileItRuns } from "./record.ts";
import { checkRepairName, writeRepair } from "./repair.ts";

const EXIT_BAD = 1;
const EXIT_INCOMPLETE = 3;

type InfoOptions = TraceOptions & { regions?: string; repair?: string };

/** `info TRACE…`: what a trace is. */
export function infoCommand(program?: readonly string[]): Command {
  const command = new Command("info")
    .summary("what a trace is and holds, and what is wrong with it")
    .description(
      "Reads each trace to its end and tells its format, records, footprint and regions, or what is wrong with it, where " +
        "and why. The exit status is 1 if one is bad, or 3 if its good part was written by --repair.",
    )
    .addOption(fileOption("--regions <file>", "also write the regions of all traces as CSV"))
    .addOption(
      fileOption(
        "--repair <file>",
        "of a bad trace, write what stands before the error, in its own format; compressed if the name ends in .gz",
        checkRepairName,
      ),
    )
    .option("--ascii", "draw the regions without Unicode characters");
  return traceCommand(command, "pagewalk info trace.lk.gz", { hasWarmup: false, program }).action(
    async (paths: string[], options: InfoOptions) => {
      const { regions, repair: repaired, ascii = false } = options;
      if (repaired !== undefined && (paths.length !== 1 || paths[0] === "-" || options.program !== undefined)) {
        command.error("error: --repair takes one trace, from a file, since it is read several times");
      }
      if (
        repaired !== undefined &&
        (separatesThreads(options) || !selectsAll(resolveSelection(openingFrom(options))))
      ) {
        command.error("error: --repair takes a whole trace: neither a window of it nor one of its threads");
      }
      const files = [regions, repaired, options.output]
        .filter((path) => path !== undefined)
        .map((path) => toPath(path));
      if (new Set(files).size < files.length)
        command.error("error: two of --output, --regions and --repair name the same file");
      await checkOutput(regions, paths);
      await checkOutput(repaired, paths);
      const results: (InfoResult | InfoFailure)[] = [];
      if (options.program === undefined) {
        await checkFiles(paths, options);
        for (const input of tracesOf(paths, options)) results.push(...(await examineInput(input, options)));
      } else {
        await checkOutput(options.output, []);
        const job = (trace: Trace) => withProgress(trace, options, (opened, job) => info(opened, job));
        results.push(await whileItRuns(options.program, paths, options, openingFrom(options), job));
      }
      if (regions !== undefined) await writeOutput(regionsCsv(results), regions);
      const picture = { width: textWidth(), ascii };
      await print(results, options, { text: (result) => infoText(result, picture), csv: infoCsv });
      const bad = results.filter(({ complete }) => !complete);
      for (const { error } of bad) if (error !== null) console.error(`pagewalk: ${printable(error.message)}`);
      if (repaired !== undefined) console.error(`pagewalk: ${repairWords(results[0], repaired)}`);
      if (bad.length > 0) process.exitCode = isRepaired(results[0]) ? EXIT_INCOMPLETE : EXIT_BAD;
    },
  );
}

/** What is known of the trace in `input`, of each of its threads if these are to be told apart. Throws if it cannot be read. */
async function examineInput(
  input: string | readonly string[],
  options: InfoOptions,
): Promise<(InfoResult | InfoFailure)[]> {
  const opening = openingFrom(options);
  try {
    const first = await openTrace(input, opening);
    // Of a bad trace there is one result, which tells where and why.
    const threads = separatesThreads(options) ? await withProgress(first, options, threadsOf).catch(noThreads) : [];
    if (threads.length === 0)
      return [await withProgress(first, options, (trace, job) => examined(trace, options, job))];
    const results: InfoResult[] = [];
    for (const { tid } of threads) {
      const thread = await openTrace(input, { ...opening, thread: tid });
      results.push(await withProgress(thread, options, (trace, job) => examined(trace, options, job)));
    }
    return results;
  } catch (error) {
    if (!(error instanceof TraceError) || error.code === "unreadable") throw error;
    const told = infoError(error, null);
    return [{ schema: "pagewalk/info@1", version: VERSION, complete: false, trace: { path: error.path }, error: told }];
  }
}

function noThreads(error: unknown): [] {
  if (error instanceof TraceError) return [];
  throw error;
}

/** What is known of `trace`, whose good part is written if that is asked for and it is bad. */
async function examined(trace: Trace, options: InfoOptions, job: JobOptions): Promise<InfoResult> {
  const { result, error } = await examine(trace, job);
  if (error?.code === "unreadable") throw error;
  if (options.repair === undefined) return result;
  const found = error === null ? null : await repair(trace, error, job);
  if (found !== null) await writeRepair(found, options.repair);
  return { ...result, repair: found === null ? null : { path: options.repair, ...found.result } };
}

function isRepaired(result: InfoResult | InfoFailure | undefined): boolean {
  return result !== undefined && "repair" in result && result.repair != null;
}

/** What became of a repair. */
function repairWords(result: InfoResult | InfoFailure | undefined, path: string): string {
  const name = printable(path);
  if (result?.complete === true) return `the trace is good; there was nothing to repair, and ${name} was not written`;
  const done = result !== undefined && "repair" in result ? result.repair : null;
  if (done == null) return `there is no whole record before the error; ${name} was not written`;
  const { records, bytes, droppedFrom, droppedBytes } = done;
  const dropped = droppedBytes === null ? "all that followed" : `${droppedBytes} bytes`;
  return (
    `${name} has the ${records} records before the error, ${bytes} bytes decompressed; from byte ${droppedFrom} on ` +
    `${dropped} ${droppedBytes === null ? "was" : "were"} dropped`
  );
}

function fileOption(flags: string, description: string, check = (path: string) => path): Option {
  return new Option(flags, description).argParser((path) => {
    if (path === "" || path === "-") throw new InvalidArgumentError("Expected a file name.");
    return check(path);
  });
}
