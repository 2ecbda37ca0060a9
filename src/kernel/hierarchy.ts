/** A CPU's TLBs of any shape, as the host describes them to the kernel (assembly/hierarchy/), and their counts. */
import type { AccessKind, CpuPageSize, TableEntry } from "../config/cpus/description.ts";
import { isPrefetchBuffer } from "../config/cpus/prefetch.ts";
import type { ResolvedArray, ResolvedCpu, ResolvedTlb } from "../config/cpus/resolved.ts";
import { isOwnPolicy, type PolicyName } from "../config/own-policy.ts";
import { PAGE_SIZE_BYTES } from "../config/page-sizes.ts";
import { tellsSecondHits } from "../config/policies.ts";
import { LEAF_LEVELS } from "../config/types.ts";
import type { Exports, KernelInstance } from "./instance.ts";
import type { TlbFutures } from "./os.ts";
import { type PrefetchCounts, prefetchSince, putPrefetch, readPrefetch } from "./prefetch.ts";

/** What one TLB was asked: of level 1 `lookups` are those alone that had to be made. */
export interface TlbCounts {
  lookups: number;
  misses: number;
  /** Lookups that each of its arrays answered. */
  arrayHits: number[];
}

/** Counts of all TLBs in their order, and how often walks began below an entry of each walk cache. */
export interface HierarchyCounts {
  tlbs: TlbCounts[];
  walkCacheHits: number[];
  /** Of the prefetcher, if there is one. */
  prefetch: PrefetchCounts | null;
}

/** Levels of entries that point to tables. */
const TABLE_LEVELS: Readonly<Record<TableEntry, number>> = { pde: 2, pdpte: 3, pml4e: 4 };

/**
 * Has the next replay be through the TLBs of `cpu`; `null`: through those of the configuration block.
 * Returns how many masks of indexes they have.
 * @internal
 */
export function putHierarchy(kernel: KernelInstance, cpu: ResolvedCpu | null, futures?: TlbFutures): number {
  const x = kernel.exports;
  const at = x.clearHierarchyConfig();
  putPrefetch(kernel, cpu);
  if (cpu === null) return 0;
  const put = (offset: { value: number }, value: number) => kernel.view().setUint32(at + offset.value, value, true);
  const arrays = arraysOf(cpu);
  put(x.HIERARCHY_PRESENT, 1);
  put(x.HIERARCHY_TLBS, cpu.tlbs.length);
  put(x.HIERARCHY_ARRAYS, arrays.length);
  put(x.HIERARCHY_FIRST_WALK_CACHE, arrays.length - cpu.walkCaches.length);
  const sets = recentSets(cpu, (policy) => kernel.isIdempotent(policy));
  put(x.HIERARCHY_RECENT_SETS, sets);
  put(x.HIERARCHY_RECENT_LARGE, Math.min(sets, Number(holdsEverySize(cpu))));
  put(x.HIERARCHY_SPLITS_STORES, Number(splitsStores(cpu)));
  put(x.HIERARCHY_GRANULE_SHIFT, Math.log2(PAGE_SIZE_BYTES[cpu.pageSizes[0] as CpuPageSize]));
  let firstArray = 0;
  cpu.tlbs.forEach((tlb, index) => {
    putTlb(kernel, x.tlbConfigAddress(index), tlb, firstArray, isPrefetchBuffer(cpu, tlb));
    const future = futures?.known.includes(index)
      ? x.FUTURE_KNOWN
      : futures?.listed.includes(index)
        ? x.FUTURE_LISTED
        : null;
    if (future !== null) kernel.view().setUint32(x.tlbConfigAddress(index) + x.TLB_FUTURE.value, future.value, true);
    firstArray += tlb.arrays.length;
  });
  let firstMask = 0;
  arrays.forEach((array, index) => {
    firstMask += putArray(kernel, x.arrayConfigAddress(index), array, firstMask);
  });
  return firstMask;
}

/**
 * Reads what the TLBs of `cpu` counted.
 * @internal
 */
export function readHierarchy({ exports: x }: KernelInstance, cpu: ResolvedCpu): HierarchyCounts {
  let firstArray = 0;
  const tlbs = cpu.tlbs.map(({ arrays }, tlb) => {
    const arrayHits = arrays.map((_, index) => x.arrayHits(firstArray + index));
    firstArray += arrays.length;
    return { lookups: x.tlbLookups(tlb), misses: x.tlbMisses(tlb), arrayHits };
  });
  const prefetch = cpu.prefetch === undefined ? null : readPrefetch(x);
  return { tlbs, walkCacheHits: cpu.walkCaches.map((_, index) => x.arrayHits(firstArray + index)), prefetch };
}

