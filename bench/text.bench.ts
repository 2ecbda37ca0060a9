/** Lackey text from a file in the page cache to results. */
import { openTrace, type RunResult, type SweepResult, simulate, sweep } from "../src/index.ts";
import type { Baseline } from "./baseline.ts";
import { cpuSeconds, wallSeconds } from "./environment.ts";
import { type Found, foundIn } from "./groups.ts";
import { C_CONFIG, C_L1D, COMPLETE } from "./machine.ts";
import { type PlainTrace, removeRepeated, repeatedText } from "./traces.ts";
import type { TwoCores } from "./two-cores.ts";
import { type Counts, type Run, takeTurns } from "./versus.ts";
import type { Scale } from "./workloads.ts";

/**
 * `run` is simulate(): fetches and the L1I, walks, page tables. C parses every line as well, and simulates two TLBs for
 * data alone. `complete` is sweep() of every geometry and page size over data, from the text that `run` has, with the
 * checks that it makes unasked. All by CPU time, which is that of all threads; but `twoCores`, which is `run` with two
 * decoders in workers, by wall clock.
 */
export async function compareText(
  trace: PlainTrace,
  baseline: Baseline | null,
  twoCores: TwoCores,
  folder: string,
  scale: Scale,
): Promise<Found[]> {
  const path = repeatedText(trace, folder, scale.textBytes);
  try {
    const once = await simulate(await openTrace(path), C_CONFIG);
    // No access of C reaches into a second page.
    const countsMissesOfC = once.references.data === accessesOf(once);
    const sides: Record<string, () => Run | Promise<Run>> = {
      run: () => timed(cpuSeconds, async () => countsOfRun(await simulate(await openTrace(path), C_CONFIG))),
      twoCores: () => timed(wallSeconds, async () => countsOfRun(await twoCores.simulate(path, C_CONFIG))),
      complete: () => timed(cpuSeconds, async () => countsOfSweep(await sweep(await openTrace(path), COMPLETE))),
    };
    if (baseline !== null) sides.C = () => runC(baseline, path, countsMissesOfC);
    const turns = await takeTurns(sides, scale.rounds);

    const input = { workload: trace.name, real: true, count: once.trace.records };
    const found = [foundIn("completeText", turns, ["complete", "run"], input)];
    if (baseline !== null) {
      found.push(foundIn("text", turns, ["run", "C"], input));
      found.push(foundIn("textTwoCores", turns, ["twoCores", "C"], input));
    }
    return found;
  } finally {
    removeRepeated(trace, path);
  }
}

async function timed(clock: () => number, job: () => Promise<Counts>): Promise<Run> {
  const start = clock();
  const counts = await job();
  return { seconds: clock() - start, counts };
}

function runC(baseline: Baseline, path: string, countsMisses: boolean): Run {
  const printed = baseline.lackey(path);
  const counts = { fetches: printed("instr"), accesses: printed("accesses") };
  return {
    seconds: printed("cpu_s"),
    counts: countsMisses ? { ...counts, l1dMisses: printed("L1miss") } : counts,
  };
}

function countsOfRun(result: RunResult): Counts {
  return {
    fetches: result.accesses.fetch,
    accesses: accessesOf(result),
    dataReferences: result.references.data,
    l1dMisses: result.tlbs.find(({ name }) => name === "L1D")?.misses ?? Number.NaN,
    walks: result.walks.count,
  };
}

function countsOfSweep({ trace, references, points }: SweepResult): Counts {
  const l1d = points.find(
    ({ pageSize, entries, ways }) => pageSize === "4K" && entries === C_L1D.entries && ways === C_L1D.ways,
  );
  return {
    fetches: trace.instructions,
    accesses: trace.records - trace.instructions,
    dataReferences: references,
    l1dMisses: l1d?.misses ?? Number.NaN,
  };
}

function accessesOf({ accesses }: RunResult): number {
  return accesses.load + accesses.store + accesses.modify;
}
