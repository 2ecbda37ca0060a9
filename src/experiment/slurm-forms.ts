/** What Slurm may be asked for, in the forms of sbatch 22.05 (man sbatch); what does not match goes into no script. */
import type { SlurmDescription } from "./description.ts";
import { MAX_SHARDS } from "./shards.ts";

interface Form {
  pattern: RegExp;
  /** What matches it, for messages. */
  allowed: string;
}

export const SLURM_FORMS = {
  account: { pattern: /^[A-Za-z0-9_][\w.@+:-]{0,199}$/, allowed: "a name of letters, digits and _ . @ + : -" },
  partition: {
    pattern: /^[A-Za-z0-9_][\w.@+:-]{0,99}(?:,[A-Za-z0-9_][\w.@+:-]{0,99}){0,19}$/,
    allowed: "a name of letters, digits and _ . @ + : -, or several with commas",
  },
  time: {
    pattern: /^(?:\d{1,7}|\d{1,7}:\d{1,2}|\d{1,5}:\d{1,2}:\d{1,2}|\d{1,4}-\d{1,2}(?::\d{1,2}){0,2})$/,
    allowed: "MINUTES, MM:SS, HH:MM:SS, D-HH, D-HH:MM or D-HH:MM:SS, as 90 or 1-12",
  },
  memory: { pattern: /^\d{1,9}[KMGTkmgt]?$/, allowed: "a whole number with K, M, G or T, as 4G" },
} as const satisfies Partial<Record<keyof SlurmDescription, Form>>;

/** Cores of a task, and tasks of an array: what `cpus` and `shards` may be at most. */
export const MAX_SLURM = { cpus: 4096, shards: MAX_SHARDS };
