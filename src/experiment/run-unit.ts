/** One unit of a plan, simulated. */
import { compareMachines } from "../compare-cpus.ts";
import type { PlannedMachine, PlannedTrace, PlannedWindow } from "../config/planned.ts";
import { resolve } from "../config/resolve.ts";
import type { JobOptions } from "../job.ts";
import { openRegions, regionsOfTrace } from "../regions/open.ts";
import type { Region } from "../regions/region.ts";
import type { PlannedResult, Timeless } from "../report/merged-result.ts";
import type { RunResult, SweepResult } from "../report/results.ts";
import { simulate } from "../simulate.ts";
import { sweep } from "../sweep.ts";
import { openTrace, type Trace } from "../trace/trace.ts";
import type { Plan, Unit } from "./plan.ts";

/** A unit with all that it is of: what another thread needs to do it. */
export interface UnitTask {
  unit: number;
  trace: PlannedTrace;
  window: PlannedWindow;
  machines: readonly PlannedMachine[];
  sweep: Plan["sweeps"][number] | null;
  by: Plan["by"];
  interval: Plan["interval"];
}

export function taskOf(plan: Plan, { unit, trace, window, machines = [], sweep }: Unit): UnitTask {
  return {
    unit,
    trace: plan.traces[trace] as PlannedTrace,
    window: plan.windows[window] as PlannedWindow,
    machines: machines.map((machine) => plan.machines[machine] as PlannedMachine),
    sweep: sweep === undefined ? null : (plan.sweeps[sweep] as Plan["sweeps"][number]),
    by: plan.by,
    interval: plan.interval,
  };
}

/**
 * The results of a unit. `locate` says where a file of the plan is. Rejects as `simulate()` and `sweep()` do, with the path that the file has here.
 */
export async function runUnit(
  task: UnitTask,
  locate: (path: string) => string,
  job: JobOptions = {},
): Promise<PlannedResult[]> {
  const { trace, window, machines, sweep: planned } = task;
  const { format, columns, thread } = trace;
  const of = { unit: task.unit, trace: trace.path, window: window.name };
  const opened = await openTrace(locate(trace.path), { format, columns, thread, ...window.selection });
  try {
    if (planned !== null) {
      const result = await sweep(opened, planned.config, job);
      return [{ ...of, sweep: planned.name, result: planResult(result, trace) }];
    }
    const results = await runMachines(opened, task, locate, job);
    return results.map((result, index) => ({
      ...of,
      machine: (machines[index] as PlannedMachine).name,
      result: planResult(result, trace),
    }));
  } finally {
    await opened.close();
  }
}

async function runMachines(
  trace: Trace,
  { machines, trace: { regions, maps }, by, interval }: UnitTask,
  locate: (path: string) => string,
  job: JobOptions,
): Promise<RunResult[]> {
  const [first] = machines;
  if (machines.length > 1 || first === undefined) {
    const { cpus } = await compareMachines(
      trace,
      machines.map(({ config }) => resolve(config)),
      job,
    );
    return cpus;
  }
  const options = {
    by,
    interval: interval ?? undefined,
    regions: regions === undefined ? undefined : await openRegions(locate(regions.path)),
    maps: maps === "recorded" ? await recordedMaps(trace) : maps && (await openRegions(locate(maps.path))),
  };
  return [await simulate(trace, first.config, { ...job, ...options })];
}

async function recordedMaps(trace: Trace): Promise<readonly Region[] | undefined> {
  return (await regionsOfTrace(trace)) ?? undefined;
}

/** `result` as it is wherever and however fast it was made: of a trace that is called as in the plan. */
function planResult<Result extends RunResult | SweepResult>(
  { time: _, ...result }: Result,
  { path }: PlannedTrace,
): Timeless<Result> {
  return { ...result, trace: { ...result.trace, path } };
}
