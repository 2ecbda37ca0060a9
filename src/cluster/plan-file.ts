/** Plans as files: made of experiments, and read again. */
import { createHash } from "node:crypto";
import { dirname, resolve as toPath } from "node:path";
import { ConfigError } from "../errors.ts";
import type { ExperimentDescription } from "../experiment/description.ts";
import { expand } from "../experiment/expand.ts";
import { traceCheck } from "../experiment/needs.ts";
import { PLAN_SCHEMA_NAME, type Plan } from "../experiment/plan.ts";
import { checkPlan } from "../experiment/plan-check.ts";
import { checkExperiment } from "../experiment/schema.ts";
import { unitsOf } from "../experiment/units.ts";
import { isCpuFile, readCpu } from "../files/cpu-file.ts";
import { InputError, readJson } from "../files/json-file.ts";
import { VERSION } from "../version.ts";
import { findTraces } from "./find-traces.ts";
import { planTraces } from "./plan-traces.ts";

const MAX_EXPERIMENT_BYTES = 16 << 20;
/** A plan of a million units has less than half of it. A text of JavaScript may have twice as many characters. */
const MAX_PLAN_BYTES = 256 << 20;

/** The plan of the experiment at `path`, to be written into `folder`. Rejects with InputError, which names the place in it. */
export async function planExperiment(path: string, folder: string): Promise<Plan> {
  const given = await readJson(path, MAX_EXPERIMENT_BYTES, "an experiment");
  const folders = { experiment: toPath(dirname(path)), plan: toPath(folder) };
  return inFile(path, "experiment", async () => {
    const experiment = await withCpusOfFiles(checkExperiment(given), path);
    const expanded = expand(experiment);
    const { machinesPerUnit, by = [], interval } = experiment;
    const asked = { isAttributed: by.length > 0 || interval !== undefined, byRegion: by.includes("region") };
    const found = await findTraces(experiment, folders.experiment);
    const traces = await planTraces(found, folders, traceCheck(expanded, asked));
    const sized = traces.map(({ planned: { maps, regions }, size }) => {
      return { size, hasMaps: maps !== undefined, hasRegions: regions !== undefined };
    });
    return hashed({
      schema: PLAN_SCHEMA_NAME,
      version: VERSION,
      title: experiment.title ?? null,
      traces: traces.map(({ planned }) => planned),
      windows: expanded.windows,
      machines: expanded.machines.map(({ name, config }) => ({ name, config })),
      sweeps: expanded.sweeps.map(({ name, config }) => ({ name, config })),
      by,
      interval: interval ?? null,
      slurm: experiment.slurm ?? {},
      units: unitsOf(expanded, sized, machinesPerUnit),
    });
  });
}

/** What `make` returns; ConfigErrors become InputErrors of the file at `path`, whose contents they call `root`. */
async function inFile<Value>(path: string, root: string, make: () => Promise<Value> | Value): Promise<Value> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const place = error.option.startsWith(root) ? error.option.slice(root.length).replace(/^\./, "") : error.option;
    throw new InputError(path, place, error.got, error.allowed);
  }
}

/** `experiment`, with descriptions of CPUs where it names files of them: who does its units then needs no other file. */
async function withCpusOfFiles(experiment: ExperimentDescription, path: string): Promise<ExperimentDescription> {
  const { machines } = experiment;
  if (machines === undefined) return experiment;
  const known = new Map<string, ReturnType<typeof readCpu>>();
  const planned: NonNullable<ExperimentDescription["machines"]> = [];
  for (const [index, machine] of machines.entries()) {
    const cpu = typeof machine === "string" ? machine : machine.cpu;
    if (typeof cpu !== "string" || !isCpuFile(cpu)) {
      planned.push(machine);
      continue;
    }
    const place = `machines[${index}]${typeof machine === "string" ? "" : ".cpu"}`;
    const reading = known.get(cpu) ?? readCpu(toPath(dirname(path), cpu));
    known.set(cpu, reading);
    try {
      planned.push({ ...(typeof machine === "string" ? {} : machine), cpu: await reading });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new InputError(path, place, ...cpuErrorOf(error, cpu));
    }
  }
  return { ...experiment, machines: planned };
}

/** What was found and expected in the file that an experiment calls `cpu`: `readCpu()` tells file and place as one path. */
function cpuErrorOf({ option, got, allowed }: ConfigError, cpu: string): [found: string, expected: string] {
  const [, place = ""] = /^cpu\..*?: (.*)$/s.exec(option) ?? [];
  return [place === "" ? cpu : `${cpu}, where ${place} is ${got}`, allowed];
}

function hashed({ schema, version, ...rest }: Omit<Plan, "hash">): Plan {
  const hash = hashOf({ schema, version, ...rest });
  return { schema, version, hash, ...rest };
}

/** Items of a list that are made text at once: all of a large plan would be more than a text may have. */
const HASHED_ITEMS = 1000;

/** SHA-256 of what `JSON.stringify(plan)` returns. */
function hashOf(plan: Omit<Plan, "hash">): string {
  const hash = createHash("sha256");
  let between = "{";
  for (const [name, value] of Object.entries(plan)) {
    hash.update(`${between}${JSON.stringify(name)}:`);
    between = ",";
    if (!Array.isArray(value)) {
      hash.update(JSON.stringify(value));
      continue;
    }
    hash.update("[");
    for (let at = 0; at < value.length; at += HASHED_ITEMS) {
      hash.update((at === 0 ? "" : ",") + JSON.stringify(value.slice(at, at + HASHED_ITEMS)).slice(1, -1));
    }
    hash.update("]");
  }
  return hash.update("}").digest("hex");
}

/** Items whose lines are written at once. */
const WRITTEN_ITEMS = 1000;

/** A plan as the text of its file, in pieces: a line for each trace, machine, sweep and unit. */
export function* planPieces(plan: Plan): Generator<string> {
  let between = "{\n";
  for (const [name, value] of Object.entries(plan)) {
    yield `${between}  ${JSON.stringify(name)}: `;
    between = ",\n";
    if (!Array.isArray(value) || value.length === 0) {
      yield JSON.stringify(value);
      continue;
    }
    for (let at = 0; at < value.length; at += WRITTEN_ITEMS) {
      const lines = value.slice(at, at + WRITTEN_ITEMS).map((item) => `    ${JSON.stringify(item)}`);
      yield `${at === 0 ? "[\n" : ",\n"}${lines.join(",\n")}`;
    }
    yield "\n  ]";
  }
  yield "\n}\n";
}

/**
 * The plan in the file at `path`. Rejects with InputError if it is none, was changed since it was made, or is of another version of pagewalk: then its
 * results would not be comparable.
 */
export async function readPlan(path: string): Promise<Plan> {
  const given = await readJson(path, MAX_PLAN_BYTES, "a plan");
  return inFile(path, "plan", () => {
    const plan = checkPlan(given, VERSION);
    const { schema, version, hash, ...rest } = plan;
    const now = hashOf({ schema, version, ...rest });
    if (now === hash) return plan;
    throw new ConfigError(
      "plan.hash",
      hash,
      `${now}, as what it is of has: make the plan again instead of changing it`,
    );
  });
}
