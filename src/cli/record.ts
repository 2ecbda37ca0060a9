/** `record`: a program's accesses into a file; and programs in the place of traces, simulated while they run. */
import { readFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { Command, Option } from "commander";
import { resolveSelection, WINDOW_UNITS, type WindowUnit } from "../config/selection.ts";
import { OUTPUT_FORMATS } from "../convert/formats.ts";
import { convert } from "../convert.ts";
import { ConfigError } from "../errors.ts";
import { checkOutput, replaceFile, writeOutput, writeStdout } from "../files/output.ts";
import { chooseRecorder, findRecorders, RECORDER_NAMES, type RecorderName } from "../record/choose.ts";
import { RecordError } from "../record/errors.ts";
import { findProgram } from "../record/program.ts";
import { Recording, type RecordingEnd, type RecordingOptions } from "../record/recording.ts";
import { recordingStream } from "../record/stream.ts";
import { bytes, counted, printable } from "../report/format.ts";
import type { TraceSummary } from "../report/results.ts";
import { type OpenOptions, openTrace, type Trace } from "../trace/trace.ts";
import { gzipped, targetOf } from "./convert.ts";
import { createProgress } from "./progress.ts";

/** Commands that take a program after `--`, or say why not. */
const RECORDING_COMMANDS = ["run", "sweep", "advise", "info", "record"];
/** Signals that end a program. They are its own business; what was recorded until then is kept. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
/** Of them, those that a terminal sends to the program as well. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];
/** How often a signal has to come before the program is killed. */
const PATIENCE = 3;

export interface LiveOptions {
  /** The program to record, and its arguments. */
  program?: readonly string[];
  recorder?: string;
  quiet?: boolean;
}

interface RecordOptions extends LiveOptions {
  output?: string;
  to?: string;
  skip?: string;
  limit?: string;
  unit?: WindowUnit;
  stop?: boolean;
  list?: boolean;
}

/** Divides a command line at `--`, for those commands to which a program may be given there. */
export function atDashes(words: readonly string[]): { words: string[]; recorded: string[] | undefined } {
  const dashes = RECORDING_COMMANDS.includes(words[0] ?? "") ? words.indexOf("--") : -1;
  if (dashes < 0) return { words: [...words], recorded: undefined };
  return { words: words.slice(0, dashes), recorded: words.slice(dashes + 1) };
}

/** Declares what commands need to take `program` in the place of a trace. */
export function addLiveOptions(command: Command, program: readonly string[] | undefined): void {
  command.addOption(recorderOption()).setOptionValue("program", program);
  command.addHelpText(
    "after",
    "\nOr record a program meanwhile, which writes to standard output as well (-o keeps the result apart):\n" +
      `  pagewalk ${command.name()} -- PROGRAM ARGUMENTS`,
  );
}

/** `record -- PROGRAM ARGUMENTS`. */
export function recordCommand(program?: readonly string[]): Command {
  const formats = OUTPUT_FORMATS.map(({ name, extensions }) => `${name} (${extensions[0]})`).join(", ");
  return new Command("record")
    .summary("the accesses of a program, into a file")
    .description(
      "Runs a program and records each instruction, load and store of it, and what memory it had, and when. Its input, " +
        "output and exit status are those of the program.",
    )
    .usage("[options] -- PROGRAM [ARGUMENTS...]")
    .option("-o, --output <file>", "the file to write (default: the program's name and .pwt)")
    .option("--to <name>", `format to write: ${formats} (default: by the name of the output)`)
    .addOption(recorderOption())
    .option("--skip <n>", "leave out the first n (default: 0)")
    .option("--limit <n>", "record n, and let the program run on without (default: all)")
    .option("--unit <name>", `what those are: ${WINDOW_UNITS.join(", ")} (default: records)`)
    .option("--stop", "end the program when --limit is reached")
    .option("--list", "tell which recorders this machine has")
    .option("-q, --quiet", "nothing on standard error but errors")
    .addHelpText(
      "after",
      "\nThe memory regions are written beside the file, as NAME.regions.json.\n" +
        "Exit status: the program's; 125 if the recorder failed, 126 and 127 if there is no such program.\n" +
        "\nExample:\n  pagewalk record -o sort.lk.gz -- sort words.txt",
    )
    .action(async (options: RecordOptions, command: Command) => {
      if (options.list) return list();
      if (program === undefined || program.length === 0) {
        command.error("error: missing program; give it after --: pagewalk record -- PROGRAM ARGUMENTS");
      }
      await record(program ?? [], options);
    });
}

function recorderOption(): Option {
  return new Option("--recorder <name>", `what records programs: ${RECORDER_NAMES.join(", ")} (default: auto)`);
}

function recorderNamed(name = "auto"): RecorderName {
  const known = RECORDER_NAMES.find((candidate) => candidate === name);
  if (known === undefined) throw new ConfigError("recorder", name, RECORDER_NAMES.join(", "));
  return known;
}

async function list(): Promise<void> {
  const lines = (await findRecorders()).map(({ name, version, note }) =>
    printable(`${name.padEnd(8)}${version ?? "not here"}: ${note}`),
  );
  await writeStdout(`${lines.join("\n")}\n`);
}

async function record(words: readonly string[], options: RecordOptions): Promise<void> {
  const { skip, limit, unit, stop } = options;
  const window = resolveSelection({ skip, limit, unit });
  const path = options.output ?? `${basename(words[0] ?? "")}.pwt`;
  if (path === "-") throw new ConfigError("output", path, "the name of a file: standard output is the program's");
  const { to, compression } = targetOf(path, options.to);
  await checkOutput(path, []);
  const say = speaker(options);

  const end = await withRecording(words, options, { window, stop }, async (recording) => {
    const progress = createProgress(process.stderr, options.quiet !== true && process.stdout.isTTY !== true);
    const report = () => progress.update({ consumedBytes: 0, storedBytes: null, records: recording.records });
    const pieces = to === "lackey" ? recording.lines() : converted(recording, to);
    let written = 0;
    try {
      await replaceFile(path, async (file) => {
        written = await writePieces(file, compression === "gzip" ? gzipped(pieces) : pieces, report);
        const { incomplete, records } = await recording.end();
        if (records === 0) throw nothingRecorded(incomplete, window.skip);
        return incomplete === null ? undefined : incompleteName(path);
      });
    } finally {
      progress.stop();
    }
    const ended = await recording.end();
    const file = ended.incomplete === null ? path : incompleteName(path);
    await writeRegions(file, recording, ended);
    if (ended.incomplete !== null) {
      const until = `the ${counted(ended.records, "record")} until then are in ${file}`;
      console.error(`pagewalk: ${printable(`${recording.name}: ${ended.incomplete}; ${until}`)}`);
    } else {
      const signal = ended.signal === null ? "" : `; the program was ended by ${ended.signal}`;
      say(`${file}: ${counted(ended.records, "record")}, ${bytes(written)}${signal}`);
    }
    for (const remark of ended.remarks) say(remark);
    return ended;
  });
  process.exitCode = end.incomplete !== null && end.exitStatus === 0 ? 125 : end.exitStatus;
}

/** Writes `pieces` and returns how many bytes they were. */
async function writePieces(
  file: FileHandle,
  pieces: AsyncIterable<Uint8Array>,
  afterEach: () => void,
): Promise<number> {
  let written = 0;
  for await (const piece of pieces) {
    await file.writeFile(piece);
    written += piece.length;
    afterEach();
  }
  return written;
}

async function* converted(recording: Recording, to: string): AsyncGenerator<Uint8Array, void> {
  const trace = await openTrace(recordingStream(recording, true), { format: "lackey" });
  try {
    yield* convert(trace, { to, metadata: async () => metadataOf(recording, await recording.end()) });
  } finally {
    await trace.close();
  }
}

function nothingRecorded(incomplete: string | null, skip: number): RecordError {
  return new RecordError(incomplete ?? `nothing was recorded: the program ended before the ${skip} to skip`);
}

/** `sort.lk.gz` is `sort.incomplete.lk.gz`. */
function incompleteName(path: string): string {
  return path.replace(/[^/]*$/, (name) => name.replace(/(?=\.)|$/, ".incomplete"));
}

/** Regions in one object of metadata: few enough for its limit of 1 MiB, unless their names are very long. */
const REGIONS_AT_ONCE = 2000;

/** What the container keeps with a recording: the object of NAME.regions.json, in parts if there are many regions. */
function metadataOf(recording: Recording, end: RecordingEnd): object[] {
  const { regions, ...about } = regionsOf(recording, end);
  return Array.from({ length: Math.max(1, Math.ceil(regions.length / REGIONS_AT_ONCE)) }, (_, part) => ({
    recording: { ...about, regions: regions.slice(part * REGIONS_AT_ONCE, (part + 1) * REGIONS_AT_ONCE) },
  }));
}

function regionsOf({ name, recorder }: Recording, { records, incomplete, regions }: RecordingEnd) {
  return { name, recorder: recorder.name, records, complete: incomplete === null, regions };
}

/** The memory regions, beside the trace. */
async function writeRegions(path: string, recording: Recording, end: RecordingEnd): Promise<void> {
  await writeOutput(`${JSON.stringify(regionsOf(recording, end), null, 1)}\n`, regionsPath(path));
}

function regionsPath(path: string): string {
  const plain = path.replace(/\.gz$/i, "");
  const known = OUTPUT_FORMATS.flatMap(({ extensions }) => extensions);
  const extension = known.find((candidate) => plain.toLowerCase().endsWith(candidate)) ?? "";
  return `${plain.slice(0, plain.length - extension.length)}.regions.json`;
}

/**
 * Runs `job` on the accesses of a program while it runs, and then waits for the program. The exit status of this process
 * will be the program's.
 */
export async function whileItRuns<Result extends { trace: TraceSummary }>(
  words: readonly string[],
  paths: readonly string[],
  options: LiveOptions,
  opening: OpenOptions,
  job: (trace: Trace) => Promise<Result>,
): Promise<Result> {
  if (paths.length > 0) throw new ConfigError("trace", paths.join(" "), "none beside a program (after --)");
  if (opening.thread !== undefined)
    throw new ConfigError("threads", opening.thread, "merge: a recording has no threads");
  return withRecording(words, options, {}, async (recording) => {
    const trace = await openTrace(recordingStream(recording), { ...opening, format: "lackey" });
    const result = await job(trace);
    const { exitStatus, remarks } = await recording.end();
    for (const remark of remarks) speaker(options)(remark);
    process.exitCode = exitStatus;
    return { ...result, trace: { ...result.trace, recorder: recording.recorder.name } };
  });
}

/** Starts a program under a recorder and runs `job`; whatever becomes of that, the program has ended afterwards. */
async function withRecording<Result>(
  words: readonly string[],
  options: LiveOptions,
  recordingOptions: RecordingOptions,
  job: (recording: Recording) => Promise<Result>,
): Promise<Result> {
  const say = speaker(options);
  const name = recorderNamed(options.recorder);
  const program = await findProgram(words);
  const recorder = await chooseRecorder(name, program, say);
  const recording = await Recording.start(recorder, program, recordingOptions);
  const release = takeSignals(recording);
  try {
    say(`recording ${recording.name} with ${recorder.title}`);
    return await job(recording);
  } catch (error) {
    recording.kill("SIGTERM"); // what it does now, nobody wants
    await recording.end();
    throw error;
  } finally {
    release();
  }
}

/** Whether keys like Ctrl-C reach this process and the program alike: proc_pid_stat(5), pgrp and tpgid. */
function isInForeground(): boolean {
  const fields = readFileSync("/proc/self/stat", "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  return fields[2] === fields[5];
}

function speaker({ quiet }: LiveOptions): (sentence: string) => void {
  return quiet ? () => {} : (sentence) => console.error(`pagewalk: ${printable(sentence)}`);
}

/** Hands signals to the program, instead of ending by them. Returns what undoes that. */
function takeSignals(recording: Recording): () => void {
  const before = SIGNALS.map((signal) => [signal, process.listeners(signal)] as const);
  let times = 0;
  const take = (signal: NodeJS.Signals) => {
    times++;
    if (times >= PATIENCE) recording.kill("SIGKILL");
    else if (!(FROM_TERMINAL.includes(signal) && isInForeground())) recording.kill(signal);
  };
  for (const signal of SIGNALS) {
    process.removeAllListeners(signal);
    process.on(signal, take);
  }
  return () => {
    for (const [signal, listeners] of before) {
      process.off(signal, take);
      for (const listener of listeners) process.on(signal, listener);
    }
  };
}
