import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PlanStatus } from "../../src/cluster/plan-status.ts";
import type { Submission } from "../../src/cluster/slurm/submission.ts";
import { recorded } from "../cli/pagewalk.ts";
import { type SlurmCluster, startSlurm } from "./cluster.ts";
import { hasPackages } from "./packages.ts";
import { type Finished, run } from "./run.ts";

const PAGEWALK = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const PARALLEL = fileURLToPath(new URL("../../examples/cluster/parallel.sh", import.meta.url));
const JOB_TIMEOUT_MS = 100_000;

const TRACES = [
  ...["bfs2k.lk.gz", "hashjoin1k.lk.gz", "lua_bt7.lk.zst", "matmul24.lk.gz", "matmul24.native.lk.xz"],
  ...["ptrchase.lk.gz", "sort400.lk.gz", "sort400.native.lk.gz"],
];
const MACHINES = ["zen4", "skylake", { name: "small", l1d: "16:4" }];
/** Sizes of a TLB, so that there is work for seconds. */
const MANY_SIZES = Array.from({ length: 14 }, (_, index) => `${64 * (index + 2)}:4`);

let cluster: SlurmCluster;

describe.skipIf(!hasPackages())("on a Slurm of two nodes", () => {
  beforeAll(async () => {
    cluster = await startSlurm(["n1", "n2"]);
  });
  afterAll(() => cluster?.stop());

  it("a plan whose node is killed in the middle has the merged result of one computer, byte for byte", async () => {
    // What names may have: nothing of it may mean anything to sbatch, to the shell or to Slurm's patterns.
    const plan = await planIn(`it's 100%j "of"\n#SBATCH --array=9\n$HOME`, {
      machinesPerUnit: 1,
      vary: { stlb: MANY_SIZES },
    });
    const alone = await mergedAlone(plan);
    const { stdout } = await pagewalk(["submit", plan, "--slurm", "--shards", "4", "--time", "10", "--memory", "400M"]);
    const { array, merge } = await submissionOf(plan);
    expect(stdout).toContain(`array job ${array}: 4 tasks of 4`);
    expect(stdout).toContain(`merge job ${merge}:`);
    const victim = await inTheMiddle(plan, "n2");
    await cluster.killNode("n2");
    const after = await statusOf(plan);
    expect(after.slurm?.tasks[victim - 1]?.done).toBeLessThan(taskOf(after, victim).units);

    await untilEnded(merge);

    await cluster.startNode("n2");
    const status = await statusOf(plan);
    const log = await readFile(taskOf(status, victim).job?.log ?? "", "utf8");
    expect(log).toMatch(/on \S+, restarts: 0\n(?:.*\n)*.*on \S+, restarts: 1\n/);
    expect(taskOf(status, victim).job).toMatchObject({ state: "COMPLETED", restarts: 1 });
    expect(status.slurm?.tasks.map(({ job }) => job?.state)).toEqual(Array(4).fill("COMPLETED"));
    expect(status.units).toMatchObject({ done: status.units.total, left: 0, failed: 0 });
    expect(status.slurm).toMatchObject({ isMerged: true, mergeJob: { state: "COMPLETED" } });
    expect(await readFile(`${stemOf(plan)}.merged.json`)).toEqual(alone);
    expect((await pagewalk(["submit", plan, "--slurm"])).stdout).toMatch(/^nothing is left to do/);
  });

  it("a task that fails is told of, with why, by status and merge, and done when the plan is submitted again", async () => {
    const plan = await planIn("failing");
    const alone = await mergedAlone(plan);
    const trace = join(plan, "..", "ptrchase.lk.gz");
    await writeFile(trace, "no trace any more");
    await pagewalk(["submit", plan, "--slurm", "--shards", "2"]);
    const { merge } = await submissionOf(plan);
    await untilEnded(merge);
    const status = await statusOf(plan);
    expect(status.slurm?.mergeJob).toMatchObject({ state: "FAILED", lastLine: expect.stringMatching(/1 of 8 units/) });
    expect(await readFile(status.slurm?.mergeJob?.log ?? "", "utf8")).toMatch(/1 of 8 units/);
    expect((await cluster.slurm("scontrol", "show", "job", `${merge}`)).stdout).toContain("ExitCode=3:0");
    expect(status.failed).toEqual([
      expect.objectContaining({ trace: "ptrchase.lk.gz", message: expect.stringContaining("found 17 bytes") }),
    ]);
    const text = (await pagewalk(["status", plan])).stdout;
    expect(text).toMatch(/unit \d \(ptrchase\.lk\.gz\), on \S+: .*ptrchase\.lk\.gz: found 17 bytes; expected the file/);
    expect(text).toMatch(/FAILED/);

    await copyFile(recorded("ptrchase.lk.gz"), trace);
    const again = await pagewalk(["submit", plan, "--slurm", "--shards", "2"]);
    expect(again.stdout).toMatch(/^array job \d+: 1 task of 2,/);
    await untilEnded((await submissionOf(plan)).merge);
    expect(await readFile(`${stemOf(plan)}.merged.json`)).toEqual(alone);
    expect((await statusOf(plan)).units).toMatchObject({ done: 8, failed: 0 });
  });

  it("a plan is not submitted twice; what was cancelled is left, and only that is submitted again", async () => {
    const plan = await planIn("cancelled", { machinesPerUnit: 1 });
    const alone = await mergedAlone(plan);
    await pagewalk(["sweep", plan, "--shard", "2/4"]);
    await cluster.slurm("scontrol", "update", "PartitionName=main", "State=DOWN");
    try {
      await pagewalk(["submit", plan, "--slurm", "--shards", "4"]);
      const { array, merge } = await submissionOf(plan);
      const { stderr } = await pagewalk(["submit", plan, "--slurm", "--shards", "4"], 1);
      expect(stderr).toContain(`4 of its jobs (${array}, ${merge}) wait or run`);
      const waiting = (await pagewalk(["status", plan])).stdout;
      expect(waiting).toMatch(/1,3-4 +PENDING \(PartitionDown\) +0 of 18/);
      // Of two reasons Slurm tells the one that it looked at last.
      expect(waiting).toMatch(new RegExp(`merge job ${merge}: PENDING \\((Dependency|PartitionDown)\\)`));
      await cluster.slurm("scancel", `${array}`);
      expect((await pagewalk(["status", plan])).stdout).toMatch(/1,3-4 +CANCELLED/);
    } finally {
      await cluster.slurm("scontrol", "update", "PartitionName=main", "State=UP");
    }
    const { merge } = await submissionOf(plan);
    await untilEnded(merge);
    expect((await statusOf(plan)).slurm?.mergeJob).toMatchObject({
      state: "FAILED",
      lastLine: expect.stringMatching(/18 of 24 units/),
    });
    await pagewalk(["submit", plan, "--slurm", "--shards", "4"]);
    const submission = await submissionOf(plan);
    expect(submission.tasks).toBe("1,3-4");
    await untilEnded(submission.merge);
    expect(await readFile(`${stemOf(plan)}.merged.json`)).toEqual(alone);
  });

  it("says what Slurm says where it refuses, and submits nothing then", async () => {
    const plan = await planIn("refused");
    const { stderr } = await pagewalk(["submit", plan, "--slurm", "--partition", "nowhere"], 1);
    expect(stderr).toMatch(/^pagewalk: sbatch refuses array\.sh: .*invalid partition/);
    expect((await pagewalk(["submit", plan, "--slurm", "--shards", "1001"], 2)).stderr).toContain(
      "--shards: got 1001; allowed: at most 1000 on this cluster",
    );
    expect((await statusOf(plan)).slurm).toBeNull();
  });

  it("GNU parallel does a plan as the example says, with the same result", async () => {
    const plan = await planIn(`parallel's 100% "of"`);
    const alone = await mergedAlone(plan);
    const bin = join(plan, "../bin");
    await mkdir(bin);
    await writeFile(join(bin, "pagewalk"), `#!/bin/sh\nexec '${process.execPath}' '${PAGEWALK}' "$@"\n`, {
      mode: 0o755,
    });
    const { status, stderr } = await run("sh", [PARALLEL, plan, "5", "--jobs", "2"], {
      env: { PATH: `${bin}:${process.env.PATH}`, HOME: bin },
    });
    expect(status, stderr).toBe(0);
    expect(await readFile(`${stemOf(plan)}.merged.json`)).toEqual(alone);
  });
});

