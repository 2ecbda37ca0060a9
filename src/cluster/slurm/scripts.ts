/** The scripts of a submission: for people to read and change, and to submit again by hand. */
import { shellWord } from "../../report/shell-words.ts";
import type { Resources } from "./resources.ts";

/** Paths are absolute: the script runs elsewhere, from a copy of it. Any of them may hold any character. */
export interface ScriptFacts {
  /** What the jobs are called: `jobNameOf()`. */
  name: string;
  node: string;
  pagewalk: string;
  plan: string;
  results: string;
  merged: string;
  /** Shares of the plan. */
  shards: number;
  /** Those that the array has tasks for, as sbatch takes it: `1-8`, `3,7-9`. */
  tasks: string;
  resources: Resources;
}

/** Folder of the logs, relative to the scripts. */
export const LOGS = "logs";

/** Log of each, as a pattern: Slurm puts in the numbers of job and task. */
const LOG_PATTERNS = { array: "%A_%a.log", merge: "%j_merge.log" };

/** Name of a log, as Slurm makes it. */
export function logNameOf(script: keyof typeof LOG_PATTERNS, job: number, task = 0): string {
  return LOG_PATTERNS[script].replace(/%[Aj]/, `${job}`).replace("%a", `${task}`);
}

/**
 * The option for logs in `folder`, which is absolute. Wins over the one in the script: there it is relative, for who submits by hand, but Slurm
 * looks for its patterns in the folder's name as well. A backslash in it has no form that Slurm would take.
 */
export function logOption(script: keyof typeof LOG_PATTERNS, folder: string): string {
  return `--output=${folder.replaceAll("%", "%%")}/${LOGS}/${LOG_PATTERNS[script]}`;
}

export function arrayScript(facts: ScriptFacts): string {
  const { name, shards, tasks, resources } = facts;
  return script(
    facts,
    "The units of a plan, as a job array. May be changed and submitted again: units that are done are skipped.",
    "sbatch array.sh",
    [
      `--job-name=${name}`,
      `--array=${tasks}`,
      `--output=${LOGS}/${LOG_PATTERNS.array}`,
      ...asked(resources),
      `--cpus-per-task=${resources.cpus}`,
    ],
    [
      `shards=${shards}`,
      "",
      `echo "shard $SLURM_ARRAY_TASK_ID/$shards on $(hostname), restarts: \${SLURM_RESTART_COUNT:-0}"`,
      `exec "$node" "$pagewalk" sweep "$plan" --shard "$SLURM_ARRAY_TASK_ID/$shards" \\`,
      `  --results "$results" --jobs "\${SLURM_CPUS_PER_TASK:-1}"`,
    ],
  );
}

export function mergeScript(facts: ScriptFacts): string {
  return script(
    facts,
    "The results of all units of a plan as one. Runs when the array has ended, and says what is missing if something is.",
    "sbatch --dependency=afterany:JOB-OF-THE-ARRAY merge.sh",
    [`--job-name=${facts.name}-merge`, `--output=${LOGS}/${LOG_PATTERNS.merge}`, ...asked(facts.resources)],
    [
      `merged=${shellWord(facts.merged)}`,
      "",
      `echo "merge on $(hostname), restarts: \${SLURM_RESTART_COUNT:-0}"`,
      `exec "$node" "$pagewalk" merge "$plan" "$results" -o "$merged"`,
    ],
  );
}

// No path stands above the first command: it might have a line of its own that sbatch takes for an option.
function script(
  { node, pagewalk, plan, results }: ScriptFacts,
  about: string,
  byHand: string,
  options: readonly string[],
  commands: readonly string[],
): string {
  return `#!/bin/sh
# ${about}
# By hand, in this folder: ${byHand}
#
${[...options, "--requeue", "--open-mode=append", "--nodes=1", "--ntasks=1"].map((option) => `#SBATCH ${option}`).join("\n")}

set -eu

node=${shellWord(node)}
pagewalk=${shellWord(pagewalk)}
plan=${shellWord(plan)}
results=${shellWord(results)}
${commands.join("\n")}
`;
}

function asked({ account, partition, time, memory }: Resources): string[] {
  return Object.entries({ account, partition, time, mem: memory }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
}

/** What jobs of the plan `stem` are called: of it what has no meaning to Slurm. */
export function jobNameOf(stem: string): string {
  return `pagewalk-${stem.replace(/[^\w.-]+/g, "_").slice(0, 60)}`;
}
