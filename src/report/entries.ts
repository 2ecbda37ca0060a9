/**
 * Results that are read from files, as one list whatever command wrote them. Files may come from anywhere: all that reports look at is
 * checked first.
 */
import * as v from "valibot";
import { DIMENSIONS } from "../config/attribution.ts";
import type { Planned, PlannedFile, PlannedTrace, PlannedWindow } from "../config/planned.ts";
import { checked, nameOf, oneOf } from "../config/schema-parts.ts";
import { WINDOW_UNITS } from "../config/selection.ts";
import type { Config, SweepConfig } from "../config/types.ts";
import { ConfigError } from "../errors.ts";
import { askedOf } from "./asked.ts";
import { checkBounds } from "./json-bounds.ts";
import { MERGED_SCHEMA_NAME, type MergedResult, type PlannedResult, type Timeless } from "./merged-result.ts";
import { count, fields, list, nullable, optional, type Schema, text } from "./result-parts.ts";
import { runSchema, sweepSchema } from "./result-schemas.ts";
import type { CpusResult, RunResult, SweepResult, TraceSummary } from "./results.ts";

/** What a result is told apart by from others, and what asked for it. */
interface Named {
  /** The file that it was read from, as the user gave it; `-` is standard input. */
  file: string;
  /** Path of the trace, as the user or the plan gave it. */
  trace: string;
  /** Name of the window in the plan, or what it and the thread are, as `skip 1000, limit 5000`; `null`: all of the trace. */
  window: string | null;
  /** Name of the machine or the sweep in the plan; else the CPU with other options, or what the sweep is of. */
  name: string;
}

export interface RunEntry extends Named {
  kind: "run";
  /** Merged results do not tell the time. */
  result: Timeless<RunResult> & Partial<Pick<RunResult, "time">>;
  /** Only there in merged results. */
  planned?: PlannedEntry<Config>;
}

export interface SweepEntry extends Named {
  kind: "sweep";
  result: Timeless<SweepResult> & Partial<Pick<SweepResult, "time">>;
  planned?: PlannedEntry<SweepConfig>;
}

/** A result of one trace, or of a window of it. */
export type ResultEntry = RunEntry | SweepEntry;

/** What a plan says of a result. */
export interface PlannedEntry<Settings> {
  trace: PlannedTrace;
  window: PlannedWindow;
  config: Settings;
  /** Of runs. */
  by: Planned["by"];
  interval: Planned["interval"];
}

/** A file of results. */
export interface ResultFile {
  /** As the user gave it; `-` is standard input. */
  path: string;
  /** Of JSON text, as UTF-16 units. */
  chars: number;
  /** What it has, each once: `pagewalk/run@1`, … */
  schemas: string[];
  /** Of pagewalk, each once: those that made the results. */
  versions: string[];
  /** Title of the experiment; `null`: it has none. */
  title: string | null;
  /** `null`: these are no merged results. */
  plan: { hash: string; units: number; missing: readonly number[] } | null;
  entries: ResultEntry[];
}

/** Results that are of no use here, and what is instead. */
const OTHER_RESULTS: Readonly<Record<string, string>> = {
  "pagewalk/advise@1": "advice is of several runs; take what run --json or sweep --json prints",
  "pagewalk/info@1": "it tells of a trace, and nothing was simulated; take what run --json or sweep --json prints",
  "pagewalk/explain@1": "it tells of single accesses; take what run --json or sweep --json prints",
  "pagewalk/map@1": "it tells what tables map; take what run --json or sweep --json prints",
  "pagewalk/convert@1": "nothing was simulated; take what run --json or sweep --json prints",
  "pagewalk/experiment@1": "an experiment, which was not done yet; plan, sweep and merge it first",
  "pagewalk/plan@1": "a plan, which has no results; take what merge makes of it",
  "pagewalk/unit@1": "one unit of a plan; take what merge makes of all of them",
  "pagewalk/cpu@1": "a description of a CPU; take what run --cpu with it prints",
};

const TAKEN = "a result of run, sweep or merge (pagewalk/run@1, sweep@1, cpus@1 or merged@1), or a list of such";

/**
 * The results in `value`, which is what JSON of `chars` characters in the file at `path` says. Throws ConfigError with the place of what is
 * not as it should be.
 */
