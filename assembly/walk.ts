/**
 * The page walk: from CR3, or from below the deepest paging-structure cache that hits, to the leaf.
 * SDM Vol. 3A, "4-Level Paging and 5-Level Paging", "Accessed and Dirty Flags", "Paging-Structure Caches".
 */
import { FLAGGED_END, bytesAt, flagsOf, pteFlags, storePte } from "./frames";
import { WORD_PAGE_SHIFT } from "./layout";
import { PTE_A, PTE_ADDRESS, PTE_D, PTE_P, PTE_PS, entryOffset } from "./paging";
import { NOT_CACHED, pdeCache, pdpteCache, pml4eCache, tagOf } from "./psc";

/** What a walk is for: so is it counted. */
export const WALK_FOR_MISS: u32 = 0;
export const WALK_TO_SET_DIRTY: u32 = 1;

/** What tryWalk() returns where it leaves the walk to walk(). */
export const NOT_WALKED: u64 = 0;

/** Bytes of words that are read ahead at once. */
const AHEAD_BYTES: usize = 64 * 8;

@final
@unmanaged
class Walker {
  /** Physical address of the PML4. */
  cr3: u32;
  /** Address of the word of the record under way; those that follow it are the records to come. */
  upcoming: usize;
  /** Where the words end that readAhead() read. */
  private aheadEnd: usize;

  /**
   * The leaf entry that translates `page`, with A set in every entry read and D in the leaf if `writes`; 0 if some
   * level is not present. `page` must be canonical.
   *
   * A walk that fails is not counted, and changes no paging-structure cache but the recency of the entry that it
   * started from, which its restart would have made most recent anyway.
   * Not modelled: rights and reserved bits. Who has VMAs judges an access by them before it walks (segv.ts).
   */
  walk(page: u64, writes: bool, reason: u32): u64 {
    const pt = pdeCache.lookup(tagOf(page, 2));
    if (pt != 0) {
      const pte = this.readEntry(pt, page, 1, writes);
      if (pte != 0) countWalk(reason, 1, 1);
      return pte;
    }
    const pd = pdpteCache.lookup(tagOf(page, 3));
    return pd == 0 ? walkFromTop(page, writes, reason) : walkFromPd(pd, page, writes, reason);
  }

  /**
   * flagsOf() the leaf entry that translates `page`: walk() for a miss, inlined and without calls, where every entry read
   * is as `needs` has it: those bits are set in the flags of the leaf, and A above it. Else NOT_WALKED, having changed
   * nothing, not even the order of a cache, since the access may yet turn out to be none.
   *
   * Of PTEs it reads the copies of their flags alone. Page tables outgrow the caches of the machine that runs this; the
   * flags take up an eighth.
   */
  @inline
  tryWalk(page: u64, needs: u64): u64 {
    const pdeTag = tagOf(page, 2);
    if (pdeCache.isLatest(pdeTag)) {
      const flags = flagsIn(pdeCache.latest(), page, needs);
      if (flags != NOT_WALKED) countWalk(WALK_FOR_MISS, 1, 1);
      return flags;
    }
    const cachedPde = pdeCache.find(pdeTag);
    if (cachedPde != NOT_CACHED) {
      const flags = flagsIn(pdeCache.tableAt(cachedPde), page, needs);
      if (flags == NOT_WALKED) return NOT_WALKED;
      pdeCache.use(cachedPde);
      countWalk(WALK_FOR_MISS, 1, 1);
      return flags;
    }
    if (!pdpteCache.isLatest(tagOf(page, 3))) return tryWalkFromOther(page, needs);
    const pde = load<u64>(bytesAt(pdpteCache.latest()) + entryOffset(page, 2));
    if ((pde & (PTE_P | PTE_A | PTE_PS)) == (PTE_P | PTE_A)) {
      const pt = tableOf(pde);
      const flags = flagsIn(pt, page, needs);
      if (flags == NOT_WALKED) return NOT_WALKED;
      pdeCache.fill(pdeTag, pt);
      countWalk(WALK_FOR_MISS, 2, 1);
      return flags;
    }
    return tryLargeLeaf(pde, needs);
  }

