/** The prefetcher of a CPU, as the host describes it to the kernel (assembly/hierarchy/prefetch.ts), and its counts. */
import type { Prefetcher } from "../config/cpus/description.ts";
import type { ResolvedCpu } from "../config/cpus/resolved.ts";
import type { Exports, KernelInstance } from "./instance.ts";

/** What RunResult.prefetch is made of. `held`: translations in the buffer at the end. */
export interface PrefetchCounts {
  predictions: number;
  walks: number;
  walkReferences: number;
  issued: number;
  held: number;
}

/**
 * Writes the prefetcher of `cpu`, or that there is none. To be called before the hierarchy's arrays are placed.
 * @internal
 */
export function putPrefetch(kernel: KernelInstance, cpu: ResolvedCpu | null): void {
  const x = kernel.exports;
  const at = x.clearPrefetchConfig();
  if (cpu?.prefetch === undefined) return;
  const { policy, degree, table } = cpu.prefetch;
  const put = (offset: { value: number }, value: number) => kernel.view().setUint32(at + offset.value, value, true);
  put(x.PREFETCH_PREFETCHER, numberOf(x, policy));
  put(x.PREFETCH_DEGREE, degree);
  put(x.PREFETCH_ROWS, table);
  put(x.PREFETCH_ARRAY, cpu.tlbs.reduce((sum, { arrays }) => sum + arrays.length, 0) - 1);
}

function numberOf(x: Exports, prefetcher: Prefetcher): number {
  const numbers = {
    "next-page": x.PREFETCH_NEXT_PAGE,
    stride: x.PREFETCH_STRIDE,
    distance: x.PREFETCH_DISTANCE,
  };
  return numbers[prefetcher].value;
}

/**
 * Reads what was counted.
 * @internal
 */
export function readPrefetch(x: Exports): PrefetchCounts {
  return {
    predictions: x.prefetchPredictions(),
    walks: x.prefetchWalks(),
    walkReferences: x.prefetchWalkReferences(),
    issued: x.prefetchIssued(),
    held: x.prefetchHeld(),
  };
}

/** What was counted after `before`; what was in the buffer then counts as issued, so that each use of it has its issue. */
export function prefetchSince(counts: PrefetchCounts | null, before: PrefetchCounts | null): PrefetchCounts | null {
  if (counts === null || before === null) return counts;
  return {
    predictions: counts.predictions - before.predictions,
    walks: counts.walks - before.walks,
    walkReferences: counts.walkReferences - before.walkReferences,
    issued: counts.issued - before.issued + before.held,
    held: counts.held,
  };
}
