/** `sweep PLAN` and `merge` as their users meet them. */
import { spawn } from "node:child_process";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Finished, failure, finished, pagewalk, start, temporaryFolder } from "../cli/pagewalk.ts";
import { type Experiment, lackeyText, merged, planned, swept } from "./experiments.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const temporary = temporaryFolder();

let small: Experiment;
let expected: string;

beforeAll(async () => {
  small = await planned(temporary("small"));
  await swept(small.path);
  expected = await merged(small.path);
});

/** Runs `script` of a shell with `pagewalk` as its "$@", where it may mount; `null`: it may not. */
async function whereItMayMount(script: string): Promise<Finished | null> {
  for (const may of [
    ["unshare", "-rm"],
    ["sudo", "-n", "unshare", "-m"],
  ]) {
    if ((await shell(may, "mount -t tmpfs none /mnt")).status !== 0) continue;
    return shell(may, script);
  }
  return null;
}

function shell(before: readonly string[], script: string): Promise<Finished> {
  const [command = "", ...args] = [...before, "bash", "-c", script, "bash", process.execPath, "dist/cli/main.js"];
  const child = spawn(command, args);
  child.stdin.end();
  child.on("error", () => {});
  return finished(child).catch(() => ({ status: 127, stdout: "", stderr: "" }));
}

/** Fails where a test must be run, and says that it is not where it need not. */
function skipLoudly(skip: (why: string) => void): void {
  const why = "nothing may be mounted here: needs unshare -rm or sudo";
  if (process.env.CI) throw new Error(why);
  process.stderr.write(`*** SKIPPED: ${why} ***\n`);
  skip(why);
}

describe("a disk", () => {
  it("that is full is told at once with status 1; with more room the same command goes on", async ({ skip }) => {
    const results = temporary("full");
    await mkdir(results);
    const run = await whereItMayMount(`
      mount -t tmpfs -o size=28k none ${results} || exit 99
      "$@" sweep ${small.path} --results ${results} --jobs 1; echo "status $?"
      find ${results} -type f | sort | xargs tail -qc 2 | tr -d '\\n' | head -c 100; echo
      find ${results}/tmp ${results}/running -type f | wc -l
      mount -o remount,size=4m ${results}
      "$@" sweep ${small.path} --results ${results} --jobs 1; echo "status $?"
      "$@" merge ${small.path} ${results}`);
    if (run === null) return skipLoudly(skip);
    const [first, ends, leftovers, second, ...rest] = run.stdout.split("\n");
    expect(first, run.stderr).toBe("status 1");
    expect(run.stderr).toMatch(/^pagewalk: .*full.*: cannot be written: ENOSPC: no space left on device$/m);
    expect(ends).toMatch(/^\}+$/);
    expect([leftovers, second]).toEqual(["0", "status 0"]);
    expect(run.stderr).toMatch(/9 of 9 units of shard 1\/1 are done, \d of them before/);
    expect(rest.join("\n")).toBe(expected);
  });

  it("that is read-only is told before anything is done", async ({ skip }) => {
    const results = temporary("read-only");
    await mkdir(results);
    const run = await whereItMayMount(`
      mount -t tmpfs none ${results} && mount -o remount,ro ${results} || exit 99
      "$@" sweep ${small.path} --results ${results}; echo "status $?"
      "$@" sweep ${small.path} --results ${results}/in/it; echo "status $?"`);
    if (run === null) return skipLoudly(skip);
    expect(run.stdout).toBe("status 1\nstatus 1\n");
    expect(run.stderr).toMatch(/^(pagewalk: .*read-only.*: cannot be written: EROFS: read-only file system\n){2}$/);
  });

  it("whose limit on files is met leaves none half-written", async () => {
    const results = temporary("limited");
    const run = await shell([], `ulimit -f 1; "$@" sweep ${small.path} --results ${results} --jobs 2`);
    expect(run.stderr).toMatch(/unit-0000\d\d\.json: cannot be written: EFBIG: file too large/);
    expect(run.status).toBe(1);
    expect(await readdir(join(results, "tmp"))).toEqual([]);
    await swept(small.path, "--results", results);
    expect(await merged(small.path, results)).toBe(expected);
  });
});

