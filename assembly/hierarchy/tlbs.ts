/**
 * The TLBs of a hierarchy: which of them an access looks up, and what that does to them. An access of a kind has a path: on each level
 * the TLB of that kind, if there is one.
 */
import { addArray, forgetArrays } from "../processor/caches";
import { levelOf } from "../processor/entries";
import { addressOfKey, isOfTable } from "../processor/keys";
import { seedSets } from "../policies/random";
import { ACCESS_FETCH, ACCESS_WRITE } from "../processor/rights";
import { NOT_FOUND, NO_KEY } from "../tlb";
import { TlbArray, evictedKey, evictedTranslation } from "./array";
import {
  ArrayConfig,
  HOLDS_TABLE,
  RULE_EXCLUSIVE,
  RULE_FILLED_BY_HITS_BELOW,
  RULE_FILLED_BY_WALKS,
  RULE_HOLDS_PARTS,
  RULE_INCLUSIVE,
  RULE_PREFETCHED,
  RULE_TAKES_VICTIMS,
  RULE_TOUCHED_BY_HITS_ABOVE,
  TlbConfig,
  arrayConfigAddress,
  hierarchyConfig,
  tlbConfigAddress,
} from "./config";

/** All that an access of some kinds looks up at once, on one level. */
@final
@unmanaged
export class HierarchyTlb {
  config: TlbConfig;
  /** Of levels from 2 on: on level 1 there are lookups that need not be made. */
  lookups: u64;
  misses: u64;

  @inline
  is(rule: u32): bool {
    return (this.config.rules & rule) != 0;
  }
}

const TLBS: usize = memory.data(10 * offsetof<HierarchyTlb>(), 8);
const ARRAYS: usize = memory.data(49 * offsetof<TlbArray>(), 8);
/** u32 addresses of the TLBs of each kind of access, by level, the buffer of a prefetcher last, and 0 behind it. */
const PATHS: usize = memory.data(3 * 32, 8);
/** u32 for each array: address of its TLB, or 0 if it is a walk cache. */
const TLB_OF: usize = memory.data(49 * 4, 8);
/** For each level of paging structures: u32 how many arrays hold its entries, and their addresses. */
const HOLDERS_BYTES: usize = 256;
const HOLDERS: usize = memory.data(6 * 256, 8);

/** Where the latest find() found it: the place on the path of the TLB; and what of it. */
export let foundAt: usize = 0;
let foundArray: TlbArray = changetype<TlbArray>(<usize>0);
let foundEntry: i32 = NOT_FOUND;

// Counts that the host reads, which are below 2^53.
export function tlbLookups(tlb: u32): f64 {
  return <f64>tlbAt(tlb).lookups;
}

export function tlbMisses(tlb: u32): f64 {
  return <f64>tlbAt(tlb).misses;
}

export function arrayHits(array: u32): f64 {
  return <f64>arrayAt(array).hits;
}

export function tlbAt(tlb: u32): HierarchyTlb {
  return changetype<HierarchyTlb>(TLBS + <usize>(tlb * offsetof<HierarchyTlb>()));
}

export function arrayAt(array: u32): TlbArray {
  return changetype<TlbArray>(ARRAYS + <usize>(array * offsetof<TlbArray>()));
}

/** Builds what hierarchyConfig describes, all empty. False if there is no memory left. */
export function startTlbs(): bool {
  const c = hierarchyConfig;
  memory.fill(PATHS, 0, 3 * 32);
  memory.fill(TLB_OF, 0, 49 * 4);
  memory.fill(HOLDERS, 0, 6 * HOLDERS_BYTES);
  forgetArrays();
  seedSets(c.seed);
  for (let array: u32 = 0; array < c.arrays; array++) {
    if (!arrayAt(array).start(changetype<ArrayConfig>(arrayConfigAddress(array)), array)) return false;
    addArray(arrayAt(array));
    for (let level: u32 = 2; level < 6; level++) {
      if (arrayAt(array).holds & (HOLDS_TABLE << level)) addHolder(level, arrayAt(array));
    }
  }
  for (let number: u32 = 0; number < c.tlbs; number++) {
    const tlb = tlbAt(number);
    tlb.config = changetype<TlbConfig>(tlbConfigAddress(number));
    tlb.lookups = 0;
    tlb.misses = 0;
    for (let kind: u32 = 0; kind < 3; kind++) if ((tlb.config.kinds >> kind) & 1) addToPath(kind, tlb);
    for (let array: u32 = 0; array < tlb.config.arrays; array++) {
      store<u32>(TLB_OF + ((<usize>(tlb.config.firstArray + array)) << 2), <u32>changetype<usize>(tlb));
    }
  }
  return true;
}

