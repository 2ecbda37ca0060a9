/** The command line as its users meet it: a process with arguments, standard input and output, and an exit status. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "vitest";
import { openTrace } from "../../src/trace/trace.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Finished {
  /** As a shell tells it: a process that a signal ended has 128 + the number of the signal. */
  status: number;
  stdout: string;
  stderr: string;
}

export interface Surroundings {
  /** What standard input holds. @default nothing */
  input?: string | Uint8Array | undefined;
  /** Environment variables beside the usual. */
  env?: Record<string, string> | undefined;
}

export type Process = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts `pagewalk` with `args`; its standard input is open. */
export function start(args: readonly string[], env: Record<string, string> = {}): Process {
  const command = [join(ROOT, "dist/cli/main.js"), ...args];
  const { NO_COLOR: _, FORCE_COLOR: __, COLUMNS: ___, ...usual } = process.env;
  const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...usual, ...env } });
  child.stdin.on("error", () => undefined); // it may end before it has read all
  return child;
}

/** Resolves when `child` has ended. */
export async function finished(child: Process): Promise<Finished> {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ status: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), ...output });
    });
  });
}

/** Runs `pagewalk` with `args` to its end, whatever that is. */
export function pagewalk(args: readonly string[], { input, env }: Surroundings = {}): Promise<Finished> {
  const child = start(args, env);
  child.stdin.end(input ?? "");
  return finished(child);
}

/** Standard output of a `pagewalk` that must succeed, and have nothing to say beside. */
export async function output(args: readonly string[], surroundings: Surroundings = {}): Promise<string> {
  const { status, stdout, stderr } = await pagewalk(args, surroundings);
  expect(stderr, "standard error").toBe("");
  expect(status, "exit status").toBe(0);
  return stdout;
}

/** The result of a `pagewalk … --json` that must succeed. */
export async function json<Result>(args: readonly string[], surroundings: Surroundings = {}): Promise<Result> {
  return JSON.parse(await output([...args, "--json"], surroundings));
}

/** Standard error of a `pagewalk` that must fail with `status`, without a result, with one line for users. */
export async function failure(
  status: number,
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<string> {
  const { stdout, stderr, status: got } = await pagewalk(args, surroundings);
  expect(stdout, "standard output").toBe("");
  expect(stderr).toMatch(/^pagewalk: .+\n/);
  expect(stderr, "no defect, no stack").not.toMatch(/defect|\n +at /);
  expect(got, stderr).toBe(status);
  return stderr;
}

/** Makes a folder for the tests of a file, which goes when they are done. Returns the path of a name in it. */
export function temporaryFolder(): (name: string) => string {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pagewalk-cli-"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  return (name) => join(folder, name);
}

/** Path of a recorded trace (test/traces/README.md). */
export function recorded(name: string): string {
  return join(ROOT, "test/traces", name);
}

/** The decompressed bytes of the trace at `path`. */
export async function plainBytes(path: string): Promise<Uint8Array> {
  const trace = await openTrace(path);
  const reader = await trace.open();
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = new Uint8Array(1 << 20);
    const got = await reader.read(piece);
    if (got === 0) break;
    pieces.push(piece.subarray(0, got));
  }
  await reader.close();
  return Buffer.concat(pieces);
}
