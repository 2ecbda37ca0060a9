/** Plans as files: made of experiments, and read again. */
import { createHash } from "node:crypto";
import { dirname, resolve as toPath } from "node:path";
import { ConfigError } from "../errors.ts";
import type { ExperimentDescription } from "../experiment/description.ts";
import { expand } from "../experiment/expand.ts";
import { PLAN_SCHEMA_NAME, type Plan } from "../experiment/plan.ts";
import { checkExperiment } from "../experiment/schema.ts";
import { unitsOf } from "../experiment/units.ts";
import { isCpuFile, readCpu } from "../files/cpu-file.ts";
import { InputError, readJson } from "../files/json-file.ts";
import { VERSION } from "../version.ts";
import { findTraces } from "./find-traces.ts";

const MAX_EXPERIMENT_BYTES = 16 << 20;
/** A plan of a million units has about a tenth. */
const MAX_PLAN_BYTES = 512 << 20;

/** Bytes of a trace for each record, about, as it is stored. */
const BYTES_PER_RECORD = 2;

/** The plan of the experiment at `path`, to be written into `folder`. Rejects with InputError, which names the place in it. */
export async function planExperiment(path: string, folder: string): Promise<Plan> {
  const given = await readJson(path, MAX_EXPERIMENT_BYTES, "an experiment");
  const folders = { experiment: toPath(dirname(path)), plan: toPath(folder) };
  try {
    const experiment = await withCpusOfFiles(checkExperiment(given), folders.experiment);
    const expanded = expand(experiment);
    const traces = await findTraces(experiment, folders);
    const { machinesPerUnit, by = [], interval } = experiment;
    const sizes = traces.map(({ bytes, regions, maps }) => ({
      records: bytes / BYTES_PER_RECORD,
      hasRegions: regions !== undefined || maps !== undefined,
    }));
    const isAttributed = by.length > 0 || interval !== undefined;
    return hashed({
      schema: PLAN_SCHEMA_NAME,
      version: VERSION,
      title: experiment.title ?? null,
      traces,
      windows: expanded.windows,
      machines: expanded.machines.map(({ name, config }) => ({ name, config })),
      sweeps: expanded.sweeps,
      by,
      interval: interval ?? null,
      slurm: experiment.slurm ?? {},
      units: unitsOf(expanded, sizes, { machinesPerUnit, isAttributed }),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new InputError(path, error.option.replace(/^experiment\.?/, ""), error.got, error.allowed);
  }
}

/** `experiment`, with descriptions of CPUs where it names files of them: who does its units then needs no other file. */
async function withCpusOfFiles(experiment: ExperimentDescription, folder: string): Promise<ExperimentDescription> {
  const { machines } = experiment;
  if (machines === undefined) return experiment;
  return {
    ...experiment,
    machines: await Promise.all(
      machines.map(async (machine) => {
        const cpu = typeof machine === "string" ? machine : machine.cpu;
        if (typeof cpu !== "string" || !isCpuFile(cpu)) return machine;
        return { ...(typeof machine === "string" ? {} : machine), cpu: await readCpu(toPath(folder, cpu)) };
      }),
    ),
  };
}

function hashed({ schema, version, ...rest }: Omit<Plan, "hash">): Plan {
  const hash = hashOf({ schema, version, ...rest });
  return { schema, version, hash, ...rest };
}

function hashOf(plan: Omit<Plan, "hash">): string {
  return createHash("sha256").update(JSON.stringify(plan)).digest("hex");
}

/** A plan as the text of its file, in pieces: a line for each unit. */
export function* planPieces({ units, ...head }: Plan): Generator<string> {
  yield `${JSON.stringify(head, null, 2).slice(0, -"\n}".length)},\n  "units": [`;
  let between = "\n";
  for (const unit of units) {
    yield `${between}    ${JSON.stringify(unit)}`;
    between = ",\n";
  }
  yield "\n  ]\n}\n";
}

/** Whether the file at `path` seems to be a plan. */
export async function readPlan(path: string): Promise<Plan> {
  const given = await readJson(path, MAX_PLAN_BYTES, "a plan");
  const { schema, hash, ...rest } = (given ?? {}) as Plan;
  if (schema !== PLAN_SCHEMA_NAME) throw new InputError(path, "schema", String(schema), PLAN_SCHEMA_NAME);
  const now = hashOf({ schema, ...rest });
  if (now !== hash)
    throw new InputError(
      path,
      "hash",
      String(hash),
      `${now}, as what it is of has: make the plan again instead of changing it`,
    );
  if (rest.version !== VERSION) {
    throw new InputError(
      path,
      "version",
      rest.version,
      `${VERSION}: results of one plan are of one version; make the plan again`,
    );
  }
  return { schema, hash, ...rest } as Plan;
}
