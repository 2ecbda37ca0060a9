/**
 * Paging-structure caches ("page-walk caches" elsewhere): one for each kind of entry that can point to a table, fully
 * associative, LRU. They hold the address of that table, so a walk can start there.
 * SDM Vol. 3A, "Paging-Structure Caches". Their sizes are not documented by vendors.
 */
import { place } from "./arena";
import { PAGE_SHIFT, VA_BITS, pageShiftOf } from "./paging";

/** Tags that are compared at once. */
const TAGS_AT_ONCE: u32 = 32;
/** Hashes of tags: their low bits, so that the tags of one table, and of the next, all differ. */
const HASHES: u32 = 1024;
/** What find() returns where there is none. */
export const NOT_CACHED: i32 = -1;
/** The tag of an entry that holds nothing. Tags have 27 bits at most. */
const NO_TAG: u32 = ~0;

/** What the entry of `level` for `page` is cached by: the indices that lead to it, and its own. */
export function tagOf(page: u64, level: u32): u32 {
  const shift = pageShiftOf(level);
  return <u32>(page >> <u64>shift) & ((1 << (VA_BITS - PAGE_SHIFT - shift)) - 1);
}

/**
 * The cache for entries of one level. Tags are compared one and all, since these caches are small. The entries form a
 * ring in the order of their use.
 *
 *   0        4          8      byte
 *   ├────────┼──────────┤      place of one entry in the ring, entry numbers
 *   │  next  │ previous │
 *   └────────┴──────────┘
 */
@final
@unmanaged
export class StructureCache {
  private entries: u32;
  /** The entry used last, and what it holds. The one before it in the ring is the one to replace. */
  private front: u32;
  private frontTag: u32;
  private frontTable: u32;
  /** u32 tag of each entry, padded with NO_TAG. */
  private tags: usize;
  /** u32 address of the table that each entry points to: they lie below 4 GiB. */
  private tables: usize;
  private places: usize;
  // What follows the fields: u32 for each hash, how many of the tags have it. Most misses are tags of which there are
  // none.

  /** Address of the table that the cached entry for `tag` points to, made most recent; 0 if not cached. */
  @inline
  lookup(tag: u32): u32 {
    // Most walks are near the one before them.
    if (this.isLatest(tag)) return this.frontTable;
    const entry = this.find(tag);
    if (entry == NOT_CACHED) return 0;
    this.use(entry);
    return this.frontTable;
  }

  /** Whether `tag` is that of the entry used last, which latest() is of. */
  @inline
  isLatest(tag: u32): bool {
    return this.frontTag == tag;
  }

  /** The entry for `tag`, which is not that used last, or NOT_CACHED. Changes nothing. */
  @inline
  find(tag: u32): i32 {
    if (load<u32>(this.countOf(tag)) == 0) return NOT_CACHED;
    const found = matchesOf32(this.tags, tag);
    if (found != 0) return ctz(found);
    return this.entries <= TAGS_AT_ONCE ? NOT_CACHED : this.findInRest(tag);
  }

  /** find() but for the first TAGS_AT_ONCE entries. */
  private findInRest(tag: u32): i32 {
    for (let first = TAGS_AT_ONCE; first < this.entries; first += TAGS_AT_ONCE) {
      const found = matchesOf32(this.tags + (first << 2), tag);
      if (found != 0) return first + ctz(found);
    }
    return NOT_CACHED;
  }

  /** Address of the table that `entry` points to. */
  @inline
  tableAt(entry: u32): u32 {
    return load<u32>(this.tables + (entry << 2));
  }

  /** Makes `entry` most recent. */
  @inline
  use(entry: u32): void {
    this.toFront(entry);
    this.frontTag = load<u32>(this.tags + (entry << 2));
    this.frontTable = this.tableAt(entry);
  }

  /** What the entry used last points to; 0 if none was. */
  @inline
  latest(): u32 {
    return this.frontTable;
  }

