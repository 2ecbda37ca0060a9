/** Nested paging, as the host describes it to the kernel (assembly/nested/), and its counts. */
import type { ResolvedNested } from "../config/cpus/nested.ts";
import { LEAF_LEVELS } from "../config/types.ts";
import { putArray } from "./hierarchy.ts";
import type { KernelInstance } from "./instance.ts";

/** What translating guest-physical addresses took in walks for misses: assembly/nested/counts.ts. */
export type NestedCounts = Record<(typeof NESTED_COUNTS)[number], number>;

const NESTED_COUNTS = [
  "lookups",
  "misses",
  "pml4eReads",
  "pdpteReads",
  "pdeReads",
  "pteReads",
  "pml4eHits",
  "pdpteHits",
  "pdeHits",
  "faults",
] as const;

/**
 * Has the next replay be of a guest with `nested`; `null`: of no guest. `firstMask`: masks of indexes that are in use.
 * @internal
 */
export function putNested(kernel: KernelInstance, nested: ResolvedNested | null, firstMask: number): void {
  const x = kernel.exports;
  const at = x.clearNestedConfig();
  if (nested === null) return;
  const put = (offset: { value: number }, value: number) => kernel.view().setUint32(at + offset.value, value, true);
  const arrays = [...(nested.tlb === null ? [] : [nested.tlb]), ...nested.walkCaches];
  put(x.NESTED_PRESENT, 1);
  put(x.NESTED_LEAF_LEVEL, LEAF_LEVELS[nested.pageSize]);
  put(x.NESTED_ARRAYS, arrays.length);
  put(x.NESTED_HAS_TLB, Number(nested.tlb !== null));
  put(x.NESTED_COMBINES, Number(nested.combined));
  let mask = firstMask;
  arrays.forEach((array, index) => {
    mask += putArray(kernel, x.nestedArrayConfigAddress(index), array, mask);
  });
}

/**
 * Reads what was counted.
 * @internal
 */
export function readNested(kernel: KernelInstance): NestedCounts {
  const x = kernel.exports;
  const at = x.nestedCountsAddress();
  const view = kernel.view();
  const count = (offset: { value: number }) => Number(view.getBigUint64(at + offset.value, true));
  return {
    lookups: count(x.NESTED_COUNT_LOOKUPS),
    misses: count(x.NESTED_COUNT_MISSES),
    pml4eReads: count(x.NESTED_COUNT_PML4E_READS),
    pdpteReads: count(x.NESTED_COUNT_PDPTE_READS),
    pdeReads: count(x.NESTED_COUNT_PDE_READS),
    pteReads: count(x.NESTED_COUNT_PTE_READS),
    pml4eHits: count(x.NESTED_COUNT_PML4E_HITS),
    pdpteHits: count(x.NESTED_COUNT_PDPTE_HITS),
    pdeHits: count(x.NESTED_COUNT_PDE_HITS),
    faults: count(x.NESTED_COUNT_FAULTS),
  };
}

/** What was counted after `before`. */
export function nestedSince(counts: NestedCounts, before: NestedCounts): NestedCounts {
  return Object.fromEntries(NESTED_COUNTS.map((name) => [name, counts[name] - before[name]])) as NestedCounts;
}
