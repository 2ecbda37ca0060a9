/** One machine over one trace. */
import { type AttributionOptions, resolveAttribution } from "./config/attribution.ts";
import { resolve } from "./config/resolve.ts";
import { selectsAll } from "./config/selection.ts";
import type { Config, ResolvedConfig } from "./config/types.ts";
import { decodeInParts, readingOf } from "./decoding.ts";
import { ConfigError } from "./errors.ts";
import type { JobOptions } from "./job.ts";
import { Kernel } from "./kernel/kernel.ts";
import type { VmaRow } from "./kernel/vmas.ts";
import type { PartDecoder } from "./part-decoder.ts";
import { runProfile } from "./profile.ts";
import type { Region } from "./regions/region.ts";
import { replay, summarize } from "./replay.ts";
import type { RunResult } from "./report/results.ts";
import { runResult } from "./run-result.ts";
import type { Trace } from "./trace/trace.ts";

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
}

/**
 * Replays `trace` through the machine of `config` and counts. Rejects with ConfigError before anything is read, with
 * TraceError where the trace is bad, with KernelError if the machine does not fit into memory, and with the signal's
 * reason; never with a partial result. The counts do not depend on the decoders.
 */
export async function simulate(trace: Trace, config: Config = {}, options: SimulateOptions = {}): Promise<RunResult> {
  const resolved = resolve(config);
  const vmas = await constantVmas(trace, resolved, options);
  if (vmas !== null) {
    const result = await simulatePlain(trace, resolved, options, vmas);
    if (result.faults.protection === 0) return result;
    // Which records these were, is told by the other machine alone.
  } else if (!needsOs(resolved, options)) return simulatePlain(trace, resolved, options);
  const { simulateOs } = await import("./simulate-os.ts"); // which the page does not load
  return simulateOs(trace, resolved, options);
}

function needsOs({ os, hierarchy }: ResolvedConfig, options: SimulateOptions): boolean {
  const { by, interval } = resolveAttribution(options);
  return os !== undefined || hierarchy !== undefined || options.maps !== undefined || by.length > 0 || interval > 0;
}

/**
 * The mappings, where there are some and nothing but these is asked of an operating system, and they stay as they are: then the
 * machine of plain runs does, several times as fast. Otherwise `null`.
 */
async function constantVmas(trace: Trace, config: ResolvedConfig, options: SimulateOptions): Promise<VmaRow[] | null> {
  const { maps, profile, ...others } = options;
  if (maps === undefined || profile || config.pageSize !== "4K" || needsOs(config, others)) return null;
  const { format, reopenable } = trace;
  // Others may tell of several processes, or can be read only once.
  if (!format.isPagesOnly && (format.decoder !== "LACKEY" || reopenable !== true)) return null;
  const { vmasThroughout } = await import("./os/setup.ts");
  return vmasThroughout(maps);
}

/**
 * simulate() by the machine that knows one address space, of 4 KiB pages if there are `vmas`: then nothing else is mapped, and this
 * thread alone decodes, since who decodes a part does not know which records may not be left out.
 *
 * @internal
 */
export async function simulatePlain(
  trace: Trace,
  config: ResolvedConfig,
  options: SimulateOptions,
  vmas?: readonly VmaRow[],
): Promise<RunResult> {
  const { profile = false, decoders = [], partBytes } = options;
  const kernel = await Kernel.create();
  if (profile && trace.selection.warmup > 0) {
    throw new ConfigError("warmup", trace.selection.warmup, "no warm-up in a run with a profile");
  }
  kernel.configureRun(config, profile, readingOf(trace), vmas);
  const isHere = profile || vmas !== undefined;
  const inParts = decoders.length > 0 && !isHere && trace.format.isDecodedInParts && selectsAll(trace.selection);
  const decoding = inParts ? decodeInParts(trace, kernel, config, decoders, partBytes) : undefined;
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
    throw new ConfigError("maps", trace.format.name, allowed);
  }
  const pages = { distinctPages: kernel.mappedPages(), pageTablePages: kernel.tableFrames() };
  const result = runResult(summarize(trace, counters), config, counters, pages, elapsedSeconds);
  if (config.cost !== undefined) {
    const { cyclesResult } = await import("./cycles-result.ts"); // which the page does not load
    result.cycles = cyclesResult(config.cost, result, null);
  }
  return profile ? { ...result, profile: runProfile(result, kernel.profile()) } : result;
}
