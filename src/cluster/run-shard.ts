/** A share of a plan, done by threads of this computer. */
import { hostname } from "node:os";
import type { PlannedTrace } from "../config/planned.ts";
import { messageOf } from "../errors.ts";
import type { Plan, Unit } from "../experiment/plan.ts";
import { type Shard, unitsOfShard } from "../experiment/shards.ts";
import { InputError } from "../files/json-file.ts";
import type { PlannedResult } from "../report/merged-result.ts";
import { checkUnchanged } from "./file-identity.ts";
import type { ResultsFolder } from "./results-folder.ts";
import { unitResult } from "./unit-file.ts";
import { UnitThread } from "./unit-thread.ts";

export interface ShardOptions {
  /** Units that are done at once. */
  jobs: number;
  /** Folder of the plan. */
  folder: string;
  /** Called when something has changed. */
  onProgress?: (progress: ShardProgress) => void;
  /** Told of a file that is no result of its unit, which is done again. */
  onBroken?: (error: InputError) => void;
  onFailure?: (failure: UnitFailure) => void;
}

export interface UnitFailure {
  unit: Unit;
  error: Error;
}

export interface ShardProgress {
  units: number;
  /** With `skipped`. */
  done: number;
  /** Units that were done already, or that another process did meanwhile. */
  skipped: number;
  failed: UnitFailure[];
  /** Of all units of the shard that were not done at its beginning, as the plan estimates. */
  seconds: number;
  /** Of those of them that are done by now, or have failed. */
  secondsDone: number;
}

/** Files of results that are looked at at once. */
const AT_ONCE = 16;

/**
 * Does the units of `shard` that are not done, and writes their results; those that another process does, last. Units that fail are told of, the
 * others done all the same. Rejects with OutputError where results cannot be written, with InputError where there is another result of the same
 * unit: then nothing more is begun.
 */
export async function runShard(
  plan: Plan,
  shard: Shard,
  results: ResultsFolder,
  { jobs, folder, onProgress, onBroken, onFailure }: ShardOptions,
): Promise<ShardProgress> {
  const units = unitsOfShard(plan.units, shard);
  const done = await wholeOf(results, units, onBroken);
  const queue = units.filter(({ unit }) => !done.has(unit));
  /** Units that another process has begun. */
  const later: Unit[] = [];
  const progress: ShardProgress = {
    units: units.length,
    done: done.size,
    skipped: done.size,
    failed: [],
    seconds: queue.reduce((sum, { seconds }) => sum + seconds, 0),
    secondsDone: 0,
  };
  onProgress?.(progress);

  const doUnit = async (unit: Unit, thread: UnitThread) => {
    const startMs = performance.now();
    let made: PlannedResult[];
    try {
      await checkFiles(plan.traces[unit.trace] as PlannedTrace, folder);
      made = await thread.run(plan, unit);
    } catch (error) {
      const failure = { unit, error: error instanceof Error ? error : new Error(messageOf(error)) };
      await results.fail(unit.unit, failure.error.message);
      progress.failed.push(failure);
      onFailure?.(failure);
      return;
    }
    const measured = { seconds: Math.round(performance.now() - startMs) / 1000, host: hostname() };
    await results.write(unitResult(plan.hash, unit.unit, made, measured));
    progress.done++;
  };

  const isLeft = () => queue.length + later.length > 0;
  const doUnits = async () => {
    const thread = new UnitThread(folder);
    try {
      while (failure === null && isLeft()) {
        const isLate = queue.length === 0;
        const unit = (isLate ? later : queue).shift() as Unit;
        if (await isWhole(results, unit)) {
          progress.done++;
          progress.skipped++;
        } else if ((await results.begin(unit.unit)) || isLate) {
          await doUnit(unit, thread);
        } else {
          later.push(unit);
          continue;
        }
        progress.secondsDone += unit.seconds;
        onProgress?.(progress);
      }
    } catch (error) {
      failure ??= { error };
    } finally {
      await thread.end();
    }
  };
  let failure: { error: unknown } | null = null;
  try {
    await Promise.all(Array.from({ length: Math.min(jobs, queue.length) }, doUnits));
  } finally {
    results.close();
  }
  if (failure !== null) throw (failure as { error: unknown }).error;
  return progress;
}

/** Numbers of those of `units` whose results are there, and whole as far as can be told without reading them. */
async function wholeOf(
  results: ResultsFolder,
  units: readonly Unit[],
  onBroken?: (error: InputError) => void,
): Promise<Set<number>> {
  const there = await results.done();
  const queue = units.filter(({ unit }) => there.has(unit));
  const whole = new Set<number>();
  const lookAtNext = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop())
      if (await isWhole(results, next, onBroken)) whole.add(next.unit);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lookAtNext));
  return whole;
}

async function isWhole(
  results: ResultsFolder,
  { unit }: Unit,
  onBroken?: (error: InputError) => void,
): Promise<boolean> {
  try {
    return (await results.readHead(unit)) !== null;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    onBroken?.(error);
    return false;
  }
}

async function checkFiles(trace: PlannedTrace, folder: string): Promise<void> {
  await checkUnchanged(trace, folder);
  if (trace.regions !== undefined) await checkUnchanged(trace.regions, folder);
  if (trace.maps !== undefined && trace.maps !== "recorded") await checkUnchanged(trace.maps, folder);
}
