/** What the TLBs of a CPU with a hierarchy counted, as a result. */
import type { CpuPageSize } from "./config/cpus/description.ts";
import type { ResolvedArray, ResolvedCpu, ResolvedTlb } from "./config/cpus/resolved.ts";
import type { Counters } from "./kernel/counters.ts";
import type { HierarchyCounts } from "./kernel/hierarchy.ts";
import { tlbResult } from "./replay.ts";
import { prefetchAccuracy, prefetchCoverage } from "./report/metrics.ts";
import type { PrefetchResult, TlbArrayResult, TlbResult, WalkCacheResult } from "./report/results.ts";

export function hierarchyTlbs(
  cpu: ResolvedCpu,
  counts: HierarchyCounts,
  counters: Counters,
  instructions: number,
): TlbResult[] {
  return cpu.tlbs.map((tlb, index) => {
    const { lookups, misses, arrayHits } = counts.tlbs[index] ?? { lookups: 0, misses: 0, arrayHits: [] };
    const asked = tlb.level === 1 ? referencesOf(tlb, counters) : lookups;
    const main = tlb.arrays.find(({ holds }) => holds.includes(cpu.pageSizes[0] as CpuPageSize)) ?? tlb.arrays[0];
    const { entries, ways, policy } = main as ResolvedArray;
    return {
      ...tlbResult(tlb.name, { entries, ways, policy }, asked, misses, instructions),
      level: tlb.level,
      kinds: tlb.kinds,
      arrays: tlb.arrays.map((array, at) => ({
        ...arrayResult(array),
        ...(tlb.level === 1 ? {} : { hits: arrayHits[at] ?? 0 }),
      })),
    };
  });
}

function arrayResult({ holds, entries, ways, policy, index, coalesces }: ResolvedArray): TlbArrayResult {
  return { holds, entries, ways, policy, index: typeof index === "object" ? "masks" : index, coalesces };
}

/** References of the kinds that `tlb` is for. */
function referencesOf({ kinds }: ResolvedTlb, counters: Counters): number {
  const references = {
    fetch: counters.fetchReferences,
    load: counters.dataReferences - counters.storeReferences,
    store: counters.storeReferences,
  };
  return kinds.reduce((sum, kind) => sum + references[kind], 0);
}

export function walkCacheResults(cpu: ResolvedCpu, { walkCacheHits }: HierarchyCounts): WalkCacheResult[] {
  return cpu.walkCaches.map((cache, index) => ({
    name: cache.name,
    ...arrayResult(cache),
    hits: walkCacheHits[index] ?? 0,
  }));
}

/** What the prefetcher of `cpu` did, if it has one. */
export function prefetchResult(cpu: ResolvedCpu, { tlbs, prefetch }: HierarchyCounts): PrefetchResult | null {
  const buffer = tlbs.at(-1);
  if (cpu.prefetch === undefined || prefetch === null || buffer === undefined) return null;
  const { predictions, walks, walkReferences, issued } = prefetch;
  const useful = buffer.lookups - buffer.misses;
  return {
    policy: cpu.prefetch.policy,
    predictions,
    walks,
    walkReferences,
    issued,
    useful,
    unused: issued - useful,
    accuracy: prefetchAccuracy(useful, issued),
    coverage: prefetchCoverage(useful, buffer.lookups),
  };
}
