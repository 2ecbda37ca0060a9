/** Whether something is an experiment: `description.ts` as it is checked. What options mean is checked by `expand.ts`. */
import * as v from "valibot";
import { DIMENSIONS } from "../config/attribution.ts";
import { CPU_SCHEMA, CPU_SCHEMA_PARTS } from "../config/cpus/schema.ts";
import { checked, type Fields, list, object, oneOf, text, whole } from "../config/schema-parts.ts";
import { WINDOW_UNITS } from "../config/selection.ts";
import {
  EXPERIMENT_SCHEMA_NAME,
  type ExperimentDescription,
  type SlurmDescription,
  type TracesDescription,
  type WindowDescription,
} from "./description.ts";
import { MACHINE_OPTION_NAMES, SWEEP_OPTION_NAMES } from "./options.ts";
import { MAX_SLURM, SLURM_FORMS } from "./slurm-forms.ts";

const MAX_TEXT = 2000;
export const MAX_NAME = 200;
/** Of traces, machines and so on. */
const MAX_ITEMS = 10_000;
/** Of an option. */
const MAX_VALUES = 1000;

const COUNT_RULE = "a whole number, or text as 1.5M";
/** @internal */
export const COUNT = v.union([whole(0, Number.MAX_SAFE_INTEGER), text(MAX_NAME)], COUNT_RULE);
const VALUE_RULE = `a number, or text of 1 to ${MAX_NAME} characters`;
const VALUE = v.union([v.number(VALUE_RULE), text(MAX_NAME)], VALUE_RULE);

const TRACES = object({
  files: text(MAX_TEXT),
  format: v.exactOptional(text(MAX_NAME)),
  columns: v.exactOptional(text(MAX_NAME)),
  thread: v.exactOptional(VALUE),
  regions: v.exactOptional(text(MAX_TEXT)),
  maps: v.exactOptional(text(MAX_TEXT)),
} satisfies Fields<TracesDescription>);

const SELECTION_FIELDS = {
  skip: v.exactOptional(COUNT),
  warmup: v.exactOptional(COUNT),
  limit: v.exactOptional(COUNT),
  unit: v.exactOptional(oneOf(WINDOW_UNITS)),
};

/** Windows of plans: without a name. @internal */
export const WINDOW_SELECTION = object(SELECTION_FIELDS);

const WINDOW = object({
  name: v.exactOptional(text(MAX_NAME)),
  ...SELECTION_FIELDS,
} satisfies Fields<WindowDescription>);

const VALUES = v.union([VALUE, list(VALUE, "values", MAX_VALUES)], `${VALUE_RULE}; or a list of these`);

function optionsOf<Name extends string, Value extends v.GenericSchema>(names: readonly Name[], value: Value) {
  const entries = names.map((name) => [name, v.exactOptional(value)] as const);
  return Object.fromEntries(entries) as Record<Name, v.ExactOptionalSchema<Value, undefined>>;
}

const MACHINE_FIELDS = {
  ...optionsOf(MACHINE_OPTION_NAMES, VALUE),
  cpu: v.exactOptional(v.union([text(MAX_TEXT), CPU_SCHEMA], "a CPU's name, a file, or a description")),
};

/** Machines of plans: without a name. @internal */
export const MACHINE_CONFIG = object(MACHINE_FIELDS);

const MACHINE = object({ name: v.exactOptional(text(MAX_NAME)), ...MACHINE_FIELDS });

const VARIED = object(optionsOf(MACHINE_OPTION_NAMES, list(VALUE, "values", MAX_VALUES)));

const SWEEP_FIELDS = optionsOf(SWEEP_OPTION_NAMES, VALUES);

/** Sweeps of plans, likewise. @internal */
export const SWEEP_CONFIG = object(SWEEP_FIELDS);

const SWEEP = object({ name: v.exactOptional(text(MAX_NAME)), ...SWEEP_FIELDS });

function form(name: keyof typeof SLURM_FORMS) {
  const { pattern, allowed } = SLURM_FORMS[name];
  return v.pipe(v.string(allowed), v.regex(pattern, allowed));
}

/** @internal */
export const SLURM = object({
  account: v.exactOptional(form("account")),
  partition: v.exactOptional(form("partition")),
  time: v.exactOptional(form("time")),
  memory: v.exactOptional(form("memory")),
  cpus: v.exactOptional(whole(1, MAX_SLURM.cpus)),
  shards: v.exactOptional(whole(1, MAX_SLURM.shards)),
} satisfies Fields<SlurmDescription>);

/** Experiments. @internal */
export const EXPERIMENT_SCHEMA = object({
  $schema: v.exactOptional(text(MAX_TEXT)),
  schema: v.literal(EXPERIMENT_SCHEMA_NAME, EXPERIMENT_SCHEMA_NAME),
  title: v.exactOptional(text(MAX_NAME)),
  traces: list(
    v.union([text(MAX_TEXT), TRACES], "a glob, or an object with files"),
    "globs, or objects with files",
    MAX_ITEMS,
  ),
  windows: v.exactOptional(list(WINDOW, "windows", MAX_ITEMS)),
  machines: v.exactOptional(
    list(v.union([text(MAX_TEXT), MACHINE], "a CPU's name, or a machine"), "machines", MAX_ITEMS),
  ),
  vary: v.exactOptional(VARIED),
  seeds: v.exactOptional(list(whole(0, 2 ** 32 - 1), "seeds", MAX_ITEMS)),
  sweeps: v.exactOptional(list(SWEEP, "sweeps", MAX_ITEMS)),
  by: v.exactOptional(list(oneOf(DIMENSIONS), "dimensions")),
  interval: v.exactOptional(COUNT),
  machinesPerUnit: v.exactOptional(whole(1, 1000)),
  slurm: v.exactOptional(SLURM),
});

/** The parts that `description.ts` has interfaces of, by their names; and the kinds of values that many fields have. @internal */
export const EXPERIMENT_SCHEMA_PARTS = {
  TracesDescription: TRACES,
  WindowDescription: WINDOW,
  MachineDescription: MACHINE,
  VariedOptions: VARIED,
  SweepDescription: SWEEP,
  SlurmDescription: SLURM,
  CpuDescription: CPU_SCHEMA,
  ...CPU_SCHEMA_PARTS,
};

/** `given`, if it is an experiment. Throws ConfigError with the path of what is wrong. */
export function checkExperiment(given: unknown): ExperimentDescription {
  return checked(EXPERIMENT_SCHEMA, given, "experiment") as ExperimentDescription;
}
