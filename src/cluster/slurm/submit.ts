/** A plan, handed to Slurm: an array of jobs that do its units, and one that merges when they have ended. */
import { ConfigError } from "../../errors.ts";
import { totalSeconds } from "../../experiment/cost.ts";
import type { Plan } from "../../experiment/plan.ts";
import { SHARD_SECONDS, unitsOfShards } from "../../experiment/shards.ts";
import { rangesOf } from "../../report/ranges.ts";
import { hasEnded, type JobState, maxTask, SlurmError, sbatch, squeue } from "./commands.ts";
import type { Resources } from "./resources.ts";
import { arrayScript, jobNameOf, logOption, mergeScript, type ScriptFacts } from "./scripts.ts";
import type { Submission, SubmissionFolder } from "./submission.ts";

/** Highest number of a task where the cluster does not say: Slurm's default. */
const USUAL_MAX_TASK = 1000;

/** What is to be submitted. All paths are absolute. */
export interface Order {
  /** Of the plan's file, without its endings. */
  stem: string;
  path: string;
  results: string;
  merged: string;
  pagewalk: string;
  resources: Resources;
}

export interface Scripts {
  array: string;
  merge: string;
  shards: number;
  /** `1-8`: those of `shards` that have something left. */
  tasks: string;
  /** Number of these. */
  taskCount: number;
}

/** The scripts for what is left of `plan`; `null`: nothing is. Throws ConfigError if the cluster takes no array of so many. */
export async function scriptsFor(plan: Plan, done: ReadonlySet<number>, order: Order): Promise<Scripts | null> {
  const { stem, path, results, merged, pagewalk, resources } = order;
  const most = await maxTask();
  if (most !== null && (resources.shards ?? 1) > most)
    throw new ConfigError("shards", resources.shards, `at most ${most} on this cluster (its MaxArraySize less 1)`);
  const wanted = resources.shards ?? Math.ceil(totalSeconds(plan) / resources.cpus / SHARD_SECONDS);
  const shards = Math.max(1, Math.min(wanted, plan.units.length, resources.shards ?? most ?? USUAL_MAX_TASK));
  const tasks = unitsOfShards(plan.units, shards).flatMap((units, index) =>
    units.some(({ unit }) => !done.has(unit)) ? [index + 1] : [],
  );
  if (tasks.length === 0) return null;
  const facts: ScriptFacts = {
    ...{ name: jobNameOf(stem), node: process.execPath, pagewalk, plan: path, results, merged },
    ...{ shards, tasks: rangesOf(tasks).join(), resources },
  };
  const scripts = { array: arrayScript(facts), merge: mergeScript(facts) };
  return { ...scripts, shards, tasks: facts.tasks, taskCount: tasks.length };
}

/**
 * Writes and submits `scripts`, and records it. Rejects with SlurmError if Slurm refuses, or if jobs of the plan that were submitted before are
 * still there, unless `again`.
 */
export async function submit(
  plan: Plan,
  { array, merge, shards, tasks }: Scripts,
  { results, merged }: Order,
  folder: SubmissionFolder,
  again: boolean,
): Promise<Submission> {
  if (folder.path.includes("\\"))
    throw new SlurmError(
      `${folder.path}: Slurm writes no logs into a folder whose path has a backslash; move the plan`,
    );
  return folder.alone(async () => {
    const before = await folder.read();
    if (before !== null && !again) await checkEnded(before);
    await folder.writeScript("array.sh", array);
    await folder.writeScript("merge.sh", merge);
    const { job, cluster } = await sbatch(folder.path, "array.sh", array, [logOption("array", folder.path)]);
    const submitted = new Date().toISOString();
    const submission = { plan: plan.hash, array: job, merge: null, cluster, shards, tasks, results, merged, submitted };
    // At once: whatever comes next, the array is in the queue.
    await folder.write(submission);
    const after = `--dependency=afterany:${job}`;
    try {
      const merging = await sbatch(folder.path, "merge.sh", merge, [after, logOption("merge", folder.path)], cluster);
      const whole = { ...submission, merge: merging.job };
      await folder.write(whole);
      return whole;
    } catch (error) {
      if (!(error instanceof SlurmError)) throw error;
      throw new SlurmError(
        `the array is submitted as job ${job}, but not what merges: ${error.message}. When the array has ended: pagewalk merge; or, in ${folder.path}: sbatch ${after} merge.sh`,
      );
    }
  });
}

async function checkEnded({ array, merge, cluster, submitted }: Submission): Promise<void> {
  const jobs = merge === null ? [array] : [array, merge];
  let states: JobState[];
  try {
    states = await squeue(jobs, cluster);
  } catch (error) {
    if (!(error instanceof SlurmError)) throw error;
    throw new SlurmError(
      `whether job ${array}, submitted ${submitted}, has ended cannot be told: ${error.message}; --again submits in any case`,
    );
  }
  const left = states.filter((state) => !hasEnded(state));
  if (left.length === 0) return;
  throw new SlurmError(
    `the plan was submitted ${submitted}, and ${left.length} of its jobs (${jobs.join(", ")}) wait or run: status tells more, scancel ${jobs.join(" ")} ends them; --again submits a second time`,
  );
}
