/** From an experiment to what is to be simulated: windows, machines and sweeps, each with a name of its own. */
import { resolveAttribution } from "../config/attribution.ts";
import { resolve, resolveSweep } from "../config/resolve.ts";
import { resolveSelection } from "../config/selection.ts";
import type { Config, ResolvedConfig, SweepConfig } from "../config/types.ts";
import { ConfigError } from "../errors.ts";
import type { ExperimentDescription, MachineDescription, SweepDescription, WindowDescription } from "./description.ts";
import type { PlannedMachine, PlannedSweep, PlannedWindow } from "./plan.ts";

/** Machines and windows that an experiment may come to. */
const MAX_MACHINES = 100_000;

/** What there is to do with each trace. */
export interface Expanded {
  windows: PlannedWindow[];
  machines: (PlannedMachine & { resolved: ResolvedConfig })[];
  sweeps: PlannedSweep[];
}

/** Throws ConfigError with the path of what is wrong in `experiment`, of which all files of CPUs have been read. */
export function expand(experiment: ExperimentDescription): Expanded {
  const { machines = [], sweeps = [], by, interval, seeds } = experiment;
  if (machines.length + sweeps.length === 0) {
    throw new ConfigError("experiment", "neither machines nor sweeps", "one of them, or both");
  }
  at("experiment", () => resolveAttribution({ by, interval }));
  for (const name of ["by", "interval", "vary", "seeds"] as const) {
    if (machines.length === 0 && experiment[name] !== undefined) {
      throw new ConfigError(`experiment.${name}`, "it without machines", "it with machines, of which it says more");
    }
  }
  const expanded = {
    windows: windowsOf(experiment.windows),
    machines: machinesOf(experiment),
    sweeps: sweeps.map(sweepOf),
  };
  if (seeds !== undefined && !expanded.machines.some(({ resolved }) => isRandom(resolved))) {
    throw new ConfigError("experiment.seeds", `${seeds.length}`, "none: no machine chooses anything by chance");
  }
  checkDistinct("windows", expanded.windows);
  checkDistinct("machines", expanded.machines);
  checkDistinct("sweeps", expanded.sweeps);
  return expanded;
}

/** What `make` returns; ConfigErrors get `path` in front of theirs. */
function at<Value>(path: string, make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${path}.${error.option}`, error.got, error.allowed);
  }
}

function windowsOf(given: readonly WindowDescription[] | undefined): PlannedWindow[] {
  if (given === undefined) return [{ name: null, selection: {} }];
  return given.map(({ name, ...selection }, index) => {
    at(`experiment.windows[${index}]`, () => resolveSelection(selection));
    return { name: name ?? (settings(selection) || "all"), selection };
  });
}

function sweepOf({ name, ...config }: SweepDescription, index: number): PlannedSweep {
  const sweep = config as SweepConfig;
  at(`experiment.sweeps[${index}]`, () => resolveSweep(sweep));
  return { name: name ?? (settings(sweep) || "sweep"), config: sweep };
}

function machinesOf({ machines = [], vary = {}, seeds }: ExperimentDescription): Expanded["machines"] {
  const combinations = combinationsOf(vary);
  if (machines.length * combinations.length * (seeds?.length ?? 1) > MAX_MACHINES) {
    const got = [machines.length, combinations.length, seeds?.length ?? 1].join(" x ");
    throw new ConfigError("experiment.machines", `${got} machines`, `${MAX_MACHINES} at most`);
  }
  return machines.flatMap((given, index) => {
    const { name, ...base } = typeof given === "string" ? ({ cpu: given } as MachineDescription) : given;
    const again = Object.keys(vary).find((option) => base[option] !== undefined);
    if (again !== undefined) {
      const got = `${String(base[again])}, and other values in vary`;
      throw new ConfigError(`experiment.machines[${index}].${again}`, got, "one of both");
    }
    return combinations.flatMap((varied) => {
      const config = { ...base, ...varied } as Config;
      const where = varied === NOTHING ? "" : ` with ${settings(varied)} of vary`;
      const resolved = at(`experiment.machines[${index}]${where}`, () => resolve(config));
      const own = [name ?? settings(base), settings(varied)].filter((part) => part !== "").join(" ");
      const machine = { name: own === "" ? resolved.cpu : own, config, resolved };
      if (seeds === undefined || !isRandom(resolved)) return [machine];
      return seeds.map((seed) => {
        const seeded = { ...config, seed };
        return { name: `${machine.name} seed=${seed}`, config: seeded, resolved: resolve(seeded) };
      });
    });
  });
}

/** The combination of an experiment that varies nothing. */
const NOTHING: Readonly<Record<string, string | number>> = {};

function combinationsOf(vary: NonNullable<ExperimentDescription["vary"]>): Readonly<Record<string, string | number>>[] {
  return Object.entries(vary).reduce<Readonly<Record<string, string | number>>[]>(
    (before, [option, values]) => {
      if (before.length * values.length > MAX_MACHINES) {
        throw new ConfigError("experiment.vary", "more combinations", `${MAX_MACHINES} at most`);
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

/** Whether what it counts depends on its seed. */
function isRandom({ policy, hierarchy, os }: ResolvedConfig): boolean {
  if (policy === "random" || os?.reclaim === "random") return true;
  if (os?.thp != null && os.thp.available > 0 && os.thp.available < 1) return true;
  const arrays = [...(hierarchy?.tlbs ?? []).flatMap((tlb) => tlb.arrays), ...(hierarchy?.walkCaches ?? [])];
  return arrays.some((array) => array.policy === "random");
}

/** Results are told apart by these names. */
function checkDistinct(what: string, named: readonly { name: string | null }[]): void {
  const seen = new Map<string | null, number>();
  for (const [index, { name }] of named.entries()) {
    const before = seen.get(name);
    if (before !== undefined) {
      const allowed = `names that differ: ${what} ${before + 1} and ${index + 1} have the same`;
      throw new ConfigError(`experiment.${what}`, name, allowed);
    }
    seen.set(name, index);
  }
}
