/**
 * One translation: ITLB or DTLB, then the STLB, then the walk, and what each fills. Not inclusive, not exclusive, no
 * back-invalidation: an L1 miss probes the STLB (whose recency changes only then), an STLB hit refills the L1, a walk
 * fills both.
 */
import { mapPage } from "./address-space";
import { tick } from "./clock";
import { counters } from "./counters";
import { FLAG_EXEC, flagsOf } from "./frames";
import { KIND_FETCH, KIND_MASK, KIND_WRITES, WORD_KIND_SHIFT, WORD_PAGE_SHIFT } from "./layout";
import { MIN_BYTE_SETS } from "./orders/bytes";
import { RingTlb } from "./orders/rings";
import { PAGE_SHIFT, PTE_A, PTE_D, PTE_P, VA_BITS, pageShiftOf } from "./paging";
import { isPlain, visitPages } from "./records";
import { endsInSegv, isForbidden } from "./segv";
import { forgetInShadow, noteFillInShadow, noteInShadow } from "./shadow";
import { MAX_SIMD_WAYS, NOT_FOUND, Tlb } from "./tlb";
import { hasVmas, mayAccess } from "./vma-table";
import { NOT_WALKED, WALK_FOR_MISS, WALK_TO_SET_DIRTY, resetWalks, walker, walksForMisses, walksOf } from "./walk";

// At constant addresses, so that their fields are; of the classes that these may be, RingTlb has the most.
export const l1i = changetype<Tlb>(memory.data(offsetof<RingTlb>(), 8));
export const l1d = changetype<Tlb>(memory.data(offsetof<RingTlb>(), 8));
export const stlb = changetype<Tlb>(memory.data(offsetof<RingTlb>(), 8));

/** Whether both L1 TLBs are StampTlbs; else both are RingTlbs. */
export function l1sAreStamped(): bool {
  return max(l1i.ways, l1d.ways) <= MAX_SIMD_WAYS;
}

/** Whether the STLB is a ByteTlb; else it is a RingTlb. */
export function stlbIsSimd(): bool {
  return stlb.ways <= MAX_SIMD_WAYS && stlb.setsArePowerOf2 && stlb.sets >= MIN_BYTE_SETS;
}

/** Bits of a word without WORD_STRADDLES whose address is canonical and in the low half: isPlain() at a glance. */
export const LOW_HALF_BITS: u64 = <u64>(WORD_PAGE_SHIFT + VA_BITS - 1 - PAGE_SHIFT);

/** From KIND_WRITES in a word to D in an entry: what a store needs set. */
export const DIRTY_SHIFT: u64 = 6 - <u64>WORD_KIND_SHIFT - 1;

/** Level of the leaves that first touch makes, and the bits of a page number below their page. */
let leafLevel: u32 = 1;
export let keyShift: u32 = 0;
/** Set once the page tables could not grow; everything after it is meaningless. */
export let outOfMemory: bool = false;

/** Starts an empty address space whose PML4 is at `pml4`, mapped at first touch by leaves of `level`. */
export function startAddressSpace(pml4: u64, level: u32): void {
  walker.cr3 = <u32>pml4;
  leafLevel = level;
  keyShift = pageShiftOf(level);
  outOfMemory = false;
  resetWalks();
}

/**
 * Translates the page of a record, or the pages. L1 and L2 are the classes of both L1 TLBs and of the STLB;
 * `upcoming` is where the words of this record and of those after it are.
 *
 * What an access needs but seldom, it gets as on hardware: a mapping or a D bit is made first, out of line, and the
 * access is restarted. Nothing is counted or filled before that. There, too, a record ends that its VMAs forbid: what
 * pages are mapped, and their flags, never allow more than these do.
 */
export function translate<P, L1 extends Tlb, L2 extends Tlb>(word: u64): void {
  if (word >> LOW_HALF_BITS != 0 && !isPlain(word)) return translateRarely<P, L1, L2>(word);
  const policy = changetype<P>(<usize>0);
  const page = word >> WORD_PAGE_SHIFT;
  const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
  const key = page >> <u64>keyShift;
  const dirty = (word << DIRTY_SHIFT) & PTE_D;
  const l1 = changetype<L1>(kind == KIND_FETCH ? l1i : l1d);
  const set = l1.setOf(key);
  const found = l1.find(key, set);
  if (found != NOT_FOUND) {
    // L1I has no page but those that may be fetched from.
    if (dirty & ~l1.value(found)) return restart<P, L1, L2>(word);
    // @ts-ignore: P is a policy class; asc checks its instances
    policy.touch<L1>(l1, found, set);
    return noteInShadow<P, L1>(l1, found, wordOf(key, kind));
  }
  // Only pages that may be written ever get D; a load needs nothing, since no page is mapped that may not be read.
  const needs = dirty | (kind == KIND_FETCH ? FLAG_EXEC : 0);
  const l2 = changetype<L2>(stlb);
  const l2Set = l2.setOf(key);
  const l2Found = l2.find(key, l2Set);
  let leaf: u64;
  if (l2Found != NOT_FOUND) {
    leaf = l2.value(l2Found);
    if (needs & ~leaf) return restart<P, L1, L2>(word);
    // @ts-ignore: as above
    policy.touch<L2>(l2, l2Found, l2Set);
  } else {
    leaf = walker.tryWalk(page, PTE_P | PTE_A | needs);
    if (leaf == NOT_WALKED) return translateRarely<P, L1, L2>(word);
    Fill.stlb<P, L2>(l2, key, l2Set, leaf);
  }
  Fill.l1<P, L1>(l1, key, set, leaf, kind);
}

