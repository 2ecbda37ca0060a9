import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { failure, output, recorded } from "../cli/pagewalk.ts";
import { type FakeSlurm, fakeSlurm, queued } from "./fake-slurm.ts";

const root = mkdtempSync(join(tmpdir(), "pagewalk-submit-"));
afterAll(() => rmSync(root, { recursive: true }));

const TRACE = "matmul24.native.lk.xz";
/** Gives the array number 41 and what merges 42. */
const ACCEPTS = 'case "$*" in *dependency*) echo 42;; *) echo 41;; esac';
const planText = await planned();

let count = 0;
let plan: string;
let slurm: FakeSlurm;

/** The text of a plan of one trace, six machines and as many units. */
async function planned(): Promise<string> {
  const experiment = {
    schema: "pagewalk/experiment@1",
    ...{ traces: [TRACE], machinesPerUnit: 1, machines: ["zen4", "skylake"], vary: { l1d: ["16:4", "32:4", "64:4"] } },
    slurm: { account: "lab", time: "2:00:00", shards: 3 },
  };
  copyFileSync(recorded(TRACE), join(root, TRACE));
  writeFileSync(join(root, "x.json"), JSON.stringify(experiment));
  await output(["plan", join(root, "x.json"), "-o", join(root, "x.plan.json")]);
  return readFileSync(join(root, "x.plan.json"), "utf8");
}