describe("however the units are shared out", () => {
  it("the merged result is the same, in one folder or in several", async () => {
    const one = temporary("shared");
    for (const shard of ["3/3", "1/3", "2/3"])
      await swept(small.path, "--results", one, "--shard", shard, "--jobs", "1");
    expect(await merged(small.path, one)).toBe(expected);
    const [first, second] = [temporary("first"), temporary("second")];
    await Promise.all([
      swept(small.path, "--results", first, "--shard", "2/2"),
      swept(small.path, "--results", second, "--shard", "1/2"),
    ]);
    expect(await merged(small.path, second, first, one)).toBe(expected);
    expect(await failure(3, ["merge", small.path, first])).toMatch(
      /of 9 units have no result; units? [-\d, ]+ never begun\n$/,
    );
  });

  it("two processes on the same share divide it between them", async () => {
    const results = temporary("twice");
    const run = () => pagewalk(["sweep", small.path, "--results", results, "--jobs", "1", "--json"]);
    const both = await Promise.all([run(), run()]);
    for (const { status, stdout } of both) {
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        schema: "pagewalk/shard@1",
        plan: small.plan.hash,
        units: 9,
        done: 9,
        failed: [],
      });
    }
    expect(await merged(small.path, results)).toBe(expected);
    expect((await readdir(join(results, "0000"))).length).toBe(9);
  });

  it("names may be odd", async () => {
    const odd = await planned(temporary("Zoë's «odd» 100%\n$HOME"), { traces: 1 });
    await swept(odd.path);
    expect(JSON.parse(await merged(odd.path)).results).toHaveLength(3);
  });
});

describe("units that fail", () => {
  it("are told with their trace, the others are done, and the same command tries them again", async () => {
    const { path, folder, plan } = await planned(temporary("failing"), { machinesPerUnit: 2 });
    const [bad, gone] = [join(folder, "traces", "t2.lk"), join(folder, "traces", "t3.lk")];
    const text = await readFile(bad, "utf8");
    await writeFile(bad, `${text.slice(0, -30)} L zzzz,8\n`);
    await rename(gone, `${gone}.away`);
    const { status, stderr } = await pagewalk(["sweep", path]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^pagewalk: unit 3, traces\/t2\.lk: sweep .*: traces\/t2\.lk: found \d+ bytes; expected the file that the plan was made for/m,
    );
    expect(stderr).toMatch(
      /^pagewalk: unit 6, traces\/t3\.lk: generic, skylake: .*t3\.lk: found no file .*relative to its folder/m,
    );
    expect(stderr).toMatch(
      /e\.results: 2 of 6 units of shard 1\/1 are done; 4 failed, which the same command tries again\n$/,
    );
    const told = await failure(3, ["merge", path]);
    expect(told).toMatch(/4 of 6 units have no result; unit 3 \(traces\/t2\.lk: sweep .*\) failed on .*: .*t2\.lk/);
    const partial = await pagewalk(["merge", path, "--partial"]);
    expect(partial.status).toBe(0);
    expect(partial.stderr).toMatch(/^pagewalk: the result is partial: 4 of 6 units/);
    expect(JSON.parse(partial.stdout)).toMatchObject({ missing: [3, 4, 5, 6], units: 6, plan: plan.hash });
    await writeFile(bad, text);
    await rename(`${gone}.away`, gone);
    await swept(path);
    expect(JSON.parse(await merged(path)).results).toHaveLength(9);
  });

  it("are those of traces that are broken, as run says it", async () => {
    const folder = temporary("broken");
    await mkdir(join(folder, "traces"), { recursive: true });
    const cut = join(folder, "traces", "damaged.lk.gz");
    const bytes = gzipSync(lackeyText(60_000, 1));
    await writeFile(cut, bytes);
    const { path } = await planned(folder, { traces: 1, files: "traces/*", machines: ["generic"], sweeps: undefined });
    await writeFile(cut, bytes.fill(0xff, 100_000, 100_100)); // where no fingerprint is taken
    const { status, stderr } = await pagewalk(["sweep", path, "-q"]);
    expect(status).toBe(1);
    const alone = await failure(1, ["run", cut]);
    expect(stderr).toContain(alone.replace(/^pagewalk: /, "").trim());
    expect(stderr).toContain("1 of 2 units of shard 1/1 are done; 1 failed");
  });
});

