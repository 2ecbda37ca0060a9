/** What one press of Run asks for. */
import { RUN_OPTIONS, SWEEP_OPTIONS } from "../../config/options.ts";
import type { SweepConfig } from "../../config/types.ts";
import { commandLine } from "../../report/command-line.ts";
import type { NamedMachine } from "../state.ts";
import type { Job, RunJob, SweepJob } from "./runner.ts";

/** Traces, machines and sweep of one run. */
export interface Plan {
  traces: readonly File[];
  machines: readonly NamedMachine[];
  /** `null`: no sweep. */
  sweep: SweepConfig | null;
}

/** The sweep of `trace`, if there is to be one. */
export function sweepJobOf({ sweep }: Plan, trace: File): SweepJob | null {
  return sweep === null ? null : { kind: "sweep", trace, config: sweep };
}

/** What each machine is to do with `trace`. */
export function runJobsOf({ machines }: Plan, trace: File): { machine: string; job: RunJob }[] {
  return machines.map(({ name, config }) => ({ machine: name, job: { kind: "run", trace, config } }));
}

/** All jobs: for each trace its curve, which is wanted first, then the machines. */
export function jobsOf(plan: Plan): Job[] {
  return plan.traces.flatMap((trace) => [
    ...[sweepJobOf(plan, trace)].filter((job) => job !== null),
    ...runJobsOf(plan, trace).map(({ job }) => job),
  ]);
}

/** The commands that do the same, one a line. */
export function commandLines({ traces, machines, sweep }: Plan): string {
  const names = traces.map(({ name }) => name);
  return [
    ...(sweep === null ? [] : [commandLine("sweep", names, sweep, SWEEP_OPTIONS)]),
    ...machines.map(({ config }) => commandLine("run", names, config, RUN_OPTIONS)),
  ].join("\n");
}
