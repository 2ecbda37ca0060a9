/**
 * The processor's TLBs, of the policy of machineConfig, and paging-structure caches, all LRU, and what invalidates them. Pages of every size share each
 * TLB; the set is the page number at the page's own size, mod sets. Values are translations (entries.ts).
 * SDM Vol. 3A, "Caching Translation Information".
 */
import { NOT_FOUND, NO_KEY } from "../tlb";
import { startStates } from "../orders/by-number";
import { ByAnyState } from "../orders/by-state";
import { RingTlb } from "../orders/rings";
import { TOP_LEVEL_LA57 } from "../paging";
import { POLICY_FIFO, POLICY_LRU } from "../layout";
import { machineConfig } from "../machine";
import { HAS_ALL_POLICIES } from "../policies/index";
import { levelOf, shiftOf } from "./entries";
import {
  GLOBAL,
  KEY_TABLE,
  PCID_BITS,
  PCID_SHIFT,
  addressOfKey,
  isOfTable,
  isShared,
  keyOf,
  ownTag,
  tagOfKey,
  tagOfPage,
} from "./keys";

/** Level of the largest page. */
const LARGEST_LEAF: u32 = 3;

/** The most pages that share an entry, and a bit for each in its note. */
export const SHARING_PAGES: u32 = 8;
export const SHARING_MASK: u32 = 0xff;

export const l1i = changetype<RingTlb>(memory.data(offsetof<RingTlb>(), 8));
export const l1d = changetype<RingTlb>(memory.data(offsetof<RingTlb>(), 8));
export const stlb = changetype<RingTlb>(memory.data(offsetof<RingTlb>(), 8));

const pdeCache = changetype<RingTlb>(memory.data(offsetof<RingTlb>(), 8));
const pdpteCache = changetype<RingTlb>(memory.data(offsetof<RingTlb>(), 8));
const pml4eCache = changetype<RingTlb>(memory.data(offsetof<RingTlb>(), 8));
const pml5eCache = changetype<RingTlb>(memory.data(offsetof<RingTlb>(), 8));

/** The cache for entries of `level` that point to a table: 2 to 5. */
export function structureCache(level: u32): RingTlb {
  if (level == 2) return pdeCache;
  if (level == 3) return pdpteCache;
  return level == 4 ? pml4eCache : pml5eCache;
}

/** Sizes in entries; 0 turns a cache off. False if there is no memory left. Not modelled: PML5Es have no size of their own. */
export function placeStructureCaches(pdes: u32, pdptes: u32, pml4es: u32): bool {
  return (
    placeStructureCache(pdeCache, pdes) &&
    placeStructureCache(pdpteCache, pdptes) &&
    placeStructureCache(pml4eCache, pml4es) &&
    placeStructureCache(pml5eCache, pml4es)
  );
}

function placeStructureCache(cache: RingTlb, entries: u32): bool {
  cache.entries = 0;
  return entries == 0 || cache.configure(entries, entries);
}

/** One bit for each level of which pages were ever filled, and whether any was global: others need not be looked for. */
let filledLevels: u32 = 0;
let filledGlobals: bool = false;

/** Starts with empty TLBs. */
export function resetFilled(): void {
  filledLevels = 0;
  filledGlobals = false;
}

/** u32 addresses of the arrays of a hierarchy (hierarchy/), which then take the place of the caches here. */
const OTHERS: usize = memory.data(49 * 4, 8);
let others: u32 = 0;

/** Has what invalidates translations do so in `array`, too. Keys of entries that point to tables have KEY_TABLE there. */
export function addArray(array: RingTlb): void {
  store<u32>(OTHERS + ((<usize>others) << 2), <u32>changetype<usize>(array));
  others++;
}

/** There are no arrays but the caches here. */
export function forgetArrays(): void {
  others = 0;
}

function otherArray(number: u32): RingTlb {
  return changetype<RingTlb>(<usize>load<u32>(OTHERS + ((<usize>number) << 2)));
}

