/** Processes that are killed at random moments: whatever they leave, the same command goes on, and the result is the same. */
import { watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { finished, pagewalk, start, temporaryFolder } from "../cli/pagewalk.ts";
import { type Experiment, merged, planned, swept } from "./experiments.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

const temporary = temporaryFolder();
let experiment: Experiment;
let undisturbed: string;

beforeAll(async () => {
  experiment = await planned(temporary("killed"), {
    traces: 8,
    records: 2000,
    machines: ["generic", "skylake", "zen2"],
    windows: [{}, { skip: 500, limit: 500 }, { warmup: 1000 }, { limit: 900 }],
  });
  await swept(experiment.path);
  undisturbed = await merged(experiment.path);
});

/** What has been left by processes: pids in marks, and files that were being written. */
async function leftIn(results: string): Promise<{ pids: number[]; temporaries: number }> {
  const running = join(results, "running");
  const pids: number[] = [];
  for (const name of await readdir(running).catch(() => [])) {
    const mark = await readFile(join(running, name), "utf8").catch(() => "");
    pids.push(Number(/"pid":(\d+)/.exec(mark)?.[1]));
  }
  return { pids, temporaries: (await readdir(join(results, "tmp")).catch(() => [])).length };
}

/** Random numbers from 0 to below 1. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Starts a process for `shard`, and kills it in the middle of a unit. Resolves with whether that was so. */
async function kill(results: string, shard: string, random: () => number): Promise<boolean> {
  const child = start(["sweep", experiment.path, "--results", results, "--shard", shard, "--jobs", "1", "-q"]);
  child.stdin.end();
  const end = finished(child);
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  // Either some time after it has begun, or when so much has happened where files are written before they have their names.
  const [isAtWriting, delayMs] = [random() < 0.5, random() * 200];
  let events = Math.floor(random() * 20);
  while (!isOver() && !(await leftIn(results)).pids.includes(child.pid as number)) await wait(5);
  if (isAtWriting && !isOver()) {
    const watching = watch(join(results, "tmp"), () => events-- === 0 && child.kill("SIGKILL"));
    await Promise.race([end, wait(5000)]);
    watching.close();
  } else {
    await wait(delayMs);
  }
  child.kill("SIGKILL");
  const { status } = await end;
  return status === 137 && (await leftIn(results)).pids.includes(child.pid as number);
}

describe("SIGKILL at random moments", () => {
  it.each([
    // Together 52 kills, of processes that were doing units: most where several start at once, which takes least time.
    ["one share, one process", ["1/1"], 1, 8],
    ["two shares at once", ["1/2", "2/2"], 2, 14],
    ["three shares at once", ["1/3", "2/3", "3/3"], 3, 16],
    ["two processes on the same share", ["1/1", "1/1"], 4, 14],
  ])("%s", async (_, shards, seed, kills) => {
    const results = join(experiment.folder, `results-${seed}`);
    const random = randomOf(seed);
    let hits = 0;
    for (let round = 0; hits < kills; round++) {
      expect(round, "rounds").toBeLessThan(4 * kills);
      const hit = await Promise.all(shards.map((shard) => kill(results, shard, random)));
      hits += hit.filter(Boolean).length;
    }
    const { temporaries } = await leftIn(results);
    const { skipped } = JSON.parse((await pagewalk(["sweep", experiment.path, "--results", results, "--json"])).stdout);
    process.stderr.write(
      `seed ${seed}: ${hits} kills, ${temporaries} of them while a result was written; ${skipped} units were done before the last run\n`,
    );
    expect(skipped, "units that outlived the kills").toBeGreaterThan(0);
    expect(await merged(experiment.path, results)).toBe(undisturbed);
  });
});
