/** A result as the command that gives it again, as far as it tells. */
import { MACHINE_OPTIONS } from "../config/machine-options.ts";
import { SELECTION_OPTIONS, SWEEP_OPTIONS } from "../config/options.ts";
import type { Config } from "../config/types.ts";
import { askedOf, askedOfSweep } from "./asked.ts";
import { commandLine } from "./command-line.ts";
import type { ResultEntry, RunEntry } from "./entries.ts";
import { geometryName } from "./trace-words.ts";

export interface Reproduction {
  /** For a POSIX shell. */
  command: string;
  /** What it takes beside, in sentences: what the result does not tell, or no option says. Empty: the command is all. */
  missing: string[];
}

/** How traces are read and who missed is told: no part of a configuration. */
const READING_OPTIONS = {
  format: ["--format", "", ""],
  columns: ["--columns", "", ""],
  ...SELECTION_OPTIONS,
  regions: ["--regions", "", ""],
  maps: ["--maps", "", ""],
  by: ["--by", "", ""],
  interval: ["--interval", "", ""],
  compare: ["--compare", "", ""],
} as const;

/** Characters of a command, beyond which some shell would not take it. */
const MAX_LENGTH = 100_000;

/** The command that gives the result of `entry` again, where its trace is. */
export function commandOf(entry: ResultEntry): Reproduction {
  const { trace } = entry.result;
  const missing: string[] = [];
  const asked = entry.planned === undefined ? ofResult(entry, missing) : ofPlan(entry, missing);
  const reading = entry.planned === undefined ? readingOf(entry, missing) : plannedReading(entry);
  const traces = trace.traces?.map(({ path }) => path) ?? [trace.path];
  if (trace.recorder !== undefined)
    missing.push(
      `The trace was recorded by ${trace.recorder} while the program ran: record it with pagewalk record, or put -- and the program at the end instead.`,
    );
  if (traces.includes("-")) missing.push("The trace was read from standard input.");
  const options = entry.kind === "run" ? MACHINE_OPTIONS : SWEEP_OPTIONS;
  const command = commandLine(entry.kind, traces, { ...asked, ...reading }, { ...options, ...READING_OPTIONS });
  const flags = entry.kind === "run" && entry.result.events !== undefined ? " --events" : "";
  if (command.length <= MAX_LENGTH) return { command: command + flags, missing };
  return {
    command: commandLine(entry.kind, traces, reading, READING_OPTIONS),
    missing: [...missing, "The options are too long for a command line."],
  };
}

/** The options that the plan says. */
function ofPlan({ kind, planned }: ResultEntry, missing: string[]): object {
  const config: Record<string, unknown> = { ...(planned?.config as Record<string, unknown>) };
  if (kind === "run") {
    if (typeof config.cpu === "object") {
      config.cpu = "./cpu.json";
      missing.push("cpu.json is the description of the CPU, as it stands in the merged result under machines.");
    }
    if (config.nested === true) config.nested = "4K";
    if (config.nested === false) delete config.nested;
    if (typeof config.cost === "object" || typeof config.prefetch === "object") {
      missing.push(
        "Numbers of cost and prefetch are given as objects, for which there is no option: they stand in the merged result.",
      );
    }
  }
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, optionText(value)]));
}

/** Objects of configurations as options say them. */
function optionText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(optionText).join();
  if (typeof value !== "object" || value === null) return value;
  if ("entries" in value && "ways" in value) return `${value.entries}:${value.ways}`;
  return Object.entries(value)
    .map(([name, each]) => `${name}=${each}`)
    .join();
}

function plannedReading({ kind, planned }: ResultEntry): object {
  const { trace, window, by, interval } = planned ?? {};
  const { maps, regions } = trace ?? {};
  return {
    format: trace?.format,
    columns: trace?.columns,
    thread: trace?.thread,
    ...window?.selection,
    ...(kind === "run"
      ? {
          regions: regions?.path,
          maps: typeof maps === "object" ? maps.path : maps,
          by: by?.length === 0 ? undefined : by?.join(),
          interval: interval ?? undefined,
        }
      : {}),
  };
}

/** The options that have the same machine or points again. */
function ofResult(entry: ResultEntry, missing: string[]): object {
  if (entry.kind === "sweep") {
    const { options, isWhole } = askedOfSweep(entry.result);
    if (!isWhole) {
      missing.push(
        entry.result.invalidations.flushes > 0
          ? `TLBs were flushed ${entry.result.invalidations.flushes} times: --flush-every is to be the same.`
          : "No options were found that have the same points.",
      );
    }
    return options;
  }
  const { options, isWhole } = askedOf(entry.result.config);
  if (!isWhole) missing.push(machineMissing(entry, options));
  return options;
}

function machineMissing({ result: { config, version } }: RunEntry, { cpu }: Config): string {
  if (config.policy.startsWith("custom:") || config.hierarchy?.own !== undefined) {
    return "A TLB has a policy of the user's own: --policy is to name its file.";
  }
  return `These options alone do not make the machine of the result (L1D ${geometryName(config.l1d)}, STLB ${geometryName(config.stlb)}): its CPU, ${String(cpu)}, was described in a file, or is another in pagewalk ${version}.`;
}

/** How the trace was read, as far as the result tells. */
function readingOf(entry: ResultEntry, missing: string[]): object {
  const { trace } = entry.result;
  const { unit, skip, warmup, limit } = trace.window ?? {};
  if (trace.format === "csv") missing.push("If columns of the CSV were named, --columns is to name them.");
  const isOne = trace.format !== "several" && trace.format !== "pwt";
  const reading = {
    format: isOne ? trace.format : undefined,
    skip: skip === 0 ? undefined : skip,
    warmup: warmup === 0 ? undefined : warmup,
    limit: limit ?? undefined,
    unit: unit === "records" ? undefined : unit,
    thread: trace.thread,
  };
  if (entry.kind === "sweep") return reading;
  const { by, series, compare, profile, faults } = entry.result;
  const dimensions = Object.keys(by ?? {});
  const rows = Object.values(by ?? {}).flat();
  if (dimensions.includes("region") || rows.some(({ region }) => region !== undefined)) {
    missing.push("Regions were known: unless they are recorded in the trace, --regions is to name their file.");
  }
  if (faults.protection > 0) missing.push("Mappings with their rights were given: --maps is to name them.");
  if (profile !== undefined) missing.push("The profile is one that the library and the page make; run has --interval.");
  return {
    ...reading,
    by: dimensions.length === 0 ? undefined : dimensions.join(),
    interval: series?.intervalRecords,
    compare: compare?.file,
  };
}
