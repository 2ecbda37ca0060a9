/** How far a plan is, as people read it. */
import { estimate } from "../report/estimate.ts";
import { count, counted, printable, shortened } from "../report/format.ts";
import { paragraphs, table } from "../report/lines.ts";
import { rangesOf } from "../report/ranges.ts";
import type { Job, PlanStatus, SlurmStatus, TaskStatus } from "./plan-status.ts";

/** Units and groups of tasks that are listed; of more, their number. */
const MAX_LISTED = 20;
const MAX_MESSAGE = 500;

/** What reasons and states of Slurm mean (man squeue, "JOB REASON CODES" and "JOB STATE CODES"), where that helps. */
const MEANINGS: Readonly<Record<string, string>> = {
  Resources: "waits until nodes are free",
  Priority: "others come first",
  Dependency: "waits until the array has ended",
  DependencyNeverSatisfied: "what it waits for cannot happen any more: scancel it",
  BeginTime: "is held for some minutes, as Slurm does after a node failed",
  JobArrayTaskLimit: "as many tasks run as may at once",
  PartitionTimeLimit: "asks for more time than the partition gives: --time",
  PartitionDown: "the partition is down",
  ReqNodeNotAvail: "nodes that it needs are down or reserved",
  JobHeldUser: "is held: scontrol release lets it go",
  JobHeldAdmin: "is held by an administrator",
  TIMEOUT: "ran longer than it may: what is done stays; submit again, with more --time or --shards",
  OUT_OF_MEMORY: "needed more memory than it may have: submit again with more --memory",
  NODE_FAIL: "its node failed; submit again",
  CANCELLED: "was cancelled; submit does what is left",
  PREEMPTED: "made room for others; submit does what is left",
};

export function statusText(name: string, status: PlanStatus): string {
  const { units, seconds, running, abandoned, failed, slurm, results } = status;
  const hosts = [...new Set(running.map(({ host }) => host))];
  const left = seconds.left === 0 ? "" : `, about ${estimate(seconds.left)} of ${estimate(seconds.total)} on one core`;
  const overview = [
    `${printable(name)}: ${count(units.done)} of ${counted(units.total, "unit")} are done; to do${seconds.left === 0 ? ": nothing" : left.slice(1)}`,
    `results in ${printable(results)}`,
  ].join("\n");
  const counts = table({
    head: ["done", "running", "failed", "left"],
    rows: [[units.done, units.running, units.failed, units.left].map(count)],
    nameColumns: 0,
  });
  const parts = [overview, counts];
  if (hosts.length > 0) parts.push(`running on ${listed(hosts.map((host) => shortened(host, 60)))}`);
  if (abandoned.length > 0) {
    const some = abandoned.map(({ unit, host, since }) => `unit ${unit} on ${shortened(host, 60)}, begun ${since}`);
    parts.push(`begun, and not heard of for minutes, as when a node failed: they are left\n${lines(some)}`);
  }
  if (failed.length > 0) {
    const some = failed.map(
      ({ unit, trace, window, message, host }) =>
        `unit ${unit} (${printable(trace)}${window === null ? "" : `, ${printable(window)}`}), on ${shortened(host, 60)}: ${shortened(message, MAX_MESSAGE)}`,
    );
    parts.push(`failed\n${lines(some)}`);
  }
  if (slurm !== null) parts.push(slurmText(slurm));
  return paragraphs(...parts);
}

