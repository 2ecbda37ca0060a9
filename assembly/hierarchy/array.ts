/**
 * One array of a hierarchy: translations of pages of some sizes, or of entries that point to tables, by any policy and index. The
 * ring of RingTlb keeps the order of LRU and FIFO; for all others its sets have states.
 *
 * Where small pages *coalesce* each entry for small pages is for a group of 2, 4 or 8 that is aligned: for those of its pages
 * whose frames are contiguous, and whose rights are equal; pages of a group whose frames lie elsewhere have another entry, in
 * the same set. The value of such an entry is the translation that page 0 of the group would have, without D; its note has what
 * differs by page. Nobody says what hardware does with D: here a bit for each, else each store to a group of which some
 * page is clean would walk. Pham, Vaidyanathan, Jaleel & Bhattacharjee, "CoLT: coalesced large-reach TLBs", MICRO 2012,
 * doi:10.1109/MICRO.2012.32, has such entries with a bit for each page.
 *
 *   31      16 15    8 7     0   bit
 *   ├─────────┼───────┼───────┤    of page n of the group: whether the entry is for it, bit n; D of it, bit 8 + n
 *   │    0    │ dirty │  for  │
 *   └─────────┴───────┴───────┘
 *
 * What a walk or a TLB knows of pages that may share an entry is told as a *run*: the same bits for the 8 pages of the line of
 * the PTE.
 */
import { POLICY_CUSTOM, POLICY_FIFO, POLICY_LRU } from "../layout";
import { ByNumber } from "../orders/by-number";
import { RingTlb } from "../orders/rings";
import { PTE_ADDRESS, PTE_D } from "../paging";
import { namePage, nameSet } from "../policies/custom";
import { SHARING_MASK, SHARING_PAGES } from "../processor/caches";
import { levelOf, shiftOf } from "../processor/entries";
import { granuleBits } from "../processor/granule";
import {
  GLOBAL,
  KEY_SHARED,
  KEY_TABLE,
  addressOfKey,
  isOfTable,
  isShared,
  keyOf,
  levelOfKey,
  ownTag,
  tagOfKey,
} from "../processor/keys";
import { MAX_SIMD_WAYS, NO_KEY, NOT_FOUND } from "../tlb";
import { ArrayConfig, INDEX_MASKS, INDEX_XOR, maskAddress } from "./config";

const byNumber = changetype<ByNumber>(<usize>0);

/** Level of the largest page. */
const LARGEST_LEAF: u32 = 3;

/** What the latest putPage() or putTable() evicted: its key, or NO_KEY, its translation, and its note. */
export let evictedKey: u64 = NO_KEY;
export let evictedTranslation: u64 = 0;
export let evictedNote: u32 = 0;

/** Bits 0 and 8, those of page 0 of a note or run. */
const NOTE_OF_FIRST: u32 = 0x101;
const DIRTY_SHIFT: u32 = 8;

/** The number of the page of `va` among the 8 of its line. */
export function pageInLine(va: u64): u32 {
  return <u32>(va >> <u64>shiftOf(1)) & (SHARING_PAGES - 1);
}

/** The translation of page `page` of a group, of which an entry has `value` and `note`; of one that is a part of a larger page, that of this. */
export function translationInGroup(value: u64, note: u32, page: u32): u64 {
  const dirty = ((note >> (DIRTY_SHIFT + page)) & 1) != 0 ? PTE_D : 0;
  if (levelOf(value) > 1) return value | dirty;
  return (value & ~PTE_ADDRESS) | ((value + ((<u64>page) << (<u64>shiftOf(1)))) & PTE_ADDRESS) | dirty;
}

@unmanaged
export class TlbArray extends RingTlb {
  /** What it may hold: bits as in ArrayConfig. */
  holds: u32;
  /** Lookups that it answered. */
  hits: u64;
  private index: u32;
  private setBits: u32;
  private masks: usize;
  /** log2 of the small pages that an entry may be for. */
  private shareShift: u32;
  /** Whether sets are searched rather than chains of hashes. */
  private searchesSets: bool;
  /** Shift for `ways` if it is a power of two, else 32. */
  private wayShift: u32;
  /** One bit for each level of which pages were ever put here, and whether any was global: others need not be looked for. */
  private filledLevels: u32;
  private filledGlobals: bool;

  /** Gives the array, which is number `number` of those of TLBs, its memory, all entries empty. False if there is no memory left. */
  start(config: ArrayConfig, number: u32 = 0): bool {
    this.holds = config.holds;
    this.hits = 0;
    this.policy = config.policy;
    this.index = config.index;
    this.masks = maskAddress(config.firstMask);
    this.filledLevels = 0;
    this.filledGlobals = false;
    if (!this.configure(config.entries, config.ways)) return false;
    this.setBits = ctz(this.sets);
    this.shareShift = config.coalesceShift;
    this.searchesSets = this.ways <= MAX_SIMD_WAYS;
    this.wayShift = popcnt(this.ways) == 1 ? ctz(this.ways) : 32;
    if (this.keepsOrder()) return true;
    if (!byNumber.start<TlbArray>(this, config.policy)) return false;
    if (this.policy != POLICY_CUSTOM) return true;
    for (let set: u32 = 0; set < this.sets; set++) nameSet(this.stateOf(this.setAt(set)), number, set);
    return true;
  }

