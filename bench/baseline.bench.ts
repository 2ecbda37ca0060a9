/** The kernel, and simulate(), against the C programs of bench/baseline. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Config, openTrace, resolve, simulate } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import type { Baseline } from "./baseline.ts";
import { cpuSeconds } from "./environment.ts";
import { feed } from "./feed.ts";
import { type PlainTrace, writeRepeated } from "./traces.ts";
import { type Comparison, compare, type Run } from "./versus.ts";
import { loadWords } from "./words.ts";
import { repeatsOf, type Scale, UNIFORM, type Workload } from "./workloads.ts";

/** Our speed divided by that of C, at least. */
export const TARGETS = { decoded: 1.5, uniform: 0.4, lackey: 0.8 };

/** The TLBs that the C programs have. */
const CONFIG: Config = { l1d: "64:4", stlb: "1536:12", policy: "lru", pageSize: "4K" };

/**
 * Loads at the addresses of `workload`: words from a JavaScript array here, a file of u64 there. We feed one array again
 * for each repeat, since words come from decoders that leave them in the cache. C reads its file from memory at no cost:
 * it is no faster from a file of one repeat, which stays in the cache too.
 */
export async function compareDecoded(
  workload: Workload,
  baseline: Baseline,
  folder: string,
  scale: Scale,
): Promise<Comparison> {
  const addresses = workload.addresses();
  const repeats = repeatsOf(workload, addresses.length, scale);
  const words = loadWords(addresses);
  const file = join(folder, "addresses.u64");
  writeRepeated(file, new Uint8Array(addresses.buffer), repeats);
  const kernel = await Kernel.create();
  try {
    return await compare(
      {
        workload: workload.name,
        real: workload.real,
        count: words.length * repeats,
        target: workload.real ? TARGETS.decoded : workload.name === UNIFORM ? TARGETS.uniform : null,
        ours: () => replayLoads(kernel, words, repeats),
        theirs: () => {
          const printed = baseline.u64("mtf", file);
          return {
            seconds: printed("sim_cpu_s"),
            counts: {
              references: printed("accesses"),
              l1dMisses: printed("L1miss"),
              stlbMisses: printed("L2miss"),
            },
          };
        },
      },
      scale.rounds,
    );
  } finally {
    rmSync(file);
  }
}

function replayLoads(kernel: Kernel, words: BigUint64Array, repeats: number): Run {
  kernel.configureRun(resolve(CONFIG));
  const start = cpuSeconds();
  for (let repeat = 0; repeat < repeats; repeat++) feed(kernel, words);
  const seconds = cpuSeconds() - start;
  const { dataReferences, l1dMisses, stlbMisses } = kernel.counters();
  return { seconds, counts: { references: dataReferences, l1dMisses, stlbMisses } };
}

/**
 * Lackey text from a file in the page cache to results. C parses every line and simulates its two TLBs for data; we do
 * all of simulate(): the fetches and the L1I, walks, page tables.
 */
export async function compareLackey(
  trace: PlainTrace,
  baseline: Baseline,
  folder: string,
  scale: Scale,
): Promise<Comparison> {
  const file = join(folder, "repeated.lk");
  writeRepeated(file, readFileSync(trace.path), Math.ceil(scale.textBytes / trace.bytes));
  try {
    const { trace: read, accesses, references } = await simulate(await openTrace(file), CONFIG);
    // The STLB of C sees no fetches, and its accesses never reach into a second page.
    const dataAccesses = accesses.load + accesses.store + accesses.modify;
    const comparesMisses = references.data === dataAccesses;
    return await compare(
      {
        workload: trace.name,
        real: true,
        count: read.records,
        target: TARGETS.lackey,
        ours: async () => {
          const start = cpuSeconds();
          const { accesses, tlbs } = await simulate(await openTrace(file), CONFIG);
          const seconds = cpuSeconds() - start;
          const { fetch, load, store, modify } = accesses;
          const misses = tlbs.find(({ name }) => name === "L1D")?.misses ?? Number.NaN;
          return {
            seconds,
            counts: { fetches: fetch, accesses: load + store + modify, ...(comparesMisses && { l1dMisses: misses }) },
          };
        },
        theirs: () => {
          const printed = baseline.lackey(file);
          return {
            seconds: printed("cpu_s"),
            counts: {
              fetches: printed("instr"),
              accesses: printed("accesses"),
              ...(comparesMisses && { l1dMisses: printed("L1miss") }),
            },
          };
        },
      },
      scale.rounds,
    );
  } finally {
    rmSync(file);
  }
}