export function resultsIn(value: unknown, path: string, chars: number): ResultFile {
  checkBounds(value);
  const about = { path, chars, title: null, plan: null };
  if (isObject(value) && value.schema === MERGED_SCHEMA_NAME) {
    const merged = checked(mergedSchema, value, "");
    const { version, title, plan, units, missing = [] } = merged;
    const entries = mergedEntries(merged, path);
    return {
      ...about,
      schemas: [MERGED_SCHEMA_NAME],
      versions: [version],
      title,
      plan: { hash: plan, units, missing },
      entries,
    };
  }
  const results = Array.isArray(value) ? value : [value];
  const entries = results.flatMap((result, index) => entriesOf(result, Array.isArray(value) ? `[${index}]` : "", path));
  if (entries.length === 0) throw new ConfigError("", "no result", TAKEN);
  return {
    ...about,
    schemas: distinct(results.map(({ schema }) => schema)),
    versions: distinct(entries.map(({ result }) => result.version)),
    entries,
  };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

/** The results in `value`, of one command. */
function entriesOf(value: unknown, at: string, file: string): ResultEntry[] {
  if (!isObject(value)) throw new ConfigError(at, nameOf(value), TAKEN);
  const { schema } = value;
  if (schema === "pagewalk/run@1") return [runEntry(checked(runSchema, value, at), file)];
  if (schema === "pagewalk/sweep@1") return [sweepEntry(checked(sweepSchema, value, at), file)];
  if (schema === "pagewalk/cpus@1") return checked(cpusSchema, value, at).cpus.map((result) => runEntry(result, file));
  const other = typeof schema === "string" && Object.hasOwn(OTHER_RESULTS, schema) ? OTHER_RESULTS[schema] : undefined;
  const allowed =
    schema === MERGED_SCHEMA_NAME
      ? "merged results alone, not in a list"
      : other === undefined
        ? TAKEN
        : `${TAKEN}; as for this one, ${other}`;
  throw new ConfigError(`${at}.schema`.replace(/^\./, ""), nameOf(schema), allowed);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const cpusSchema = fields<{ schema: CpusResult["schema"]; cpus: RunEntry["result"][] }>({
  schema: oneOf(["pagewalk/cpus@1"]),
  cpus: list(runSchema),
});

function runEntry(result: RunEntry["result"], file: string): RunEntry {
  const { trace, config } = result;
  return { file, trace: trace.path, window: windowOf(trace), name: machineName(config), kind: "run", result };
}

function sweepEntry(result: SweepEntry["result"], file: string): SweepEntry {
  const { trace, stream } = result;
  return { file, trace: trace.path, window: windowOf(trace), name: `sweep ${stream}`, kind: "sweep", result };
}

/** As plans call a machine that nobody gave a name: `generic stlb=2048:16`. */
function machineName(config: RunResult["config"]): string {
  const { cpu, ...others } = askedOf(config).options;
  return [cpu, ...Object.entries(others).map(([option, value]) => `${option}=${value}`)].join(" ");
}

/** What part of the trace was counted; `null`: all. */
function windowOf({ window, thread }: TraceSummary): string | null {
  const { unit = "records", skip = 0, warmup = 0, limit = null } = window ?? {};
  const parts = [
    ...Object.entries({ skip, warmup, limit }).flatMap(([name, value]) => (value ? [`${name} ${value}`] : [])),
    ...(unit === "records" ? [] : [unit]),
    ...(thread === undefined ? [] : [`thread ${thread}`]),
  ];
  return parts.length === 0 ? null : parts.join(", ");
}

const plannedFile = { path: text(), bytes: count, fingerprint: text(200) };

const plannedTrace = fields<PlannedTrace>({
  ...plannedFile,
  format: text(200),
  columns: optional(text()),
  thread: optional(text(200)),
  regions: optional(fields<PlannedFile>(plannedFile)),
  maps: optional<PlannedFile | "recorded">(
    v.union([v.literal("recorded"), fields<PlannedFile>(plannedFile)], 'a file, or "recorded"'),
  ),
});

const textOrNumber = v.union([v.number(), text(200)], "a number, or text");

/** Of a machine or a sweep: what reports look at is checked where it is. */
function settings<Settings>(): Schema<Settings> {
  return v.record(v.string(), v.unknown(), "an object") as never;
}

const planned = {
  unit: count,
  trace: text(),
  window: nullable(text()),
  machine: optional(text()),
  sweep: optional(text()),
};
const plannedRun = fields<PlannedResult>({ ...planned, result: runSchema });
const plannedSweep = fields<PlannedResult>({ ...planned, result: sweepSchema });
const plannedResult: Schema<PlannedResult> = v.lazy((value) =>
  isObject(value) && value.machine !== undefined ? plannedRun : plannedSweep,
);

const mergedSchema = fields<MergedResult>({
  schema: oneOf([MERGED_SCHEMA_NAME]),
  version: text(200),
  plan: text(200),
  title: nullable(text()),
  traces: list(plannedTrace),
  windows: list(
    fields<PlannedWindow>({
      name: nullable(text()),
      selection: fields<PlannedWindow["selection"]>({
        skip: optional(textOrNumber),
        warmup: optional(textOrNumber),
        limit: optional(textOrNumber),
        unit: optional(oneOf(WINDOW_UNITS)),
      }),
    }),
  ),
  machines: list(fields<MergedResult["machines"][number]>({ name: text(), config: settings() })),
  sweeps: list(fields<MergedResult["sweeps"][number]>({ name: text(), config: settings() })),
  by: list(oneOf(DIMENSIONS)),
  interval: nullable(textOrNumber),
  units: count,
  missing: optional(list(count)),
  results: list(plannedResult),
});

/** Throws ConfigError if a result is of nothing that the plan has. */
function mergedEntries(
  { traces, windows, machines, sweeps, by, interval, results }: MergedResult,
  file: string,
): ResultEntry[] {
  const known = {
    trace: new Map(traces.map((trace) => [trace.path, trace])),
    window: new Map(windows.map((window) => [window.name, window])),
    machine: new Map(machines.map(({ name, config }) => [name, config])),
    sweep: new Map(sweeps.map(({ name, config }) => [name, config])),
  };
  return results.map(({ trace, window, machine, sweep, result }, index) => {
    const find = <Name, Found>(of: keyof typeof known, all: ReadonlyMap<Name, Found>, name: Name): Found => {
      const found = all.get(name);
      if (found === undefined) throw new ConfigError(`results[${index}].${of}`, nameOf(name), `a name of ${of}s`);
      return found;
    };
    const planned = {
      trace: find("trace", known.trace, trace),
      window: find("window", known.window, window),
      by,
      interval,
    };
    const named = { file, trace, window };
    if (machine === undefined) {
      const config = find("sweep", known.sweep, sweep ?? "");
      return {
        ...named,
        name: sweep ?? "",
        kind: "sweep",
        result: result as SweepEntry["result"],
        planned: { ...planned, config },
      };
    }
    const config = find("machine", known.machine, machine);
    return {
      ...named,
      name: machine,
      kind: "run",
      result: result as RunEntry["result"],
      planned: { ...planned, config },
    };
  });
}
