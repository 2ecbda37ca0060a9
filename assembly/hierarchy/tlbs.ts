/**
 * The TLBs of a hierarchy: which of them an access looks up, and what that does to them. An access of a kind has a path: on each level
 * the TLB of that kind, if there is one.
 */
import { machineConfig } from "../machine";
import {
  PTE_A,
  PTE_ADDRESS,
  PTE_D,
  PTE_G,
  PTE_P,
  PTE_PKEY_MASK,
  PTE_PKEY_SHIFT,
  PTE_RW,
  PTE_US,
  PTE_XD,
} from "../paging";
import { SHARING_MASK, SHARING_PAGES, addArray, forgetArrays } from "../processor/caches";
import { levelOf, shiftOf } from "../processor/entries";
import { addressOfKey, isOfTable, isShared, keyOf, ownTag, tagOfKey, tagOfPage } from "../processor/keys";
import { bytesOf } from "../processor/memory";
import { setNextUse } from "../policies/opt";
import { seedSets } from "../policies/random";
import { ACCESS_FETCH, ACCESS_WRITE } from "../processor/rights";
import { walked } from "../processor/walk";
import { NOT_FOUND, NO_KEY } from "../tlb";
import { UseList } from "../use-list";
import { startDataCaches } from "./data-caches";
import { TlbArray, evictedKey, evictedNote, evictedTranslation, pageInLine, translationInGroup } from "./array";
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
import { followsLookups, noteLookup, startFuture, startLookups } from "./lookups";

