/** What a run with pages of several sizes counted of them. */
import type { CpuPageSize } from "../config/cpus/description.ts";
import type { ResolvedOs } from "../config/os-config.ts";
import { PAGE_SIZE_BYTES } from "../config/page-sizes.ts";
import { PAGE_SIZES, type PageSize } from "../config/types.ts";
import type { Counters } from "../kernel/counters.ts";
import type { OsReplay } from "../kernel/os-replay.ts";
import type { MixedSizes } from "../report/results.ts";

/**
 * Whether there may be pages of several sizes in a run of `os` with pages of `pageSize`; `hasMaps`: mappings were known.
 * A large page that does not fit into one mapping, or into what is left of memory, becomes smaller ones.
 */
export function mixesSizes({ huge, thp, memoryFrames }: ResolvedOs, pageSize: CpuPageSize, hasMaps: boolean): boolean {
  return huge.length > 0 || thp !== null || (pageSize !== "4K" && (hasMaps || memoryFrames !== null));
}

/** What `machine` has at the end of a run, in which `counters` were counted; `hasMaps`: mappings were known. */
export function mixedSizes(machine: OsReplay, counters: Counters, hasMaps: boolean): MixedSizes {
  const mapped = PAGE_SIZES.map((pageSize) => [pageSize, machine.mappedPages(pageSize)] as const);
  const { hugePages, promotions, demotions } = counters;
  return {
    hugePages,
    promotions,
    demotions,
    mappedPages: Object.fromEntries(mapped) as Record<PageSize, number>,
    mappedBytes: mapped.reduce((sum, [pageSize, pages]) => sum + pages * PAGE_SIZE_BYTES[pageSize], 0),
    oneMapping: !hasMaps,
  };
}
