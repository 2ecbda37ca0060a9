/** How far a plan is, and why no further: from its folder of results, and from Slurm if it was submitted to it. Plain data. */
import { access, open } from "node:fs/promises";
import type { Plan, Unit } from "../experiment/plan.ts";
import { unitsOfShards } from "../experiment/shards.ts";
import { ResultsFolder, type UnitStates } from "./results-folder.ts";
import { hasEnded, type JobState, SlurmError, sacct, squeue } from "./slurm/commands.ts";
import type { Submission, SubmissionFolder } from "./slurm/submission.ts";

export const STATUS_SCHEMA_NAME = "pagewalk/status@1";

export interface PlanStatus {
  schema: typeof STATUS_SCHEMA_NAME;
  /** Hash of the plan. */
  plan: string;
  /** Folder of results. */
  results: string;
  /** Each unit is in one of done, running, failed and left. */
  units: { total: number; done: number; running: number; failed: number; left: number };
  /** Estimates, on one core; `left` has those that run or have failed as well. */
  seconds: { total: number; left: number };
  running: RunningStatus[];
  /** Begun, and then nothing more was heard: they are left. */
  abandoned: RunningStatus[];
  failed: FailedStatus[];
  /** `null`: it was not submitted. */
  slurm: SlurmStatus | null;
}

interface UnitStatus {
  unit: number;
  trace: string;
  window: string | null;
}

export interface RunningStatus extends UnitStatus {
  host: string;
  pid: number;
  since: string;
}

export interface FailedStatus extends UnitStatus {
  message: string;
  host: string;
}

export interface SlurmStatus {
  array: number;
  merge: number | null;
  submitted: string;
  shards: number;
  merged: string;
  /** Whether the merged result is there. */
  isMerged: boolean;
  /** Why Slurm did not answer; `null`: it did. */
  unanswered: string | null;
  /** Of the submission, in their order. */
  tasks: TaskStatus[];
  mergeJob: Job | null;
}

/** What Slurm says; `null`: it does not know the job any more. */
export type Job = Pick<JobState, "state" | "reason" | "restarts" | "node"> & JobLog;

export interface JobLog {
  log: string;
  /** Last line of the log, of a job that ended otherwise than well. */
  lastLine: string | null;
}

export interface TaskStatus {
  /** Number in the array, which is that of its shard. */
  task: number;
  units: number;
  done: number;
  failed: number;
  secondsLeft: number;
  job: Job | null;
}

/** Logs that are looked into: more would not be read anyway. */
const MAX_LOGS = 20;
const LOG_END_BYTES = 4096;

/** The status of `plan` with `results` and what was submitted. Rejects with InputError if results are of another plan, or cannot be read. */
export async function statusOf(
  plan: Plan,
  results: string,
  folder: SubmissionFolder,
  submission: Submission | null,
): Promise<PlanStatus> {
  const states = await statesIn(results, plan);
  const { done, running, failed } = states;
  const isLeft = ({ unit }: Unit) => !done.has(unit);
  const runs = [...running].map(([unit, { isStale, host, pid, since }]) => ({
    isStale,
    ...{ ...unitStatus(plan, unit), host, pid, since },
  }));
  const of = (wanted: boolean) => runs.filter(({ isStale }) => isStale === wanted).map(({ isStale: _, ...run }) => run);
  const [alive, abandoned] = [of(false), of(true)];
  const units = { total: plan.units.length, done: done.size, running: alive.length, failed: failed.size };
  return {
    schema: STATUS_SCHEMA_NAME,
    plan: plan.hash,
    results,
    units: { ...units, left: units.total - units.done - units.running - units.failed },
    seconds: { total: secondsOf(plan.units), left: secondsOf(plan.units.filter(isLeft)) },
    running: alive,
    abandoned,
    failed: [...failed].map(([unit, { message, host }]) => ({ ...unitStatus(plan, unit), message, host })),
    slurm: submission === null ? null : await slurmStatus(plan, states, folder, submission),
  };
}