  /** The entry that translates `va` under `tag`, or NOT_FOUND. Nothing changes. */
  findPage(va: u64, tag: u64): i32 {
    for (let levels = this.filledLevels; levels != 0; levels &= levels - 1) {
      const level = ctz(levels);
      const own = this.findAt(va, level, tag);
      if (own >= 0) return own;
      if (!this.filledGlobals) continue;
      const global = this.findAt(va, level, GLOBAL);
      if (global >= 0) return global;
    }
    return NOT_FOUND;
  }

  /** The entry for the page of `level` of `va` under `tag`. */
  @inline
  private findAt(va: u64, level: u32, tag: u64): i32 {
    if (level == 1 && this.shareShift != 0) return this.findShared(va, tag);
    const key = keyOf(va, level, tag);
    return this.searchesSets ? this.findBySimd(key, this.setFor(va, level)) : this.find(key, 0);
  }

  private findShared(va: u64, tag: u64): i32 {
    const page = this.pageInGroup(va);
    let entry = this.find(keyOf(this.groupOf(va), 1, tag) | KEY_SHARED, 0);
    while (entry >= 0 && !((this.note(entry) >> page) & 1)) entry = this.findNext(entry);
    return entry;
  }

  /** The translation of `va` that `entry`, which findPage() has found for it, has. */
  translationAt(entry: u32, va: u64): u64 {
    const value = this.value(entry);
    return isShared(this.key(entry)) ? translationInGroup(value, this.note(entry), this.pageInGroup(va)) : value;
  }

  /** What `entry`, which translates `va`, knows of the pages in the line of its PTE. */
  runAt(entry: u32, va: u64): u32 {
    if (!isShared(this.key(entry)) || levelOf(this.value(entry)) > 1) return 0;
    return this.note(entry) << (pageInLine(va) - this.pageInGroup(va));
  }

  /** The entry for what the entry of `level` for `va` points to, or NOT_FOUND. */
  findTable(level: u32, va: u64): i32 {
    return this.find(keyOf(va, level, ownTag()) | KEY_TABLE, 0);
  }

  /** A lookup has found `entry`. */
  touch(entry: u32): void {
    if (this.policy == POLICY_FIFO) return;
    const first = (this.wayShift < 32 ? entry >> this.wayShift : entry / this.ways) * this.ways;
    if (this.policy == POLICY_LRU) this.toFront(entry, first);
    else byNumber.touch<TlbArray>(this, entry, first);
  }

  /** The level at which a page of leaf level `level` is held here: that, or that of its largest parts which are; 0: not at all. */
  levelHeld(level: u32): u32 {
    for (; level > 0; level--) if ((this.holds >> level) & 1) return level;
    return 0;
  }

  /**
   * Puts `translation`, of the page of `va` under `tag`, here, as one of `level`, with those of the pages of `run` that may share its entry.
   * Nothing may translate `va` here yet.
   */
  putPage(va: u64, tag: u64, level: u32, translation: u64, run: u32): void {
    this.filledLevels |= (<u32>1) << level;
    if (tag == GLOBAL) this.filledGlobals = true;
    if (level == 1 && this.shareShift != 0) this.share(va, tag, translation, run);
    else this.put(keyOf(va, level, tag), this.setFor(va, level), translation, 0);
  }

  /** putPage() where pages share entries. An entry that is there is extended, and that is a use of it. */
  private share(va: u64, tag: u64, translation: u64, run: u32): void {
    const page = this.pageInGroup(va);
    const pages = ((<u32>1) << ((<u32>1) << this.shareShift)) - 1;
    const own = (translation & PTE_D ? NOTE_OF_FIRST : 1) << page;
    const others = (run >> (pageInLine(va) - page)) & (pages | (pages << DIRTY_SHIFT)) & ~(NOTE_OF_FIRST << page);
    const note = own | others;
    const first = this.groupOf(va);
    const key = keyOf(first, 1, tag) | KEY_SHARED;
    const value = this.valueOfGroup(translation, page);
    let entry = this.find(key, 0);
    while (entry >= 0 && this.value(entry) != value) entry = this.findNext(entry);
    if (entry < 0) return this.put(key, this.setFor(first, 1), value, note);
    const told = note & SHARING_MASK;
    this.setNote(entry, (this.note(entry) & ~(told * NOTE_OF_FIRST)) | note);
    this.touch(entry);
    evictedKey = NO_KEY;
  }

