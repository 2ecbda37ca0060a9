/** Whatever ends a command, or stops it from writing: under the name of the output there is a whole one or none. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Finished, finished, type Process, pagewalk, recorded, start, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const TRACE = recorded("python.200k.lk.gz");
const PIECE = Buffer.from("I  0401ab70,3\n L 1ffefff86f,8\n".repeat(50_000));
const OLD = "what was there before";

const temporary = temporaryFolder();
let folders = 0;

/** Path of a name in a folder of its own. */
async function fresh(name: string): Promise<{ path: string; files: () => Promise<string[]> }> {
  const folder = temporary(String(folders++));
  await mkdir(folder);
  return { path: `${folder}/${name}`, files: () => readdir(folder) };
}

let children: Process[] = [];

afterEach(() => {
  for (const child of children) child.kill("SIGKILL"); // where a test failed
  children = [];
});

/** Starts a conversion of standard input to `path`. */
function startConverting(path: string): Process {
  const child = start(["convert", "-", path]);
  children.push(child);
  return child;
}

/** Feeds `child` for ever, until it has ended. */
function feed(child: Process): void {
  const more = () => {
    while (!child.stdin.destroyed && child.stdin.write(PIECE));
  };
  child.stdin.on("drain", more);
  child.once("exit", () => child.stdin.destroy());
  more();
}

/** Resolves when the temporary file of `child` for `path` has `bytes` bytes. */
async function writing(child: Process, files: () => Promise<string[]>, path: string, bytes: number): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const [name] = (await files()).filter((file) => file.endsWith(".tmp"));
    const size =
      name === undefined
        ? -1
        : await stat(path.replace(/[^/]+$/, name)).then(
            (file) => file.size,
            () => -1,
          );
    if (size >= bytes) return;
    await wait(5);
  }
  throw new Error(`the conversion ended before its file had ${bytes} bytes`);
}

describe.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s", (signal, status) => {
  it.each([
    ["trace.lk", 1],
    ["trace.lk.gz", 1],
    ["trace.champsim", 3 << 20],
    ["trace.oraclegeneral", 0],
  ])("ends a conversion to %s in the middle, and leaves what was there", async (name, bytes) => {
    const { path, files } = await fresh(name);
    await writeFile(path, OLD);
    const child = startConverting(path);
    const end = finished(child);
    feed(child);
    await writing(child, files, path, bytes);
    child.kill(signal);
    expect(await end).toMatchObject({ status, stdout: "", stderr: "\npagewalk: interrupted; there is no result\n" });
    expect(await files()).toEqual([name]);
    expect(await readFile(path, "utf8")).toBe(OLD);
  });
});

describe("SIGKILL", () => {
  it.each([0, 1, 1 << 20, 4 << 20])("leaves nothing under the name, after %i bytes", async (bytes) => {
    const { path, files } = await fresh("trace.lk");
    const child = startConverting(path);
    const end = finished(child);
    feed(child);
    await writing(child, files, path, bytes);
    child.kill("SIGKILL");
    expect(await end).toMatchObject({ status: 137 });
    expect((await files()).every((name) => /^\.trace\.lk\.[-\da-f]{36}\.tmp$/.test(name))).toBe(true);
  });

  it("about the end leaves a whole trace or none", async () => {
    const text = PIECE.subarray(0, 15 * 1000);
    let whole = 0;
    for (let round = 0; round < 8; round++) {
      const { path } = await fresh("trace.lk.gz");
      const child = startConverting(path);
      const end = finished(child);
      child.stdin.end(text);
      if (round % 2 === 0) await once(child.stdin, "finish");
      else while (!existsSync(path) && child.exitCode === null) await wait(1);
      child.kill("SIGKILL");
      await end;
      if (!existsSync(path)) continue;
      whole++;
      expect(gunzipSync(await readFile(path)).equals(text)).toBe(true);
    }
    expect(whole).toBeGreaterThan(0);
  });

  it("leaves nothing of a file that has no name", async () => {
    const { path, files } = await fresh("trace.oraclegeneral");
    const child = startConverting(path);
    const end = finished(child);
    feed(child);
    await writing(child, files, path, 0);
    child.kill("SIGKILL");
    await end;
    expect((await files()).filter((name) => !name.startsWith(".trace.oraclegeneral."))).toEqual([]);
  });
});

