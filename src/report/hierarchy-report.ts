/** What is said of a run on a CPU that is not of the plain shape: its TLBs of several arrays, and its walk caches. */
import { STATUSES } from "../config/cpus/description.ts";
import type { CpuSources } from "../config/cpus/sources.ts";
import { count, decimal, NOT_AVAILABLE, percentColumn } from "./format.ts";
import { hitRate } from "./metrics.ts";
import type { ResultTable } from "./result-table.ts";
import type { RunResult, TlbArrayResult, TlbResult, WalkCacheResult } from "./results.ts";
import { geometryName } from "./trace-words.ts";

/** How many of the values that a run used has whom to vouch for them: `9 vendor, 3 measured, 5 assumed (weakest: assumed)`. */
export function sourceWords(sources: CpuSources): string {
  const known = STATUSES.filter((status) => sources[status] > 0).map((status) => `${count(sources[status])} ${status}`);
  const words = [...known, ...(sources.own > 0 ? [`${count(sources.own)} without source`] : [])].join(", ");
  if (words === "") return "no value of the CPU was used";
  return sources.weakest === null ? words : `${words} (weakest: ${sources.weakest})`;
}

/** What each TLB did, with a line for each of its arrays below it. */
export function hierarchyTlbTable({ tlbs }: Pick<RunResult, "tlbs">): ResultTable {
  const hitRates = percentColumn(tlbs.map((tlb) => hitRate(tlb.hits, tlb.lookups)));
  const rows = tlbs.flatMap((tlb, index) => [
    [
      tlb.name,
      placeWords(tlb),
      count(tlb.lookups),
      count(tlb.hits),
      count(tlb.misses),
      hitRates[index] ?? NOT_AVAILABLE,
      decimal(tlb.mpki, 3),
    ],
    ...(tlb.arrays ?? []).map((array) => ["", arrayWords(array), "", "", "", "", ""]),
  ]);
  const head = ["TLB", "level, or array", "lookups", "hits", "misses", "hit rate", "MPKI"];
  return { title: "TLBs", head, rows, nameColumns: 2 };
}

/** Where a TLB stands: `level 1: load, store`. */
function placeWords({ level = 1, kinds = [] }: TlbResult): string {
  return `level ${level}: ${kinds.join(", ")}`;
}

/** An array as one line has it: `4K,2M 1536:12 mru3-plru4 xor`. */
export function arrayWords(array: TlbArrayResult): string {
  const { holds, policy, index, coalesces } = array;
  const coalescing = coalesces > 1 ? ` coalesces ${coalesces}` : "";
  return `${holds.join()} ${geometryName(array)} ${policy}${index === "modulo" ? "" : ` ${index}`}${coalescing}`;
}

/** What the walk caches did; `null` where there are none. */
export function walkCacheTable(caches: readonly WalkCacheResult[]): ResultTable | null {
  if (caches.length === 0) return null;
  const rows = caches.map((cache) => [
    cache.name,
    cache.holds.join(),
    `${geometryName(cache)} ${cache.policy}`,
    count(cache.hits),
  ]);
  const head = ["walk cache", "holds", "geometry", "used by walks"];
  return { title: "Walk caches", head, rows, nameColumns: 3 };
}
