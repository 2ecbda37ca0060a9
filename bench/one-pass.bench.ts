/** All TLBs of a sweep in one pass over decoded references, against one run over them, and against direct simulations. */
import { resolveSweep } from "../src/config/resolve.ts";
import type { Engine, ResolvedSweepPoint } from "../src/config/types.ts";
import { resolve, type SweepConfig } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import { SweepKernel, type SweepTask, type SweepWork, type TaskCounts } from "../src/kernel/sweep-kernel.ts";
import { divide, planSweep } from "../src/sweep/plan.ts";
import { digestOf } from "./digest.ts";
import { cpuSeconds } from "./environment.ts";
import { feedBatches } from "./feed.ts";
import { type Found, foundIn } from "./groups.ts";
import { C_CONFIG, C_L1D, COMPLETE, POINTS } from "./machine.ts";
import { type Counts, type Run, takeTurns } from "./versus.ts";
import { everyAccess, pageRuns, recordsOf, referenceLists } from "./words.ts";
import type { Scale, Workload } from "./workloads.ts";

/**
 * The data accesses of `workload`, of runs on one page only the first access and the first store, since that is what a
 * sweep is given: for `run` as the decoder's words, for the sweeps as the references that the kernel lists of the same
 * words. Both are made outside the measured time, which goes from an empty machine to its counts. The sweeps do what
 * sweep() has its simulator do: stacks, and the stack distances of each page size.
 */
export async function compareOnePass(workload: Workload, scale: Scale): Promise<Found[]> {
  const references = workload.mostlyMisses ? scale.sweepMissReferences : scale.references;
  const all = await everyAccess(workload.text(), references);
  const words = await pageRuns(all);
  const lists = await referenceLists(words);
  const runKernel = await Kernel.create();
  const sweepKernel = await SweepKernel.create();
  const config = resolve(C_CONFIG);
  const sweepOf = (sweep: SweepConfig) => {
    const work = workOf(sweep);
    return () => simulate(sweepKernel, work, lists, countsOfStacks);
  };
  const turns = await takeTurns(
    {
      run: () => {
        const start = cpuSeconds();
        runKernel.configureRun(config);
        feedBatches(runKernel, words);
        const { l1dMisses } = runKernel.counters();
        return { seconds: cpuSeconds() - start, counts: { l1dMisses, pages: runKernel.mappedPages() } };
      },
      points: sweepOf(POINTS),
      complete: sweepOf(COMPLETE),
    },
    scale.rounds,
  );
  const input = { workload: workload.name, real: workload.real, count: recordsOf(all) };
  return [foundIn("points", turns, ["points", "run"], input), foundIn("complete", turns, ["complete", "run"], input)];
}

/**
 * Some of the 208 TLBs by stacks, in one pass, against the same ones each simulated by itself, over the same lists of
 * references. Every count of every TLB must be equal. The direct simulations share what is made of the lists, so that
 * runs of their own would take longer.
 */
export async function compareDirect(workload: Workload, scale: Scale): Promise<Found[]> {
  const all = await everyAccess(workload.text(), scale.directReferences);
  const lists = await referenceLists(await pageRuns(all));
  const kernel = await SweepKernel.create();
  const input = { workload: workload.name, real: workload.real, count: recordsOf(all) };
  const found: Found[] = [];
  for (const [group, count] of DIRECT) {
    const points = spread(resolveSweep(POINTS).points, count);
    const side = (engine: Engine) => {
      const work = pointsBy(engine, points);
      return () => simulate(kernel, work, lists, countsOfAll);
    };
    const turns = await takeTurns({ onePass: side("one-pass"), direct: side("direct") }, scale.rounds);
    found.push(foundIn(group, turns, ["onePass", "direct"], input));
  }
  return found;
}

/** How many TLBs each group is of. */
const DIRECT = [
  ["direct1", 1],
  ["direct16", 16],
  ["direct208", 208],
] as const;

/** What sweep() gives its simulator, but no checks: they are direct simulations beside the one pass. */
function workOf(config: SweepConfig): SweepWork {
  const resolved = resolveSweep({ ...config, check: 0 });
  const [share] = divide(planSweep(resolved), resolved, 1);
  if (share === undefined) throw new Error("there is nothing to simulate");
  return share.work;
}

/** Each of `points` by `engine`. */
function pointsBy(engine: Engine, points: readonly ResolvedSweepPoint[]): SweepWork {
  const needsDistances = engine === "one-pass" && points.some(({ sets }) => sets === 1);
  return {
    tasks: points.map((point) => ({ ...point, engine })),
    curves: needsDistances ? ["4K"] : [],
    front: null,
    checkedPages: 0,
  };
}

/** By CPU time, from empty TLBs to what `countsOf` makes of the tasks' counts and of the pages touched. */
function simulate(
  kernel: SweepKernel,
  work: SweepWork,
  lists: readonly BigUint64Array[],
  countsOf: (counts: readonly TaskCounts[], tasks: readonly SweepTask[]) => Counts,
): Run {
  const start = cpuSeconds();
  kernel.configure(work);
  for (const references of lists) kernel.take(references);
  const { tasks, sizes } = kernel.counts();
  const seconds = cpuSeconds() - start;
  return { seconds, counts: { ...countsOf(tasks, work.tasks), pages: sizes[0]?.footprint ?? Number.NaN } };
}

/** The misses of the L1D that a run has as well, and of all 4 KiB stacks together. */
function countsOfStacks(counts: readonly TaskCounts[], tasks: readonly SweepTask[]): Counts {
  const small = [...tasks.keys()].filter((task) => tasks[task]?.pageSize === "4K");
  const missesOf = (task: number) => counts[task]?.onePass?.misses ?? Number.NaN;
  const l1d = small.find((task) => tasks[task]?.entries === C_L1D.entries && tasks[task]?.ways === C_L1D.ways);
  return { l1dMisses: missesOf(l1d ?? -1), misses: small.reduce((sum, task) => sum + missesOf(task), 0) };
}

/** Of every TLB. */
function countsOfAll(counts: readonly TaskCounts[]): Counts {
  const counted = counts.map(({ onePass, direct }) => onePass ?? direct);
  return { misses: counted.reduce((sum, task) => sum + (task?.misses ?? Number.NaN), 0), digest: digestOf(counted) };
}

/** `count` of `items`, evenly spread. */
function spread<Item>(items: readonly Item[], count: number): Item[] {
  return items.filter(
    (_, index) => Math.floor((index * count) / items.length) !== Math.floor(((index + 1) * count) / items.length),
  );
}