function slurmText(slurm: SlurmStatus): string {
  const { array, submitted, shards, tasks, unanswered } = slurm;
  const head = `Slurm job ${array}, submitted ${submitted}: ${counted(tasks.length, "task")} of ${counted(shards, "shard")}`;
  const groups = grouped(tasks, unanswered !== null);
  const rows = groups
    .slice(0, MAX_LISTED)
    .map(({ words, tasks: some }) => [
      shortened(rangesOf(some.map(({ task }) => task)).join(), 24),
      words,
      `${count(sum(some, ({ done }) => done))} of ${count(sum(some, ({ units }) => units))}`,
      estimate(sum(some, ({ secondsLeft }) => secondsLeft)),
    ]);
  const parts = [head];
  if (unanswered !== null) parts.push(`Slurm cannot be asked: ${shortened(unanswered, MAX_MESSAGE)}`);
  parts.push(table({ head: ["tasks", "state", "units done", "left"], rows, nameColumns: 2 }));
  if (groups.length > MAX_LISTED) parts.push(`… and ${count(groups.length - MAX_LISTED)} more states`);
  parts.push(mergeText(slurm));
  const meanings = meaningsOf([...tasks.map(({ job }) => job), slurm.mergeJob]);
  if (meanings.length > 0) parts.push(meanings.join("\n"));
  const logs = tasks.flatMap(({ task, job }) =>
    job?.lastLine ? [`task ${task}: ${shortened(job.lastLine, MAX_MESSAGE)} (${printable(job.log)})`] : [],
  );
  if (slurm.mergeJob?.lastLine) {
    const { lastLine, log } = slurm.mergeJob;
    logs.push(`merge: ${shortened(lastLine, MAX_MESSAGE)} (${printable(log)})`);
  }
  if (logs.length > 0) parts.push(`last words\n${lines(logs)}`);
  return parts.join("\n\n");
}

function mergeText({ merge, mergeJob, merged, isMerged, unanswered }: SlurmStatus): string {
  const result = `${printable(merged)} ${isMerged ? "is there" : "is not there yet"}`;
  if (merge === null) return `no merge job: it could not be submitted; ${result}`;
  const state = unanswered !== null ? "" : `: ${mergeJob === null ? FORGOTTEN : wordsOf(mergeJob)}`;
  return `merge job ${merge}${state}; ${result}`;
}

const FORGOTTEN = "no longer known to Slurm";

/** Tasks of the same state together, in the order of their first. */
function grouped(tasks: readonly TaskStatus[], isUnanswered: boolean): { words: string; tasks: TaskStatus[] }[] {
  const groups = new Map<string, TaskStatus[]>();
  for (const task of tasks) {
    const words = isUnanswered ? "unknown" : task.job === null ? FORGOTTEN : wordsOf(task.job);
    const group = groups.get(words);
    if (group === undefined) groups.set(words, [task]);
    else group.push(task);
  }
  return [...groups].map(([words, some]) => ({ words, tasks: some }));
}

/** `PENDING (Resources)`, `RUNNING on n1, restarted 1 time`. */
function wordsOf({ state, reason, restarts, node }: Job): string {
  const why = reason === null ? "" : ` (${shortened(reason, 40)})`;
  const where = state === "RUNNING" && node !== null ? ` on ${shortened(node, 40)}` : "";
  const again = restarts === null || restarts === 0 ? "" : `, restarted ${counted(restarts, "time")}`;
  return `${state}${why}${where}${again}`;
}

function meaningsOf(jobs: readonly (Job | null)[]): string[] {
  const words = new Set(jobs.flatMap((job) => (job === null ? [] : [job.reason ?? "", job.state])));
  return [...words].flatMap((word) => (Object.hasOwn(MEANINGS, word) ? [`${word}: ${MEANINGS[word]}`] : []));
}

function sum(tasks: readonly TaskStatus[], of: (task: TaskStatus) => number): number {
  return tasks.reduce((total, task) => total + of(task), 0);
}

function lines(items: readonly string[]): string {
  const more = items.length > MAX_LISTED ? [`… and ${count(items.length - MAX_LISTED)} more`] : [];
  return [...items.slice(0, MAX_LISTED), ...more].map((item) => `  ${item}`).join("\n");
}

function listed(items: readonly string[]): string {
  const more = items.length > MAX_LISTED ? [`${count(items.length - MAX_LISTED)} more`] : [];
  return [...items.slice(0, MAX_LISTED), ...more].join(", ");
}
