/** A run with an operating system: `simulate()` where the machine of plain runs does not do. */
import { RunAttribution, regionsFor } from "./attribution.ts";
import { resolveAttribution } from "./config/attribution.ts";
import { hasOpt } from "./config/cpus/opt.ts";
import type { ResolvedCpu } from "./config/cpus/resolved.ts";
import { usualOs } from "./config/os-config.ts";
import type { ResolvedConfig } from "./config/types.ts";
import { cyclesResult } from "./cycles-result.ts";
import { readingOf } from "./decoding.ts";
import { ConfigError } from "./errors.ts";
import { hierarchyTlbs, prefetchResult, walkCacheResults } from "./hierarchy-result.ts";
import { mayLeaveOutRepeats } from "./kernel/hierarchy.ts";
import { type Counters, Kernel } from "./kernel/kernel.ts";
import type { OsReplay } from "./kernel/os-replay.ts";
import { nestedWalks } from "./nested-result.ts";
import { readFuture, runInto } from "./os/future.ts";
import { namesRegions } from "./os/huge.ts";
import { mixedSizes, mixesSizes } from "./os/mixed-sizes.ts";
import { assertMapsOfOne } from "./os/processes.ts";
import { osSetup } from "./os/setup.ts";
import { RegionNames } from "./regions/names.ts";
import { regionsOfTrace } from "./regions/open.ts";
import { replay, summarize } from "./replay.ts";
import { hexAddress } from "./report/format.ts";
import type { RunResult, TraceSummary } from "./report/results.ts";
import { runResult } from "./run-result.ts";
import type { SimulateOptions } from "./simulate.ts";
import { KnownLookups } from "./tlb-futures.ts";
import type { Trace } from "./trace/trace.ts";

/** Rejects as `simulate()` does. */
export async function simulateOs(trace: Trace, config: ResolvedConfig, options: SimulateOptions): Promise<RunResult> {
  const { maps, profile } = options;
  if (profile) throw new ConfigError("profile", profile, "no profile in a run with an operating system");
  const asked = resolveAttribution(options);
  const byWords = needsPagesOnly(config, options);
  if (trace.format.isPagesOnly && needsPcs(config)) throw noPcs(trace);
  if (needsPcs(config) && hasHierarchy(config) && hasOpt(config.hierarchy)) {
    throw new ConfigError("prefetch", "stride", "next-page or distance with policy opt, which knows pages only");
  }
  if (trace.format.isPagesOnly && !byWords) {
    throw new ConfigError(
      "format",
      trace.format.name,
      "one with whole records, without which there is no operating system",
    );
  }
  if (!byWords && config.hierarchy !== undefined && !isOf4K(config.hierarchy)) {
    throw new ConfigError(
      "pageSize",
      config.pageSize,
      "4K, 2M or 1G where whole records are read: for an operating system, rows of who missed, intervals, or the stride prefetcher",
    );
  }
  if (trace.format.isPagesOnly && config.hierarchy && !mayLeaveOutRepeats(config.hierarchy, config.pageSize)) {
    const allowed = `one with whole records: in this one repeats are left out, which ${config.cpu} tells apart`;
    throw new ConfigError("format", trace.format.name, allowed);
  }
  if (!byWords && hasOpt(config.hierarchy)) {
    const allowed =
      "opt without an operating system, mappings, and counts of who missed: the lookups to come are those of pages alone";
    throw new ConfigError("policy", "opt", allowed);
  }
  const os = config.os ?? usualOs();
  const regions = (await regionsFor(trace, asked, options)) ?? (namesRegions(os) ? await regionsOfTrace(trace) : null);
  const names = new RegionNames(regions ?? []);
  const setup = osSetup(config, os, regions && { regions, names }, maps === undefined, trace.selection);
  const future =
    setup.reclaim === "opt" && setup.memoryFrames !== null ? await readFuture(trace, config, setup, options) : null;
  const lookups =
    hasHierarchy(config) && hasOpt(config.hierarchy) ? await KnownLookups.read(trace, config, setup, options) : null;
  const kernel = await Kernel.create(undefined, config.hierarchy);
  const told = lookups === null ? setup : { ...setup, futures: lookups.roles() };
  const machine = kernel.configureOs(config, told, readingOf(trace), byWords);
  const attribution = new RunAttribution(machine, asked, names.names);
  const startMs = performance.now();
  await replay(
    trace,
    kernel,
    () => {
      if (lookups !== null) lookups.run(machine);
      else if (future !== null) runInto(future, machine);
      else machine.run();
      if (maps !== undefined) assertMapsOfOne(machine, [trace]);
      assertKnowsPcs(machine, config, trace);
      attribution.take();
    },
    options,
    undefined,
    () => {
      kernel.endWarmup();
      attribution.endWarmup();
    },
  );
  const counters = kernel.counters();
  const summary = summarize(trace, counters);
  const result = osResult(machine, counters, summary, config, maps !== undefined, (performance.now() - startMs) / 1000);
  return { ...result, ...attribution.result(summary.records) };
}

