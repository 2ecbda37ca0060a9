/** What translating guest-physical addresses took, in walks for misses and in walks that only set D. */
import { counters } from "../counters";

@final
@unmanaged
export class NestedCounts {
  /** In the nested TLB: one for each guest-physical address that a walk had to have translated. */
  lookups: u64;
  /** Each is a walk of the host's tables. */
  misses: u64;
  // Entries of host tables that these read.
  pml4eReads: u64;
  pdpteReads: u64;
  pdeReads: u64;
  pteReads: u64;
  // Those that started below an entry of such a cache.
  pml4eHits: u64;
  pdpteHits: u64;
  pdeHits: u64;
  /** EPT violations: the first touch of a host page. */
  faults: u64;
}

const ofMisses = changetype<NestedCounts>(memory.data(offsetof<NestedCounts>(), 8));
/** Of walks that only set D the lookups and reads are not told, but in `setDirtyReads`; their faults are among all others. */
const ofSetDirty = changetype<NestedCounts>(memory.data(offsetof<NestedCounts>(), 8));
let current: NestedCounts = ofMisses;

export function resetNestedCounts(): void {
  memory.fill(changetype<usize>(ofMisses), 0, offsetof<NestedCounts>());
  current = ofMisses;
}

/** The walk that comes next is for a miss, or only to set D. */
export function countFor(isMiss: bool): void {
  current = isMiss ? ofMisses : ofSetDirty;
}

export function countLookup(isHit: bool): void {
  current.lookups++;
  if (!isHit) current.misses++;
}

export function countRead(level: u32): void {
  if (current == ofMisses) counters.hostReads++;
  else counters.setDirtyReads++;
  if (level == 4) current.pml4eReads++;
  else if (level == 3) current.pdpteReads++;
  else if (level == 2) current.pdeReads++;
  else current.pteReads++;
}

/** A walk of host tables started below the cached entry of `level`. */
export function countStructureHit(level: u32): void {
  if (level == 4) current.pml4eHits++;
  else if (level == 3) current.pdpteHits++;
  else current.pdeHits++;
}

export function countViolation(): void {
  ofMisses.faults++;
}

/** u64 each, in the order of NestedCounts. */
export function nestedCountsAddress(): usize {
  return changetype<usize>(ofMisses);
}

export const NESTED_COUNT_LOOKUPS: u32 = offsetof<NestedCounts>("lookups");
export const NESTED_COUNT_MISSES: u32 = offsetof<NestedCounts>("misses");
export const NESTED_COUNT_PML4E_READS: u32 = offsetof<NestedCounts>("pml4eReads");
export const NESTED_COUNT_PDPTE_READS: u32 = offsetof<NestedCounts>("pdpteReads");
export const NESTED_COUNT_PDE_READS: u32 = offsetof<NestedCounts>("pdeReads");
export const NESTED_COUNT_PTE_READS: u32 = offsetof<NestedCounts>("pteReads");
export const NESTED_COUNT_PML4E_HITS: u32 = offsetof<NestedCounts>("pml4eHits");
export const NESTED_COUNT_PDPTE_HITS: u32 = offsetof<NestedCounts>("pdpteHits");
export const NESTED_COUNT_PDE_HITS: u32 = offsetof<NestedCounts>("pdeHits");
export const NESTED_COUNT_FAULTS: u32 = offsetof<NestedCounts>("faults");