beforeEach(() => {
  const folder = join(root, String(++count));
  mkdirSync(folder);
  copyFileSync(recorded(TRACE), join(folder, TRACE));
  plan = join(folder, "x.plan.json");
  writeFileSync(plan, planText);
  slurm = fakeSlurm(join(folder, "bin"));
  slurm.answer("scontrol", "echo 'MaxArraySize            = 1001'");
  slurm.answer("sbatch", ACCEPTS);
  slurm.answer("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
});

function beside(ending: string): string {
  return plan.replace(/\.plan\.json$/, ending);
}

function submit(...options: string[]): Promise<string> {
  return output(["submit", plan, "--slurm", ...options], { env: slurm.env });
}

function refusal(status: number, ...options: string[]): Promise<string> {
  return failure(status, ["submit", plan, "--slurm", ...options], { env: slurm.env });
}

const record = () => JSON.parse(readFileSync(beside(".slurm/submission.json"), "utf8"));
const script = () => readFileSync(beside(".slurm/array.sh"), "utf8");

describe("submit", () => {
  it("submits an array, and what merges when it has ended; tells and records both", async () => {
    const told = await submit();
    expect(told).toMatch(/^array job 41: 3 tasks of 3, about 1 s each\nmerge job 42: .*x\.merged\.json\n/);
    const logs = beside(".slurm/logs");
    expect(slurm.asked()).toEqual([
      "scontrol show config",
      `sbatch --parsable --output=${logs}/%A_%a.log array.sh`,
      `sbatch --parsable --dependency=afterany:41 --output=${logs}/%j_merge.log merge.sh`,
    ]);
    expect(record()).toMatchObject({ array: 41, merge: 42, cluster: null, shards: 3, tasks: "1-3" });
    expect(record()).toMatchObject({ results: beside(".results"), merged: beside(".merged.json") });
    expect(script()).toContain("#SBATCH --account=lab\n");
    expect(existsSync(beside(".slurm/submitting"))).toBe(false);
  });

  it("asks for what options say rather than the plan", async () => {
    await submit(
      "--account",
      "other",
      "--partition",
      "long",
      "--time",
      "90",
      "--memory",
      "4G",
      "--cpus",
      "4",
      "--shards",
      "2",
    );
    for (const option of ["array=1-2", "account=other", "partition=long", "time=90", "mem=4G", "cpus-per-task=4"])
      expect(script()).toContain(`#SBATCH --${option}\n`);
  });

  it("has no more tasks than units, and writes where it is told to", async () => {
    await submit("--shards", "100", "--results", beside("-r"), "-o", beside("-m.json"));
    expect(record()).toMatchObject({ shards: 6, tasks: "1-6", results: beside("-r"), merged: beside("-m.json") });
  });

  it("speaks of the cluster that sbatch named, where there are several", async () => {
    slurm.answer("sbatch", 'case "$*" in *dependency*) echo "42;big";; *) echo "41;big";; esac');
    await submit();
    expect(slurm.asked().at(-1)).toContain("sbatch --parsable --clusters=big --dependency=afterany:41 ");
    expect(record()).toMatchObject({ array: 41, merge: 42, cluster: "big" });
  });

  it("keeps variables of the user from changing what the script says, and no others", async () => {
    slurm.answer(
      "sbatch",
      `echo "$SBATCH_ARRAY_INX,$SBATCH_ACCOUNT,$SBATCH_WAIT,$SBATCH_PARTITION,$SBATCH_EXPORT" >'${beside("-env")}'; ${ACCEPTS}`,
    );
    const names = ["ARRAY_INX", "ACCOUNT", "WAIT", "PARTITION", "EXPORT"];
    const env = { ...slurm.env, ...Object.fromEntries(names.map((name) => [`SBATCH_${name}`, name])) };
    await output(["submit", plan, "--slurm"], { env });
    expect(readFileSync(beside("-env"), "utf8")).toBe(",,,PARTITION,EXPORT\n");
  });

  it("only prints scripts and commands with --dry-run, with or without a Slurm", async () => {
    slurm = { ...slurm, env: { PATH: root } };
    const told = await submit("--dry-run");
    expect(told).toContain("#SBATCH --array=1-3\n");
    expect(told).toContain("\narray=$(sbatch --parsable --output=");
    for (const ending of [".slurm", ".results"]) expect(existsSync(beside(ending))).toBe(false);
  });

  it("submits what is left, and nothing where nothing is", async () => {
    await output(["sweep", plan, "--shard", "2/3", "--quiet"]).catch(() => undefined);
    expect(await submit()).toMatch(/^array job 41: 2 tasks of 3,/);
    expect(record().tasks).toBe("1,3");
  });

  it("names what else there is where no engine is given", async () => {
    const told = await failure(2, ["submit", plan]);
    expect(told).toMatch(
      /--slurm.*GNU parallel, Kubernetes, AWS Batch, PBS, SGE, LSF.*--shard auto.*docs\/cluster\.md/,
    );
  });

  it.each([
    [["--time", "soon"], "--time: got soon; allowed: MINUTES, MM:SS, HH:MM:SS, D-HH"],
    [["--memory", "4 GB"], "--memory: got 4 GB; allowed: a whole number with K, M, G or T"],
    [["--cpus", "all"], "option '--cpus <n>' argument 'all' is invalid. Expected 1 to 4096."],
    [["--account", "--wrap=x"], "--account: got --wrap=x; allowed: a name"],
    [["--shards", "1001"], "--shards: got 1001; allowed: at most 1000 on this cluster (its MaxArraySize less 1)"],
  ])("refuses %o", async (options, message) => {
    const [flag, value] = options as [string, string];
    expect(await refusal(2, `${flag}=${value}`)).toContain(message);
    expect(slurm.asked().join()).not.toContain("sbatch");
  });

  it("says what sbatch says where it refuses, and that there is none", async () => {
    slurm.answer("sbatch", "echo 'sbatch: error: invalid account' >&2; echo 'sbatch: error: sorry' >&2; exit 1");
    expect(await refusal(1)).toBe(
      "pagewalk: sbatch refuses array.sh: sbatch: error: invalid account; sbatch: error: sorry\n",
    );
    rmSync(join(slurm.env.PATH ?? "", "sbatch"));
    expect(await refusal(1)).toContain("sbatch cannot be run: it is not on PATH: is this a computer of the cluster?");
    expect(existsSync(beside(".slurm/submission.json"))).toBe(false);
  });

  it("tells and records the array where what merges is refused", async () => {
    slurm.answer("sbatch", 'case "$*" in *dependency*) echo no >&2; exit 1;; *) echo 41;; esac');
    expect(await refusal(1)).toMatch(
      /array is submitted as job 41, but not what merges: .*: no\. .*--dependency=afterany:41/,
    );
    expect(record()).toMatchObject({ array: 41, merge: null });
  });

  it("says that the number is not known where sbatch takes a job without telling it", async () => {
    slurm.answer("sbatch", "echo thanks");
    expect(await refusal(1)).toMatch(/sbatch took array\.sh, but does not tell the number of the job: thanks/);
  });

  it("submits no second time while jobs of the first wait or run, unless --again", async () => {
    await submit();
    slurm.answer(
      "squeue",
      queued({ id: "41_1", state: "COMPLETED" }, { id: "41_2", state: "PENDING", reason: "Priority" }),
    );
    slurm.asked();
    expect(await refusal(1)).toMatch(/1 of its jobs \(41, 42\) wait or run: .*scancel 41 42 ends them; --again/);
    slurm.answer("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
    expect(await refusal(1)).toMatch(/job 41, submitted .*, has ended cannot be told: .*Unable to contact/);
    expect(slurm.asked().join()).not.toContain("sbatch");
    expect(await submit("--again")).toContain("array job 41");
    slurm.answer("squeue", queued({ id: "41_1", state: "COMPLETED" }, { id: "42", state: "FAILED" }));
    expect(await submit()).toContain("array job 41");
  });

  it("does not submit where a submission broke off in the middle: there may be jobs that nobody knows of", async () => {
    mkdirSync(beside(".slurm"));
    writeFileSync(beside(".slurm/submitting"), "");
    expect(await refusal(1)).toMatch(
      /submitting: found a submission that is under way, or was broken off; expected none/,
    );
    expect(slurm.asked().join()).not.toContain("sbatch");
  });

  it("does not take what is no record of a submission for one", async () => {
    mkdirSync(beside(".slurm"));
    writeFileSync(beside(".slurm/submission.json"), '{"schema":"pagewalk/submission@1","plan":"x","array":"1; rm"}');
    expect(await refusal(1)).toMatch(/submission\.json: array: found "?1; rm"?; expected a whole number/);
  });
});
