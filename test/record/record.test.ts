/** The command record, and programs in the place of traces, with something that poses as valgrind. */
import { once } from "node:events";
import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { finished, pagewalk, type Surroundings, start, temporaryFolder } from "../cli/pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const FAKE = fileURLToPath(new URL("fake-valgrind.mjs", import.meta.url));
const temporary = temporaryFolder();
const PROGRAM = process.execPath;

beforeAll(async () => {
  await symlink(FAKE, temporary("valgrind"));
});

function faked(env: Record<string, string> = {}): Record<string, string> {
  return { PATH: `${temporary(".")}:${process.env.PATH}`, ...env };
}

/** Runs `pagewalk COMMAND … -- PROGRAM BEHAVIOUR …` under what poses as valgrind. */
function run(command: readonly string[], program: readonly string[], { input }: Surroundings = {}) {
  const [name = "", ...options] = command;
  const words = [name, "--recorder", "lackey", ...options, "--", PROGRAM, ...program];
  return pagewalk(words, { input, env: faked() });
}

async function plain(name: string): Promise<string> {
  return gunzipSync(await readFile(temporary(name))).toString("latin1");
}

const records = (text: string) => text.match(/^(?:I {2}| [LSM] ).*$/gm) ?? [];

describe.skipIf(process.platform !== "linux")("record", () => {
  it("passes input, output, arguments and exit status through, and keeps all records", async () => {
    const odd = ["", "-", "-", "a b", "$(id)", "'", "--"];
    const got = await run(["record", "-o", temporary("echo.lk.gz")], ["echo", ...odd], { input: "from input\n" });
    expect(got.status).toBe(7);
    expect(got.stdout).toBe(`${JSON.stringify(odd)}\nfrom input\n`);
    expect(got.stderr).toContain("to standard error\n");
    expect(got.stderr).toContain("'a b' '$(id)' ''\\''' --");
    expect(got.stderr).toContain("echo.lk.gz: 100 records");
    const text = await plain("echo.lk.gz");
    expect(records(text)).toHaveLength(100);
    expect(text).toMatch(/^==1== Lackey[\s\S]*Exit code: +0\n$/);
  });

  it("says nothing with -q", async () => {
    const got = await run(["record", "-q", "-o", temporary("quiet.lk.gz")], ["echo"]);
    expect(got.stderr).toBe("to standard error\n");
  });

  it("keeps what a killed recorder wrote under another name, and says so", async () => {
    const got = await run(["record", "-q", "-o", temporary("killed.lk.gz")], ["killed"]);
    expect(got.status).toBe(137);
    expect(got.stderr).toMatch(
      /ended by SIGKILL before .*the 100 records until then are in .*killed\.incomplete\.lk\.gz/,
    );
    const names = await readdir(temporary("."));
    expect(names).not.toContain("killed.lk.gz");
    const text = await plain("killed.incomplete.lk.gz");
    expect(records(text)).toHaveLength(100);
    expect(text.endsWith("\n"), "no torn line").toBe(true);
    const regions = JSON.parse(await readFile(temporary("killed.incomplete.regions.json"), "utf8"));
    expect(regions).toMatchObject({ complete: false, records: 100 });
  });

  it("leaves the file that was there when the recorder fails", async () => {
    await writeFile(temporary("old.lk.gz"), "old");
    const got = await run(["record", "-o", temporary("old.lk.gz")], ["nothing"]);
    expect(got.status).toBe(125);
    expect(got.stderr).toMatch(/recorded nothing; its last words: .*fatal error: cannot do that/);
    expect(await readFile(temporary("old.lk.gz"), "utf8")).toBe("old");
    expect((await readdir(temporary("."))).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("hands %s to the program, and keeps a whole file", async (signal, status) => {
    const path = temporary(`${signal}.lk.gz`);
    const words = ["record", "--recorder", "lackey", "-o", path, "--", PROGRAM, "wait"];
    const child = start(words, faked());
    const ended = finished(child);
    await once(child.stdout, "data");
    child.kill(signal);
    const got = await ended;
    expect(got.status).toBe(status);
    expect(got.stderr).toContain(`2 records`);
    expect(got.stderr).toContain(`the program was ended by ${signal}`);
    expect(records(await plain(basename(path)))).toHaveLength(2);
  });

  it("records no more than --limit after --skip, and lets the program run on", async () => {
    const path = temporary("limit.lk.gz");
    const got = await run(["record", "-o", path, "--skip", "3", "--limit", "10"], ["many"]);
    expect(got).toMatchObject({ status: 0, stdout: "40000\n" });
    expect(records(await plain("limit.lk.gz"))).toEqual(
      Array.from({ length: 10 }, (_, index) =>
        index % 2 === 0 ? " S 1ffefff860,8" : `I  0401${((index + 3) / 2).toString(16).padStart(4, "0")},3`,
      ),
    );
  });

  it("ends a program with --stop", async () => {
    const got = await run(["record", "-o", temporary("stop.lk.gz"), "--limit", "10", "--stop"], ["endless"]);
    expect(got.status).toBe(0);
    expect(records(await plain("stop.lk.gz"))).toHaveLength(10);
  });

  it("does not wait for what the program left running", async () => {
    const got = await run(["record", "-o", temporary("holder.lk.gz")], ["holder"]);
    process.kill(Number(got.stdout));
    expect(got.status).toBe(0);
    expect(records(await plain("holder.lk.gz"))).toHaveLength(2);
  });

  it.each([
    [127, ["no-such-program"], "no such program in $PATH"],
    [127, ["./no-such-program"], "no such file"],
    [126, [FAKE.replace(/[^/]*$/, "")], "is a directory"],
    [126, [fileURLToPath(import.meta.url)], "not executable"],
  ])("ends with %i for %j", async (status, program, words) => {
    const got = await pagewalk(["record", "-o", temporary("none.lk.gz"), "--", ...program]);
    expect(got.status).toBe(status);
    expect(got.stderr).toContain(words);
  });

  it("says what to install where there is no recorder", async () => {
    const env = { PATH: temporary("nothing-here") };
    const got = await pagewalk(["record", "-o", temporary("none.lk.gz"), "--", PROGRAM], { env });
    expect(got.status).toBe(125);
    expect(got.stderr).toContain("apt-get install valgrind");
    const list = await pagewalk(["record", "--list"], { env });
    expect(list.stdout).toContain("apt-get install qemu-user gcc");
  });

  it.each([
    [["record"], "missing program"],
    [["record", "-o", "-", "--", PROGRAM], "--output"],
    [["record", "-o", "x.unknown", "--", PROGRAM], "x.unknown"],
    [["record", "--recorder", "perf", "--", PROGRAM], "--recorder"],
    [["run", "a.lk", "--", PROGRAM], "a.lk"],
    [["run", "--threads", "1", "--", PROGRAM], "--threads"],
  ])("refuses %j", async (words, told) => {
    const got = await pagewalk(words, { env: faked() });
    expect(got.status).toBe(2);
    expect(got.stderr).toContain(told);
  });
});

describe.skipIf(process.platform !== "linux")("a program in the place of a trace", () => {
  it.each([["run"], ["sweep"], ["info"]])("is simulated by %s while it runs", async (command) => {
    const path = temporary(`${command}.json`);
    const got = await run([command, "-q", "--json", "-o", path], ["many", "a b"]);
    expect(got).toEqual({ status: 0, stdout: "40000\n", stderr: "" });
    const result = JSON.parse(await readFile(path, "utf8"));
    const name = `${PROGRAM} many 'a b'`;
    expect(result.trace).toMatchObject({ path: name, format: "lackey", recorder: "lackey", records: 40_000 });
  });

  it("gives no result when the recorder was killed", async () => {
    const got = await run(["run", "-q"], ["killed"]);
    expect(got).toMatchObject({ status: 1, stdout: "" });
    expect(got.stderr).toMatch(/ended by SIGKILL before it had written all; there is no result/);
  });

  it("may be looked at in a window", async () => {
    const got = await run(["run", "-q", "--skip", "100", "--limit", "10"], ["many"]);
    expect(got.status).toBe(0);
    expect(got.stdout).toMatch(/^40000\n[\s\S]*records +10:/);
  });

  it("gives the result of what was until Ctrl-C", async () => {
    const child = start(["run", "--recorder", "lackey", "--", PROGRAM, "wait"], faked());
    const ended = finished(child);
    await once(child.stdout, "data");
    child.kill("SIGINT");
    const got = await ended;
    expect(got.status).toBe(130);
    expect(got.stdout).toMatch(/records +2:/);
  });
});
