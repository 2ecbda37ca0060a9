/** The options that several commands share, and how they become configurations. */
import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError, Option } from "commander";
import { resolveColumns } from "../config/columns.ts";
import { MACHINE_OPTIONS } from "../config/machine-options.ts";
import {
  type ConfigOptions,
  CPUS_OPTIONS,
  optionName,
  type RUN_OPTIONS,
  SELECTION_OPTIONS,
  SWEEP_OPTIONS,
} from "../config/options.ts";
import { resolveSelection, type WindowUnit } from "../config/selection.ts";
import type { Config, SweepConfig } from "../config/types.ts";
import { FORMATS } from "../trace/formats/index.ts";
import type { OpenOptions } from "../trace/trace.ts";

const ALL_OPTIONS: ConfigOptions = {
  ...CPUS_OPTIONS,
  ...MACHINE_OPTIONS,
  ...SWEEP_OPTIONS,
  ...SELECTION_OPTIONS,
};

/** The options of every command that reads traces: which of them, and what of each. */
export interface ReadingOptions {
  format?: string;
  columns?: string;
  skip?: string;
  warmup?: string;
  limit?: string;
  unit?: string;
  threads?: string;
  merge?: boolean;
}

/** The options that every command with a result has. */
export interface OutputOptions {
  json?: boolean;
  csv?: boolean;
  output?: string;
  quiet?: boolean;
  ascii?: boolean;
}

/** Declares options of a configuration on `command`. */
export function addConfigOptions(command: Command, table: ConfigOptions): void {
  for (const [flags, description, fallback] of Object.values(table)) {
    command.addOption(new Option(flags, `${description} (default: ${fallback})`));
  }
}

/** The configuration that `options`, as commander parsed them, spell out: those given, and no others. */
export function configFrom(
  options: Record<string, unknown>,
  table: typeof MACHINE_OPTIONS | typeof RUN_OPTIONS,
): Config;
export function configFrom(options: Record<string, unknown>, table: typeof SWEEP_OPTIONS): SweepConfig;
export function configFrom(options: Record<string, unknown>, table: ConfigOptions): object {
  const given = Object.entries(table).map(
    ([name, [flags]]) => [name, options[new Option(flags).attributeName()]] as const,
  );
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Has `flag` of `command`, whose value may be left out and is `usual` then, take the next word for it only where that looks like `value`. */
export function leavesOperands(command: Command, flag: string, value: RegExp, usual: string): void {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (words) => {
    const end = words.includes("--") ? words.indexOf("--") : words.length;
    const isAlone = (word: string, at: number) => word === flag && at < end && !value.test(words[at + 1] ?? "");
    return parse(words.map((word, at) => (isAlone(word, at) ? `${flag}=${usual}` : word)));
  };
}

/** Flags of options that no configuration of a trace has, where they are not `--` and the name. */
const OTHER_FLAGS: Readonly<Record<string, string>> = {
  address: "address",
  out: "the output",
  maxPhyAddr: "--maxphyaddr",
  memoryFormat: "--memory-format",
  pages1G: "--no-1g",
};

/** Flags that give one item of a list each, where errors name the item. */
const ITEM_FLAGS: Readonly<Record<string, string>> = { entries: "--entry" };

/** The flag of an option path in a ConfigError, and what of it: `geometries[1].ways` is `--geometry: item 2: ways`. */
export function flagOf(optionPath: string): string {
  const [, name = "", item, field] = /^(\w+)(?:\[(\d+)\])?(?:\.(.+))?$/.exec(optionPath) ?? [];
  if (Object.hasOwn(OTHER_FLAGS, name)) return OTHER_FLAGS[name] ?? name;
  const known = Object.hasOwn(ALL_OPTIONS, name) ? ALL_OPTIONS[name] : undefined;
  if (known === undefined) return `--${optionPath.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
  const flag = `--${optionName(known)}`;
  const parts = [item === undefined ? flag : (ITEM_FLAGS[name] ?? flag), item && `item ${Number(item) + 1}`, field];
  return parts.filter((part) => part !== undefined).join(": ");
}

export function addOutputOptions(command: Command): void {
  command
    .addOption(new Option("--json", "print the result as JSON").conflicts("csv"))
    .option("--csv", "print the result as CSV")
    .option("-o, --output <file>", "write the result to a file, which is there whole or not at all")
    .option("-q, --quiet", "no progress on standard error");
}

/** Declares the options of reading on `command`; those of a warm-up only where something is simulated. */
export function addReadingOptions(command: Command, hasWarmup: boolean): void {
  const formats = FORMATS.map(({ name }) => name).join(", ");
  command
    .option("--format <name>", `format of the traces: ${formats} (default: by content)`)
    .option("--columns <list>", "what the columns of CSV are, as address=2:hex,kind=1,size=3 (default: by its header)");
  const { warmup, ...others } = SELECTION_OPTIONS;
  addConfigOptions(command, hasWarmup ? SELECTION_OPTIONS : others);
}

/** Whether each thread of a trace is to have a result of its own. */
export function separatesThreads({ threads }: ReadingOptions): boolean {
  return threads === SEPARATE;
}

const SEPARATE = "separate";

/** What `openTrace()` is to be given. Throws ConfigError, before any trace is opened. */
export function openingFrom({ format, columns, skip, warmup, limit, unit, threads }: ReadingOptions): OpenOptions {
  const thread = threads === undefined || threads === "merge" || threads === SEPARATE ? undefined : threads;
  const opening = { format, columns, skip, warmup, limit, unit: unit as WindowUnit | undefined, thread };
  resolveSelection(opening);
  if (columns !== undefined) resolveColumns(columns);
  return opening;
}

/** A file for the picture of a sweep. Standard output has the result. */
export function svgOption(): Option {
  return new Option("--svg <file>", "also draw the sweep as an SVG picture, with a panel for each trace").argParser(
    (path) => {
      if (path === "" || path === "-") throw new InvalidArgumentError("Expected a file name.");
      return path;
    },
  );
}

/** Workers that are started unasked: each takes about 30 MB. */
const MAX_DEFAULT_JOBS = 6;

/** A whole number of threads that do `what`. @default the machine's cores, at most MAX_DEFAULT_JOBS */
export function jobsOption(what: string): Option {
  return new Option("-j, --jobs <n>", `threads: ${what}`)
    .default(Math.min(availableParallelism(), MAX_DEFAULT_JOBS), `one for each core, at most ${MAX_DEFAULT_JOBS}`)
    .argParser((text) => {
      const jobs = /^\d+$/.test(text) ? Number(text) : 0;
      if (!Number.isInteger(jobs) || jobs < 1 || jobs > 1024) throw new InvalidArgumentError("Expected 1 to 1024.");
      return jobs;
    });
}
