/**
 * The hierarchy that the host describes: rows of TLBs, of the arrays that make them up, of walk caches, and masks of indexes. Rows
 * are of u32, but masks.
 */

/** Those of three levels, and the buffer of a prefetcher. */
export const MAX_TLBS: u32 = 10;
/** Arrays of all TLBs, and walk caches. */
export const MAX_ARRAYS: u32 = 49;
/** Masks of all arrays together, one for each bit of the index of a set. */
export const MAX_MASKS: u32 = 256;

/** Accesses that a TLB is for, one bit each, from that of KIND_FETCH in layout.ts; a modify is a store. */
export const KINDS_FETCH: u32 = 1;
export const KINDS_LOAD: u32 = 2;
export const KINDS_STORE: u32 = 4;

// How the set of a page is found.
export const INDEX_MODULO: u32 = 0;
/** The low bits of the page number, xored with as many above them. */
export const INDEX_XOR: u32 = 1;
/** Each bit is the parity of the address under a mask. */
export const INDEX_MASKS: u32 = 2;

/** In what an array holds: bit n is pages of leaf level n; this bit, shifted by n, entries of level n that point to a table. */
export const HOLDS_TABLE: u32 = 1 << 8;

// What fills a TLB, and what moves on in it.
export const RULE_FILLED_BY_WALKS: u32 = 1;
export const RULE_FILLED_BY_HITS_BELOW: u32 = 2;
export const RULE_TAKES_VICTIMS: u32 = 4;
export const RULE_EXCLUSIVE: u32 = 8;
export const RULE_INCLUSIVE: u32 = 16;
export const RULE_TOUCHED_BY_HITS_ABOVE: u32 = 32;
/** What is larger than all pages that it holds it holds in parts. */
export const RULE_HOLDS_PARTS: u32 = 64;
/** It is the buffer of a prefetcher, the last on its paths: what is hit there moves up as after a walk. */
export const RULE_PREFETCHED: u32 = 128;

// Whether a TLB has arrays with policy OPT (policies/opt.ts), and what its lookups are for.
export const FUTURE_NONE: u32 = 0;
/** They are listed for the next replay. */
export const FUTURE_LISTED: u32 = 1;
/** They were listed: what is looked up next is known. */
export const FUTURE_KNOWN: u32 = 2;

@final
@unmanaged
export class HierarchyConfig {
  /** Whether there is one at all: 0 or 1. */
  present: u32;
  /** In ascending order of their levels. */
  tlbs: u32;
  /** Of TLBs first, then walk caches. */
  arrays: u32;
  firstWalkCache: u32;
  /** Pages for which one L1 lookup after the other changes nothing but the first: see os/recent.ts. 0: no such filter. */
  recentSets: u32;
  /** That, where there are pages larger than the smallest ones: 0 or 1. */
  recentLarge: u32;
  /** Whether loads and stores have L1 TLBs of their own. */
  splitsStores: u32;
  /** log2 of the bytes of the smallest pages: processor/granule.ts. */
  granuleShift: u32;
}

@final
@unmanaged
export class TlbConfig {
  /** 1 to 3. */
  level: u32;
  kinds: u32;
  firstArray: u32;
  arrays: u32;
  /** RULE_ bits. */
  rules: u32;
  /** A FUTURE_. */
  future: u32;
}

@final
@unmanaged
export class ArrayConfig {
  entries: u32;
  ways: u32;
  /** A POLICY_. */
  policy: u32;
  holds: u32;
  /** An INDEX_. */
  index: u32;
  /** Number of the first of its masks, of which there are log2 of its sets. */
  firstMask: u32;
  /** log2 of the small pages that one entry may hold. */
  coalesceShift: u32;
}

const TLBS: usize = memory.data(10 * offsetof<TlbConfig>(), 8);
const ARRAYS: usize = memory.data(49 * offsetof<ArrayConfig>(), 8);
const MASKS: usize = memory.data(256 * 8, 8);
const address: usize = memory.data(offsetof<HierarchyConfig>(), 8);
export const hierarchyConfig = changetype<HierarchyConfig>(address);

/** Address of the options; all 0 after this call. */
export function clearHierarchyConfig(): usize {
  memory.fill(address, 0, offsetof<HierarchyConfig>());
  return address;
}

export function tlbConfigAddress(tlb: u32): usize {
  return TLBS + <usize>(tlb * offsetof<TlbConfig>());
}

export function arrayConfigAddress(array: u32): usize {
  return ARRAYS + <usize>(array * offsetof<ArrayConfig>());
}

/** u64 each, of addresses. */
export function maskAddress(mask: u32): usize {
  return MASKS + ((<usize>mask) << 3);
}

export const HIERARCHY_PRESENT: u32 = offsetof<HierarchyConfig>("present");
export const HIERARCHY_TLBS: u32 = offsetof<HierarchyConfig>("tlbs");
export const HIERARCHY_ARRAYS: u32 = offsetof<HierarchyConfig>("arrays");
export const HIERARCHY_FIRST_WALK_CACHE: u32 = offsetof<HierarchyConfig>("firstWalkCache");
export const HIERARCHY_RECENT_SETS: u32 = offsetof<HierarchyConfig>("recentSets");
export const HIERARCHY_RECENT_LARGE: u32 = offsetof<HierarchyConfig>("recentLarge");
export const HIERARCHY_SPLITS_STORES: u32 = offsetof<HierarchyConfig>("splitsStores");
export const HIERARCHY_GRANULE_SHIFT: u32 = offsetof<HierarchyConfig>("granuleShift");
export const TLB_LEVEL: u32 = offsetof<TlbConfig>("level");
export const TLB_KINDS: u32 = offsetof<TlbConfig>("kinds");
export const TLB_FIRST_ARRAY: u32 = offsetof<TlbConfig>("firstArray");
export const TLB_ARRAYS: u32 = offsetof<TlbConfig>("arrays");
export const TLB_RULES: u32 = offsetof<TlbConfig>("rules");
export const TLB_FUTURE: u32 = offsetof<TlbConfig>("future");
export const ARRAY_ENTRIES: u32 = offsetof<ArrayConfig>("entries");
export const ARRAY_WAYS: u32 = offsetof<ArrayConfig>("ways");
export const ARRAY_POLICY: u32 = offsetof<ArrayConfig>("policy");
export const ARRAY_HOLDS: u32 = offsetof<ArrayConfig>("holds");
export const ARRAY_INDEX: u32 = offsetof<ArrayConfig>("index");
export const ARRAY_FIRST_MASK: u32 = offsetof<ArrayConfig>("firstMask");
export const ARRAY_COALESCE_SHIFT: u32 = offsetof<ArrayConfig>("coalesceShift");