/** The entry of `tlb` that translates `va`, or NOT_FOUND. Nothing changes. */
export function findPage(tlb: RingTlb, va: u64): i32 {
  for (let level: u32 = 1; level <= LARGEST_LEAF; level++) {
    if (!((filledLevels >> level) & 1)) continue;
    const own = tlb.find(keyOf(va, level, ownTag()), 0);
    if (own >= 0) return own;
    if (!filledGlobals) continue;
    const global = tlb.find(keyOf(va, level, GLOBAL), 0);
    if (global >= 0) return global;
  }
  return NOT_FOUND;
}

/** Whether the TLBs have states instead of an order. */
function isByState(): bool {
  return HAS_ALL_POLICIES && machineConfig.policy != POLICY_LRU && machineConfig.policy != POLICY_FIFO;
}

/** A TLB, empty. False if there is no memory left. */
export function placeTlb(tlb: RingTlb, entries: u32, ways: u32): bool {
  if (!tlb.configure(entries, ways)) return false;
  return !isByState() || startStates<RingTlb>(tlb, machineConfig.policy);
}

/** Has the policy note that `entry` of `tlb` hit. */
export function touch(tlb: RingTlb, entry: u32): void {
  const set = entry - (entry % tlb.ways);
  if (machineConfig.policy == POLICY_LRU) tlb.toFront(entry, set);
  else if (isByState()) changetype<ByAnyState>(<usize>0).touch<RingTlb>(tlb, entry, set);
}

/** Caches that `va`, for which `tlb` has nothing, is translated by `translation`. */
export function fillPage(tlb: RingTlb, va: u64, translation: u64): void {
  filledLevels |= (<u32>1) << levelOf(translation);
  const set = tlb.setOf(va >> <u64>shiftOf(levelOf(translation)));
  const victim = isByState() ? changetype<ByAnyState>(<usize>0).victim<RingTlb>(tlb, set) : tlb.backToFront(set);
  tlb.replace(victim, keyOfPage(va, translation));
  tlb.setValue(victim, translation);
}

/** Brings the copy of a translation in `tlb` up to date, if there is one; another for `va` is dropped. */
export function updatePage(tlb: RingTlb, va: u64, translation: u64): void {
  const entry = findPage(tlb, va);
  if (entry < 0) return;
  if (tlb.key(entry) == keyOfPage(va, translation)) tlb.setValue(entry, translation);
  else tlb.remove(entry);
}

/** The translation of the table below the entry of `level` for `va`, if it is cached; else 0. Nothing changes. */
export function peekStructure(level: u32, va: u64): u64 {
  const cache = structureCache(level);
  if (cache.entries == 0) return 0;
  const entry = cache.find(keyOf(va, level, ownTag()), 0);
  return entry < 0 ? 0 : cache.value(entry);
}

/** Makes the cached entry of `level` for `va` the most recent. */
export function touchStructure(level: u32, va: u64): void {
  const cache = structureCache(level);
  cache.toFront(cache.find(keyOf(va, level, ownTag()), 0), 0);
}

/** Caches what the entry of `level` for `va` points to. */
export function fillStructure(level: u32, va: u64, translation: u64): void {
  const cache = structureCache(level);
  if (cache.entries == 0) return;
  const key = keyOf(va, level, ownTag());
  let entry = cache.find(key, 0);
  if (entry < 0) {
    entry = cache.backToFront(0);
    cache.replace(entry, key);
  }
  cache.setValue(entry, translation);
}

/** Forgets every translation. */
export function dropAll(): void {
  dropMatching(0, 0, false);
}

/** Forgets every translation that is not global. */
export function dropAllButGlobal(): void {
  dropMatching(0, 0, true);
}

/** Forgets what belongs to `pcid`: its translations but the global ones, and its structure cache entries. */
export function dropPcid(pcid: u64): void {
  dropMatching(PCID_BITS, pcid << PCID_SHIFT, true);
}

/** Forgets the structure cache entries of `pcid`. */
export function dropStructures(pcid: u64): void {
  for (let level: u32 = 2; level <= TOP_LEVEL_LA57; level++) {
    dropFrom(structureCache(level), PCID_BITS, pcid << PCID_SHIFT, false);
  }
  for (let array: u32 = 0; array < others; array++) {
    dropFrom(otherArray(array), PCID_BITS | KEY_TABLE, (pcid << PCID_SHIFT) | KEY_TABLE, false);
  }
}