  /** What page 0 of the group would have, where page `page` has `translation`, without D; of a part of a larger page, that of this. */
  private valueOfGroup(translation: u64, page: u32): u64 {
    const clean = translation & ~PTE_D;
    if (levelOf(clean) > 1) return clean;
    return (clean & ~PTE_ADDRESS) | ((clean - ((<u64>page) << (<u64>shiftOf(1)))) & PTE_ADDRESS);
  }

  /** The first address of the group of the small page of `va`, and the number of that page in it. */
  private groupOf(va: u64): u64 {
    return va & ~(((<u64>1) << (<u64>(shiftOf(1) + this.shareShift))) - 1);
  }

  private pageInGroup(va: u64): u32 {
    return <u32>(va >> <u64>shiftOf(1)) & (((<u32>1) << this.shareShift) - 1);
  }

  /** Puts what the entry of `level` for `va` points to here, or brings it up to date. */
  putTable(level: u32, va: u64, translation: u64): void {
    const key = keyOf(va, level, ownTag()) | KEY_TABLE;
    const entry = this.find(key, 0);
    evictedKey = NO_KEY;
    if (entry >= 0) this.setValue(entry, translation);
    else this.put(key, this.setFor(va, level), translation, 0);
  }

  /** Brings the copy of the translation of `va` up to date, if there is one; one of another page is dropped. */
  updatePage(va: u64, translation: u64): void {
    const entry = this.findPage(va, ownTag());
    if (entry < 0) return;
    if ((this.translationAt(entry, va) ^ translation) & PTE_ADDRESS) this.removePage(entry, va);
    else if (!isShared(this.key(entry))) this.setValue(entry, translation);
    else if (translation & PTE_D) this.setNote(entry, this.note(entry) | (NOTE_OF_FIRST << this.pageInGroup(va)));
  }

  /** Empties `entry`, or, if other pages share it, has it be for the page of `va` no more. */
  private removePage(entry: u32, va: u64): void {
    if (!isShared(this.key(entry))) return this.remove(entry);
    const note = this.note(entry) & ~(NOTE_OF_FIRST << this.pageInGroup(va));
    this.setNote(entry, note);
    if ((note & SHARING_MASK) == 0) this.remove(entry);
  }

  /** Drops what lies in the page of `key`, or around it. */
  dropPage(key: u64): void {
    const va = addressOfKey(key);
    const level = levelOfKey(key);
    const tag = tagOfKey(key);
    for (let other: u32 = 1; other <= LARGEST_LEAF; other++) {
      if (!((this.filledLevels >> other) & 1)) continue;
      if (other < level) this.dropPagesIn(key, tag, va, other);
      else {
        const entry = this.findAt(va, other, tag);
        if (entry >= 0) this.removePage(entry, va);
      }
    }
  }

  /** Drops the pages of `level` that lie in the larger page of `key`, which begins at `va`. */
  private dropPagesIn(key: u64, tag: u64, va: u64, level: u32): void {
    const span = (<u64>1) << (<u64>shiftOf(levelOfKey(key)));
    for (let entry: u32 = 0; entry < this.entries; entry++) {
      const held = this.key(entry);
      if (held == NO_KEY || isOfTable(held) || levelOfKey(held) != level) continue;
      if (tagOfKey(held) != tag) continue;
      if (addressOfKey(held) - va < span) this.remove(entry);
    }
  }

  protected put(key: u64, first: u32, translation: u64, note: u32): void {
    if (this.policy == POLICY_CUSTOM) namePage(this.stateOf(first), addressOfKey(key));
    const entry = this.keepsOrder() ? this.backToFront(first) : byNumber.victim<TlbArray>(this, first);
    evictedKey = this.key(entry);
    if (evictedKey != NO_KEY) {
      evictedTranslation = this.value(entry);
      evictedNote = this.note(entry);
    }
    this.replace(entry, key);
    this.setValue(entry, translation);
    this.setNote(entry, note);
  }

  /** The first entry of the set where `va` is looked for, as a page of `level` or by the entry of that level. */
  @inline
  protected setFor(va: u64, level: u32): u32 {
    const shift = <u64>(shiftOf(level) + (level == 1 ? this.shareShift : 0));
    const number = va >> shift;
    if (this.index == INDEX_MASKS) return this.setByMasks(number << (shift + <u64>granuleBits));
    return this.setOf(this.index == INDEX_XOR ? number ^ (number >> <u64>this.setBits) : number);
  }

  private setByMasks(first: u64): u32 {
    let set: u32 = 0;
    for (let bit: u32 = 0; bit < this.setBits; bit++) {
      set |= (<u32>popcnt(first & load<u64>(this.masks + ((<usize>bit) << 3))) & 1) << bit;
    }
    return set * this.ways;
  }

  @inline
  private keepsOrder(): bool {
    return this.policy == POLICY_LRU || this.policy == POLICY_FIFO;
  }
}