/** What was counted after `before`. */
export function hierarchySince(counts: HierarchyCounts, before: HierarchyCounts): HierarchyCounts {
  const minus = (many: readonly number[], fewer: readonly number[] = []) => many.map((n, at) => n - (fewer[at] ?? 0));
  return {
    tlbs: counts.tlbs.map(({ lookups, misses, arrayHits }, tlb) => {
      const earlier = before.tlbs[tlb];
      return {
        lookups: lookups - (earlier?.lookups ?? 0),
        misses: misses - (earlier?.misses ?? 0),
        arrayHits: minus(arrayHits, earlier?.arrayHits),
      };
    }),
    walkCacheHits: minus(counts.walkCacheHits, before.walkCacheHits),
    prefetch: prefetchSince(counts.prefetch, before.prefetch),
  };
}

function arraysOf(cpu: ResolvedCpu): ResolvedArray[] {
  return [...cpu.tlbs.flatMap(({ arrays }) => arrays), ...cpu.walkCaches];
}

function putTlb(kernel: KernelInstance, at: number, tlb: ResolvedTlb, firstArray: number, isBuffer: boolean): void {
  const x = kernel.exports;
  const put = (offset: { value: number }, value: number) => kernel.view().setUint32(at + offset.value, value, true);
  put(x.TLB_LEVEL, tlb.level);
  put(x.TLB_KINDS, kindBits(x, tlb.kinds));
  put(x.TLB_FIRST_ARRAY, firstArray);
  put(x.TLB_ARRAYS, tlb.arrays.length);
  const rules: [boolean, { value: number }][] = [
    [tlb.holdsParts, x.RULE_HOLDS_PARTS],
    [tlb.filledByWalks, x.RULE_FILLED_BY_WALKS],
    [tlb.filledByHitsBelow, x.RULE_FILLED_BY_HITS_BELOW],
    [tlb.takesVictims, x.RULE_TAKES_VICTIMS],
    [tlb.exclusive, x.RULE_EXCLUSIVE],
    [tlb.inclusive, x.RULE_INCLUSIVE],
    [tlb.touchedByHitsAbove, x.RULE_TOUCHED_BY_HITS_ABOVE],
    [isBuffer, x.RULE_PREFETCHED],
  ];
  put(
    x.TLB_RULES,
    rules.reduce((bits, [is, rule]) => bits | (is ? rule.value : 0), 0),
  );
}

function kindBits(x: Exports, kinds: readonly AccessKind[]): number {
  const bits = { fetch: x.KINDS_FETCH, load: x.KINDS_LOAD, store: x.KINDS_STORE };
  return kinds.reduce((all, kind) => all | bits[kind].value, 0);
}

/**
 * Describes `array` in the row at `at`, its masks from `firstMask` on. Returns how many it has.
 * @internal
 */
export function putArray(kernel: KernelInstance, at: number, array: ResolvedArray, firstMask: number): number {
  const x = kernel.exports;
  const put = (offset: { value: number }, value: number) => kernel.view().setUint32(at + offset.value, value, true);
  const masks = typeof array.index === "object" ? array.index.masks : [];
  put(x.ARRAY_ENTRIES, array.entries);
  put(x.ARRAY_WAYS, array.ways);
  put(x.ARRAY_POLICY, kernel.policy(array.policy));
  put(x.ARRAY_HOLDS, holdsBits(x, array.holds));
  put(
    x.ARRAY_INDEX,
    (array.index === "modulo" ? x.INDEX_MODULO : array.index === "xor" ? x.INDEX_XOR : x.INDEX_MASKS).value,
  );
  put(x.ARRAY_FIRST_MASK, firstMask);
  put(x.ARRAY_COALESCE_SHIFT, Math.log2(array.coalesces));
  for (const [bit, mask] of masks.entries()) {
    kernel.view().setBigUint64(x.maskAddress(firstMask + bit), BigInt(mask), true);
  }
  return masks.length;
}

