/** `pagewalk plan` as its users meet it, and the experiment of examples/ from there to one result. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { Plan } from "../../src/experiment/plan.ts";
import { failure, json, output, pagewalk, recorded, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const at = temporaryFolder();
const EXAMPLE = "examples/experiment/stlb.json";

/** Writes an experiment on a copied trace; returns its path. */
function experiment(name: string, rest: object = {}): string {
  const trace = at("matmul24.lk.gz");
  if (!existsSync(trace)) copyFileSync(recorded("matmul24.lk.gz"), trace);
  const path = at(`${name}.json`);
  const whole = { schema: "pagewalk/experiment@1", traces: ["*.gz"], machines: ["zen4", {}], sweeps: [{}], ...rest };
  writeFileSync(path, JSON.stringify(whole));
  return path;
}

it("writes the plan beside the experiment and tells what is in it, how long it takes, and what comes next", async () => {
  const path = experiment("it's", { title: "A \u001b title", windows: [{ limit: "10k" }, { skip: "5k" }] });
  const text = await output(["plan", path]);
  const plan = path.replace(".json", ".plan.json");
  expect(JSON.parse(readFileSync(plan, "utf8"))).toMatchObject({ schema: "pagewalk/plan@1", title: "A \u001b title" });
  expect(text).toContain("A \\x1b title\n");
  for (const line of [
    /^ {2}units {6}4, the longest about 1 s$/m,
    /^ {2}traces {5}1 file, 204\.4 KiB \(1 lackey\)$/m,
    /^ {2}windows {4}2 \(limit=10k, skip=5k\)$/m,
    /^ {2}machines {3}2$/m,
    /^ {2}sweeps {5}1$/m,
    /^ {2}core time {2}about 1 s$/m,
    /^ {2}shards {5}1 will do$/m,
  ]) {
    expect(text).toMatch(line);
  }
  const word = `'${plan.replace("'", "'\\''")}'`;
  for (const next of [`sweep ${word} `, `sweep ${word} --shard 1/2 `, `submit ${word} --slurm `, `merge ${word} -o `]) {
    expect(text).toContain(`  pagewalk ${next}`);
  }
});

it("prints a summary as JSON, the plan itself, or nothing", async () => {
  const path = experiment("a");
  const summary = await json<Record<string, unknown>>(["plan", path]);
  const text = readFileSync(at("a.plan.json"), "utf8");
  const plan: Plan = JSON.parse(text);
  expect(summary).toMatchObject({
    ...{ schema: "pagewalk/plan-summary@1", plan: at("a.plan.json"), hash: plan.hash, units: 2, traces: 1 },
    ...{ machines: 2, sweeps: 1, windows: [null], suggestedShards: 1, storedBytes: plan.traces[0]?.bytes },
  });
  expect(summary.seconds).toBeCloseTo(plan.units.reduce((sum, { seconds }) => sum + seconds, 0));
  expect(await output(["plan", path, "-o", "-"])).toBe(text);
  expect(await output(["plan", path, "-q", "-o", at("b.plan.json")])).toBe("");
  expect(readFileSync(at("b.plan.json"), "utf8")).toBe(text);
  expect(await failure(2, ["plan", path, "--json", "-o", "-"])).toContain(
    "--json prints a summary where -o - prints the plan",
  );
});

it("tells what is wrong with an experiment by file and place, and leaves the plan that was there", async () => {
  const path = experiment("bad");
  await output(["plan", path, "-q"]);
  const before = readFileSync(at("bad.plan.json"), "utf8");
  experiment("bad", { machines: ["zen4", { stlb: "1536:13" }] });
  expect(await failure(1, ["plan", path])).toContain(
    `${path}: machines[1].stlb.ways: found 13; expected "full" or a divisor`,
  );
  writeFileSync(path, '{\n  "schema": }');
  expect(await failure(1, ["plan", path])).toContain(`${path}: line 2, column 13: found }; expected JSON`);
  expect(await failure(1, ["plan", at("none.json")])).toContain("none.json");
  expect(await failure(1, ["plan", path, "-o", path])).toContain("it is an input that is to be read");
  expect(readFileSync(at("bad.plan.json"), "utf8")).toBe(before);
});

it("replaces no trace that it is a plan of", async () => {
  const path = experiment("over");
  const told = await failure(1, ["plan", path, "-o", at("matmul24.lk.gz")]);
  expect(told).toContain("it is an input that is to be read");
  expect(readFileSync(at("matmul24.lk.gz"))).toEqual(readFileSync(recorded("matmul24.lk.gz")));
});

it("prints the plan of an experiment on standard input", async () => {
  const whole = { schema: "pagewalk/experiment@1", traces: [recorded("matmul24.lk.gz")], machines: ["zen4"] };
  const { stdout, stderr, status } = await pagewalk(["plan", "-"], { input: JSON.stringify(whole) });
  expect([stderr, status]).toEqual(["", 0]);
  expect(JSON.parse(stdout)).toMatchObject({ schema: "pagewalk/plan@1", traces: [{ format: "lackey" }] });
  expect((await pagewalk(["plan", "-"], { input: "{" })).stderr).toContain(
    "standard input: line 1, column 2: found its end",
  );
});

it("says in its help where fields and the schema are", async () => {
  const help = await output(["plan", "--help"]);
  for (const file of ["docs/experiments.md", "schemas/experiment.schema.json"]) {
    expect(help).toContain(file);
    expect(existsSync(join(import.meta.dirname, "../..", file))).toBe(true);
  }
});

it("takes the experiment of examples/ to one result", async () => {
  const plan = at("example.plan.json");
  await output(["plan", EXAMPLE, "-q", "-o", plan]);
  const { status, stderr } = await pagewalk(["sweep", plan]);
  expect(status, stderr).toBe(0);
  const merged = JSON.parse(await output(["merge", plan]));
  // Five traces, two windows: nine machines and a sweep.
  expect(merged.results.length).toBe(5 * 2 * 10);
  const readme = readFileSync(join(import.meta.dirname, "../../examples/experiment/README.md"), "utf8");
  expect(readme).toContain(`It has ${merged.units} units`);
});
