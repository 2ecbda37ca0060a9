/** One machine over one trace. */
import { resolve } from "./config/resolve.ts";
import { selectsAll } from "./config/selection.ts";
import type { Config, ResolvedConfig, ResolvedGeometry } from "./config/types.ts";
import { decodeInParts, readingOf } from "./decoding.ts";
import { ConfigError } from "./errors.ts";
import type { JobOptions } from "./job.ts";
import { type Counters, Kernel } from "./kernel/kernel.ts";
import type { VmaRow } from "./kernel/vmas.ts";
import type { PartDecoder } from "./part-decoder.ts";
import { runProfile } from "./profile.ts";
import { accessesOf, replay, summarize, tlbResult } from "./replay.ts";
import { perSecond } from "./report/metrics.ts";
import type { RunResult, TlbResult, TraceSummary } from "./report/results.ts";
import type { Trace } from "./trace/trace.ts";
import { VERSION } from "./version.ts";

/** What a result is to have beside its counts. */
export interface RunOptions {
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
  const kernel = await Kernel.create();
  const { profile = false, decoders = [], partBytes, vmas } = options;
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
  const memory = {
    distinctPages: kernel.mappedPages(),
    pageTablePages: kernel.tableFrames(),
    evictions: 0,
    writebacks: 0,
  };
  const result = runResult(summarize(trace, counters), resolved, counters, memory, elapsedSeconds);
  return profile ? { ...result, profile: runProfile(result, kernel.profile()) } : result;
}

function runResult(
  trace: TraceSummary,
  config: ResolvedConfig,
  counters: Counters,
  memory: RunResult["memory"],
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
      major: 0,
      protection: counters.protections,
      generalProtection: counters.generalProtections,
    },
    memory,
    time: { seconds: elapsedSeconds, referencesPerSecond: perSecond(fetchReferences + dataReferences, elapsedSeconds) },
  };
}