/** Plans eight traces on three machines in a folder of that name. */
async function planIn(name: string, more: object = {}): Promise<string> {
  const folder = join(cluster.folder, name);
  await mkdir(folder);
  for (const trace of TRACES) await copyFile(recorded(trace), join(folder, trace));
  const experiment = { schema: "pagewalk/experiment@1", traces: ["*.lk.*"], machines: MACHINES, ...more };
  const path = join(folder, "a study.json");
  await writeFile(path, JSON.stringify(experiment));
  await pagewalk(["plan", path]);
  return join(folder, "a study.plan.json");
}

function stemOf(plan: string): string {
  return plan.slice(0, -".plan.json".length);
}

/** The merged result of a sweep that nothing disturbs. */
async function mergedAlone(plan: string): Promise<Buffer> {
  const [results, merged] = [`${plan}.alone`, `${plan}.alone.json`];
  await pagewalk(["sweep", plan, "--results", results]);
  await pagewalk(["merge", plan, results, "-o", merged]);
  const bytes = await readFile(merged);
  await rm(results, { recursive: true });
  return bytes;
}

async function pagewalk(args: readonly string[], status = 0): Promise<Finished> {
  const finished = await run(process.execPath, [PAGEWALK, ...args], { env: cluster.env });
  expect(finished.status, `${args.join(" ")}\n${finished.stderr}`).toBe(status);
  return finished;
}

