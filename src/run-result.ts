/** Counters of a kernel as the result of a run. */
import type { ResolvedConfig, ResolvedGeometry } from "./config/types.ts";
import { type Counters, walkReferences } from "./kernel/counters.ts";
import { accessesOf, tlbResult } from "./replay.ts";
import { perSecond } from "./report/metrics.ts";
import type { RunResult, TlbResult, TraceSummary } from "./report/results.ts";
import { VERSION } from "./version.ts";

/** `pages`: what was mapped in the end. */
export function runResult(
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
      references: walkReferences(counters),
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
