/** From an experiment to what is to be simulated: windows, machines and sweeps, each with a name of its own. */
import { resolveAttribution } from "../config/attribution.ts";
import { canShareReading } from "../config/compared-cpus.ts";
import type { PlannedWindow } from "../config/planned.ts";
import { resolve } from "../config/resolve.ts";
import { resolveSelection } from "../config/selection.ts";
import type { Config, ResolvedConfig, SweepConfig } from "../config/types.ts";
import { ConfigError } from "../errors.ts";
import { atPath, placed } from "./at-path.ts";
import { machineCost, sweepCost } from "./cost.ts";
import type { ExperimentDescription, MachineDescription, SweepDescription, WindowDescription } from "./description.ts";
import type { Expanded, ExpandedMachine, ExpandedSweep } from "./expanded.ts";
import { isRandom, needsOf } from "./needs.ts";

/** Machines that an experiment may come to. */
const MAX_MACHINES = 100_000;

/** Characters of a name that is made of options. */
const MAX_MADE_NAME = 1000;

/** Throws ConfigError with the path of what is wrong in `experiment`, of which all files of CPUs have been read. */
export function expand(experiment: ExperimentDescription): Expanded {
  const { machines = [], sweeps = [], by, interval, seeds } = experiment;
  if (machines.length + sweeps.length === 0) {
    throw new ConfigError("experiment", "neither machines nor sweeps", "one of them, or both");
  }
  atPath("experiment", () => resolveAttribution({ by, interval }));
  for (const name of ["by", "interval", "vary", "seeds"] as const) {
    if (machines.length === 0 && experiment[name] !== undefined) {
      throw new ConfigError(`experiment.${name}`, "it without machines", "it with machines, of which it says more");
    }
  }
  checkOnce("experiment.seeds", seeds ?? []);
  const expanded = {
    windows: windowsOf(experiment.windows),
    machines: machinesOf(experiment),
    sweeps: sweeps.map(sweepOf),
  };
  if (seeds !== undefined && expanded.machines.every(({ needs }) => !needs.seed)) {
    throw new ConfigError("experiment.seeds", `${seeds.length}`, "none: no machine chooses anything by chance");
  }
  checkDistinct("windows", expanded.windows);
  checkDistinct("machines", expanded.machines);
  checkDistinct("sweeps", expanded.sweeps);
  return expanded;
}

function windowsOf(given: readonly WindowDescription[] | undefined): PlannedWindow[] {
  if (given === undefined) return [{ name: null, selection: {} }];
  return given.map(({ name, ...selection }, index) => {
    atPath(`experiment.windows[${index}]`, () => resolveSelection(selection));
    return { name: name ?? (settings(selection) || "all"), selection };
  });
}

function sweepOf({ name, ...config }: SweepDescription, index: number): ExpandedSweep {
  const sweep = config as SweepConfig;
  const cost = atPath(`experiment.sweeps[${index}]`, () => sweepCost(sweep));
  const made = settings(sweep) || "sweep";
  if (name === undefined && made.length > MAX_MADE_NAME) {
    throw new ConfigError(`experiment.sweeps[${index}].name`, "nothing", "a name: the options are too long to be one");
  }
  return { name: name ?? made, config: sweep, cost };
}

/** A value of each option that is varied. */
type Combination = Readonly<Record<string, string | number>>;

function machinesOf({ machines = [], vary = {}, seeds, by, interval }: ExperimentDescription): ExpandedMachine[] {
  const combinations = combinationsOf(vary);
  if (machines.length * combinations.length * (seeds?.length ?? 1) > MAX_MACHINES) {
    const got = [machines.length, combinations.length, seeds?.length ?? 1].join(" x ");
    throw new ConfigError("experiment.machines", `${got} machines`, `${MAX_MACHINES} at most`);
  }
  const isAttributed = by !== undefined || interval !== undefined;
  return machines.flatMap((given, index) => {
    const { name, ...base } = typeof given === "string" ? ({ cpu: given } as MachineDescription) : given;
    const path = `experiment.machines[${index}]`;
    const again = Object.keys(vary).find((option) => base[option] !== undefined);
    if (again !== undefined) {
      const got = `${String(base[again])}, and other values in vary`;
      throw new ConfigError(`${path}.${again}`, got, "one of both");
    }
    if (seeds !== undefined && (base.seed !== undefined || vary.seed !== undefined)) {
      const where = base.seed !== undefined ? `${path}.seed` : "experiment.vary.seed";
      throw new ConfigError(where, "it, and seeds", "one of both");
    }
    return combinations.flatMap((varied) => {
      const config = { ...base, ...varied } as Config;
      const resolved = atVaried(path, vary, varied, () => resolve(config));
      const own = [name ?? settings(base), settings(varied)].filter((part) => part !== "").join(" ") || resolved.cpu;
      if (seeds === undefined || !isRandom(resolved)) return [machineOf(own, config, resolved, isAttributed)];
      return seeds.map((seed) => {
        const seeded = { ...config, seed };
        return machineOf(`${own} seed=${seed}`, seeded, resolve(seeded), isAttributed);
      });
    });
  });
}

