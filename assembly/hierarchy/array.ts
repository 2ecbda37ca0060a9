/**
 * One array of a hierarchy: translations of pages of some sizes, or of entries that point to tables, by any policy and index. The
 * ring of RingTlb keeps the order of LRU and FIFO, and has empty entries at its back for all others.
 */
import { place } from "../arena";
import { POLICY_CUSTOM, POLICY_FIFO, POLICY_LRU } from "../layout";
import { RingTlb } from "../orders/rings";
import { namePage, nameSet } from "../policies/custom";
import { fillWay, invalidateWay, policyBytes, resetSet, touchWay, victimWay } from "../policies/index";
import { PTE_ADDRESS } from "../paging";
import { shiftOf } from "../processor/entries";
import {
  GLOBAL,
  KEY_TABLE,
  PCID_BITS,
  addressOfKey,
  isOfTable,
  keyOf,
  levelOfKey,
  ownTag,
  tagOfPage,
} from "../processor/keys";
import { NO_KEY, NOT_FOUND } from "../tlb";
import { ArrayConfig, INDEX_MASKS, INDEX_XOR, maskAddress } from "./config";

/** Level of the largest page. */
const LARGEST_LEAF: u32 = 3;

/** What the latest put() evicted: its key, or NO_KEY, and its translation. */
export let evictedKey: u64 = NO_KEY;
export let evictedTranslation: u64 = 0;

@final
@unmanaged
export class TlbArray extends RingTlb {
  /** What it may hold: bits as in ArrayConfig. */
  holds: u32;
  /** Lookups that it answered. */
  hits: u64;
  private policy: u32;
  private index: u32;
  private setBits: u32;
  private masks: usize;
  private states: usize;
  private stateBytes: u32;
  /** One bit for each level of which pages were ever put here, and whether any was global: others need not be looked for. */
  private filledLevels: u32;
  private filledGlobals: bool;

  /** Gives the array its memory, all entries empty. False if there is no memory left. */
  start(config: ArrayConfig, number: u32): bool {
    this.holds = config.holds;
    this.hits = 0;
    this.policy = config.policy;
    this.index = config.index;
    this.masks = maskAddress(config.firstMask);
    this.filledLevels = 0;
    this.filledGlobals = false;
    if (!this.configure(config.entries, config.ways)) return false;
    this.setBits = ctz(this.sets);
    this.stateBytes = this.keepsOrder() ? 0 : policyBytes(this.policy, this.ways);
    if (this.stateBytes == 0) return true;
    this.states = place(<usize>this.stateBytes * <usize>this.sets);
    if (this.states == 0) return false;
    for (let set: u32 = 0; set < this.entries; set += this.ways) resetSet(this.policy, this.stateOf(set), this.ways);
    if (this.policy == POLICY_CUSTOM) {
      for (let set: u32 = 0; set < this.sets; set++) nameSet(this.stateOf(set * this.ways), number, set);
    }
    return true;
  }

  /** The entry that translates `va`, or NOT_FOUND. Nothing changes. */
  findPage(va: u64): i32 {
    for (let level: u32 = 1; level <= LARGEST_LEAF; level++) {
      if (!((this.filledLevels >> level) & 1)) continue;
      const own = this.find(keyOf(va, level, ownTag()), 0);
      if (own >= 0) return own;
      if (!this.filledGlobals) continue;
      const global = this.find(keyOf(va, level, GLOBAL), 0);
      if (global >= 0) return global;
    }
    return NOT_FOUND;
  }

  /** The entry for what the entry of `level` for `va` points to, or NOT_FOUND. */
  findTable(level: u32, va: u64): i32 {
    return this.find(keyOf(va, level, ownTag()) | KEY_TABLE, 0);
  }

  /** A lookup has found `entry`. */
  touch(entry: u32): void {
    const set = this.firstOfSet(entry);
    if (this.policy == POLICY_LRU) this.toFront(entry, set);
    else if (this.policy != POLICY_FIFO) {
      this.tellInvalidated(set);
      touchWay(this.policy, this.stateOf(set), this.ways, entry - set);
    }
  }

  /** The level at which a page of leaf level `level` is held here: that, or that of its largest parts which are; 0: not at all. */
  levelHeld(level: u32): u32 {
    for (; level > 0; level--) if ((this.holds >> level) & 1) return level;
    return 0;
  }

  /** Puts `translation`, of the page of `va`, here, as one of `level`; nothing may translate `va` here yet. */
  putPage(va: u64, level: u32, translation: u64): void {
    const tag = tagOfPage(translation);
    this.filledLevels |= (<u32>1) << level;
    if (tag == GLOBAL) this.filledGlobals = true;
    this.put(keyOf(va, level, tag), this.setFor(va, level), translation);
  }