/** Of units that the plan has: a folder may have anything in it. */
async function statesIn(results: string, plan: Plan): Promise<UnitStates> {
  const isThere = await exists(results);
  if (!isThere) return { done: new Set(), running: new Map(), failed: new Map() };
  const { done, running, failed } = await (await ResultsFolder.open(results, plan)).state();
  const has = (unit: number) => unit >= 1 && unit <= plan.units.length;
  return {
    done: new Set([...done].filter(has)),
    running: new Map([...running].filter(([unit]) => has(unit)).sort(byUnit)),
    failed: new Map([...failed].filter(([unit]) => has(unit)).sort(byUnit)),
  };
}

function byUnit([one]: [number, unknown], [other]: [number, unknown]): number {
  return one - other;
}

function unitStatus(plan: Plan, number: number): UnitStatus {
  const { unit, trace, window } = plan.units[number - 1] as Unit;
  return { unit, trace: plan.traces[trace]?.path ?? "", window: plan.windows[window]?.name ?? null };
}

function secondsOf(units: readonly Unit[]): number {
  return Math.round(units.reduce((sum, { seconds }) => sum + seconds, 0) * 1000) / 1000;
}

async function slurmStatus(
  plan: Plan,
  { done, failed }: UnitStates,
  folder: SubmissionFolder,
  submission: Submission,
): Promise<SlurmStatus> {
  const { array, merge, submitted, shards, merged } = submission;
  const { states, unanswered } = await askSlurm(submission);
  let logsLeft = MAX_LOGS;
  const job = async (state: JobState | undefined, log: string): Promise<Job | null> => {
    if (state === undefined) return null;
    const isBad = hasEnded(state) && state.state !== "COMPLETED" && logsLeft-- > 0;
    const { reason, restarts, node } = state;
    return { state: state.state, reason, restarts, node, log, lastLine: isBad ? await lastLine(log) : null };
  };
  const ofTask = new Map(states.flatMap((state) => (state.task === null ? [] : [[state.task, state] as const])));
  const unitsOf = unitsOfShards(plan.units, shards);
  const tasks: TaskStatus[] = [];
  for (const task of tasksOf(submission)) {
    const units = unitsOf[task - 1] ?? [];
    tasks.push({
      task,
      units: units.length,
      done: units.filter(({ unit }) => done.has(unit)).length,
      failed: units.filter(({ unit }) => failed.has(unit)).length,
      secondsLeft: secondsOf(units.filter(({ unit }) => !done.has(unit))),
      job: await job(ofTask.get(task), folder.log(submission, task)),
    });
  }
  const merging = states.find((state) => state.job === merge && state.task === null);
  return {
    ...{ array, merge, submitted, shards, merged, isMerged: await exists(merged), unanswered, tasks },
    mergeJob: merge === null ? null : await job(merging, folder.mergeLog(merge)),
  };
}

/** What Slurm knows of the submission's jobs, and what it keeps in its accounts of those that it has forgotten. */
async function askSlurm({
  array,
  merge,
  cluster,
}: Submission): Promise<{ states: JobState[]; unanswered: string | null }> {
  const jobs = merge === null ? [array] : [array, merge];
  try {
    const now = await squeue(jobs, cluster);
    const isKnown = (job: number) => now.some((state) => state.job === job);
    const forgotten = jobs.filter((job) => !isKnown(job));
    const before = forgotten.length === 0 ? [] : ((await sacct(forgotten, cluster)) ?? []);
    return { states: [...before, ...now], unanswered: null };
  } catch (error) {
    if (!(error instanceof SlurmError)) throw error;
    return { states: [], unanswered: error.message };
  }
}

/** Numbers of the tasks that were submitted. */
function tasksOf({ tasks, shards }: Submission): number[] {
  return tasks.split(",").flatMap((range) => {
    const [from = 0, to = from] = range.split("-").map(Number);
    return Array.from({ length: Math.max(0, Math.min(to, shards) - from + 1) }, (_, index) => from + index);
  });
}

async function lastLine(path: string): Promise<string | null> {
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(LOG_END_BYTES),
      0,
      LOG_END_BYTES,
      Math.max(0, size - LOG_END_BYTES),
    );
    return buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n").at(-1) || null;
  } catch {
    return null; // it is a hint only
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
