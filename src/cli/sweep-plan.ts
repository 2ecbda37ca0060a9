/** `sweep PLAN`: a share of a plan's units. */
import { constants } from "node:os";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { shardOf } from "../cluster/engines.ts";
import { readPlan } from "../cluster/plan-file.ts";
import { ResultsFolder } from "../cluster/results-folder.ts";
import { runShard, type ShardProgress, type UnitFailure } from "../cluster/run-shard.ts";
import { ConfigError } from "../errors.ts";
import { labelOf } from "../experiment/plan.ts";
import { writeOutput } from "../files/output.ts";
import { counted, printable } from "../report/format.ts";
import { besidePlan } from "./plan-names.ts";
import type { PlanOptions } from "./shard-options.ts";
import { createUnitProgress } from "./unit-progress.ts";

const SHARD_SCHEMA_NAME = "pagewalk/shard@1";

/** The options of `sweep` that mean something of a plan; all others are in it. */
const OPTIONS = new Set(["shard", "results", "jobs", "quiet", "json"]);

/** Failures of which each is told; of the others only how many there are. */
const MAX_TOLD = 20;

/**
 * Does the units of a share of the plan at `path` that are not done, and tells on standard error what has become of them. Throws ConfigError if
 * `command` was given options that a plan has no use for, and as `runShard()` does.
 */
export async function sweepPlan(
  path: string,
  { shard = "1/1", results = besidePlan(path, "results"), jobs, quiet, json }: PlanOptions & SweepPlanOptions,
  command: Command,
): Promise<void> {
  refuseOthers(command);
  const share = shardOf(shard, process.env);
  const plan = await readPlan(path);
  const folder = await ResultsFolder.create(results, plan);
  const name = `shard ${share.index}/${share.of}`;
  const line = createUnitProgress(process.stderr, quiet !== true);
  let last: ShardProgress | null = null;
  const say = (text: string) => {
    line.clear();
    console.error(printable(text));
  };
  const stopListening = onSignal(() => {
    const done = last === null ? "" : `; ${last.done} of ${counted(last.units, "unit")} of ${name} are done`;
    say(`pagewalk: interrupted${done}, and the same command goes on`);
  });
  let told = 0;
  const tell = (text: string) => {
    if (told++ < MAX_TOLD) say(text);
  };
  try {
    const progress = await runShard(plan, share, folder, {
      jobs,
      folder: resolve(dirname(path)),
      onProgress: (now) => {
        last = now;
        line.update(now);
      },
      onBroken: (error) => tell(`pagewalk: ${error.message}; it is done again`),
      onFailure: ({ unit, error }) => tell(`pagewalk: unit ${unit.unit}, ${labelOf(plan, unit)}: ${error.message}`),
    });
    line.clear();
    const more = told - MAX_TOLD;
    if (more > 0) console.error(`pagewalk: … and ${more} more`);
    console.error(printable(`${results}: ${summaryOf(progress, name)}`));
    if (json === true) await writeOutput(`${JSON.stringify(shardResult(plan.hash, share, progress), null, 2)}\n`);
    if (progress.failed.length > 0) process.exitCode = 1;
  } finally {
    stopListening();
    line.clear();
  }
}

interface SweepPlanOptions {
  jobs: number;
  quiet?: boolean;
  json?: boolean;
}

function refuseOthers(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (OPTIONS.has(name) || command.getOptionValueSource(name) !== "cli") continue;
    throw new ConfigError(
      name,
      String(command.getOptionValue(name)),
      "nothing with a plan, which says all of what is done",
    );
  }
}

/** Tells first what main.ts tells of every command, in other words, and exits. Returns what undoes it. */
function onSignal(tell: () => void): () => void {
  const listeners = (["SIGINT", "SIGTERM"] as const).map((signal) => {
    const listener = () => {
      tell();
      process.exit(128 + constants.signals[signal]);
    };
    process.prependListener(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const stop of listeners) stop();
  };
}

function summaryOf({ units, done, skipped, failed }: ShardProgress, shard: string): string {
  const before = skipped === 0 ? "" : `, ${skipped === done ? "all" : skipped} of them before or by others`;
  const bad = failed.length === 0 ? "" : `; ${failed.length} failed, which the same command tries again`;
  return `${done} of ${counted(units, "unit")} of ${shard} are done${before}${bad}`;
}

/** What has become of a share, for programs. */
function shardResult(plan: string, shard: { index: number; of: number }, progress: ShardProgress): object {
  const { units, done, skipped, failed } = progress;
  return {
    schema: SHARD_SCHEMA_NAME,
    plan,
    shard,
    units,
    done,
    skipped,
    failed: failed.map(({ unit, error }: UnitFailure) => ({ unit: unit.unit, message: error.message })),
  };
}
