/** The data caches that walks read entries through: written to the kernel, and their counts read. */
import type { ResolvedDataCache } from "../config/cost.ts";
import type { KernelInstance } from "./instance.ts";

/** Entries that walks read from each cache, and those that none had. */
export interface DataCacheCounts {
  hits: number[];
  memoryReads: number;
}

/**
 * Has the next replay with a hierarchy count what `caches` answer, the nearest first, and MAX_DATA_CACHES at most.
 * @internal
 */
export function putDataCaches({ exports: x }: KernelInstance, caches: readonly ResolvedDataCache[]): void {
  x.clearDataCaches();
  for (const { sets, ways } of caches) x.addDataCache(sets, ways);
}

/**
 * What `caches` data caches counted.
 * @internal
 */
export function readDataCaches({ exports: x }: KernelInstance, caches: number): DataCacheCounts {
  const hits = Array.from({ length: caches }, (_, number) => x.dataCacheHits(number));
  return { hits, memoryReads: x.memoryReads() };
}

/** What was counted after `before`. */
export function dataCachesSince(counts: DataCacheCounts, before: DataCacheCounts): DataCacheCounts {
  return {
    hits: counts.hits.map((hits, number) => hits - (before.hits[number] ?? 0)),
    memoryReads: counts.memoryReads - before.memoryReads,
  };
}