/** Whether nothing but the pages of records is needed, since all that is asked for is a CPU with a hierarchy. */
function needsPagesOnly({ hierarchy, os }: ResolvedConfig, { maps, ...options }: SimulateOptions): boolean {
  const { by, interval } = resolveAttribution(options);
  return (
    hierarchy !== undefined &&
    !needsPcs({ hierarchy }) &&
    os === undefined &&
    maps === undefined &&
    by.length === 0 &&
    interval === 0
  );
}

function hasHierarchy(config: ResolvedConfig): config is ResolvedConfig & { hierarchy: ResolvedCpu } {
  return config.hierarchy !== undefined;
}

function isOf4K({ pageSizes }: ResolvedCpu): boolean {
  return pageSizes[0] === "4K";
}

/** Whether the prefetcher goes by the instruction of each access. */
function needsPcs({ hierarchy }: Pick<ResolvedConfig, "hierarchy">): boolean {
  return hierarchy?.prefetch?.policy === "stride";
}

/** Throws ConfigError if the prefetcher goes by instructions, and `trace` has told of none so far, but misses. */
function assertKnowsPcs(machine: OsReplay, config: ResolvedConfig, trace: Trace): void {
  if (needsPcs(config) && machine.lacksPcs()) throw noPcs(trace);
}

function noPcs({ format }: Trace): ConfigError {
  const allowed = "next-page or distance: the trace does not tell which instruction made an access";
  return new ConfigError("prefetch", `stride, and a trace of format ${format.name}`, allowed);
}

/** What `machine` has made of `trace`, with `counters`; `hasMaps`: mappings were known. */
export function osResult(
  machine: OsReplay,
  counters: Counters,
  trace: TraceSummary,
  config: ResolvedConfig,
  hasMaps: boolean,
  elapsedSeconds: number,
): RunResult {
  const { switches, kernelEntries, shootdowns, invalidatedPages, processFlushes } = counters;
  const pages = {
    distinctPages: counters.minorFaults,
    pageTablePages: machine.tableFrames(),
    ...(mixesSizes(config.os ?? usualOs(), config.pageSize, hasMaps) ? mixedSizes(machine, counters, hasMaps) : {}),
  };
  const { hierarchy } = config;
  const { hierarchy: counts, nested, dataCaches } = machine.partCounts();
  const prefetch = hierarchy === undefined || counts === null ? null : prefetchResult(hierarchy, counts);
  const run = runResult(trace, config, counters, pages, elapsedSeconds);
  const result: RunResult = {
    ...run,
    ...(nested === null ? {} : { walks: { ...run.walks, nested: nestedWalks(nested) } }),
    ...(hierarchy === undefined || counts === null
      ? {}
      : {
          tlbs: hierarchyTlbs(hierarchy, counts, counters, trace.instructions),
          walkCaches: walkCacheResults(hierarchy, counts),
          ...(prefetch === null ? {} : { prefetch }),
        }),
    ...(hierarchy !== undefined && config.os === undefined && !hasMaps
      ? {} // the system is there for the TLBs alone
      : { os: { switches, kernelEntries, shootdowns, invalidatedPages, processFlushes } }),
  };
  if (config.cost !== undefined) result.cycles = cyclesResult(config.cost, result, dataCaches);
  const signals = machine.signals();
  if (signals.length === 0) return result;
  return { ...result, signals: signals.map(({ address, ...rest }) => ({ ...rest, address: hexAddress(address) })) };
}
