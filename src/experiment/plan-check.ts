/** Whether something is a plan: it may come from anywhere. What its options mean is checked by who does its units. */
import * as v from "valibot";
import { DIMENSIONS } from "../config/attribution.ts";
import type { PlannedFile, PlannedTrace, PlannedWindow } from "../config/planned.ts";
import { checked, type Fields, object, oneOf, text, whole } from "../config/schema-parts.ts";
import { resolveSelection } from "../config/selection.ts";
import { ConfigError } from "../errors.ts";
import { formatNamed } from "../trace/detection.ts";
import { atPath } from "./at-path.ts";
import { PLAN_SCHEMA_NAME, type Plan, type Unit } from "./plan.ts";
import { COUNT, MACHINE_CONFIG, MAX_NAME, SLURM, SWEEP_CONFIG, WINDOW_SELECTION } from "./schema.ts";

/** Of a path: what Linux takes, PATH_MAX. */
const MAX_PATH = 4096;
/** Of a name that was made of all options of a machine. */
const MAX_MADE_NAME = 8000;
/** Of traces, units and so on. */
const MAX_ITEMS = 1_000_000;
/** Estimates beyond it are none: 30,000 years. */
const MAX_SECONDS = 1e12;

const HASH_RULE = "64 hexadecimal digits";
const HASH = v.pipe(v.string(HASH_RULE), v.regex(/^[0-9a-f]{64}$/, HASH_RULE));
const PATH_RULE = `a path of 1 to ${MAX_PATH} characters, none of them NUL`;
const PATH = v.pipe(v.string(PATH_RULE), v.regex(new RegExp(`^[^\\0]{1,${MAX_PATH}}$`), PATH_RULE));
const NAME = text(MAX_MADE_NAME);

const FILE_FIELDS = {
  path: PATH,
  bytes: whole(0, Number.MAX_SAFE_INTEGER),
  fingerprint: HASH,
} satisfies Fields<PlannedFile>;
const FILE = object(FILE_FIELDS);

const TRACE = object({
  ...FILE_FIELDS,
  format: text(MAX_NAME),
  columns: v.exactOptional(text(MAX_NAME)),
  thread: v.exactOptional(text(MAX_NAME)),
  regions: v.exactOptional(FILE),
  maps: v.exactOptional(v.union([v.literal("recorded", "recorded"), FILE], "a file, or recorded")),
} satisfies Fields<PlannedTrace>);

const WINDOW = object({ name: v.nullable(NAME), selection: WINDOW_SELECTION } satisfies Fields<PlannedWindow>);
const MACHINE = object({ name: NAME, config: MACHINE_CONFIG });
const SWEEP = object({ name: NAME, config: SWEEP_CONFIG });

function items<Item extends v.GenericSchema>(item: Item, what: string, least = 0) {
  const allowed = `a list of ${least} to ${MAX_ITEMS} ${what}`;
  return v.pipe(v.array(item, allowed), v.minLength(least, allowed), v.maxLength(MAX_ITEMS, allowed));
}

const SECONDS_RULE = `a number from 0 to ${MAX_SECONDS}`;
const UNIT = object({
  unit: whole(1, MAX_ITEMS),
  trace: whole(0, MAX_ITEMS),
  window: whole(0, MAX_ITEMS),
  machines: v.exactOptional(items(whole(0, MAX_ITEMS), "indexes of machines", 1)),
  sweep: v.exactOptional(whole(0, MAX_ITEMS)),
  seconds: v.pipe(v.number(SECONDS_RULE), v.minValue(0, SECONDS_RULE), v.maxValue(MAX_SECONDS, SECONDS_RULE)),
} satisfies Fields<Unit>);

/** Plans, as they are published. What units refer to is checked by `checkPlan()`. @internal */
export const PLAN_SCHEMA = object({
  schema: v.literal(PLAN_SCHEMA_NAME, PLAN_SCHEMA_NAME),
  version: text(MAX_NAME),
  hash: HASH,
  title: v.nullable(text(MAX_NAME)),
  traces: items(TRACE, "traces", 1),
  windows: items(WINDOW, "windows", 1),
  machines: items(MACHINE, "machines"),
  sweeps: items(SWEEP, "sweeps"),
  by: items(oneOf(DIMENSIONS), "dimensions"),
  interval: v.nullable(COUNT),
  slurm: SLURM,
  units: items(UNIT, "units", 1),
});

/** The parts that `plan.ts` has interfaces of, by their names. @internal */
export const PLAN_SCHEMA_PARTS = {
  PlannedTrace: TRACE,
  PlannedFile: FILE,
  PlannedWindow: WINDOW,
  PlannedMachine: MACHINE,
  PlannedSweep: SWEEP,
  Unit: UNIT,
  SlurmDescription: SLURM,
};

/** Every field of `Plan` is checked. */
PLAN_SCHEMA.entries satisfies Record<keyof Plan, v.GenericSchema>;

/**
 * `given`, if it is a plan of pagewalk `version`: its indexes are those of something, its units numbered 1, 2, …, its formats and windows known.
 * Whether its hash is right is not asked. Throws ConfigError with the path of what is wrong, which begins with `plan`.
 */
export function checkPlan(given: unknown, version: string): Plan {
  const { schema, version: found } = (given ?? {}) as Partial<Record<string, unknown>>;
  if (schema === PLAN_SCHEMA_NAME && found !== version && typeof found === "string") {
    const allowed = `${version}: results of one plan are of one version; make the plan again`;
    throw new ConfigError("plan.version", found, allowed);
  }
  checked(PLAN_SCHEMA, given, "plan");
  const plan = given as Plan; // as it was read: in its own order of fields, which the hash is of
  plan.traces.forEach(({ format }, index) => {
    atPath(`plan.traces[${index}]`, () => formatNamed(format));
  });
  plan.windows.forEach(({ selection }, index) => {
    atPath(`plan.windows[${index}].selection`, () => resolveSelection(selection));
  });
  plan.units.forEach((unit, index) => {
    checkUnit(unit, index, plan);
  });
  return plan;
}

function checkUnit(
  { unit, trace, window, machines, sweep }: Unit,
  index: number,
  plan: Pick<Plan, "traces" | "windows" | "machines" | "sweeps">,
): void {
  const path = `plan.units[${index}]`;
  if (unit !== index + 1)
    throw new ConfigError(`${path}.unit`, unit, `${index + 1}: units are numbered in their order`);
  checkIndex(`${path}.trace`, trace, plan.traces, "traces");
  checkIndex(`${path}.window`, window, plan.windows, "windows");
  if ((machines === undefined) === (sweep === undefined)) {
    const got = sweep === undefined ? "neither machines nor a sweep" : "machines and a sweep";
    throw new ConfigError(path, got, "one of both");
  }
  if (sweep !== undefined) checkIndex(`${path}.sweep`, sweep, plan.sweeps, "sweeps");
  for (const [at, machine] of machines?.entries() ?? []) {
    checkIndex(`${path}.machines[${at}]`, machine, plan.machines, "machines");
  }
}

function checkIndex(path: string, index: number, items: readonly unknown[], what: string): void {
  if (index < items.length) return;
  throw new ConfigError(
    path,
    index,
    items.length === 0 ? `none: there are no ${what}` : `the index of one of ${items.length} ${what}, from 0`,
  );
}