/** Forgets what translates `va` for `pcid`: pages, structure cache entries, and, if `globals`, global pages. */
export function dropAddress(va: u64, pcid: u64, globals: bool): void {
  dropAddressFrom(l1i, va, pcid, globals);
  dropAddressFrom(l1d, va, pcid, globals);
  dropAddressFrom(stlb, va, pcid, globals);
  for (let level: u32 = 2; level <= TOP_LEVEL_LA57; level++) {
    const cache = structureCache(level);
    if (cache.entries != 0) dropKey(cache, keyOf(va, level, pcid << PCID_SHIFT));
  }
  for (let array: u32 = 0; array < others; array++) {
    dropPageFrom(otherArray(array), va, pcid, globals);
    for (let level: u32 = 2; level <= TOP_LEVEL_LA57; level++) {
      dropKey(otherArray(array), keyOf(va, level, pcid << PCID_SHIFT) | KEY_TABLE);
    }
  }
}

function dropAddressFrom(tlb: RingTlb, va: u64, pcid: u64, globals: bool): void {
  for (let level: u32 = 1; level <= LARGEST_LEAF; level++) {
    dropKey(tlb, keyOf(va, level, pcid << PCID_SHIFT));
    if (globals) dropKey(tlb, keyOf(va, level, GLOBAL));
  }
}

/**
 * Drops the page of `va` from the array of a hierarchy, where it may be held in parts, of which INVLPG drops all, or share an entry.
 * Notes of shared entries have a bit for each page (hierarchy/array.ts).
 */
function dropPageFrom(array: RingTlb, va: u64, pcid: u64, globals: bool): void {
  for (let entry: u32 = 0; entry < array.entries; entry++) {
    const key = array.key(entry);
    if (key == NO_KEY || isOfTable(key)) continue;
    const tag = tagOfKey(key);
    if (tag != pcid << PCID_SHIFT && !(globals && tag == GLOBAL)) continue;
    const level = levelOf(array.value(entry));
    const from = addressOfKey(key);
    if (!isShared(key) || level > 1) {
      if ((from ^ va) >> <u64>shiftOf(level) == 0) array.remove(entry);
      continue;
    }
    const page = (va - from) >> <u64>shiftOf(1);
    const note = array.note(entry);
    if (page >= SHARING_PAGES || !((note >> <u32>page) & 1)) continue;
    array.setNote(entry, note & ~((<u32>1) << (<u32>page)));
    if ((array.note(entry) & SHARING_MASK) == 0) array.remove(entry);
  }
}

function dropKey(cache: RingTlb, key: u64): void {
  const entry = cache.find(key, 0);
  if (entry >= 0) cache.remove(entry);
}

/** Drops, everywhere, the entries whose keys under `mask` are `wanted`, but global ones if `keepGlobal`. */
function dropMatching(mask: u64, wanted: u64, keepGlobal: bool): void {
  dropFrom(l1i, mask, wanted, keepGlobal);
  dropFrom(l1d, mask, wanted, keepGlobal);
  dropFrom(stlb, mask, wanted, keepGlobal);
  for (let level: u32 = 2; level <= TOP_LEVEL_LA57; level++) dropFrom(structureCache(level), mask, wanted, keepGlobal);
  for (let array: u32 = 0; array < others; array++) dropFrom(otherArray(array), mask, wanted, keepGlobal);
}

function dropFrom(cache: RingTlb, mask: u64, wanted: u64, keepGlobal: bool): void {
  for (let entry: u32 = 0; entry < cache.entries; entry++) {
    const key = cache.key(entry);
    if (key == NO_KEY || (key & mask) != wanted || (keepGlobal && key & GLOBAL)) continue;
    cache.remove(entry);
  }
}

function keyOfPage(va: u64, translation: u64): u64 {
  const tag = tagOfPage(translation);
  if (tag == GLOBAL) filledGlobals = true;
  return keyOf(va, levelOf(translation), tag);
}
