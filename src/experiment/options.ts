/** The options that machines and sweeps of an experiment may have: those of the commands, by the names of the library. */
import { MACHINE_OPTIONS } from "../config/machine-options.ts";
import { SWEEP_OPTIONS } from "../config/options.ts";

/** Those of `resolve()`. */
export const MACHINE_OPTION_NAMES = Object.keys(MACHINE_OPTIONS) as (keyof typeof MACHINE_OPTIONS)[];

/** Those of `resolveSweep()`. */
export const SWEEP_OPTION_NAMES = Object.keys(SWEEP_OPTIONS) as (keyof typeof SWEEP_OPTIONS)[];