function addToPath(kind: u32, tlb: HierarchyTlb): void {
  let at = pathOfKind(kind);
  while (load<u32>(at) != 0) at += 4;
  store<u32>(at, <u32>changetype<usize>(tlb));
}

function addHolder(level: u32, array: TlbArray): void {
  const holders = HOLDERS + <usize>level * HOLDERS_BYTES;
  const count = load<u32>(holders) + 1;
  store<u32>(holders, count);
  store<u32>(holders + ((<usize>count) << 2), <u32>changetype<usize>(array));
}

function pathOfKind(kind: u32): usize {
  return PATHS + ((<usize>kind) << 5);
}

/** The path of `access` (ACCESS_ bits). */
export function pathOf(access: u32): usize {
  return pathOfKind(access & ACCESS_FETCH ? 0 : access & ACCESS_WRITE ? 2 : 1);
}

/** Whether a TLB from `place` on translates `va`. Then foundAt and foundTranslation() say which, and by what. Nothing changes. */
export function find(va: u64, place: usize): bool {
  for (foundAt = place; load<u32>(foundAt) != 0; foundAt += 4) {
    if (findIn(tlbOn(foundAt), va)) return true;
  }
  return false;
}

/** Whether the latest find() found it in the buffer of a prefetcher, which all TLBs had missed before. */
export function wasPrefetched(): bool {
  return load<u32>(foundAt) != 0 && tlbOn(foundAt).is(RULE_PREFETCHED);
}

/** Whether what the TLBs on `path` miss trains a prefetcher. */
export function isPrefetchedFor(path: usize): bool {
  let last = path;
  while (load<u32>(last + 4) != 0) last += 4;
  return tlbOn(last).is(RULE_PREFETCHED);
}

export function foundTranslation(): u64 {
  return foundArray.value(foundEntry);
}

function findIn(tlb: HierarchyTlb, va: u64): bool {
  const first = tlb.config.firstArray;
  for (let array = first; array < first + tlb.config.arrays; array++) {
    foundArray = arrayAt(array);
    foundEntry = foundArray.findPage(va);
    if (foundEntry >= 0) return true;
  }
  return false;
}

/** The latest find() was a lookup, on the path from `path`, and `translation` is what it, or a walk, gave for `va`. */
export function use(path: usize, va: u64, translation: u64, wasFound: bool): void {
  const hitAt = foundAt;
  for (let at = path; at < hitAt; at += 4) countMiss(at, path);
  if (wasFound) {
    const tlb = tlbOn(hitAt);
    if (hitAt != path) tlb.lookups++;
    foundArray.hits++;
    // What had become of another page since then was dropped by update().
    if (foundArray.key(foundEntry) != NO_KEY) {
      if (hitAt != path && tlb.is(RULE_EXCLUSIVE)) foundArray.remove(foundEntry);
      else foundArray.touch(foundEntry);
    }
    touchBelow(hitAt + 4, va);
  }
  const movesUp = wasFound && !tlbOn(hitAt).is(RULE_PREFETCHED);
  const filledBy = movesUp ? RULE_FILLED_BY_HITS_BELOW : RULE_FILLED_BY_WALKS;
  for (let at = hitAt; at > path; ) {
    at -= 4;
    if (tlbOn(at).is(filledBy)) fill(at, va, translation);
  }
}

function countMiss(place: usize, path: usize): void {
  const tlb = tlbOn(place);
  if (place != path) tlb.lookups++;
  tlb.misses++;
}

/** The TLBs from `place` on that go by hits above are told of one. */
function touchBelow(place: usize, va: u64): void {
  for (let at = place; load<u32>(at) != 0; at += 4) {
    const tlb = tlbOn(at);
    if (tlb.is(RULE_TOUCHED_BY_HITS_ABOVE) && findIn(tlb, va)) foundArray.touch(foundEntry);
  }
}

