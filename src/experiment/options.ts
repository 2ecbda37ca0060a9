/** The options that machines and sweeps of an experiment may have: those of the commands, by the names of the library. */
import { COST_OPTIONS } from "../config/cost-options.ts";
import { PREFETCH_OPTIONS } from "../config/cpus/prefetch.ts";
import { NESTED_OPTIONS } from "../config/nested-options.ts";
import { RUN_OPTIONS, SWEEP_OPTIONS } from "../config/options.ts";
import { OS_OPTIONS } from "../config/os-options.ts";

/** Those of `resolve()`. */
export const MACHINE_OPTIONS = {
  ...RUN_OPTIONS,
  ...PREFETCH_OPTIONS,
  ...COST_OPTIONS,
  ...OS_OPTIONS,
  ...NESTED_OPTIONS,
};

export const MACHINE_OPTION_NAMES = Object.keys(MACHINE_OPTIONS) as (keyof typeof MACHINE_OPTIONS)[];

/** Those of `resolveSweep()`. */
export const SWEEP_OPTION_NAMES = Object.keys(SWEEP_OPTIONS) as (keyof typeof SWEEP_OPTIONS)[];
