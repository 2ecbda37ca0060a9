/** What an array's tasks ask for: by options, or else by the experiment. */
import { ConfigError } from "../../errors.ts";
import type { SlurmDescription } from "../../experiment/description.ts";
import { MAX_SLURM, SLURM_FORMS } from "../../experiment/slurm-forms.ts";
import { InputError } from "../../files/json-file.ts";

/** All of `SlurmDescription`, each checked: nothing in it means more to a shell or to sbatch than what it says. */
export type Resources = Omit<SlurmDescription, "cpus" | "shards"> & { cpus: number; shards: number | null };

const TEXTS = Object.keys(SLURM_FORMS) as (keyof typeof SLURM_FORMS)[];

/**
 * `options` as a user gave them; what is not there as the plan at `path` has it. Throws ConfigError if an option, InputError if a value of the
 * plan is not in a form that sbatch takes.
 */
export function resourcesOf(options: SlurmDescription, path: string, planned: SlurmDescription): Resources {
  const resources: Resources = { cpus: 1, shards: null };
  const take = (name: keyof SlurmDescription, isGood: (value: unknown) => boolean, allowed: string) => {
    const given = options[name];
    const value = given ?? planned[name];
    if (value === undefined) return;
    if (isGood(value)) Object.assign(resources, { [name]: value });
    else if (given !== undefined) throw new ConfigError(name, given, allowed);
    else throw new InputError(path, `slurm.${name}`, JSON.stringify(value), allowed);
  };
  for (const name of TEXTS) {
    const { pattern, allowed } = SLURM_FORMS[name];
    take(name, (value) => typeof value === "string" && pattern.test(value), allowed);
  }
  for (const name of ["cpus", "shards"] as const) {
    const most = MAX_SLURM[name];
    const isGood = (value: unknown) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;
    take(name, isGood, `a whole number from 1 to ${most}`);
  }
  return resources;
}