/** Puts `translation`, of the page of `va`, into the TLB at `place` of a path, which does not have it. */
function fill(place: usize, va: u64, translation: u64): void {
  const tlb = tlbOn(place);
  const first = tlb.config.firstArray;
  let best = first;
  let level: u32 = 0;
  for (let array = first; array < first + tlb.config.arrays; array++) {
    const held = arrayAt(array).levelHeld(levelOf(translation));
    if (held <= level) continue;
    best = array;
    level = held;
  }
  if (level == 0 || (level != levelOf(translation) && !tlb.is(RULE_HOLDS_PARTS))) return;
  arrayAt(best).putPage(va, level, translation);
  if (evictedKey != NO_KEY && !isOfTable(evictedKey)) leave(place, evictedKey, evictedTranslation);
}

/** The page of `key` was evicted from the TLB at `place` of a path. */
function leave(place: usize, key: u64, translation: u64): void {
  const tlb = tlbOn(place);
  if (tlb.is(RULE_INCLUSIVE)) dropAbove(tlb, key);
  if (load<u32>(place + 4) == 0 || !tlbOn(place + 4).is(RULE_TAKES_VICTIMS)) return;
  const va = addressOfKey(key);
  if (!findIn(tlbOn(place + 4), va)) fill(place + 4, va, translation);
  else foundArray.touch(foundEntry);
}

/** Takes the page of `key` out of the TLBs above `tlb` that share a kind with it. */
function dropAbove(tlb: HierarchyTlb, key: u64): void {
  for (let number: u32 = 0; number < hierarchyConfig.tlbs; number++) {
    const above = tlbAt(number);
    if (above.config.level >= tlb.config.level || (above.config.kinds & tlb.config.kinds) == 0) continue;
    const first = above.config.firstArray;
    for (let array = first; array < first + above.config.arrays; array++) arrayAt(array).dropPage(key);
  }
}

/** Brings the copies of the translation of `va` up to date in every TLB of `path`, now that it is `translation`. */
export function update(path: usize, va: u64, translation: u64): void {
  for (let at = path; load<u32>(at) != 0; at += 4) {
    const tlb = tlbOn(at);
    const first = tlb.config.firstArray;
    for (let array = first; array < first + tlb.config.arrays; array++) arrayAt(array).updatePage(va, translation);
  }
}

/** What the entry of `level` for `va` points to, if an array has it; else 0. Nothing changes. */
export function peekTable(level: u32, va: u64): u64 {
  const end = endOfHolders(level);
  for (let at = firstHolder(level); at < end; at += 4) {
    const array = changetype<TlbArray>(<usize>load<u32>(at));
    const entry = array.findTable(level, va);
    if (entry >= 0) return array.value(entry);
  }
  return 0;
}

/** A walk has started below the entry of `level` for `va`: the first array that has it was looked up. */
export function touchTable(level: u32, va: u64): void {
  const array = holderOf(level, va);
  if (array == null) return;
  array.hits++;
  array.touch(array.findTable(level, va));
}

/** The same for a walk whose hits are not to be counted. */
export function touchTableUncounted(level: u32, va: u64): void {
  const array = holderOf(level, va);
  if (array != null) array.touch(array.findTable(level, va));
}

/** The first array that has the entry of `level` for `va`. */
function holderOf(level: u32, va: u64): TlbArray | null {
  const end = endOfHolders(level);
  for (let at = firstHolder(level); at < end; at += 4) {
    const array = changetype<TlbArray>(<usize>load<u32>(at));
    if (array.findTable(level, va) >= 0) return array;
  }
  return null;
}

/** A walk has read the entry of `level` for `va`. */
export function fillTable(level: u32, va: u64, translation: u64): void {
  const end = endOfHolders(level);
  for (let at = firstHolder(level); at < end; at += 4) {
    changetype<TlbArray>(<usize>load<u32>(at)).putTable(level, va, translation);
    if (evictedKey == NO_KEY || isOfTable(evictedKey)) continue;
    const tlb = load<u32>(TLB_OF + ((<usize>load<u32>(at) - ARRAYS) / offsetof<TlbArray>()) * 4);
    if (tlb != 0 && changetype<HierarchyTlb>(<usize>tlb).is(RULE_INCLUSIVE)) {
      dropAbove(changetype<HierarchyTlb>(<usize>tlb), evictedKey);
    }
  }
}

function firstHolder(level: u32): usize {
  return HOLDERS + <usize>level * HOLDERS_BYTES + 4;
}

function endOfHolders(level: u32): usize {
  const first = firstHolder(level);
  return first + ((<usize>load<u32>(first - 4)) << 2);
}

/** The TLB at `place` of a path. */
function tlbOn(place: usize): HierarchyTlb {
  return changetype<HierarchyTlb>(<usize>load<u32>(place));
}
