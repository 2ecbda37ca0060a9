/** All options of machines, in the order in which help tells them. */
import { COST_OPTIONS } from "./cost-options.ts";
import { PREFETCH_OPTIONS } from "./cpus/prefetch.ts";
import { NESTED_OPTIONS } from "./nested-options.ts";
import { type ConfigOptions, RUN_OPTIONS } from "./options.ts";
import { OS_OPTIONS } from "./os-options.ts";

/** The options of `resolve()`: the machine, what it costs, its operating system and its host. */
export const MACHINE_OPTIONS = {
  ...RUN_OPTIONS,
  ...PREFETCH_OPTIONS,
  ...COST_OPTIONS,
  ...OS_OPTIONS,
  ...NESTED_OPTIONS,
} as const satisfies ConfigOptions;
