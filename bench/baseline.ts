/** The C simulators of bench/baseline, compiled where there is a compiler. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { firstLine, pathTo } from "./environment.ts";

const FLAGS = ["-O3", "-march=native"];

/** A compiled program. Returns the numbers that it prints as NAME=VALUE. */
type Program = (...args: string[]) => (name: string) => number;

export interface Baseline {
  compiler: string;
  /** `mtf FILE` with u64 addresses: data accesses through two TLBs. */
  u64: Program;
  /** `FILE` with lackey text: the same for its loads, stores and modifies. */
  lackey: Program;
}

/** Compiles into `folder`. Returns why not where that is impossible. */
export function compileBaseline(folder: string): Baseline | string {
  const compiler = process.env.CC ?? "cc";
  const version = firstLine(compiler, ["--version"]);
  if (version === null) return `there is no C compiler "${compiler}"`;
  try {
    return {
      compiler: `${version}, ${FLAGS.join(" ")}`,
      u64: compile(compiler, "two-level-u64", folder),
      lackey: compile(compiler, "two-level-lackey", folder),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function compile(compiler: string, name: string, folder: string): Program {
  const executable = join(folder, name);
  run(compiler, [...FLAGS, "-o", executable, pathTo(`bench/baseline/${name}.c`)]);
  return (...args) => {
    const printed = run(executable, args);
    const values = new Map(
      [...printed.matchAll(/([\w()/-]+)=([\d.]+)/g)].map(([, key, value]) => [key, Number(value)]),
    );
    return (key) => {
      const value = values.get(key);
      if (value === undefined) throw new Error(`${name} printed no ${key}: ${printed}`);
      return value;
    };
  };
}

function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${command} failed: ${error?.message ?? stderr.split("\n")[0]}`);
}