  /**
   * flagsOf() the PTE for `page`, or 0 if some level is not present. It changes nothing, and asks no cache; the page must
   * not be part of a larger one.
   */
  peek(page: u64): u64 {
    const pml4e = load<u64>(bytesAt(this.cr3) + entryOffset(page, 4));
    if (!(pml4e & PTE_P)) return 0;
    const pdpte = load<u64>(bytesAt(tableOf(pml4e)) + entryOffset(page, 3));
    if (!(pdpte & PTE_P)) return 0;
    const pde = load<u64>(bytesAt(tableOf(pdpte)) + entryOffset(page, 2));
    if (!(pde & PTE_P)) return 0;
    const pte = load<u64>(bytesAt(tableOf(pde)) + entryOffset(page, 1));
    return pte & PTE_P ? flagsOf(pte) : 0;
  }

  /**
   * The entry of `level` for `page` in `table`, with A set and, if it is a leaf and `writes`, D; 0 if it is not
   * present.
   */
  readEntry(table: u32, page: u64, level: u32, writes: bool): u64 {
    const pa = table + <u32>entryOffset(page, level);
    if (level == 1 && pa < FLAGGED_END && !(pteFlags(pa) & <u8>PTE_P)) return 0;
    const entry = load<u64>(bytesAt(pa));
    if (!(entry & PTE_P)) return 0;
    const isLeaf = level == 1 || (entry & PTE_PS) != 0;
    const marked = entry | (isLeaf && writes ? PTE_A | PTE_D : PTE_A);
    if (marked == entry) return entry;
    if (level == 1) storePte(pa, marked);
    else store<u64>(bytesAt(pa), marked);
    return marked;
  }

  /** Starts on a new batch. */
  startBatch(): void {
    this.aheadEnd = 0;
  }

  /**
   * Reads the PTEs of some records to come, unless it has, as if they were below the PD used last: where one page is to
   * be mapped, or has no copy of its flags, others follow. Nothing depends on it but time: page tables outgrow the caches of the machine that runs this, whose
   * memory answers many loads at once, but takes stores, and the loads of walks, in turn.
   */
  readAhead(): void {
    if (this.upcoming < this.aheadEnd) return;
    this.aheadEnd = this.upcoming + AHEAD_BYTES;
    const pd = pdpteCache.latest();
    if (pd != 0) readPtes(bytesAt(pd), this.upcoming);
  }
}

export const walker = changetype<Walker>(memory.data(offsetof<Walker>(), 8));

/** walk() where a PDPTE is cached, which points to `pd`, but no PDE is. */
function walkFromPd(pd: u32, page: u64, writes: bool, reason: u32): u64 {
  const pde = walker.readEntry(pd, page, 2, writes);
  if (pde == 0) return 0;
  if (pde & PTE_PS) {
    countWalk(reason, 2, 2);
    return pde;
  }
  const pt = tableOf(pde);
  const pte = walker.readEntry(pt, page, 1, writes);
  if (pte == 0) return 0;
  pdeCache.fill(tagOf(page, 2), pt);
  countWalk(reason, 2, 1);
  return pte;
}

/** walk() where neither a PDE nor a PDPTE is cached. */
function walkFromTop(page: u64, writes: bool, reason: u32): u64 {
  const cachedPdpt = pml4eCache.lookup(tagOf(page, 4));
  let pdpt = cachedPdpt;
  if (pdpt == 0) {
    const pml4e = walker.readEntry(walker.cr3, page, 4, writes);
    if (pml4e == 0) return 0;
    pdpt = tableOf(pml4e);
  }
  let leafLevel: u32 = 3;
  let leaf = walker.readEntry(pdpt, page, 3, writes);
  if (leaf == 0) return 0;
  if (!(leaf & PTE_PS)) {
    const pd = tableOf(leaf);
    leafLevel = 2;
    leaf = walker.readEntry(pd, page, 2, writes);
    if (leaf == 0) return 0;
    if (!(leaf & PTE_PS)) {
      const pt = tableOf(leaf);
      leafLevel = 1;
      leaf = walker.readEntry(pt, page, 1, writes);
      if (leaf == 0) return 0;
      pdeCache.fill(tagOf(page, 2), pt);
    }
    pdpteCache.fill(tagOf(page, 3), pd);
  }
  if (cachedPdpt == 0) pml4eCache.fill(tagOf(page, 4), pdpt);
  countWalk(reason, cachedPdpt == 0 ? 4 : 3, leafLevel);
  return leaf;
}