/** translate() as run.ts takes it. */
@final
@unmanaged
export class Translator<P, L1 extends Tlb, L2 extends Tlb> {
  @inline
  translate(word: u64): void {
    translate<P, L1, L2>(word);
  }
}

/** translate() of a record that is not plain, or that misses in every TLB and walks by more than tryWalk(). */
export function translateRarely<P, L1 extends Tlb, L2 extends Tlb>(word: u64): void {
  if (!isPlain(word)) {
    if (hasVmas && !mayAccess(word) && endsInSegv(word)) return;
    return visitPages<TranslateEach<P, L1, L2>>(word);
  }
  const page = word >> WORD_PAGE_SHIFT;
  const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
  if (hasVmas && isForbidden(page, kind)) return;
  const writes = (kind & KIND_WRITES) != 0;
  walker.readAhead();
  let pte = walker.walk(page, writes, WALK_FOR_MISS);
  if (pte == 0) {
    // A minor fault: the operating system maps the page, and the restarted access misses as this one did.
    counters.minorFaults++;
    if (!mapPage(walker.cr3, page, leafLevel)) {
      outOfMemory = true;
      return;
    }
    pte = walker.walk(page, writes, WALK_FOR_MISS);
  }
  const leaf = flagsOf(pte);
  const key = page >> <u64>keyShift;
  const l1 = changetype<L1>(kind == KIND_FETCH ? l1i : l1d);
  const l2 = changetype<L2>(stlb);
  Fill.stlb<P, L2>(l2, key, l2.setOf(key), leaf);
  Fill.l1<P, L1>(l1, key, l1.setOf(key), leaf, kind);
}

/** The word of a plain access of `kind` to page number `key`. */
export function wordOf(key: u64, kind: u32): u64 {
  return (key << WORD_PAGE_SHIFT) | ((<u64>kind) << WORD_KIND_SHIFT);
}

/** What a miss fills; inlined, as only methods can be. */
abstract class Fill {
  @inline
  static stlb<P, L2 extends Tlb>(l2: L2, key: u64, set: u32, leaf: u64): void {
    const policy = changetype<P>(<usize>0);
    // @ts-ignore: P is a policy class; asc checks its instances
    const victim: u32 = policy.victim<L2>(l2, set);
    l2.replace(victim, key, set);
    l2.setValue(victim, leaf);
  }

  @inline
  static l1<P, L1 extends Tlb>(l1: L1, key: u64, set: u32, leaf: u64, kind: u32): void {
    const policy = changetype<P>(<usize>0);
    l1.misses++;
    // @ts-ignore: as above
    const victim: u32 = policy.victim<L1>(l1, set);
    forgetInShadow(l1.key(victim), kind);
    l1.replace(victim, key, set);
    l1.setValue(victim, leaf);
    noteFillInShadow<P, L1>(l1, victim, wordOf(key, kind));
  }
}

/** Visitor that translates the pages of a record one by one. */
@final
@unmanaged
class TranslateEach<P, L1 extends Tlb, L2 extends Tlb> {
  @inline
  visit(page: u64, kind: u32): void {
    translate<P, L1, L2>(wordOf(page, kind));
    tick();
  }
}

/**
 * Restarts an access that hit an entry without what it needs, unless its VMA forbids it: a store, after D was set in the
 * leaf entry, by a walk of its own that is no miss, and in the copies of it that stores look at. Finding those is no
 * lookup: their recency stays.
 */
function restart<P, L1 extends Tlb, L2 extends Tlb>(word: u64): void {
  const page = word >> WORD_PAGE_SHIFT;
  if (hasVmas && isForbidden(page, (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK)) return;
  const leaf = flagsOf(walker.walk(page, true, WALK_TO_SET_DIRTY));
  setCopy<L1>(changetype<L1>(l1d), page, leaf);
  setCopy<L2>(changetype<L2>(stlb), page, leaf);
  translate<P, L1, L2>(word);
}

/** Sets the value of the entry for `page` in `tlb`, if there is one. */
function setCopy<T extends Tlb>(tlb: T, page: u64, leaf: u64): void {
  const key = page >> <u64>keyShift;
  const entry = tlb.find(key, tlb.setOf(key));
  if (entry != NOT_FOUND) tlb.setValue(entry, leaf);
}

/** Brings the counters of walks, entries read and paging-structure cache hits up to date. */
export function sumWalks(): void {
  counters.pdeHits = sumOf(1, 1, 1, 3);
  counters.pdpteHits = sumOf(2, 2, 1, 3);
  counters.pml4eHits = sumOf(3, 3, 1, 3);
  counters.pml4eReads = sumOf(4, 4, 1, 3);
  counters.pdpteReads = sumOf(3, 4, 1, 3);
  counters.pdeReads = sumOf(2, 4, 1, 2);
  counters.pteReads = sumOf(1, 4, 1, 1);
  counters.walks = walksForMisses();
  counters.setDirty = 0;
  counters.setDirtyReads = 0;
  for (let start: u32 = 1; start <= 4; start++) {
    for (let leaf: u32 = 1; leaf <= min(start, 3); leaf++) {
      const walks = walksOf(WALK_TO_SET_DIRTY, start, leaf);
      counters.setDirty += walks;
      counters.setDirtyReads += walks * (start - leaf + 1);
    }
  }
}

/** Walks for misses whose first entry was of levels fromStart..toStart and whose leaf of fromLeaf..toLeaf. */
function sumOf(fromStart: u32, toStart: u32, fromLeaf: u32, toLeaf: u32): u64 {
  let sum: u64 = 0;
  for (let start = fromStart; start <= toStart; start++) {
    for (let leaf = fromLeaf; leaf <= toLeaf; leaf++) sum += walksOf(WALK_FOR_MISS, start, leaf);
  }
  return sum;
}