/** The commands that write files, and how they are told where to. */
const WRITERS: [string, (path: string) => string[]][] = [
  ["convert to .lk", (path) => ["convert", TRACE, `${path}.lk`]],
  ["convert to .lk.gz", (path) => ["convert", TRACE, `${path}.lk.gz`]],
  ["convert to .champsim", (path) => ["convert", TRACE, `${path}.champsim`]],
  ["convert to .oraclegeneral", (path) => ["convert", TRACE, `${path}.oraclegeneral`]],
  ["run -o", (path) => ["run", TRACE, "-o", path]],
  ["run --json -o", (path) => ["run", TRACE, "--json", "-o", path]],
  ["sweep -o", (path) => ["sweep", TRACE, "--entries", "16..64", "-o", path]],
  ["sweep --svg", (path) => ["sweep", TRACE, "--entries", "16..64", "--svg", path]],
  ["info -o", (path) => ["info", TRACE, "-o", path]],
];

describe("a limit on the size of files", () => {
  it.each(WRITERS)("ends %s with status 1, and no file remains", async (_, args) => {
    const { path, files } = await fresh("out");
    const { status, stderr } = await inShell("ulimit -f 0", args(path));
    expect(stderr).toMatch(/^pagewalk: .*: cannot be written: EFBIG: file too large\n$/);
    expect(status).toBe(1);
    expect(await files()).toEqual([]);
  });

  it("met in the middle keeps what was there", async () => {
    const { path, files } = await fresh("out.lk");
    await writeFile(path, OLD);
    const { status, stderr } = await inShell("ulimit -f 1024", ["convert", TRACE, path]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `pagewalk: ${path}: cannot be written: EFBIG: file too large\n`,
    });
    expect(await files()).toEqual(["out.lk"]);
    expect(await readFile(path, "utf8")).toBe(OLD);
  });

  it("behind standard output is told likewise", async () => {
    const { path } = await fresh("out.lk");
    const { status, stderr } = await inShell(`ulimit -f 1024; exec > ${path}`, [
      "convert",
      TRACE,
      "-",
      "--to",
      "lackey",
    ]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "pagewalk: standard output: cannot be written: EFBIG: file too large\n",
    });
  });
});

describe.runIf(existsSync("/dev/full"))("a full disk", () => {
  it.each([
    ["convert", ["convert", TRACE, "/dev/full", "--to", "champsim"]],
    ["run -o", ["run", TRACE, "-o", "/dev/full"]],
    ["sweep -o", ["sweep", TRACE, "--entries", "16..64", "-o", "/dev/full"]],
    ["sweep --svg", ["sweep", TRACE, "--entries", "16..64", "--svg", "/dev/full"]],
  ])("ends %s with status 1", async (_, args) => {
    const { status, stderr } = await pagewalk(args);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "pagewalk: /dev/full: cannot be written: ENOSPC: no space left on device\n",
    });
  });

  it("behind standard output likewise", async () => {
    const { status, stderr } = await inShell("exec > /dev/full", ["convert", TRACE, "-", "--to", "lackey"]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "pagewalk: standard output: cannot be written: ENOSPC: no space left on device\n",
    });
  });
});

describe("a pipe whose reader has gone", () => {
  it.each(["lackey", "champsim", "oraclegeneral"])(
    "ends a conversion to %s with status 0, without a word",
    async (to) => {
      const child = start(["convert", TRACE, "-", "--to", to]);
      const stderr: string[] = [];
      child.stderr.setEncoding("utf8").on("data", (text) => stderr.push(text));
      await once(child.stdout, "readable");
      child.stdout.destroy();
      const [code] = await once(child, "close");
      expect({ code, stderr: stderr.join("") }).toEqual({ code: 0, stderr: "" });
    },
  );
});

/** Runs `pagewalk` with `args` after `command` of a shell. */
function inShell(command: string, args: readonly string[]): Promise<Finished> {
  const child = spawn("bash", ["-c", `${command}; exec "$@"`, "bash", process.execPath, "dist/cli/main.js", ...args]);
  child.stdin.end();
  return finished(child);
}
