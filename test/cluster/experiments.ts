/** Small experiments in folders of their own, and what is made of them. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { planExperiment, planPieces } from "../../src/cluster/plan-file.ts";
import type { Plan } from "../../src/experiment/plan.ts";
import { pagewalk } from "../cli/pagewalk.ts";

/** Text of a lackey trace of `records` records, which differ with `seed`. */
export function lackeyText(records: number, seed: number): string {
  let state = seed * 2 + 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const lines: string[] = [];
  for (let record = 0; record < records; record++) {
    const page = 0x4000 + random(record % 3 === 0 ? 16 : 400);
    const offset = random(4000).toString(16).padStart(3, "0");
    lines.push(
      record % 2 === 0 ? `I  ${(0x400 + random(40)).toString(16)}${offset},4` : ` L ${page.toString(16)}${offset},8`,
    );
  }
  return `${lines.join("\n")}\n`;
}

export interface Experiment {
  folder: string;
  /** Path of the plan. */
  path: string;
  plan: Plan;
}

interface ExperimentOptions {
  traces?: number;
  records?: number;
  /** Glob of what is planned. */
  files?: string;
  [option: string]: unknown;
}

/** Makes `experiment` of traces of `records` records, one for each of `traces`, in the new folder `folder`, and plans it. */
export async function planned(
  folder: string,
  { traces = 3, records = 400, files = "traces/*.lk", ...experiment }: ExperimentOptions = {},
): Promise<Experiment> {
  await mkdir(join(folder, "traces"), { recursive: true });
  for (let trace = 1; trace <= traces; trace++)
    await writeFile(join(folder, "traces", `t${trace}.lk`), lackeyText(records + 10 * trace, trace));
  const description = {
    schema: "pagewalk/experiment@1",
    traces: [files],
    machines: ["generic", "skylake"],
    sweeps: [{ entries: "16,64", ways: "4" }],
    machinesPerUnit: 1,
    ...experiment,
  };
  await writeFile(join(folder, "e.json"), JSON.stringify(description));
  const path = join(folder, "e.plan.json");
  const plan = await planExperiment(join(folder, "e.json"), folder);
  await writeFile(path, [...planPieces(plan)].join(""));
  return { folder, path, plan };
}

/** The text that `merge` of the plan at `path` prints, which must succeed. */
export async function merged(path: string, ...more: string[]): Promise<string> {
  const { status, stdout, stderr } = await pagewalk(["merge", path, ...more]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout;
}

/** Does the units of the plan at `path` with the options `more`; all must succeed. */
export async function swept(path: string, ...more: string[]): Promise<string> {
  const { status, stderr } = await pagewalk(["sweep", path, ...more]);
  expect(status, stderr).toBe(0);
  return stderr;
}
