/** Which parts of a program's memory to put on larger pages: plans are not estimated, each is simulated. */

import { commandOf, type Opening } from "./advise/command.ts";
import { inferredParts } from "./advise/inferred.ts";
import { bestOfEach, verdictOn, wastesMemory } from "./advise/judgement.ts";
import { type Part, partsOfMaps } from "./advise/parts.ts";
import { type PlanRun, type PlanRunner, runPlans } from "./advise/runs.ts";
import type { OsOptions } from "./config/os-config.ts";
import { resolve } from "./config/resolve.ts";
import type { Config, PageSize } from "./config/types.ts";
import { readingOf } from "./decoding.ts";
import { ConfigError } from "./errors.ts";
import type { JobOptions } from "./job.ts";
import { Kernel } from "./kernel/kernel.ts";
import { regionsOfTrace } from "./regions/open.ts";
import type { Region } from "./regions/region.ts";
import { replay } from "./replay.ts";
import type { AdvisedPlan, AdvisedRegion, AdviseResult, RegionSource } from "./report/advising.ts";
import { mpki, share } from "./report/metrics.ts";
import type { AttributionRow, RunResult } from "./report/results.ts";
import { l1Misses } from "./report/tlb-levels.ts";
import { simulate } from "./simulate.ts";
import type { Trace } from "./trace/trace.ts";
import { VERSION } from "./version.ts";

export type { PlanRunner } from "./advise/runs.ts";

/** The machine of `advise()`. */
export type AdviseConfig = Omit<Config, "pageSize" | keyof OsOptions>;

export interface AdviseOptions extends JobOptions {
  /** Mappings of the program. @default those recorded with the trace; else ranges of what it touches, with nothing forbidden */
  maps?: readonly Region[] | undefined;
  /** Regions for which there are plans, those with most walk references: 1 to 64. @default 8 */
  top?: number | undefined;
  /** Who simulates plans, each one after the other. @default this thread alone */
  runners?: readonly PlanRunner[] | undefined;
  /** Of the commands in the result: how they open the trace and the maps, where that is not plain. @default the trace's path */
  opening?: Opening | undefined;
}

export const DEFAULT_TOP = 8;
const MAX_TOP = 64;
/** Share of the walk references that a region must cause for there to be plans for it. */
const LEAST_SHARE = 0.01;

/** Transparent huge pages that can never be had: counts as pages of 4 KiB do, and tells how much is mapped at the end. */
const SMALL_PAGES = { pageSize: "thp", thpAvailable: 0 } as const;

/** The memory of a program. */
interface Memory {
  source: RegionSource;
  parts: Part[];
  /** Mappings that runs are given, and regions by whose names they count. */
  maps: readonly Region[] | undefined;
  regions: readonly Region[];
}

/** What is known of a plan before it is simulated. */
type Planned = Pick<AdvisedPlan, "name" | "regions" | "options">;

/**
 * Simulates the trace that `open` opens with pages of 4 KiB, with transparent huge pages, with each region on larger pages that
 * causes a hundredth of the walk references or more, and with all of them that are worth it; and judges. `open` is called for
 * each run. Rejects as `simulate()` does, and with TraceError if the trace can be read only once.
 */
export async function advise(
  open: () => Promise<Trace>,
  config: AdviseConfig = {},
  options: AdviseOptions = {},
): Promise<AdviseResult> {
  const { top = DEFAULT_TOP, runners = [], signal, onProgress } = options;
  for (const name of ["pageSize", "huge"] as const) {
    const given = (config as Config)[name];
    if (given !== undefined) throw new ConfigError(name, given, "none: advise compares page sizes");
  }
  if (!Number.isInteger(top) || top < 1 || top > MAX_TOP) throw new ConfigError("top", top, `1 to ${MAX_TOP}`);
  const resolved = resolve(config);
  const startMs = performance.now();
  const here: PlanRunner = { run: (plan, job) => withTrace(open, (trace) => simulate(trace, plan, job)) };
  const { memory, command } = await withTrace(open, async (trace) => {
    const found = await memoryOf(trace, options);
    return { memory: found, command: commandOf(trace, config, found.source, options.opening) };
  });
  const { maps, regions, parts } = memory;
  const run = (runs: readonly PlanRun[]) =>
    runPlans(runs, runners.length > 0 ? runners : [here], { signal, onProgress });
  const runOf = ({ options: more }: Planned): PlanRun => ({ config: { ...config, ...more }, maps });

  const small: Planned = { name: "4K", regions: [], options: {} };
  const thp: Planned = { name: "thp", regions: [], options: { pageSize: "thp" } };
  const [base, transparent] = await run([
    { config: { ...config, ...SMALL_PAGES }, maps, by: ["region"], ...(maps === undefined ? { regions } : {}) },
    runOf(thp),
  ]);
  if (base === undefined || transparent === undefined) throw new TypeError("runs without results");
  const made = (planned: Planned, result: RunResult) => planOf(planned, result, base, command(planned.options));
  const candidates = candidatesOf(base, parts, top);
  const singles = candidates.flatMap(plansFor);
  const singleResults = await run(singles.map(runOf));
  const single = singles.map((planned, index) => made(planned, singleResults[index] ?? base));
  const best = bestOfEach(single, mappedBytesOf(base));
  const joint = best.length > 1 ? [togetherOf(best, parts)] : [];
  const together = (await run(joint.map(runOf))).map((result, index) => made(joint[index] ?? small, result));
  const [basePlan, thpPlan] = [made(small, base), made(thp, transparent)];
  return {
    schema: "pagewalk/advise@1",
    version: VERSION,
    trace: base.trace,
    config: resolved,
    regions: {
      source: memory.source,
      forbidden: base.faults.protection,
      rows: (base.by?.region ?? []).map((row) => regionOf(row, parts, base)),
    },
    plans: [basePlan, thpPlan, ...single, ...together].sort(bySaving),
    verdict: verdictOn(basePlan, thpPlan, best, together[0] ?? null, base.trace),
    time: { seconds: (performance.now() - startMs) / 1000, runs: 2 + single.length + together.length },
  };
}