describe("a signal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends with status %i, says what is done, and leaves no marks", async (signal, status) => {
    const { path, folder } = await planned(temporary(signal), { traces: 6, records: 30_000 });
    const results = join(folder, "e.results");
    const child = start(["sweep", path, "--jobs", "1"]);
    child.stdin.end();
    const end = finished(child);
    while ((await readdir(join(results, "0000")).catch(() => [])).length === 0)
      await new Promise((then) => setTimeout(then, 5));
    child.kill(signal);
    const { stderr, stdout, status: got } = await end;
    expect({ got, stdout }).toEqual({ got: status, stdout: "" });
    expect(stderr).toMatch(
      /^pagewalk: interrupted; \d+ of 18 units of shard 1\/1 are done, and the same command goes on\n$/,
    );
    for (const name of ["running", "tmp", "failed"]) expect(await readdir(join(results, name))).toEqual([]);
    await swept(path);
    await merged(path);
  });
});

describe("what is refused", () => {
  it.each([
    ["--entries 16..64", "--entries: got 16..64; allowed: nothing with a plan"],
    ["--cpu skylake", "--cpu: got skylake; allowed: nothing with a plan"],
    ["--csv", "--csv: got true; allowed: nothing with a plan"],
    ["--output x.json", "--output: got x.json; allowed: nothing with a plan"],
    ["--shard 3/2", "--shard: got 3/2; allowed: i/n"],
  ])("with a plan: %s", async (options, message) => {
    expect(await failure(2, ["sweep", small.path, ...options.split(" ")])).toContain(`pagewalk: ${message}`);
  });

  it("options of plans with a trace, and what is no plan", async () => {
    const trace = join(small.folder, "traces", "t1.lk");
    expect(await failure(2, ["sweep", trace, "--shard", "1/2"])).toContain(
      "--shard: got 1/2; allowed: nothing without a plan",
    );
    expect(await failure(2, ["sweep", trace, "--results", "x"])).toContain(
      "--results: got x; allowed: nothing without a plan",
    );
    expect(await failure(1, ["sweep", join(small.folder, "e.json"), "--shard", "1/2"])).toContain(
      "expected pagewalk/plan@1",
    );
    expect(await failure(1, ["merge", join(small.folder, "e.json")])).toContain("expected pagewalk/plan@1");
    const experiment = await failure(1, ["sweep", join(small.folder, "e.json")]);
    expect(experiment).toContain("is an experiment of pagewalk; make a plan of it, and sweep that");
    expect(await failure(1, ["sweep", small.path, small.path])).toContain("is a plan of pagewalk; do its units");
    const { stderr } = await pagewalk(["merge", "-"], { input: await readFile(small.path, "utf8") });
    expect(stderr).toMatch(/^pagewalk: standard input: .*; expected a file$/m);
  });

  it("to merge into what is merged", async () => {
    const results = small.path.replace(".plan.json", ".results");
    for (const name of ["plan.json", "0000/unit-000001.json"]) {
      expect(await failure(1, ["merge", small.path, "-o", join(results, name)])).toContain("which are to be read");
    }
    expect(await merged(small.path)).toBe(expected);
  });

  it("the results of another plan, before anything is done", async () => {
    const other = await planned(temporary("other"), { traces: 1 });
    const message = /e\.results\/plan\.json: plan: found .*: these are results of another plan/;
    const results = small.path.replace(".plan.json", ".results");
    expect(await failure(1, ["sweep", other.path, "--results", results])).toMatch(message);
    expect(await failure(1, ["merge", other.path, results])).toMatch(message);
    expect(await failure(1, ["merge", other.path])).toContain("expected a folder of results");
  });

  it("to merge two different results of a unit, with the names of both", async () => {
    const [one, two] = [temporary("conflict-1"), temporary("conflict-2")];
    await cp(small.path.replace(".plan.json", ".results"), one, { recursive: true });
    await cp(one, two, { recursive: true });
    const file = join(two, "0000", "unit-000004.json");
    const unit = JSON.parse(await readFile(file, "utf8"));
    unit.results[0].result.references++;
    const { createHash } = await import("node:crypto");
    unit.digest = createHash("sha256").update(JSON.stringify(unit.results)).digest("hex");
    await writeFile(file, `${JSON.stringify(unit)}\n`);
    const told = await failure(1, ["merge", small.path, one, two]);
    expect(told).toContain(`${file}: results: found others than in ${join(one, "0000", "unit-000004.json")}`);
    await writeFile(file, "");
    expect((await pagewalk(["merge", small.path, two, "-o", join(two, "merged.json")])).stderr).toContain(
      `${file}: found an empty file`,
    );
    expect(await readdir(two)).not.toContain("merged.json");
    const { stderr } = await pagewalk(["sweep", small.path, "--results", two]);
    expect(stderr).toMatch(
      /unit-000004\.json: found an empty file; expected the result of a unit, whole; it is done again\n/,
    );
    expect(await merged(small.path, two)).toBe(expected);
    expect(await merged(small.path, one, two)).toBe(expected);
    await rm(two, { recursive: true });
  });
});

