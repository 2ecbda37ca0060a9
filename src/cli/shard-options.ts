/** The options of `sweep` for plans, and what tells a plan from a trace. */
import { open } from "node:fs/promises";
import type { Command } from "commander";
import { ConfigError } from "../errors.ts";
import { PLAN_SCHEMA_NAME } from "../experiment/plan.ts";

export interface PlanOptions {
  shard?: string;
  results?: string;
}

/** Bytes in which a plan has told what it is. */
const HEAD_BYTES = 256;

/** Declares the options of a plan on `sweep`. */
export function addShardOptions(command: Command): void {
  command
    .option(
      "--shard <i/n>",
      "of a plan: do the i-th of n shares, from 1; auto: by what a cluster's job array says; auto/n (default: 1/1)",
    )
    .option("--results <folder>", "of a plan: where results go (default: beside it, as NAME.results)");
}

/**
 * Whether `paths` are a plan whose units are to be done. One that only its options tell of counts: what is wrong with it is told as it is read.
 * Throws ConfigError if options of plans were given with traces.
 */
export async function isPlanAsked(paths: readonly string[], { shard, results }: PlanOptions): Promise<boolean> {
  if ((await isPlan(paths)) || (paths.length === 1 && (shard ?? results) !== undefined && paths[0]?.endsWith(".json")))
    return true;
  if (shard !== undefined) throw new ConfigError("shard", shard, "nothing without a plan, which pagewalk plan makes");
  if (results !== undefined)
    throw new ConfigError("results", results, "nothing without a plan, which pagewalk plan makes");
  return false;
}

/** Whether the only one of `paths` is a plan. */
async function isPlan([path, ...others]: readonly string[]): Promise<boolean> {
  if (path === undefined || path === "-" || others.length > 0 || !path.endsWith(".json")) return false;
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString("utf8", 0, bytesRead).includes(`"${PLAN_SCHEMA_NAME}"`);
  } finally {
    await file.close();
  }
}
