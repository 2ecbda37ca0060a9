/** Slurm's own commands: what is said to them, and what they answer. */
import { execFile } from "node:child_process";
import { messageOf } from "../../errors.ts";

/** Slurm is not there, or refuses. The message has its words. */
export class SlurmError extends Error {
  override readonly name = "SlurmError";
}

/** A controller that is busy answers late; one that is gone is told of by the command itself. */
const TIMEOUT_MS = 120_000;
const MAX_ANSWER_BYTES = 256 << 20;

/** Numbers of a job, and of its cluster where there are several. */
export interface JobId {
  job: number;
  cluster: string | null;
}

/** What Slurm knows of a job, or of a task of an array. */
export interface JobState {
  job: number;
  /** `null`: it is no task. */
  task: number | null;
  /** As Slurm calls it: `PENDING`, `RUNNING`, `COMPLETED`, `FAILED`, `TIMEOUT`, `OUT_OF_MEMORY`, `NODE_FAIL`, `CANCELLED`, … */
  state: string;
  /** Why it is in this state, as Slurm calls it; `null`: it does not say. */
  reason: string | null;
  /** How often it was started again, as after its node failed. `null`: not known. */
  restarts: number | null;
  node: string | null;
}

interface Answer {
  status: number;
  stdout: string;
  stderr: string;
}

/** Rejects with SlurmError if the command cannot be run at all. */
function ask(command: string, args: readonly string[], options: { cwd?: string; env: NodeJS.ProcessEnv }) {
  return new Promise<Answer>((resolve, reject) => {
    const { cwd, env } = options;
    const how = { cwd, env, timeout: TIMEOUT_MS, maxBuffer: MAX_ANSWER_BYTES };
    execFile(command, args, how, (error, stdout, stderr) => {
      if (error === null) return resolve({ status: 0, stdout, stderr });
      if (typeof error.code === "number") return resolve({ status: error.code, stdout, stderr });
      const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
      const why = isMissing ? "it is not on PATH: is this a computer of the cluster?" : messageOf(error);
      reject(new SlurmError(`${command} cannot be run: ${error.killed ? `no answer in ${TIMEOUT_MS / 1000} s` : why}`));
    });
  });
}

function withoutVariables(isOut: (name: string) => boolean): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOut(name)));
}

/** Variables that win over what a script says, and what in it they stand for: where the script says it, they must not. */
const SBATCH_VARIABLES: Readonly<Record<string, RegExp>> = {
  SBATCH_ARRAY_INX: /^/, // what merges is no array
  SBATCH_JOB_NAME: /--job-name=/,
  SBATCH_OUTPUT: /--output=/,
  SBATCH_ERROR: /--output=/,
  SBATCH_OPEN_MODE: /--open-mode=/,
  SBATCH_REQUEUE: /--requeue/,
  SBATCH_NO_REQUEUE: /--requeue/,
  SBATCH_ACCOUNT: /--account=/,
  SBATCH_PARTITION: /--partition=/,
  SBATCH_TIMELIMIT: /--time=/,
  SBATCH_MEM_PER_NODE: /--mem=/,
  SBATCH_MEM_PER_CPU: /--mem=/,
  SBATCH_MEM_PER_GPU: /--mem=/,
  SBATCH_WAIT: /^/, // for the end of the job
};

/** Submits `script` of `folder`, whose text is `text`. Rejects with SlurmError. */
export async function sbatch(
  folder: string,
  script: string,
  text: string,
  options: readonly string[],
  cluster: string | null = null,
): Promise<JobId> {
  const env = withoutVariables((name) => SBATCH_VARIABLES[name]?.test(text) === true);
  const args = ["--parsable", ...clusterOption(cluster), ...options, script];
  const { status, stdout, stderr } = await ask("sbatch", args, { cwd: folder, env });
  if (status !== 0) throw new SlurmError(`sbatch refuses ${script}: ${wordsOf(stderr, stdout)}`);
  const [, job, named] = /^(\d{1,18})(?:;(\S+))?\s*$/m.exec(stdout) ?? [];
  if (job === undefined)
    throw new SlurmError(
      `sbatch took ${script}, but does not tell the number of the job: ${wordsOf(stdout, stderr)}; squeue --me lists it`,
    );
  return { job: Number(job), cluster: named ?? null };
}

