import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readPlan } from "../../src/cluster/plan-file.ts";
import { ResultsFolder } from "../../src/cluster/results-folder.ts";
import { json, output, recorded } from "../cli/pagewalk.ts";
import { type FakeSlurm, fakeSlurm, queued } from "./fake-slurm.ts";

const root = mkdtempSync(join(tmpdir(), "pagewalk-status-"));
afterAll(() => rmSync(root, { recursive: true }));

const TRACE = "matmul24.native.lk.xz";
const plan = join(root, "x.plan.json");
let slurm: FakeSlurm;

/** Of six units: one is done, one runs, one has failed; submitted in three shares. */
beforeAll(async () => {
  const experiment = {
    schema: "pagewalk/experiment@1",
    ...{ traces: [TRACE], machinesPerUnit: 1, machines: ["zen4", "skylake"], vary: { l1d: ["16:4", "32:4", "64:4"] } },
  };
  copyFileSync(recorded(TRACE), join(root, TRACE));
  writeFileSync(join(root, "x.json"), JSON.stringify(experiment));
  await output(["plan", join(root, "x.json"), "-o", plan]);
  slurm = fakeSlurm(join(root, "bin"));
});

it("of a plan that nobody has begun, all is left", async () => {
  expect(await output(["status", plan])).toMatch(
    /^\S+x\.plan\.json: 0 of 6 units are done; to do about .*\n.*x\.results/,
  );
  expect(await json(["status", plan])).toMatchObject({
    schema: "pagewalk/status@1",
    units: { total: 6, done: 0, running: 0, failed: 0, left: 6 },
    slurm: null,
  });
});

it("says which units run and where, and which have failed and why", async () => {
  const folder = await ResultsFolder.create(join(root, "x.results"), await readPlan(plan));
  try {
    await folder.begin(2);
    await folder.begin(3);
    await folder.fail(3, "line 7: \x1b[31m no record");
    const status = await json<{ failed: unknown[]; running: unknown[] }>(["status", plan]);
    expect(status).toMatchObject({ units: { done: 0, running: 1, failed: 1, left: 4 } });
    expect(status.running).toEqual([expect.objectContaining({ unit: 2, trace: TRACE, pid: process.pid })]);
    expect(await output(["status", plan])).toMatch(
      /unit 3 \(matmul24\.native\.lk\.xz\), on \S+: line 7: \\x1b\[31m no record/,
    );
  } finally {
    folder.close();
  }
});

it("says what Slurm says of the tasks, alike ones together, and what it means", async () => {
  mkdirSync(join(root, "x.slurm/logs"), { recursive: true });
  writeFileSync(
    join(root, "x.slurm/logs/41_1.log"),
    "shard 1/3\nslurmstepd: error: *** CANCELLED DUE TO TIME LIMIT ***\n",
  );
  const { hash } = JSON.parse(readFileSync(plan, "utf8"));
  const submission = {
    ...{ schema: "pagewalk/submission@1", plan: hash, array: 41, merge: 42, cluster: null, shards: 3, tasks: "1-3" },
    ...{ results: join(root, "x.results"), merged: join(root, "m.json"), submitted: "2026-01-31T12:00:00.000Z" },
  };
  writeFileSync(join(root, "x.slurm/submission.json"), JSON.stringify(submission));
  slurm.answer(
    "squeue",
    queued(
      { id: "41_1", state: "TIMEOUT", reason: "TimeLimit", node: "n1" },
      { id: "41_2", state: "PENDING", reason: "BeginTime", restarts: 1 },
      { id: "41_3", state: "PENDING", reason: "BeginTime", restarts: 1 },
      { id: "42", state: "PENDING", reason: "Dependency" },
    ),
  );
  const text = await output(["status", plan], { env: slurm.env });
  expect(text).toMatch(/\n1 +TIMEOUT \(TimeLimit\) +0 of 2 /);
  expect(text).toMatch(/\n2-3 +PENDING \(BeginTime\), restarted 1 time +0 of 4 /);
  expect(text).toContain("merge job 42: PENDING (Dependency)");
  expect(text).toContain("TIMEOUT: ran longer than it may");
  expect(text).toContain("BeginTime: is held for some minutes, as Slurm does after a node failed");
  expect(text).toContain("task 1: slurmstepd: error: *** CANCELLED DUE TO TIME LIMIT ***");
  expect(slurm.asked()[0]).toContain("squeue --noheader --array --states=all --jobs=41,42");
});

it("asks the accounts for jobs that Slurm has forgotten, and says where nobody knows", async () => {
  slurm.answer("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
  slurm.answer("sacct", "echo '41_1|NODE_FAIL|n1'; echo '41_2|CANCELLED by 0|n2'; echo '42|COMPLETED|n1'");
  const text = await output(["status", plan], { env: slurm.env });
  expect(text).toMatch(/\n1 +NODE_FAIL .*\n2 +CANCELLED .*\n3 +no longer known to Slurm /);
  expect(text).toContain("merge job 42: COMPLETED");
});

it("says so where Slurm cannot be asked, and all else", async () => {
  const text = await output(["status", plan], { env: { PATH: join(root, "nothing") } });
  expect(text).toContain("Slurm cannot be asked: squeue cannot be run: it is not on PATH");
  expect(text).toMatch(/\n1-3 +unknown +0 of 6 /);
});
