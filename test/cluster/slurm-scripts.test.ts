import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { arrayScript, jobNameOf, logNameOf, logOption, mergeScript } from "../../src/cluster/slurm/scripts.ts";

const folder = mkdtempSync(join(tmpdir(), "pagewalk-scripts-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that says what it was called with, each word in brackets. */
const teller = join(folder, "tell'er");
writeFileSync(teller, `#!/bin/sh\nprintf '[%s]' "$@"\n`, { mode: 0o755 });

const NASTY = `/it's "a" $HOME \`id\` 100%j\\x\n#SBATCH --array=9\r\n*`;
const facts = {
  ...{ name: "pagewalk-x", node: teller, pagewalk: "/opt/page walk.js", shards: 12, tasks: "1-12" },
  ...{ plan: `${NASTY}/p.json`, results: `${NASTY}/r`, merged: `${NASTY}/m.json` },
  resources: { cpus: 4, shards: null, time: "1-12", memory: "4G", account: "lab", partition: "a,b" },
};

/** The options of sbatch in a script: it looks no further than the first line that is neither empty nor a comment. */
function optionsOf(script: string): string[] {
  const lines = script.split("\n");
  const head = lines.slice(
    0,
    lines.findIndex((line) => line.trim() !== "" && !line.startsWith("#")),
  );
  return head.filter((line) => line.startsWith("#SBATCH ")).map((line) => line.slice("#SBATCH ".length));
}

function run(script: string, env: Record<string, string>): string {
  const output = execFileSync("sh", { input: script, env: { PATH: process.env.PATH, ...env }, encoding: "utf8" });
  return output.slice(output.indexOf("\n") + 1); // behind what is echoed
}

describe("the script of the array", () => {
  const script = arrayScript(facts);

  it("asks for what it is to have, and for nothing that stands in a path", () => {
    expect(optionsOf(script).sort()).toEqual(
      [
        ...["--job-name=pagewalk-x", "--array=1-12", "--output=logs/%A_%a.log", "--requeue", "--open-mode=append"],
        ...[
          "--nodes=1",
          "--ntasks=1",
          "--cpus-per-task=4",
          "--account=lab",
          "--partition=a,b",
          "--time=1-12",
          "--mem=4G",
        ],
      ].sort(),
    );
  });

  it("does the shard of its task with as many jobs as it has cores, whatever is in the paths", () => {
    expect(run(script, { SLURM_ARRAY_TASK_ID: "7", SLURM_CPUS_PER_TASK: "3" })).toBe(
      `[/opt/page walk.js][sweep][${facts.plan}][--shard][7/12][--results][${facts.results}][--jobs][3]`,
    );
  });

  it("fails where it is no task", () => {
    expect(() => run(`exec 2>/dev/null\n${script}`, {})).toThrow();
  });

  it("has no line that ends as in DOS, which sbatch refuses", () => {
    expect(script).not.toContain("\r");
    expect(mergeScript(facts)).not.toContain("\r");
  });
});

it("the script that merges writes to where it is told, and needs one core", () => {
  const script = mergeScript(facts);
  expect(run(script, {})).toBe(`[/opt/page walk.js][merge][${facts.plan}][${facts.results}][-o][${facts.merged}]`);
  expect(optionsOf(script)).toEqual(expect.arrayContaining(["--job-name=pagewalk-x-merge", "--mem=4G", "--requeue"]));
  expect(optionsOf(script).join()).not.toMatch(/array|cpus/);
});

it("what is not asked for is up to the cluster", () => {
  const script = arrayScript({ ...facts, resources: { cpus: 1, shards: null } });
  expect(optionsOf(script).join()).not.toMatch(/account|partition|time|mem/);
});

it("names of jobs and logs have nothing that Slurm would take for more", () => {
  expect(jobNameOf("a study")).toBe("pagewalk-a_study");
  expect(jobNameOf(`%j "${NASTY}`)).toMatch(/^pagewalk-[\w.-]+$/);
  expect(jobNameOf("x".repeat(500))).toHaveLength("pagewalk-".length + 60);
  expect(logOption("array", "/a 100%j/x.slurm")).toBe("--output=/a 100%%j/x.slurm/logs/%A_%a.log");
  expect([logNameOf("array", 7, 12), logNameOf("merge", 8)]).toEqual(["7_12.log", "8_merge.log"]);
});
