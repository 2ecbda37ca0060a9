/** Many CPUs over one trace, which is read once. */
import { type CpusConfig, canShareReading, resolveCpus } from "./config/compared-cpus.ts";
import type { ResolvedConfig } from "./config/types.ts";
import type { CpuSimulator } from "./cpus/simulator.ts";
import { readingOf } from "./decoding.ts";
import { ConfigError } from "./errors.ts";
import type { JobOptions } from "./job.ts";
import { Kernel } from "./kernel/kernel.ts";
import { type Sieve, sieveName } from "./kernel/sieves.ts";
import { replay, summarize } from "./replay.ts";
import type { CpusResult, RunResult } from "./report/results.ts";
import type { Trace } from "./trace/trace.ts";
import { VERSION } from "./version.ts";

export interface CompareCpusOptions extends JobOptions {
  /** Who simulates, each some of the CPUs. @default one, in this thread */
  simulators?: readonly CpuSimulator[] | undefined;
}

/**
 * Replays `trace` through the machines of all CPUs of `config`, which have 4 KiB pages or their own smallest. Each result is that of
 * `simulate()` for the CPU alone, but for the time, which is that of its machine without the reading. Each machine takes up about 2 MB,
 * and its page tables: 2 MiB for each GiB that the trace touches. Rejects as `simulate()` does. The counts do not depend on the number
 * of simulators.
 */
export async function compareCpus(
  trace: Trace,
  config: CpusConfig = {},
  options: CompareCpusOptions = {},
): Promise<CpusResult> {
  const configs = resolveCpus(config);
  if (!configs.every(canShareReading)) {
    throw new ConfigError(
      "prefetch",
      "stride",
      "next-page or distance where CPUs are compared: no instructions are known there",
    );
  }
  return compareMachines(trace, configs, options);
}

/** compareCpus() for machines of any sort that can share a reading. */
export async function compareMachines(
  trace: Trace,
  configs: readonly ResolvedConfig[],
  options: CompareCpusOptions = {},
): Promise<CpusResult> {
  const available = options.simulators?.length ? options.simulators : [await localSimulator()];
  const shares = divideCpus(configs, available);
  const kernel = await Kernel.create();
  const sieves = await Promise.all(
    shares.map(({ simulator, cpus }) => simulator.start(cpus.map((cpu) => configs[cpu] as ResolvedConfig))),
  );
  const sifting = kernel.configureSieves(sieves.flat(), readingOf(trace));
  const machinesOf = (share: number, sieve: Sieve) =>
    (sieves[share] ?? []).flatMap((own, machine) => (sieveName(own) === sieveName(sieve) ? [machine] : []));
  await replay(
    trace,
    kernel,
    () => {
      const feeding: Promise<void>[] = [];
      const records = kernel.batchRecords();
      const instructions = kernel.batchInstructions();
      for (const [sieve, words] of sifting.sift(kernel.batchWords())) {
        for (const [share, { simulator }] of shares.entries()) {
          const machines = machinesOf(share, sieve);
          if (machines.length === 0) continue;
          const fed = simulator.feed({ words, records, instructions, machines });
          if (fed !== undefined) feeding.push(fed);
        }
      }
      kernel.countEntries();
      return feeding.length > 0 ? Promise.all(feeding).then(() => undefined) : undefined;
    },
    options,
    undefined,
    async () => {
      kernel.endWarmup();
      await Promise.all(shares.map(({ simulator }) => simulator.endWarmup()));
    },
  );
  const summary = summarize(trace, kernel.counters());
  const results = await Promise.all(shares.map(({ simulator }) => simulator.finish(summary)));
  const cpus: RunResult[] = [];
  shares.forEach((share, index) => {
    share.cpus.forEach((cpu, machine) => {
      cpus[cpu] = results[index]?.[machine] as RunResult;
    });
  });
  return { schema: "pagewalk/cpus@1", version: VERSION, trace: summary, cpus };
}

/** One in this thread, of a module that who compares nothing need not load. */
async function localSimulator(): Promise<CpuSimulator> {
  const { LocalCpuSimulator } = await import("./cpus/local-simulator.ts");
  return new LocalCpuSimulator();
}

/** How much longer a machine of any shape takes than a plain one, about. */
const HIERARCHY_LOAD = 4;

/** Divides the CPUs, by their indexes, among simulators: so that each has about as much to do. */
function divideCpus(
  configs: readonly ResolvedConfig[],
  simulators: readonly CpuSimulator[],
): { simulator: CpuSimulator; cpus: number[] }[] {
  const shares = simulators.map((simulator) => ({ simulator, cpus: [] as number[], load: 0 }));
  configs.forEach(({ hierarchy }, cpu) => {
    const share = shares.reduce((least, other) => (other.load < least.load ? other : least));
    share.cpus.push(cpu);
    share.load += hierarchy === undefined ? 1 : HIERARCHY_LOAD;
  });
  return shares.filter(({ cpus }) => cpus.length > 0);
}