describe("the merged result", () => {
  it("has what was planned and every result, and nothing of time, place and this computer", async () => {
    const result = JSON.parse(expected);
    const { units, slurm: _, hash, schema: __, ...plan } = small.plan;
    expect(result).toMatchObject({ schema: "pagewalk/merged@1", plan: hash, units: units.length, ...plan });
    expect(result).not.toHaveProperty("missing");
    expect(result.results).toHaveLength(9);
    expect(/"(time|host|seconds)"/.exec(expected)?.[0]).toBeUndefined();
    expect(expected.includes(small.folder)).toBe(false);
  });

  it("is tables for who plots", async () => {
    expect(await failure(2, ["merge", small.path, "--csv"])).toContain("--csv: got nothing; allowed: runs or sweeps");
    const runs = (await merged(small.path, "--csv", "runs")).trim().split("\n");
    expect(runs[0]).toMatch(
      /^window,machine,trace,format,records,.*,tlb,entries,ways,policy,lookups,hits,misses,missRatio,mpki,walks,/,
    );
    const { results } = JSON.parse(expected);
    const tlbs = results.flatMap(({ result }: { result: { tlbs?: object[] } }) => result.tlbs ?? []);
    expect(runs).toHaveLength(1 + tlbs.length);
    for (const [index, tlb] of tlbs.entries())
      expect(runs[index + 1]).toContain(`,${tlb.lookups},${tlb.hits},${tlb.misses},`);
    const sweeps = (await merged(small.path, "--csv", "sweeps")).trim().split("\n");
    expect(sweeps[0]).toMatch(/^window,sweep,trace,.*,entries,ways,sets,hits,misses,coldMisses,missRatio,/);
    expect(sweeps).toHaveLength(1 + 3 * 2);
    const columns = (line: string) => line.split(",").length;
    expect(new Set(sweeps.map((line) => columns(line.replaceAll(/"[^"]*"/g, ""))))).toHaveLength(1);
  });
});

it("a lackey text differs from trace to trace", () => {
  expect(lackeyText(10, 1)).not.toBe(lackeyText(10, 2));
});
