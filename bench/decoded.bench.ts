/** The kernel on decoded accesses, against bench/baseline/two-level-u64.c. */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { resolve } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import type { Baseline } from "./baseline.ts";
import { cpuSeconds } from "./environment.ts";
import { feedBatches } from "./feed.ts";
import { type Found, foundIn } from "./groups.ts";
import { C_CONFIG } from "./machine.ts";
import { type Run, takeTurns } from "./versus.ts";
import { addressesOf, everyAccess, filtered, pageRuns, recordsOf, type Words } from "./words.ts";
import type { Scale, Workload } from "./workloads.ts";

/**
 * All data accesses of `workload`: here as words from JavaScript arrays, in each of the three forms that words.ts has,
 * through the whole machine; there as a file of u64 addresses, all of them, through two TLBs. Every rate is of accesses,
 * whether or not they are words. The forms are made outside the measured time; the misses of all four must be equal.
 */
export async function compareDecoded(
  workload: Workload,
  baseline: Baseline,
  folder: string,
  scale: Scale,
): Promise<Found[]> {
  const config = resolve(C_CONFIG);
  const all = await everyAccess(workload.text(), workload.mostlyMisses ? scale.missReferences : scale.references);
  const runs = await pageRuns(all);
  const left = await filtered(all, config);
  const file = join(folder, "addresses.u64");
  writeAddresses(file, all);
  const kernel = await Kernel.create();
  const replay = (words: Words) => (): Run => {
    kernel.configureRun(config);
    const start = cpuSeconds();
    feedBatches(kernel, words);
    const seconds = cpuSeconds() - start;
    const { dataReferences, l1dMisses, stlbMisses, walks, setDirty } = kernel.counters();
    return { seconds, counts: { references: dataReferences, l1dMisses, stlbMisses, walks, setDirty } };
  };
  try {
    const turns = await takeTurns(
      {
        everyAccess: replay(all),
        pageRuns: replay(runs),
        filtered: replay(left),
        C: () => {
          const printed = baseline.u64("mtf", file);
          const counts = {
            references: printed("accesses"),
            l1dMisses: printed("L1miss"),
            stlbMisses: printed("L2miss"),
          };
          return { seconds: printed("sim_cpu_s"), counts };
        },
      },
      scale.rounds,
    );
    const input = { workload: workload.name, real: workload.real, count: recordsOf(all) };
    return (["everyAccess", "pageRuns", "filtered"] as const).map((form) => foundIn(form, turns, [form, "C"], input));
  } finally {
    rmSync(file);
  }
}

function writeAddresses(path: string, { batches }: Words): void {
  const file = openSync(path, "w");
  try {
    for (const words of batches) {
      const bytes = new Uint8Array(addressesOf(words).buffer);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    }
  } finally {
    closeSync(file);
  }
}
