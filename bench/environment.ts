/** Where this is measured. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";
import { VERSION } from "../src/index.ts";

/** Of this package; the compiled benches are in bench/dist/bench. */
const ROOT = new URL("../../../", import.meta.url);

/** A file or folder of this package. */
export function pathTo(name: string): string {
  return fileURLToPath(new URL(name, ROOT));
}

export interface Environment {
  /** Day of the run. */
  date: string;
  version: string;
  /** `null` outside a git checkout; ends in `+` if what is measured differs from it. */
  commit: string | null;
  cpu: string;
  cpus: number;
  memoryGib: number;
  /** Processes that wanted a CPU in the minute before. */
  load: number;
  system: string;
  node: string;
  v8: string;
  /** `null` if there is none. */
  compiler: string | null;
  wasmBytes: number;
}

export function describeEnvironment(compiler: string | null): Environment {
  return {
    date: new Date().toISOString().slice(0, 10),
    version: VERSION,
    commit: commit(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cpus: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? 0,
    system: `${type()} ${release()} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    compiler,
    wasmBytes: statSync(pathTo("wasm/pagewalk.wasm")).size,
  };
}

function commit(): string | null {
  const head = firstLine("git", ["rev-parse", "--short", "HEAD"]);
  if (head === null) return null;
  const changed = firstLine("git", ["status", "--porcelain", "--", "assembly", "src", "asconfig.json"]);
  return changed === null ? head : `${head}+`;
}

/** First line that `command` prints; `null` if it fails or prints nothing. */
export function firstLine(command: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { cwd: fileURLToPath(ROOT), encoding: "utf8" });
  return (status === 0 && stdout.split("\n")[0]) || null;
}

/** CPU seconds that this process has used. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Seconds on the clock. */
export function wallSeconds(): number {
  return performance.now() / 1000;
}