async function withTrace<Result>(open: () => Promise<Trace>, job: (trace: Trace) => Promise<Result>): Promise<Result> {
  const trace = await open();
  try {
    return await job(trace);
  } finally {
    await trace.close();
  }
}

/** The memory of the program of `trace`, as far as it is known. */
async function memoryOf(trace: Trace, { maps, ...job }: AdviseOptions): Promise<Memory> {
  const recorded = maps === undefined ? await regionsOfTrace(trace) : null;
  const regions = maps ?? recorded;
  if (regions !== null) {
    return { source: recorded === null ? "maps" : "recorded", parts: partsOfMaps(regions), maps: regions, regions };
  }
  const kernel = await Kernel.create();
  kernel.configureCensus(readingOf(trace));
  await replay(trace, kernel, () => kernel.takeCensus(), job);
  const inferred = inferredParts(kernel.census().pages);
  return {
    source: "inferred",
    parts: inferred.map(({ part }) => part),
    maps: undefined,
    regions: inferred.map(({ region }) => region),
  };
}

/** The parts that are worth a plan, those that cost most first. */
function candidatesOf({ by, walks }: RunResult, parts: readonly Part[], top: number): Part[] {
  return (by?.region ?? [])
    .filter(({ walkReferences }) => walkReferences > 0 && share(walkReferences, walks.references) >= LEAST_SHARE)
    .flatMap(({ name }) => parts.find((part) => part.name === name) ?? [])
    .filter(({ kind, largestPage }) => kind !== "system" && largestPage !== "4K")
    .slice(0, top);
}

function plansFor({ name, kind, largestPage, huge }: Part): Planned[] {
  const pageSizes: PageSize[] = largestPage === "1G" ? ["2M", "1G"] : ["2M"];
  return pageSizes.map((pageSize) => ({
    name: `${name} on ${pageSize}`,
    regions: [{ name, kind, pageSize }],
    options: { huge: huge(pageSize) },
  }));
}

function togetherOf(best: readonly AdvisedPlan[], parts: readonly Part[]): Planned {
  const regions = best.flatMap((plan) => plan.regions);
  const huge = regions.map(({ name, pageSize }) => parts.find((part) => part.name === name)?.huge(pageSize));
  return { name: `${best.length} regions together`, regions, options: { huge: huge.join() } };
}

function planOf(planned: Planned, result: RunResult, base: RunResult, command: string): AdvisedPlan {
  const { walks, faults, trace } = result;
  const mappedBytes = mappedBytesOf(result);
  const bloatBytes = mappedBytes - mappedBytesOf(base);
  const savedWalkReferences = base.walks.references - walks.references;
  const savedShare = share(savedWalkReferences, base.walks.references);
  return {
    ...planned,
    l1Misses: l1Misses(result),
    stlbMisses: walks.count,
    stlbMpki: mpki(walks.count, trace.instructions),
    walkReferences: walks.references,
    savedWalkReferences,
    savedShare,
    minorFaults: faults.minor,
    mappedBytes,
    bloatBytes,
    isWasteful: wastesMemory({ savedShare, bloatBytes }, mappedBytesOf(base)),
    command,
  };
}

function mappedBytesOf({ memory }: RunResult): number {
  if (memory.mappedBytes === undefined) throw new TypeError("a run without the bytes that it mapped");
  return memory.mappedBytes;
}

function regionOf(row: AttributionRow, parts: readonly Part[], { walks }: RunResult): AdvisedRegion {
  const { name, l1Misses, stlbMisses, walkReferences } = row;
  const part = parts.find((each) => each.name === name);
  return {
    name,
    kind: part?.kind ?? null,
    bytes: part?.bytes ?? 0,
    l1Misses,
    stlbMisses,
    walkReferences,
    walkReferenceShare: share(walkReferences, walks.references),
    largestPage: part?.largestPage ?? "4K",
  };
}

function bySaving(a: AdvisedPlan, b: AdvisedPlan): number {
  return b.savedWalkReferences - a.savedWalkReferences;
}
