/** One machine over one trace. */

import { RunAttribution, regionsFor } from "./attribution.ts";
import { type AttributionOptions, resolveAttribution } from "./config/attribution.ts";
import { usualOs } from "./config/os.ts";
import { resolve } from "./config/resolve.ts";
import { selectsAll } from "./config/selection.ts";
import type { Config, ResolvedConfig, ResolvedGeometry } from "./config/types.ts";
import { decodeInParts, readingOf } from "./decoding.ts";
import { ConfigError } from "./errors.ts";
import type { JobOptions } from "./job.ts";
import { type Counters, Kernel } from "./kernel/kernel.ts";
import type { VmaRow } from "./kernel/vmas.ts";
import { readFuture } from "./os/future.ts";
import { namesRegions } from "./os/huge.ts";
import { mixedSizes, mixesSizes } from "./os/mixed-sizes.ts";
import { assertMapsOfOne } from "./os/processes.ts";
import { osSetup } from "./os/setup.ts";
import type { PartDecoder } from "./part-decoder.ts";
import { runProfile } from "./profile.ts";
import { RegionNames } from "./regions/names.ts";
import { regionsOfTrace } from "./regions/open.ts";
import type { Region } from "./regions/region.ts";
import { accessesOf, replay, summarize, tlbResult } from "./replay.ts";
import { hexAddress } from "./report/format.ts";
import { perSecond } from "./report/metrics.ts";
import type { RunResult, TlbResult, TraceSummary } from "./report/results.ts";
import type { Trace } from "./trace/trace.ts";
import { VERSION } from "./version.ts";

/** What a result is to have beside its counts, and what is known of the program. */
export interface RunOptions extends AttributionOptions {
  /**
   * Mappings of the program with their rights: an access that they do not allow ends in SIGSEGV. @default every address
   * is mapped, and everything is allowed
   */
  maps?: readonly Region[] | undefined;
  /**
   * What the parts of its memory are called, where there are no `maps`, which tell that as well. Needed by `by: ["region"]`;
   * rows by page and pc then tell their region, too. @default those recorded with the trace, if any were
   */
  regions?: readonly Region[] | undefined;
  /** Whether it is to have a profile. Takes a little longer, and up to 8 MiB of memory. @default false */
  profile?: boolean | undefined;
}

export interface SimulateOptions extends JobOptions, RunOptions {
  /**
   * Who decodes the trace, each parts of it. Not asked where there is to be a profile: who decodes a part does not know
   * the numbers of its records, by which intervals end. @default this thread alone
   */
  decoders?: readonly PartDecoder[] | undefined;
  /** Bytes of such a part. @default 4 MiB */
  partBytes?: number | undefined;
  /**
   * What the process may touch; 4 KiB pages only. This thread alone then decodes, since who decodes a part does not know
   * which records may not be left out.
   * @default everything, in every way
   * @internal
   */
  vmas?: readonly VmaRow[] | undefined;
}

/**
 * Replays `trace` through the machine of `config` and counts. Rejects with ConfigError before anything is read, with
 * TraceError where the trace is bad, with KernelError if the machine does not fit into memory, and with the signal's
 * reason; never with a partial result. The counts do not depend on the decoders.
 */
export async function simulate(trace: Trace, config: Config = {}, options: SimulateOptions = {}): Promise<RunResult> {
  const resolved = resolve(config);
  const { by, interval } = resolveAttribution(options);
  const { profile = false, decoders = [], partBytes, maps, vmas } = options;
  if (resolved.os !== undefined || maps !== undefined || by.length > 0 || interval > 0) {
    return simulateOs(trace, resolved, options);
  }
  const kernel = await Kernel.create();
  if (profile && trace.selection.warmup > 0) {
    throw new ConfigError("warmup", trace.selection.warmup, "no warm-up in a run with a profile");
  }
  kernel.configureRun(resolved, profile, readingOf(trace), vmas);
  const isHere = profile || vmas !== undefined;
  const inParts = decoders.length > 0 && !isHere && trace.format.isDecodedInParts && selectsAll(trace.selection);
  const decoding = inParts ? decodeInParts(trace, kernel, resolved, decoders, partBytes) : undefined;
  const startMs = performance.now();
  await replay(
    trace,
    kernel,
    () => kernel.run(),
    options,
    decoding,
    () => kernel.endWarmup(),
  );
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  const counters = kernel.counters();
  if (counters.protections > 0 && trace.format.decoder === "PAGES") {
    const allowed = `a trace with whole records: this one has ${counters.protections} or more that end in SIGSEGV, of which it leaves out repeats`;
    throw new ConfigError("vmas", trace.format.name, allowed);
  }
  const pages = { distinctPages: kernel.mappedPages(), pageTablePages: kernel.tableFrames() };
  const result = runResult(summarize(trace, counters), resolved, counters, pages, elapsedSeconds);
  return profile ? { ...result, profile: runProfile(result, kernel.profile()) } : result;
}