  /** Puts what the entry of `level` for `va` points to here, or brings it up to date. */
  putTable(level: u32, va: u64, translation: u64): void {
    const key = keyOf(va, level, ownTag()) | KEY_TABLE;
    const entry = this.find(key, 0);
    if (entry >= 0) this.setValue(entry, translation);
    else this.put(key, this.setFor(va, level), translation);
  }

  /** Brings the copy of the translation of `va` up to date, if there is one; one of another page is dropped. */
  updatePage(va: u64, translation: u64): void {
    const entry = this.findPage(va);
    if (entry < 0) return;
    if ((this.value(entry) ^ translation) & PTE_ADDRESS) this.remove(entry);
    else this.setValue(entry, translation);
  }

  /** Drops what lies in the page of `key`, or around it. */
  dropPage(key: u64): void {
    const va = addressOfKey(key);
    const level = levelOfKey(key);
    const tag = key & (GLOBAL | PCID_BITS);
    for (let other: u32 = 1; other <= LARGEST_LEAF; other++) {
      if (!((this.filledLevels >> other) & 1)) continue;
      if (other < level) this.dropPagesIn(key, va, other);
      else {
        const entry = this.find(keyOf(va, other, tag), 0);
        if (entry >= 0) this.remove(entry);
      }
    }
  }

  /** Drops the pages of `level` that lie in the larger page of `key`, which begins at `va`. */
  private dropPagesIn(key: u64, va: u64, level: u32): void {
    const span = (<u64>1) << (<u64>shiftOf(levelOfKey(key)));
    for (let entry: u32 = 0; entry < this.entries; entry++) {
      const held = this.key(entry);
      if (held == NO_KEY || isOfTable(held) || levelOfKey(held) != level) continue;
      if ((held ^ key) & (GLOBAL | PCID_BITS)) continue;
      if (addressOfKey(held) - va < span) this.remove(entry);
    }
  }

  private put(key: u64, set: u32, translation: u64): void {
    const entry = this.victim(set);
    evictedKey = this.key(entry);
    evictedTranslation = evictedKey == NO_KEY ? 0 : this.value(entry);
    this.replace(entry, key);
    this.setValue(entry, translation);
    if (this.policy == POLICY_CUSTOM) namePage(this.stateOf(set), addressOfKey(key));
    if (this.stateBytes != 0) fillWay(this.policy, this.stateOf(set), this.ways, entry - set);
  }

  /** The entry of `set` to be filled, moved to the front of the ring. */
  private victim(set: u32): u32 {
    if (this.stateBytes == 0) return this.backToFront(set);
    this.tellInvalidated(set);
    const back = this.previous(this.front(set));
    const isFull = this.key(back) != NO_KEY;
    const entry = isFull ? set + victimWay(this.policy, this.stateOf(set), this.ways) : this.firstEmpty(set);
    this.toFront(entry, set);
    return entry;
  }

  /** A policy of the user's own is told of what has become empty, the latest before anything else of the set. */
  private tellInvalidated(set: u32): void {
    if (this.policy != POLICY_CUSTOM || this.key(this.previous(this.front(set))) != NO_KEY) return;
    for (let way: u32 = 0; way < this.ways; way++) {
      if (this.key(set + way) == NO_KEY) invalidateWay(this.policy, this.stateOf(set), this.ways, way);
    }
  }

  private firstEmpty(set: u32): u32 {
    let entry = set;
    while (this.key(entry) != NO_KEY) entry++;
    return entry;
  }

  /** The first entry of the set where `va` is looked for, as a page of `level` or by the entry of that level. */
  private setFor(va: u64, level: u32): u32 {
    const number = va >> <u64>shiftOf(level);
    if (this.index == INDEX_XOR) return this.setOf(number ^ (number >> <u64>this.setBits));
    if (this.index != INDEX_MASKS) return this.setOf(number);
    let set: u32 = 0;
    for (let bit: u32 = 0; bit < this.setBits; bit++) {
      set |= (<u32>popcnt(va & load<u64>(this.masks + ((<usize>bit) << 3))) & 1) << bit;
    }
    return set * this.ways;
  }

  @inline
  private keepsOrder(): bool {
    return this.policy == POLICY_LRU || this.policy == POLICY_FIFO;
  }

  @inline
  private firstOfSet(entry: u32): u32 {
    return entry - (entry % this.ways);
  }

  @inline
  private stateOf(set: u32): usize {
    return this.states + <usize>(set / this.ways) * <usize>this.stateBytes;
  }
}
