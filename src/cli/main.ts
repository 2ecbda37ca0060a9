#!/usr/bin/env node
/** The command line: parses, runs a command, and turns what went wrong into a message and an exit status. */
import { Command, CommanderError } from "commander";
import {
  ConfigError,
  DumpError,
  KernelError,
  PerfStatError,
  RegionsError,
  TraceError,
  WorkerError,
} from "../errors.ts";
import { InputError } from "../files/json-file.ts";
import { OutputError, writeStdout } from "../files/output.ts";
import { RecordError } from "../record/errors.ts";
import { printable } from "../report/format.ts";
import { VERSION } from "../version.ts";
import { LabError } from "./lab-server.ts";
import { flagOf } from "./options.ts";
import { atDashes } from "./record.ts";

const EXIT_BAD_INPUT = 1;
const EXIT_USAGE = 2;
const EXIT_INCOMPLETE = 3;
const EXIT_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/** The commands, in the order in which help tells them. Only that which is asked for is loaded: there is much in the others. */
const COMMANDS = {
  run: async () => (await import("./commands.ts")).runCommand,
  sweep: async () => (await import("./commands.ts")).sweepCommand,
  plan: async () => (await import("./plan.ts")).planCommand,
  merge: async () => (await import("./merge.ts")).mergeCommand,
  submit: async () => (await import("./submit.ts")).submitCommand,
  status: async () => (await import("./status.ts")).statusCommand,
  report: async () => (await import("./report.ts")).reportCommand,
  diff: async () => (await import("./diff.ts")).diffCommand,
  advise: async () => (await import("./advise.ts")).adviseCommand,
  info: async () => (await import("./info.ts")).infoCommand,
  record: async () => (await import("./record.ts")).recordCommand,
  convert: async () => (await import("./convert.ts")).convertCommand,
  explain: async () => (await import("./explain.ts")).explainCommand,
  map: async () => (await import("./map.ts")).mapCommand,
  cpus: async () => (await import("./cpus.ts")).cpusCommand,
  lab: async () => (await import("./lab.ts")).labCommand,
};
const COMMAND_NAMES = Object.keys(COMMANDS) as (keyof typeof COMMANDS)[];

for (const [signal, status] of Object.entries(EXIT_SIGNAL)) {
  process.on(signal, () => {
    console.error("\npagewalk: interrupted; there is no result");
    process.exit(status);
  });
}

let writingHelp: Promise<void> = Promise.resolve();
const program = new Command("pagewalk")
  .description("Virtual-memory and TLB performance simulator: replays memory traces through an exact x86-64 MMU.")
  .version(VERSION)
  .showSuggestionAfterError()
  .showHelpAfterError("(--help tells the commands and options)")
  .configureOutput({
    writeOut: (text) => {
      writingHelp = writeStdout(text);
    },
    outputError: (text, write) => write(text.replace(/^error: /, "pagewalk: ")),
  })
  .exitOverride();
const { words, recorded } = atDashes(process.argv.slice(2));
const asked = Object.hasOwn(COMMANDS, words[0] ?? "") ? [words[0] as keyof typeof COMMANDS] : COMMAND_NAMES;
for (const make of await Promise.all(asked.map((name) => COMMANDS[name]())))
  program.addCommand(make(recorded).copyInheritedSettings(program));

try {
  try {
    await program.parseAsync(words, { from: "user" });
  } finally {
    await writingHelp;
  }
} catch (error) {
  process.exitCode = explain(error);
}

/** Tells what went wrong on standard error, and returns the exit status for it. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE; // it has printed its message
  if (error instanceof ConfigError) {
    const detail = `got ${error.got === "" ? "nothing" : error.got}; allowed: ${error.allowed}`;
    console.error(`pagewalk: ${printable(`${flagOf(error.option)}: ${detail}`)}`);
    return EXIT_USAGE;
  }
  if (error instanceof RecordError) {
    console.error(`pagewalk: ${printable(error.message)}`);
    return error.exitStatus;
  }
  if (error instanceof Error && error.name === "IncompleteError") {
    console.error(`pagewalk: ${printable(error.message)}`);
    return EXIT_INCOMPLETE;
  }
  const isSlurms = error instanceof Error && error.name === "SlurmError"; // only those that talk to Slurm load what does
  const isKnown = [
    InputError,
    TraceError,
    DumpError,
    RegionsError,
    PerfStatError,
    KernelError,
    WorkerError,
    OutputError,
    LabError,
  ].some((type) => error instanceof type);
  if ((isSlurms || isKnown) && error instanceof Error) console.error(`pagewalk: ${printable(error.message)}`);
  else console.error("pagewalk: this is a defect of pagewalk; please report it:", error);
  return EXIT_BAD_INPUT;
}