async function statusOf(plan: string): Promise<PlanStatus> {
  return JSON.parse((await pagewalk(["status", plan, "--json"])).stdout);
}

function taskOf({ slurm }: PlanStatus, task: number) {
  const found = slurm?.tasks.find((of) => of.task === task);
  if (found === undefined) throw new Error(`there is no task ${task}`);
  return found;
}

async function submissionOf(plan: string): Promise<Submission> {
  return JSON.parse(await readFile(`${stemOf(plan)}.slurm/submission.json`, "utf8"));
}

/** Waits until a task runs on `node` that has done some of its units and has others to do; returns its number. */
async function inTheMiddle(plan: string, node: string): Promise<number> {
  for (const endMs = performance.now() + JOB_TIMEOUT_MS; performance.now() < endMs; await sleep(100)) {
    const status = await statusOf(plan);
    const running = status.slurm?.tasks.find(({ job }) => job?.state === "RUNNING" && job.node === node);
    if (running !== undefined && running.done > 0 && running.done < running.units / 2) return running.task;
  }
  throw new Error(`no task was found in the middle on ${node}:\n${(await pagewalk(["status", plan])).stdout}`);
}

async function untilEnded(job: number | null): Promise<void> {
  let state = "";
  for (const endMs = performance.now() + JOB_TIMEOUT_MS; performance.now() < endMs; await sleep(200)) {
    state = (await cluster.slurm("squeue", "-h", "-t", "all", "-j", `${job}`, "-O", "State:30")).stdout.trim();
    if (["COMPLETED", "FAILED", "CANCELLED"].includes(state)) return;
  }
  const { stdout } = await cluster.slurm("squeue", "-t", "all", "-r");
  throw new Error(`job ${job} has not ended, but is ${state}:\n${stdout}`);
}
