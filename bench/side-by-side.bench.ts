/** The command line over several traces, which two workers sweep side by side. */
import { spawnSync } from "node:child_process";
import type { SweepResult } from "../src/index.ts";
import { digestOf } from "./digest.ts";
import { pathTo, wallSeconds } from "./environment.ts";
import { type Found, foundIn } from "./groups.ts";
import { type PlainTrace, removeRepeated, repeatedText } from "./traces.ts";
import { type Run, takeTurns } from "./versus.ts";
import type { Scale } from "./workloads.ts";

const TRACES = 8;
const MAX_OUTPUT_BYTES = 2 ** 28;

/**
 * `pagewalk sweep`, as it is without options, over the first eight of `traces`, each repeated to about the same length:
 * with one worker and with two. By wall clock, from the start of the process to its end.
 */
export async function compareSideBySide(traces: readonly PlainTrace[], folder: string, scale: Scale): Promise<Found[]> {
  const swept = traces.slice(0, TRACES);
  const texts = swept.map((trace) => ({ trace, path: repeatedText(trace, folder, scale.sideBySideBytes) }));
  const paths = texts.map(({ path }) => path);
  try {
    const side = (jobs: number) => () => sweepOnCommandLine(["-j", String(jobs), ...paths]);
    const turns = await takeTurns({ one: side(1), two: side(2) }, scale.rounds);
    const input = { workload: `${swept.length} traces`, real: true, count: turns.counts.records ?? Number.NaN };
    return [foundIn("sideBySide", turns, ["two", "one"], input)];
  } finally {
    for (const { trace, path } of texts) removeRepeated(trace, path);
  }
}

function sweepOnCommandLine(args: readonly string[]): Run {
  const start = wallSeconds();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [pathTo("dist/cli/main.js"), "sweep", "--quiet", "--json", ...args],
    { encoding: "utf8", maxBuffer: MAX_OUTPUT_BYTES },
  );
  const seconds = wallSeconds() - start;
  if (status !== 0) throw new Error(`pagewalk sweep ${args.join(" ")}: ${stderr}`);
  const sweeps: SweepResult[] = JSON.parse(stdout);
  const points = sweeps.map((sweep) => sweep.points);
  const records = sweeps.reduce((sum, { trace }) => sum + trace.records, 0);
  return { seconds, counts: { records, digest: digestOf(points) } };
}
