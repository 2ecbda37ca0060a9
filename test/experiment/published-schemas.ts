/** The JSON Schemas of experiments and plans, as they are published. */
import { CPU_SCHEMA, CPU_SCHEMA_PARTS } from "../../src/config/cpus/schema.ts";
import { MACHINE_OPTIONS } from "../../src/config/machine-options.ts";
import { type ConfigOptions, SWEEP_OPTIONS } from "../../src/config/options.ts";
import { PLAN_SCHEMA, PLAN_SCHEMA_PARTS } from "../../src/experiment/plan-check.ts";
import { EXPERIMENT_SCHEMA, EXPERIMENT_SCHEMA_PARTS } from "../../src/experiment/schema.ts";
import { fieldsSaid, schemaText } from "../config/published-schema.ts";

const DESCRIPTIONS = new URL("../../src/experiment/description.ts", import.meta.url);
const PLANS = new URL("../../src/experiment/plan.ts", import.meta.url);
const PLANNED = new URL("../../src/config/planned.ts", import.meta.url);

/** What each field of each part of an experiment is said to be: of machines and sweeps also the options, as the commands' help has them. */
export function experimentFields(): Map<string, Map<string, string>> {
  const said = new Map([...fieldsSaid(), ...fieldsSaid(DESCRIPTIONS)]);
  const withOptions = (name: string, options: ConfigOptions) => {
    const told = Object.entries(options).map(([option, [, text, usual]]) => [option, sentence(text, usual)] as const);
    said.set(name, new Map([...told, ...(said.get(name) ?? [])]));
  };
  withOptions("MachineDescription", MACHINE_OPTIONS);
  withOptions("VariedOptions", MACHINE_OPTIONS);
  withOptions("SweepDescription", SWEEP_OPTIONS);
  return said;
}

function sentence(text: string, usual: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}. Default: ${usual}.`;
}

/** What each field of each part of a plan is said to be. */
function planFields(): Map<string, Map<string, string>> {
  const said = new Map([...fieldsSaid(), ...fieldsSaid(DESCRIPTIONS), ...fieldsSaid(PLANNED), ...fieldsSaid(PLANS)]);
  return said.set("Plan", new Map([...(said.get("Planned") ?? []), ...(said.get("Plan") ?? [])]));
}

export const PUBLISHED = {
  experiment: () =>
    schemaText(
      EXPERIMENT_SCHEMA,
      EXPERIMENT_SCHEMA_PARTS,
      "What pagewalk plan expands: pagewalk/experiment@1",
      "ExperimentDescription",
      experimentFields(),
    ),
  plan: () =>
    schemaText(
      PLAN_SCHEMA,
      { ...PLAN_SCHEMA_PARTS, CpuDescription: CPU_SCHEMA, ...CPU_SCHEMA_PARTS },
      "What pagewalk plan makes: pagewalk/plan@1",
      "Plan",
      planFields(),
    ),
};