function holdsBits(x: Exports, holds: ResolvedArray["holds"]): number {
  const bitOf = (held: CpuPageSize | TableEntry) =>
    held in TABLE_LEVELS
      ? x.HOLDS_TABLE.value << TABLE_LEVELS[held as TableEntry]
      : 1 << LEAF_LEVELS[held as CpuPageSize];
  return holds.reduce((bits, held) => bits | bitOf(held), 0);
}

/** Whether loads and stores have L1 TLBs of their own. */
export function splitsStores({ tlbs }: ResolvedCpu): boolean {
  return tlbs.some(({ level, kinds }) => level === 1 && kinds.includes("load") !== kinds.includes("store"));
}

/** Whether every L1 TLB holds a page of any size, be it in parts. */
function holdsEverySize({ tlbs, pageSizes }: ResolvedCpu): boolean {
  const holdsAll = ({ arrays }: ResolvedTlb) =>
    pageSizes.every((size) => arrays.some(({ holds }) => holds.includes(size)));
  return tlbs.every((tlb) => tlb.level > 1 || tlb.holdsParts || holdsAll(tlb));
}

/** The array of each L1 TLB for pages of the smallest size, if it has one. */
function smallestArrays({ tlbs, pageSizes }: ResolvedCpu): (ResolvedArray | undefined)[] {
  const first = tlbs.filter(({ level }) => level === 1);
  return first.map(({ arrays }) => arrays.find(({ holds }) => holds.includes(pageSizes[0] as CpuPageSize)));
}

/**
 * Whether a reference changes nothing if the one before it, of the same stream (fetches; or data), was to the same page, and wrote if
 * this one does. Pages-only traces leave those out, whoever reads them. `isIdempotent`: whether a policy of the user's own tells no second hit.
 */
export function mayLeaveOutRepeats(
  cpu: ResolvedCpu,
  pageSize: CpuPageSize,
  isIdempotent: (policy: PolicyName) => boolean = () => false,
): boolean {
  const { tlbs, pageSizes } = cpu;
  const first = tlbs.filter(({ level }) => level === 1);
  const isFilled = first.every(({ filledByWalks, filledByHitsBelow }) => filledByWalks && filledByHitsBelow);
  const isHeld = smallestArrays(cpu).every((array) => array !== undefined);
  const isHeldLarge = pageSize === pageSizes[0] || holdsEverySize(cpu);
  const holdsTables = first.some(({ arrays }) =>
    arrays.some(({ holds }) => holds.some((held) => held in TABLE_LEVELS)),
  );
  const isDropped = tlbs.some(({ level, inclusive }) => level > 1 && inclusive);
  // A second hit in a row changes predictions.
  const moves = tlbs.some(
    ({ level, touchedByHitsAbove, arrays }) =>
      (level === 1 || touchedByHitsAbove) &&
      arrays.some(({ policy }) => (isOwnPolicy(policy) ? !isIdempotent(policy) : tellsSecondHits(policy))),
  );
  return isFilled && isHeld && isHeldLarge && !holdsTables && !isDropped && !moves && !splitsStores(cpu);
}

/**
 * For how many sets the latest page of each may be left out where it comes again, while all pages are of the smallest size: no more
 * than the sets of any L1 TLB tell apart, by the low bits of page numbers; 1: only the latest page of all; 0: none may be left out,
 * since the page may be gone, or even that reference changes something. Where loads and stores have L1 TLBs of their own, each
 * of them counts as a stream.
 */
function recentSets(cpu: ResolvedCpu, isIdempotent: (policy: PolicyName) => boolean): number {
  const { tlbs, pageSizes } = cpu;
  const first = tlbs.filter(({ level }) => level === 1);
  const joined = { ...cpu, tlbs: tlbs.map((tlb) => ({ ...tlb, kinds: [] })) };
  const mixes = first.some(({ kinds }) => kinds.includes("fetch") && kinds.length > 1);
  // What a hit moves below may have been moved by others meanwhile.
  const tellsBelow = tlbs.some(({ touchedByHitsAbove }) => touchedByHitsAbove);
  if (mixes || tellsBelow || !mayLeaveOutRepeats(joined, pageSizes[0] as CpuPageSize, isIdempotent)) return 0;
  const smallest = smallestArrays(cpu);
  if (!smallest.every((array) => array?.index === "modulo" && array.coalesces === 1)) return 1;
  let sets = 1;
  while (sets < 64 && smallest.every((array) => (array?.sets ?? 1) % (2 * sets) === 0)) sets *= 2;
  return sets;
}
