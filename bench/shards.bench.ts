/** A plan done by two computers of one core each, against one such computer. */
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { EXPERIMENT_SCHEMA_NAME, type ExperimentDescription } from "../src/experiment/description.ts";
import type { MergedResult } from "../src/report/merged-result.ts";
import { digestOf } from "./digest.ts";
import { pathTo, wallSeconds } from "./environment.ts";
import { type Found, foundIn } from "./groups.ts";
import { type PlainTrace, removeRepeated, repeatedText } from "./traces.ts";
import { type Run, takeTurns } from "./versus.ts";
import type { Scale } from "./workloads.ts";

/**
 * `pagewalk sweep PLAN -j 1` over all of `traces`, each repeated to about the same length, with three machines and a sweep: one process with all
 * shards, and two with one each. Each process has one core, as a computer of its own would: without that one takes some of the second core, too,
 * for gzip, compiling and garbage. By wall clock, from the start of the first process to the end of the last.
 */
export async function compareShards(traces: readonly PlainTrace[], folder: string, scale: Scale): Promise<Found[]> {
  const texts = traces.map((trace) => ({ trace, path: repeatedText(trace, folder, scale.shardBytes) }));
  const experiment: ExperimentDescription = {
    schema: EXPERIMENT_SCHEMA_NAME,
    traces: texts.map(({ path }) => path),
    machines: ["generic", "skylake", "zen4"],
    sweeps: [{ name: "sizes" }],
  };
  const [description, plan, results] = ["shards.json", "shards.plan.json", "shards.results"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(description, JSON.stringify(experiment));
  const sweep = async (...shards: string[]): Promise<Run> => {
    rmSync(results, { recursive: true, force: true });
    const start = wallSeconds();
    await Promise.all(shards.map((shard, core) => pagewalkOn(core, "sweep", plan, "-q", "-j", "1", "--shard", shard)));
    const seconds = wallSeconds() - start;
    const merged = join(folder, "shards.merged.json");
    await pagewalk("merge", plan, "-o", merged);
    const text = readFileSync(merged, "utf8");
    const { results: all } = JSON.parse(text) as MergedResult;
    const records = all.reduce((sum, { result }) => sum + result.trace.records, 0);
    return { seconds, counts: { records, digest: digestOf(text) } };
  };
  try {
    await pagewalk("plan", description, "-q", "-o", plan);
    const turns = await takeTurns({ one: () => sweep("1/1"), two: () => sweep("1/2", "2/2") }, scale.rounds);
    const input = { workload: `${traces.length} traces`, real: true, count: turns.counts.records ?? Number.NaN };
    return [foundIn("shards", turns, ["two", "one"], input)];
  } finally {
    for (const { trace, path } of texts) removeRepeated(trace, path);
  }
}

async function pagewalk(...args: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [pathTo("dist/cli/main.js"), ...args]);
}

async function pagewalkOn(core: number, ...args: string[]): Promise<void> {
  await promisify(execFile)("taskset", ["-c", String(core), process.execPath, pathTo("dist/cli/main.js"), ...args]);
}