/** Highest number that a task of an array may have here; `null`: Slurm does not say. */
export async function maxTask(): Promise<number | null> {
  try {
    const { stdout } = await ask("scontrol", ["show", "config"], { env: process.env });
    const [, size] = /^MaxArraySize\s*=\s*(\d{1,9})\s*$/m.exec(stdout) ?? [];
    return size === undefined ? null : Number(size) - 1;
  } catch {
    return null;
  }
}

/** Names and widths of the columns that squeue is asked for. */
const COLUMNS = {
  JobArrayID: 32,
  State: 24,
  RestartCnt: 12,
  Reason: 80,
  NodeList: 256,
};

/** What squeue knows of `jobs`: those that wait or run, and for some minutes those that have ended. Rejects with SlurmError. */
export async function squeue(jobs: readonly number[], cluster: string | null): Promise<JobState[]> {
  const format = Object.entries(COLUMNS).map(([name, width]) => `${name}:${width}`);
  const args = [...clusterOption(cluster), "--noheader", "--array", "--states=all", `--jobs=${jobs.join(",")}`];
  const env = withoutVariables((name) => name.startsWith("SQUEUE_")); // filters and forms of the user's own
  const { status, stdout, stderr } = await ask("squeue", [...args, `--Format=${format.join(",")}`], { env });
  if (status !== 0) {
    if (/invalid job id/i.test(stderr)) return []; // forgotten
    throw new SlurmError(`squeue: ${wordsOf(stderr, stdout)}`);
  }
  return stdout.split("\n").flatMap((line) => {
    let at = 0;
    const cells = Object.values(COLUMNS).map((width) => {
      at += width;
      return line.slice(at - width, at).trim();
    });
    const [id = "", state = "", restarts = "", reason = "", node = ""] = cells;
    return jobState(id, state, { reason, node, restarts: /^\d+$/.test(restarts) ? Number(restarts) : null });
  });
}

/** What is in the cluster's accounts of `jobs`, where it keeps any: `null` if it does not. */
export async function sacct(jobs: readonly number[], cluster: string | null): Promise<JobState[] | null> {
  const args = [...clusterOption(cluster), "--noheader", "--parsable2", "--allocations", `--jobs=${jobs.join(",")}`];
  const env = withoutVariables((name) => name.startsWith("SACCT_"));
  try {
    const { status, stdout } = await ask("sacct", [...args, "--format=JobID,State,NodeList"], { env });
    if (status !== 0) return null;
    return stdout.split("\n").flatMap((line) => {
      const [id = "", state = "", node = ""] = line.split("|");
      return jobState(id, state.replace(/ .*/, ""), { reason: "", node, restarts: null }); // "CANCELLED by 1000"
    });
  } catch {
    return null;
  }
}

function jobState(
  id: string,
  state: string,
  { reason, node, restarts }: { reason: string; node: string; restarts: number | null },
): JobState[] {
  const [, job, task] = /^(\d{1,15})(?:_(\d{1,15}))?$/.exec(id) ?? [];
  if (job === undefined || !/^[A-Z_]+$/.test(state)) return [];
  return [
    {
      job: Number(job),
      task: task === undefined ? null : Number(task),
      state,
      reason: reason === "None" || reason === "" ? null : reason,
      restarts,
      node: node === "" || node === "None assigned" ? null : node,
    },
  ];
}

/** States of jobs that Slurm will do no more for. Others wait, run, or are being ended. */
const ENDED = [
  ...["BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"],
  ...["REVOKED", "TIMEOUT"],
];

export function hasEnded({ state }: Pick<JobState, "state">): boolean {
  return ENDED.includes(state);
}

function clusterOption(cluster: string | null): string[] {
  return cluster === null ? [] : [`--clusters=${cluster}`];
}

/** What a command said, in one line. */
function wordsOf(...outputs: string[]): string {
  const said = outputs.map((output) => output.trim().replace(/\s*\n\s*/g, "; ")).filter((output) => output !== "");
  return said[0] ?? "without a word";
}