/** All that an access of some kinds looks up at once, on one level. */
@final
@unmanaged
export class HierarchyTlb {
  config: TlbConfig;
  /** Of levels from 2 on: on level 1 there are lookups that need not be made. */
  lookups: u64;
  misses: u64;
  /** Its lookups, if it has a future (lookups.ts), and when the page of the latest one is looked up next. */
  uses: UseList;
  nextUse: u32;

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
/** What PTEs have to agree in that are to share an entry. */
const SHARED_BITS: u64 = PTE_P | PTE_RW | PTE_US | PTE_G | PTE_XD | (PTE_PKEY_MASK << PTE_PKEY_SHIFT);
const PTE_BYTES: usize = 8;
/** Every bit of a run. */
const EVERY_PAGE: u32 = 0xffff;
/** For each level of paging structures: u32 how many arrays hold its entries, and their addresses. */
const HOLDERS_BYTES: usize = 256;
const HOLDERS: usize = memory.data(6 * 256, 8);

/** Whether pages may share entries anywhere, and whether a TLB is touched by hits above. */
export let coalesces: bool = false;
let tellsBelow: bool = false;

/** The path that the latest find() was on, and where that found it: the place of the TLB on it, which is the end of the path if none did. */
let lookedUpFrom: usize = 0;
export let foundAt: usize = 0;
/** What of that TLB: the entry, its key, and its run (array.ts). */
let foundArray: TlbArray = changetype<TlbArray>(<usize>0);
let foundEntry: i32 = NOT_FOUND;
let foundKey: u64 = NO_KEY;
let foundRun: u32 = 0;
/** Bits of a run: pages that may share an entry with that of the latest walk, as far as anything but its tables says. */
let sharable: u32 = EVERY_PAGE;
/** What the latest findIn() found; the walk after a find() may search TLBs, too. */
let seenArray: TlbArray = changetype<TlbArray>(<usize>0);
let seenEntry: i32 = NOT_FOUND;

// Counts that the host reads, which are below 2^53.
export function tlbLookups(tlb: u32): f64 {
  return <f64>tlbAt(tlb).lookups;
}

export function tlbMisses(tlb: u32): f64 {
  return <f64>tlbAt(tlb).misses;
}

/** Lookups that the array answered; of a walk cache, walks that began below an entry of it. */
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
  coalesces = false;
  sharable = EVERY_PAGE;
  tellsBelow = false;
  memory.fill(PATHS, 0, 3 * 32);
  memory.fill(TLB_OF, 0, 49 * 4);
  memory.fill(HOLDERS, 0, 6 * HOLDERS_BYTES);
  startLookups();
  forgetArrays();
  seedSets(machineConfig.seed);
  for (let array: u32 = 0; array < c.arrays; array++) {
    const config = changetype<ArrayConfig>(arrayConfigAddress(array));
    if (!arrayAt(array).start(config, array)) return false;
    if (config.coalesceShift != 0) coalesces = true;
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
    if (!startFuture(tlb)) return false;
    if (tlb.is(RULE_TOUCHED_BY_HITS_ABOVE)) tellsBelow = true;
    for (let kind: u32 = 0; kind < 3; kind++) if ((tlb.config.kinds >> kind) & 1) addToPath(kind, tlb);
    for (let array: u32 = 0; array < tlb.config.arrays; array++) {
      store<u32>(TLB_OF + ((<usize>(tlb.config.firstArray + array)) << 2), <u32>changetype<usize>(tlb));
    }
  }
  return startDataCaches();
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

/** Whether a TLB on `path` translates `va`. Then foundAt and foundTranslation() say which, and by what. Nothing changes. */
export function find(va: u64, path: usize): bool {
  lookedUpFrom = path;
  for (foundAt = path; load<u32>(foundAt) != 0; foundAt += 4) {
    if (!findIn(tlbOn(foundAt), va, ownTag())) continue;
    foundArray = seenArray;
    foundEntry = seenEntry;
    foundKey = foundArray.key(foundEntry);
    foundRun = coalesces ? foundArray.runAt(foundEntry, va) : 0;
    return true;
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

/** The translation of `va`, which the latest find() has found. */
export function foundTranslation(va: u64): u64 {
  return foundArray.translationAt(foundEntry, va);
}

/** Whether `tlb` translates `va` under `tag` (keys.ts); then seenArray and seenEntry say by what. */
function findIn(tlb: HierarchyTlb, va: u64, tag: u64): bool {
  const first = tlb.config.firstArray;
  const end = first + tlb.config.arrays;
  for (let array = first; array < end; array++) {
    seenArray = arrayAt(array);
    seenEntry = seenArray.findPage(va, tag);
    if (seenEntry >= 0) return true;
  }
  return false;
}

/** The latest find() was a lookup, on the path from `path`, and `translation` is what it, or a walk, gave for `va`. */
export function use(path: usize, va: u64, translation: u64, wasFound: bool): void {
  const hitAt = foundAt;
  const run = wasFound ? foundRun : coalesces ? runOfLine(va, translation) & sharable : 0;
  if (followsLookups) {
    const end = wasFound ? hitAt + 4 : hitAt;
    for (let at = path; at < end; at += 4) noteLookup(tlbOn(at), va, translation);
  }
  for (let at = path; at < hitAt; at += 4) countMiss(at, path);
  if (wasFound) {
    if (hitAt != path) tlbOn(hitAt).lookups++;
    foundArray.hits++;
    // A walk to set D may have evicted it; what had become of another page since then was dropped by update().
    if (foundArray.key(foundEntry) == foundKey) {
      if (hitAt != path && tlbOn(hitAt).is(RULE_EXCLUSIVE)) foundArray.remove(foundEntry);
      else {
        setNextUse(tlbOn(hitAt).nextUse);
        foundArray.touch(foundEntry);
      }
    }
    if (tellsBelow) touchBelow(hitAt + 4, va);
  }
  const tag = tagOfPage(translation);
  const movesUp = wasFound && !tlbOn(hitAt).is(RULE_PREFETCHED);
  const filledBy = movesUp ? RULE_FILLED_BY_HITS_BELOW : RULE_FILLED_BY_WALKS;
  for (let at = hitAt; at > path; ) {
    at -= 4;
    if (tlbOn(at).is(filledBy)) fill(at, va, tag, translation, run);
  }
}

/**
 * What the walk that has found `translation` for `va` knows of the pages whose PTEs lie in the same line: those of a run. SDM Vol. 3A,
 * "Details of TLB Use": what is cached has A set.
 */
function runOfLine(va: u64, translation: u64): u32 {
  // Of a guest's large page there may be a small part.
  if (levelOf(translation) > 1 || walked.level > 1) return 0;
  const own = pageInLine(va);
  const line = bytesOf(walked.lastAddress) - <usize>own * PTE_BYTES;
  const entry = load<u64>(line + <usize>own * PTE_BYTES);
  let run: u32 = 0;
  for (let page: u32 = 0; page < SHARING_PAGES; page++) {
    const other = load<u64>(line + <usize>page * PTE_BYTES);
    if (!(other & PTE_A) || ((other ^ entry) & SHARED_BITS) != 0) continue;
    const distance = (<u64>page - <u64>own) << (<u64>shiftOf(1));
    if (((entry & PTE_ADDRESS) + distance - (other & PTE_ADDRESS)) & PTE_ADDRESS) continue;
    run |= (other & PTE_D ? <u32>0x101 : <u32>1) << page;
  }
  return run;
}

/** Of the 8 pages in the line of the PTE that the latest walk has found, only `pages`, one bit each, may share an entry. */
export function limitSharing(pages: u32): void {
  sharable = pages * 0x101;
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
    if (tlb.is(RULE_TOUCHED_BY_HITS_ABOVE) && findIn(tlb, va, ownTag())) seenArray.touch(seenEntry);
  }
}

/** Puts `translation`, of the page of `va` under `tag`, with those of `run`, into the TLB at `place` of a path, which does not have it. */
function fill(place: usize, va: u64, tag: u64, translation: u64, run: u32): void {
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
  setNextUse(tlb.nextUse);
  arrayAt(best).putPage(va, tag, level, translation, run);
  if (evictedKey != NO_KEY && !isOfTable(evictedKey)) leave(place, evictedKey, evictedTranslation, evictedNote);
}

/** What `key` is of was evicted from the TLB at `place` of a path: a page, or those of a group that `note` says. */
function leave(place: usize, key: u64, translation: u64, note: u32): void {
  if (isShared(key)) return leaveGroup(place, key, translation, note);
  const tlb = tlbOn(place);
  if (tlb.is(RULE_INCLUSIVE)) dropAbove(tlb, key);
  const below = takerOf(place);
  if (below == 0) return;
  const va = addressOfKey(key);
  const tag = tagOfKey(key);
  if (findIn(tlbOn(below), va, tag)) seenArray.touch(seenEntry);
  else fill(below, va, tag, translation, 0);
}

/** leave() of pages that shared an entry; below, some may share one, too. */
function leaveGroup(place: usize, key: u64, value: u64, note: u32): void {
  const tlb = tlbOn(place);
  const first = addressOfKey(key);
  const tag = tagOfKey(key);
  if (tlb.is(RULE_INCLUSIVE)) {
    for (let pages = note & SHARING_MASK; pages != 0; pages &= pages - 1) {
      dropAbove(tlb, keyOf(first + ((<u64>ctz(pages)) << (<u64>shiftOf(1))), 1, tag));
    }
  }
  const below = takerOf(place);
  if (below == 0) return;
  const run = levelOf(value) > 1 ? 0 : note << pageInLine(first);
  for (let pages = note & SHARING_MASK; pages != 0; pages &= pages - 1) {
    const page = ctz(pages);
    const va = first + ((<u64>page) << (<u64>shiftOf(1)));
    if (findIn(tlbOn(below), va, tag)) seenArray.touch(seenEntry);
    else {
      fill(below, va, tag, translationInGroup(value, note, page), run);
      if (!findIn(tlbOn(below), va, tag)) continue;
    }
    // Those that are in the same entry there are done.
    const others = seenArray.runAt(seenEntry, va) & SHARING_MASK;
    pages &= ~(others >> pageInLine(first)) | ((<u32>1) << page);
  }
}

/** The place of the TLB that takes what the one at `place` of a path evicts; 0: there is none. */
function takerOf(place: usize): usize {
  return load<u32>(place + 4) != 0 && tlbOn(place + 4).is(RULE_TAKES_VICTIMS) ? place + 4 : 0;
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
  const array = holderOf(level, va);
  return array == null ? 0 : array.value(heldEntry);
}

/** A walk has started below the entry of `level` for `va`: the first array that has it was looked up. */
export function touchTable(level: u32, va: u64): void {
  const array = holderOf(level, va);
  if (array == null) return;
  // Not those that only set D; and hits of TLBs are those of pages.
  if (load<u32>(foundAt) == 0 && tlbOf(array) == 0) array.hits++;
  array.touch(heldEntry);
}

/** The same for a walk whose hits are not to be counted. */
export function touchTableUncounted(level: u32, va: u64): void {
  const array = holderOf(level, va);
  if (array != null) array.touch(heldEntry);
}

/** Where the array that holderOf() has found has it. */
let heldEntry: i32 = NOT_FOUND;

/** The first array that has the entry of `level` for `va`; then heldEntry says where. */
function holderOf(level: u32, va: u64): TlbArray | null {
  const end = endOfHolders(level);
  for (let at = firstHolder(level); at < end; at += 4) {
    const array = changetype<TlbArray>(<usize>load<u32>(at));
    heldEntry = array.findTable(level, va);
    if (heldEntry >= 0) return array;
  }
  return null;
}

/** A walk has read the entry of `level` for `va`. */
export function fillTable(level: u32, va: u64, translation: u64): void {
  const end = endOfHolders(level);
  for (let at = firstHolder(level); at < end; at += 4) {
    const array = changetype<TlbArray>(<usize>load<u32>(at));
    array.putTable(level, va, translation);
    const tlb = tlbOf(array);
    if (tlb == 0 || evictedKey == NO_KEY || isOfTable(evictedKey)) continue;
    leave(placeOf(tlb), evictedKey, evictedTranslation, evictedNote);
  }
}

/** Address of the TLB that `array` is one of; 0 of a walk cache. */
function tlbOf(array: TlbArray): u32 {
  const number = (changetype<usize>(array) - ARRAYS) / offsetof<TlbArray>();
  return load<u32>(TLB_OF + (number << 2));
}

/** The place of the TLB at `tlb` on the path that was looked up; if it has none there, on that of its first kind. */
function placeOf(tlb: u32): usize {
  for (let at = lookedUpFrom; load<u32>(at) != 0; at += 4) if (load<u32>(at) == tlb) return at;
  let place = pathOfKind(ctz(changetype<HierarchyTlb>(<usize>tlb).config.kinds));
  while (load<u32>(place) != tlb) place += 4;
  return place;
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