/** simulate() with an operating system. */
async function simulateOs(trace: Trace, config: ResolvedConfig, options: SimulateOptions): Promise<RunResult> {
  const { maps, profile } = options;
  if (profile) throw new ConfigError("profile", profile, "no profile in a run with an operating system");
  if (trace.format.isPagesOnly) {
    throw new ConfigError(
      "format",
      trace.format.name,
      "one with whole records, without which there is no operating system",
    );
  }
  const asked = resolveAttribution(options);
  const os = config.os ?? usualOs();
  const regions = (await regionsFor(trace, asked, options)) ?? (namesRegions(os) ? await regionsOfTrace(trace) : null);
  const names = new RegionNames(regions ?? []);
  const setup = osSetup(config, os, regions && { regions, names }, maps === undefined, trace.selection);
  const future =
    setup.reclaim === "opt" && setup.memoryFrames !== null ? await readFuture(trace, config, setup, options) : null;
  const kernel = await Kernel.create();
  kernel.configureOs(config, setup, readingOf(trace));
  const attribution = new RunAttribution(kernel, asked, names.names);
  const startMs = performance.now();
  await replay(
    trace,
    kernel,
    () => {
      if (future === null) kernel.runOs();
      else future.run(kernel);
      if (maps !== undefined) assertMapsOfOne(kernel, [trace]);
      attribution.take();
    },
    options,
    undefined,
    () => {
      kernel.endWarmup();
      attribution.endWarmup();
    },
  );
  const summary = summarize(trace, kernel.counters());
  const result = osResult(kernel, summary, config, maps !== undefined, (performance.now() - startMs) / 1000);
  return { ...result, ...attribution.result(summary.records) };
}

/** What `kernel`, which was configured with an operating system, has counted over `trace`; `hasMaps`: mappings were known. */
export function osResult(
  kernel: Kernel,
  trace: TraceSummary,
  config: ResolvedConfig,
  hasMaps: boolean,
  elapsedSeconds: number,
): RunResult {
  const counters = kernel.counters();
  const { switches, kernelEntries, shootdowns, invalidatedPages, processFlushes } = counters;
  const pages = {
    distinctPages: counters.minorFaults,
    pageTablePages: kernel.osTableFrames(),
    ...(mixesSizes(config.os ?? usualOs()) ? mixedSizes(kernel, counters, hasMaps) : {}),
  };
  const result = {
    ...runResult(trace, config, counters, pages, elapsedSeconds),
    os: { switches, kernelEntries, shootdowns, invalidatedPages, processFlushes },
  };
  const signals = kernel.signals();
  if (signals.length === 0) return result;
  return { ...result, signals: signals.map(({ address, ...rest }) => ({ ...rest, address: hexAddress(address) })) };
}

function runResult(
  trace: TraceSummary,
  config: ResolvedConfig,
  counters: Counters,
  pages: Omit<RunResult["memory"], "evictions" | "writebacks">,
  elapsedSeconds: number,
): RunResult {
  const { fetchReferences, dataReferences } = counters;
  const tlb = (name: TlbResult["name"], geometry: ResolvedGeometry, lookups: number, misses: number) =>
    tlbResult(name, { ...geometry, policy: config.policy }, lookups, misses, trace.instructions);
  return {
    schema: "pagewalk/run@1",
    version: VERSION,
    trace,
    config,
    accesses: accessesOf(counters),
    references: { fetch: fetchReferences, data: dataReferences },
    tlbs: [
      tlb("L1I", config.l1i, fetchReferences, counters.l1iMisses),
      tlb("L1D", config.l1d, dataReferences, counters.l1dMisses),
      tlb("STLB", config.stlb, counters.stlbLookups, counters.stlbMisses),
    ],
    walks: {
      count: counters.walks,
      references: counters.pml4eReads + counters.pdpteReads + counters.pdeReads + counters.pteReads,
      byLevel: {
        pml4e: counters.pml4eReads,
        pdpte: counters.pdpteReads,
        pde: counters.pdeReads,
        pte: counters.pteReads,
      },
      setDirty: counters.setDirty,
      setDirtyReferences: counters.setDirtyReads,
    },
    psc: {
      pml4e: { hits: counters.pml4eHits },
      pdpte: { hits: counters.pdpteHits },
      pde: { hits: counters.pdeHits },
    },
    faults: {
      minor: counters.minorFaults,
      major: counters.majorFaults,
      protection: counters.protections,
      generalProtection: counters.generalProtections,
    },
    memory: { ...pages, evictions: counters.evictions, writebacks: counters.writebacks },
    time: { seconds: elapsedSeconds, referencesPerSecond: perSecond(fetchReferences + dataReferences, elapsedSeconds) },
  };
}