/** tryWalk() where no PDE is cached, and no PDPTE but one that is not the latest. */
function tryWalkFromOther(page: u64, needs: u64): u64 {
  const cached = pdpteCache.find(tagOf(page, 3));
  if (cached == NOT_CACHED) return NOT_WALKED;
  const pde = load<u64>(bytesAt(pdpteCache.tableAt(cached)) + entryOffset(page, 2));
  let flags: u64;
  if ((pde & (PTE_P | PTE_A | PTE_PS)) == (PTE_P | PTE_A)) {
    const pt = tableOf(pde);
    flags = flagsIn(pt, page, needs);
    if (flags == NOT_WALKED) return NOT_WALKED;
    pdeCache.fill(tagOf(page, 2), pt);
    countWalk(WALK_FOR_MISS, 2, 1);
  } else {
    flags = tryLargeLeaf(pde, needs);
    if (flags == NOT_WALKED) return NOT_WALKED;
  }
  pdpteCache.use(cached);
  return flags;
}

/** What tryWalk() makes of `pde`, unless it points to a PT that was used before. */
function tryLargeLeaf(pde: u64, needs: u64): u64 {
  const flags = flagsOf(pde);
  if ((needs | PTE_PS) & ~flags) return NOT_WALKED;
  countWalk(WALK_FOR_MISS, 2, 2);
  return flags;
}

/** flagsOf() the PTE for `page` in `pt` if they have `needs`, P among them, and there is a copy; else NOT_WALKED. */
function flagsIn(pt: u32, page: u64, needs: u64): u64 {
  if (pt >= FLAGGED_END) return NOT_WALKED;
  const flags = <u64>pteFlags(pt + <u32>entryOffset(page, 1));
  return needs & ~flags ? NOT_WALKED : flags;
}

/** Physical address of the table that `entry` points to. Tables lie below 4 GiB: see frames.ts. */
function tableOf(entry: u64): u32 {
  return <u32>entry & <u32>PTE_ADDRESS;
}

/** Reads the PTEs for the words from `at` on, all as if they were below the PD whose bytes are at `pd`. */
function readPtes(pd: usize, at: usize): void {
  const base = bytesAt(0);
  for (const end = at + AHEAD_BYTES; at < end; at += 32) {
    readPte(base, pd, load<u64>(at));
    readPte(base, pd, load<u64>(at, 8));
    readPte(base, pd, load<u64>(at, 16));
    readPte(base, pd, load<u64>(at, 24));
  }
}

/** `base` is bytesAt(0). */
function readPte(base: usize, pd: usize, word: u64): void {
  const page = word >> WORD_PAGE_SHIFT;
  // One that is not present counts as pointing to frame 0, which has bytes too.
  const pde = load<u64>(pd + entryOffset(page, 2));
  if (!(pde & PTE_PS)) load<u64>(base + tableOf(pde) + entryOffset(page, 1));
}

const WALKS_BYTES: usize = 2 * 5 * 4 * 8;
/** u64 counts of walks, by [reason][level of the first entry read][level of the leaf]. */
const WALKS = memory.data(2 * 5 * 4 * 8, 8);

export function resetWalks(): void {
  memory.fill(WALKS, 0, WALKS_BYTES);
}

/** Walks for `reason` whose first entry was of level `start` and whose leaf of level `leaf`. */
export function walksOf(reason: u32, start: u32, leaf: u32): u64 {
  return load<u64>(countAddress(reason, start, leaf));
}

/** Walks for misses. */
export function walksForMisses(): u64 {
  let walks: u64 = 0;
  for (let at = WALKS; at < countAddress(WALK_FOR_MISS + 1, 0, 0); at += 8) walks += load<u64>(at);
  return walks;
}

function countWalk(reason: u32, start: u32, leaf: u32): void {
  const at = countAddress(reason, start, leaf);
  store<u64>(at, load<u64>(at) + 1);
}

function countAddress(reason: u32, start: u32, leaf: u32): usize {
  return WALKS + ((<usize>((reason * 5 + start) * 4 + leaf)) << 3);
}