  /** Caches that the entry for `tag` points to `table`. It must not be cached yet. */
  @inline
  fill(tag: u32, table: u32): void {
    if (this.entries == 0) return;
    const entry = this.previous(this.front);
    this.front = entry;
    this.frontTag = tag;
    this.frontTable = table;
    const at = this.tags + (entry << 2);
    this.addToCount(load<u32>(at), -1);
    this.addToCount(tag, 1);
    store<u32>(at, tag);
    store<u32>(this.tables + (entry << 2), table);
  }

  @inline
  private addToCount(tag: u32, change: i32): void {
    const at = this.countOf(tag);
    store<u32>(at, load<u32>(at) + change);
  }

  @inline
  private countOf(tag: u32): usize {
    return changetype<usize>(this) + offsetof<StructureCache>() + ((tag & (HASHES - 1)) << 2);
  }

  @inline
  private toFront(entry: u32): void {
    const front = this.front;
    const back = this.previous(front);
    this.front = entry;
    if (entry == back) return;
    const previous = this.previous(entry);
    const next = this.next(entry);
    const places = this.places; // once, since V8 takes the stores below for changes of it
    link(places, previous, next);
    link(places, back, entry);
    link(places, entry, front);
  }

  @inline
  private next(entry: u32): u32 {
    return load<u32>(this.places + (entry << 3));
  }

  @inline
  private previous(entry: u32): u32 {
    return load<u32>(this.places + (entry << 3), 4);
  }

  /** Gives the cache its memory, all entries empty; without entries it is off. False if there is no memory left. */
  configure(entries: u32): bool {
    const padded = (entries + TAGS_AT_ONCE) & ~(TAGS_AT_ONCE - 1);
    this.entries = entries;
    this.front = 0;
    this.frontTag = NO_TAG;
    this.frontTable = 0;
    this.tags = place(padded << 2);
    this.tables = place(padded << 2);
    this.places = place(padded << 3);
    if (this.tags == 0 || this.tables == 0 || this.places == 0) return false;
    memory.fill(this.countOf(0), 0, HASHES << 2);
    memory.fill(this.tags, 0xff, padded << 2); // NO_TAG in each
    store<u32>(this.countOf(NO_TAG), entries);
    for (let entry: u32 = 0; entry < entries; entry++) link(this.places, entry, entry + 1 == entries ? 0 : entry + 1);
    return true;
  }
}

/** Makes entry `right` the one after `left`. */
function link(places: usize, left: u32, right: u32): void {
  store<u32>(places + (left << 3), right);
  store<u32>(places + (right << 3), left, 4);
}

/** One bit for each of the TAGS_AT_ONCE tags at `at` that equals `tag`. */
function matchesOf32(at: usize, tag: u32): u32 {
  const wanted = i32x4.splat(tag);
  return matchesOf16(at, wanted) | (matchesOf16(at + 64, wanted) << 16);
}

/** One bit for each of the 16 tags at `at` that equals all lanes of `wanted`. */
function matchesOf16(at: usize, wanted: v128): u32 {
  const low = i16x8.narrow_i32x4_s(i32x4.eq(v128.load(at), wanted), i32x4.eq(v128.load(at, 16), wanted));
  const high = i16x8.narrow_i32x4_s(i32x4.eq(v128.load(at, 32), wanted), i32x4.eq(v128.load(at, 48), wanted));
  return <u32>i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
}

/** Of a cache: its fields, and its counts of tags by hash. */
const BYTES: i32 = offsetof<StructureCache>() + 1024 * 4;

export const pdeCache = changetype<StructureCache>(memory.data(BYTES, 8));
export const pdpteCache = changetype<StructureCache>(memory.data(BYTES, 8));
export const pml4eCache = changetype<StructureCache>(memory.data(BYTES, 8));

/** Sizes in entries; 0 turns a cache off. False if there is no memory left. */
export function configurePscs(pdeEntries: u32, pdpteEntries: u32, pml4eEntries: u32): bool {
  return pdeCache.configure(pdeEntries) && pdpteCache.configure(pdpteEntries) && pml4eCache.configure(pml4eEntries);
}