function machineOf(name: string, config: Config, resolved: ResolvedConfig, isAttributed: boolean): ExpandedMachine {
  return {
    name,
    config,
    needs: needsOf(resolved),
    cost: { plain: machineCost(resolved, isAttributed), whole: machineCost(resolved, true) },
    sharesReading: !isAttributed && canShareReading(resolved),
  };
}

/** What `make` returns; ConfigErrors get the path of the machine in front of theirs, or that of the value of `vary` that they are of. */
function atVaried<Value>(
  path: string,
  vary: NonNullable<ExperimentDescription["vary"]>,
  varied: Combination,
  make: () => Value,
): Value {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { option, got, allowed } = error;
    const [name = ""] = /^\w+/.exec(option) ?? [];
    const value = Object.hasOwn(varied, name) ? varied[name] : undefined;
    if (value === undefined) throw placed(error, path, varied === NOTHING ? "" : `, with ${settings(varied)} of vary`);
    const index = vary[name]?.indexOf(value);
    const machine = path.replace(/^experiment\./, "");
    const rest = option.slice(name.length).replace(/^\./, "");
    const where = `${rest === "" ? "" : `${rest} of `}${machine}`;
    throw new ConfigError(`experiment.vary.${name}[${index}]`, value, `${allowed} (got ${got} as ${where})`);
  }
}

/** The combination of an experiment that varies nothing. */
const NOTHING: Combination = {};

function combinationsOf(vary: NonNullable<ExperimentDescription["vary"]>): Combination[] {
  return Object.entries(vary).reduce<Combination[]>(
    (before, [option, values]) => {
      checkOnce(`experiment.vary.${option}`, values);
      if (before.length * values.length > MAX_MACHINES) {
        const lengths = Object.values(vary).map(({ length }) => length);
        throw new ConfigError("experiment.vary", `${lengths.join(" x ")} combinations`, `${MAX_MACHINES} at most`);
      }
      return before.flatMap((one) => values.map((value) => ({ ...one, [option]: value })));
    },
    [NOTHING],
  );
}

/** A configuration in words: a CPU by its name alone, `stlb=1024:8`. */
function settings(config: object): string {
  return Object.entries(config)
    .map(([option, value]) => {
      const text = typeof value === "object" && !Array.isArray(value) ? value.title : String(value);
      return option === "cpu" ? text : `${option}=${text}`;
    })
    .join(" ");
}

/** Throws ConfigError if a value is there twice, as it was written or as another sort of value. */
function checkOnce(path: string, values: readonly (string | number)[]): void {
  const seen = new Map<string, number>();
  for (const [index, value] of values.entries()) {
    const before = seen.get(String(value));
    if (before !== undefined)
      throw new ConfigError(
        `${path}[${index}]`,
        value,
        `values that ${path.replace(/^experiment\./, "")}[${before}] has not`,
      );
    seen.set(String(value), index);
  }
}

/** Results are told apart by these names. */
function checkDistinct(what: string, named: readonly { name: string | null }[]): void {
  const seen = new Map<string | null, number>();
  for (const [index, { name }] of named.entries()) {
    const before = seen.get(name);
    if (before !== undefined) {
      const allowed = `names that differ: of ${named.length} ${what} the ${ordinal(before)} and the ${ordinal(index)} have the same`;
      throw new ConfigError(`experiment.${what}`, name, allowed);
    }
    seen.set(name, index);
  }
}

/** `3rd` for index 2. */
function ordinal(index: number): string {
  const number = index + 1;
  const isTeen = number % 100 > 10 && number % 100 < 14;
  return `${number}${(isTeen ? undefined : ["th", "st", "nd", "rd"][number % 10]) ?? "th"}`;
}
