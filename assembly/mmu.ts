/**
 * One translation: ITLB or DTLB, then the STLB, then the walk, and what each fills. Not inclusive, not exclusive, no
 * back-invalidation: an L1 miss probes the STLB (whose recency changes only then), an STLB hit refills the L1, a walk
 * fills both.
 */
import { mapPage } from "./address-space";
import { counters } from "./counters";
import { KIND_FETCH, KIND_WRITES } from "./layout";
import { PTE_D, pageShiftOf } from "./paging";
import { forgetInShadow, noteInShadow } from "./shadow";
import { NO_KEY, Tlb, newTlb } from "./tlb";
import { walk, walkLeaf, walkStart } from "./walk";

export const l1i = newTlb();
export const l1d = newTlb();
export const stlb = newTlb();

/** Physical address of the PML4. */
let cr3: u64 = 0;
/** Level of the leaves that first touch makes, and the bits of a page number below their page. */
let leafLevel: u32 = 1;
export let keyShift: u32 = 0;
/** Set once the page tables could not grow; everything after it is meaningless. */
export let outOfMemory: bool = false;

/** Starts an empty address space whose PML4 is at `pml4`, mapped at first touch by leaves of `level`. */
export function startAddressSpace(pml4: u64, level: u32): void {
  cr3 = pml4;
  leafLevel = level;
  keyShift = pageShiftOf(level);
  outOfMemory = false;
  memory.fill(WALKS, 0, 5 * 4 * 8);
}

/** Translates one access of `kind` to 4 KiB page number `page`, which must be canonical. */
export function reference<P>(page: u64, kind: u32): void {
  const key = page >> <u64>keyShift;
  const write = (kind & KIND_WRITES) != 0;
  const l1 = kind == KIND_FETCH ? l1i : l1d;
  const set = l1.setOf(key);
  let entry = l1.find(key, set);
  if (entry < 0) {
    l1.misses++;
    const leaf = translateBelowL1<P>(page, key, write);
    entry = victim<P>(l1, set);
    const evicted = l1.key(entry);
    if (evicted != NO_KEY) forgetInShadow(evicted, kind);
    fill<P>(l1, entry, set, key, leaf);
    noteInShadow<P>(l1, entry, key, kind, (leaf & PTE_D) != 0);
    return;
  }
  const policy = changetype<P>(<usize>0);
  // @ts-ignore: P is a policy class; asc checks its instances
  policy.touch(l1, entry, set);
  let dirty = (l1.value(entry) & PTE_D) != 0;
  if (write && !dirty) {
    const leaf = setDirty(page);
    l1.setValue(entry, leaf);
    const copy = stlb.find(key, stlb.setOf(key));
    if (copy >= 0) stlb.setValue(copy, leaf);
    dirty = true;
  }
  noteInShadow<P>(l1, entry, key, kind, dirty);
}

/** The leaf entry for an access that missed in L1, from the STLB or a walk that then fills it. */
function translateBelowL1<P>(page: u64, key: u64, write: bool): u64 {
  stlb.lookups++;
  const set = stlb.setOf(key);
  const entry = stlb.find(key, set);
  if (entry < 0) {
    stlb.misses++;
    const leaf = walkOrFault(page, write);
    fill<P>(stlb, victim<P>(stlb, set), set, key, leaf);
    return leaf;
  }
  const policy = changetype<P>(<usize>0);
  // @ts-ignore: as above
  policy.touch(stlb, entry, set);
  const leaf = stlb.value(entry);
  if (!write || (leaf & PTE_D) != 0) return leaf;
  const dirtied = setDirty(page);
  stlb.setValue(entry, dirtied);
  return dirtied;
}

function victim<P>(tlb: Tlb, set: u32): u32 {
  const policy = changetype<P>(<usize>0);
  // @ts-ignore: as above
  return policy.victim(tlb, set);
}

function fill<P>(tlb: Tlb, entry: u32, set: u32, key: u64, leaf: u64): void {
  const policy = changetype<P>(<usize>0);
  tlb.replace(entry, key);
  tlb.setValue(entry, leaf);
  // @ts-ignore: as above
  policy.filled(tlb, entry, set);
}

/**
 * The leaf entry by a counted walk. A page not mapped yet is a minor fault: the operating system maps it and the walk
 * is restarted; the walk that faulted is not counted.
 */
function walkOrFault(page: u64, write: bool): u64 {
  let leaf = walk(cr3, page, write);
  if (leaf == 0) {
    counters.minorFaults++;
    if (!mapPage(cr3, page, leafLevel)) {
      outOfMemory = true;
      return 0;
    }
    leaf = walk(cr3, page, write);
  }
  countWalk();
  return leaf;
}

/** Sets D in the leaf entry of a mapped page, by a walk of its own that is no miss. Returns the entry. */
function setDirty(page: u64): u64 {
  const leaf = walk(cr3, page, true);
  counters.setDirty++;
  counters.setDirtyReads += walkStart - walkLeaf + 1;
  return leaf;
}

/** u64 counts of walks, by [level of the first entry read][level of the leaf]. */
const WALKS = memory.data(5 * 4 * 8, 8);

function countWalk(): void {
  const at = WALKS + ((<usize>((walkStart << 2) + walkLeaf)) << 3);
  store<u64>(at, load<u64>(at) + 1);
}

/** Brings the counters of walks, entries read and paging-structure cache hits up to date. */
export function sumWalks(): void {
  counters.pdeHits = walksOf(1, 1, 1, 3);
  counters.pdpteHits = walksOf(2, 2, 1, 3);
  counters.pml4eHits = walksOf(3, 3, 1, 3);
  counters.pml4eReads = walksOf(4, 4, 1, 3);
  counters.pdpteReads = walksOf(3, 4, 1, 3);
  counters.pdeReads = walksOf(2, 4, 1, 2);
  counters.pteReads = walksOf(1, 4, 1, 1);
  counters.walks = walksOf(1, 4, 1, 3);
}

/** Walks whose first entry was of levels fromStart..toStart and whose leaf of fromLeaf..toLeaf. */
function walksOf(fromStart: u32, toStart: u32, fromLeaf: u32, toLeaf: u32): u64 {
  let sum: u64 = 0;
  for (let start = fromStart; start <= toStart; start++) {
    for (let leaf = fromLeaf; leaf <= toLeaf; leaf++) sum += load<u64>(WALKS + ((<usize>((start << 2) + leaf)) << 3));
  }
  return sum;
}
