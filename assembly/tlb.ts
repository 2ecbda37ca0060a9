/**
 * One set-associative array of translations, keyed by a page number: a TLB, or with one set a paging-structure cache.
 * Entries stay where they were filled, numbered set * stride + way; what moves is the order of each set. Policies use
 * the order through toFront(), backToFront() and back(); it is kept in one of three ways:
 *
 * - ORDER_NIBBLES, up to 16 ways: the ways of a set in one word, nibble 0 at the front. Least memory.
 * - ORDER_STAMPS, up to 16 ways: the time of each entry's last move to the front (clock.ts), which shadow.ts can write.
 * - ORDER_RING, more ways: a ring of entries, found through a hash table. No cost grows with ways.
 */
import { place } from "./arena";
import { ENTRY_MASK, NEVER, now } from "./clock";

export const ORDER_NIBBLES: u32 = 0;
export const ORDER_STAMPS: u32 = 1;
export const ORDER_RING: u32 = 2;
/** Sets with more ways have rings. */
export const MAX_SIMD_WAYS: u32 = 16;

/** The key of an entry that holds nothing. No page number has 64 bits. */
export const NO_KEY: u64 = ~0;
const NOT_FOUND: i32 = -1;
const NIBBLES_1: u64 = 0x1111_1111_1111_1111;
const NIBBLES_8: u64 = 0x8888_8888_8888_8888;
/** 2^64 / golden ratio: multiplicative hashing, Knuth, TAOCP vol. 3, 6.4. */
const HASH_MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
/** log2 of hash slots for each entry: few collisions where that is cheap. */
const SMALL_SLOTS_LOG2: u32 = 3;
const LARGE_SLOTS_LOG2: u32 = 1;
const SMALL_ENTRIES: u32 = 1024;

@final
@unmanaged
export class Tlb {
  entries: u32;
  ways: u32;
  sets: u32;
  order: u32;
  lookups: u64;
  misses: u64;
  /** sets - 1 where sets is a power of two; else the index is a remainder. */
  private setMask: u32;
  private setsArePowerOf2: bool;
  /** Entry numbers that one set takes up: for stamps a power of two, for nibbles a multiple of 4, else ways. */
  private stride: u32;
  /** u64 key of each entry. */
  private keys: usize;
  /** u64 value of each entry: the leaf entry of a TLB, the table address of a paging-structure cache. */
  private values: usize;
  /** For nibbles a u64 for each set; for stamps a u64 for each entry; for rings u32 next, u32 previous for each. */
  private places: usize;
  /** u32 for each set: the first entry of its ring; the one before it is the back. */
  private firsts: usize;
  /** u32 slots, entry number + 1 or 0, open addressing with linear probing. Rings only. */
  private slots: usize;
  private slotsLog2: u32;

  @inline
  setOf(key: u64): u32 {
    return this.setsArePowerOf2 ? <u32>key & this.setMask : <u32>(key % <u64>this.sets);
  }

  /** Number of the entry in `set`, that of `key`, which holds `key`; or -1. Changes nothing. */
  @inline
  find(key: u64, set: u32): i32 {
    return this.order == ORDER_RING ? this.findHashed(key) : this.findBySimd(key, set);
  }

  @inline
  value(entry: u32): u64 {
    return load<u64>(this.values + ((<usize>entry) << 3));
  }

  @inline
  setValue(entry: u32, value: u64): void {
    store<u64>(this.values + ((<usize>entry) << 3), value);
  }

  /** Key that `entry` holds, or NO_KEY. */
  @inline
  key(entry: u32): u64 {
    return load<u64>(this.keys + ((<usize>entry) << 3));
  }

  /** Puts `key`, which must not be present, into `entry` in place of what that held. */
  @inline
  replace(entry: u32, key: u64): void {
    if (this.order == ORDER_RING) this.rehash(entry, key);
    store<u64>(this.keys + ((<usize>entry) << 3), key);
  }

  /** The entry at the back of `set`. Entries never filled come first. */
  @inline
  back(set: u32): u32 {
    if (this.order == ORDER_NIBBLES) {
      const way = <u32>(load<u64>(this.nibbles(set)) >> ((this.ways - 1) << 2)) & 15;
      return set * this.stride + way;
    }
    return this.order == ORDER_STAMPS ? this.leastStamped(set) : this.previous(this.first(set));
  }

  /** Moves `entry` of `set` to the front. */
  @inline
  toFront(entry: u32, set: u32): void {
    if (this.order == ORDER_NIBBLES) {
      const at = this.nibbles(set);
      store<u64>(at, nibbleToFront(load<u64>(at), entry - set * this.stride));
    } else if (this.order == ORDER_STAMPS) {
      store<u64>(this.stampAddress(entry), now | (entry & ENTRY_MASK));
    } else {
      this.turnRing(entry, set);
    }
  }

  /** Moves `entry`, which is at the back of `set`, to the front. */
  @inline
  backToFront(entry: u32, set: u32): void {
    if (this.order == ORDER_NIBBLES) {
      const at = this.nibbles(set);
      const before = load<u64>(at);
      const backAt = <u64>((this.ways - 1) << 2);
      store<u64>(at, ((before & (((<u64>1) << backAt) - 1)) << 4) | (before >> backAt));
    } else {
      this.toFront(entry, set);
    }
  }

  /** Address of the stamp of `entry`. */
  @inline
  stampAddress(entry: u32): usize {
    return this.places + ((<usize>entry) << 3);
  }

  @inline
  private nibbles(set: u32): usize {
    return this.places + ((<usize>set) << 3);
  }

  @inline
  private leastStamped(set: u32): u32 {
    const first = set * this.stride;
    let at = this.stampAddress(first);
    let least = f64x2.pmin(v128.load(at), v128.load(at, 16));
    for (let way: u32 = 4; way < this.ways; way += 4) {
      at += 32;
      least = f64x2.pmin(least, f64x2.pmin(v128.load(at), v128.load(at, 16)));
    }
    const other = v128.shuffle<u64>(least, least, 1, 0);
    return (first & ~ENTRY_MASK) | (<u32>i64x2.extract_lane(f64x2.pmin(least, other), 0) & ENTRY_MASK);
  }

  @inline
  private findBySimd(key: u64, set: u32): i32 {
    const first = set * this.stride;
    const wanted = i64x2.splat(key);
    let at = this.keys + ((<usize>first) << 3);
    let match = matches(at, wanted);
    if (match != 0) return <i32>first + ctz(match);
    for (let way: u32 = 4; way < this.ways; way += 4) {
      at += 32;
      match = matches(at, wanted);
      if (match != 0) return <i32>(first + way) + ctz(match);
    }
    return NOT_FOUND;
  }

  @inline
  private findHashed(key: u64): i32 {
    const mask = (1 << this.slotsLog2) - 1;
    let slot = this.home(key);
    while (true) {
      const found = this.slotEntry(slot);
      if (found < 0 || this.key(found) == key) return found;
      slot = (slot + 1) & mask;
    }
  }

  private turnRing(entry: u32, set: u32): void {
    const first = this.first(set);
    if (entry == first) return;
    const last = this.previous(first);
    store<u32>(this.firsts + ((<usize>set) << 2), entry);
    if (entry == last) return;
    this.link(this.previous(entry), this.next(entry));
    this.link(last, entry);
    this.link(entry, first);
  }

  private rehash(entry: u32, key: u64): void {
    const evicted = this.key(entry);
    if (evicted != NO_KEY) this.unhash(evicted, entry);
    const mask = (1 << this.slotsLog2) - 1;
    let slot = this.home(key);
    while (this.slotEntry(slot) >= 0) slot = (slot + 1) & mask;
    this.setSlot(slot, entry);
  }

  /** Takes `entry` out of the hash table and closes the gap that this leaves in its probe sequences. */
  private unhash(key: u64, entry: u32): void {
    const mask = (1 << this.slotsLog2) - 1;
    let gap = this.home(key);
    while (this.slotEntry(gap) != <i32>entry) gap = (gap + 1) & mask;
    let slot = gap;
    while (true) {
      slot = (slot + 1) & mask;
      const moved = this.slotEntry(slot);
      if (moved < 0) break;
      const home = this.home(this.key(moved));
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue; // it would land before its home
      this.setSlot(gap, moved);
      gap = slot;
    }
    this.setSlot(gap, NOT_FOUND);
  }

  /** Entry number in a hash slot, or -1. */
  @inline
  private slotEntry(slot: u32): i32 {
    return <i32>load<u32>(this.slots + ((<usize>slot) << 2)) - 1;
  }

  @inline
  private setSlot(slot: u32, entry: i32): void {
    store<u32>(this.slots + ((<usize>slot) << 2), entry + 1);
  }

  @inline
  private home(key: u64): u32 {
    return <u32>((key * HASH_MULTIPLIER) >> (64 - <u64>this.slotsLog2));
  }

  @inline
  private first(set: u32): u32 {
    return load<u32>(this.firsts + ((<usize>set) << 2));
  }

  @inline
  private next(entry: u32): u32 {
    return load<u32>(this.places + ((<usize>entry) << 3));
  }

  @inline
  private previous(entry: u32): u32 {
    return load<u32>(this.places + ((<usize>entry) << 3), 4);
  }

  @inline
  private link(left: u32, right: u32): void {
    store<u32>(this.places + ((<usize>left) << 3), right);
    store<u32>(this.places + ((<usize>right) << 3), left, 4);
  }

  /**
   * Gives the array its memory, all entries empty; 0 entries make an array that is never asked. `ways` divides
   * `entries`; `order` is ORDER_RING exactly for more than MAX_SIMD_WAYS. False if there is no memory left.
   */
  configure(entries: u32, ways: u32, order: u32): bool {
    this.entries = entries;
    this.ways = ways;
    this.order = order;
    this.lookups = 0;
    this.misses = 0;
    if (entries == 0) return true;
    this.sets = entries / ways;
    this.setMask = this.sets - 1;
    this.setsArePowerOf2 = popcnt(this.sets) == 1;
    const rounded = (ways + 3) & ~3;
    this.stride = order == ORDER_RING ? ways : order == ORDER_NIBBLES || rounded == 4 ? rounded : rounded == 8 ? 8 : 16;
    const numbers = <usize>(this.sets * this.stride);
    this.keys = place(numbers << 3);
    this.values = place(numbers << 3);
    this.places = place((order == ORDER_NIBBLES ? <usize>this.sets : numbers) << 3);
    if (this.keys == 0 || this.values == 0 || this.places == 0) return false;
    memory.fill(this.keys, 0xff, numbers << 3); // NO_KEY in each
    if (order == ORDER_RING) return this.makeRings();
    if (order == ORDER_NIBBLES) this.makeNibbles();
    else this.makeStamps();
    return true;
  }

  private makeNibbles(): void {
    const nibbles = 0xfedc_ba98_7654_3210 & (this.ways == 16 ? <u64>~0 : ((<u64>1) << (this.ways << 2)) - 1);
    for (let set: u32 = 0; set < this.sets; set++) store<u64>(this.nibbles(set), nibbles);
  }

  /** Empty ways come before any that was used, ways that do not exist come never. */
  private makeStamps(): void {
    for (let entry: u32 = 0; entry < this.sets * this.stride; entry++) {
      const exists = entry % this.stride < this.ways;
      store<u64>(this.stampAddress(entry), exists ? NEVER | (entry & ENTRY_MASK) : reinterpret<u64>(Infinity));
    }
  }

  private makeRings(): bool {
    const perEntryLog2 = this.entries <= SMALL_ENTRIES ? SMALL_SLOTS_LOG2 : LARGE_SLOTS_LOG2;
    this.slotsLog2 = 32 - clz(this.entries - 1) + perEntryLog2;
    this.slots = place((<usize>4) << this.slotsLog2);
    this.firsts = place((<usize>this.sets) << 2);
    if (this.slots == 0 || this.firsts == 0) return false;
    for (let entry: u32 = 0; entry < this.entries; entry++) {
      const isLast = (entry + 1) % this.ways == 0;
      this.link(entry, isLast ? entry + 1 - this.ways : entry + 1);
    }
    for (let set: u32 = 0; set < this.sets; set++) store<u32>(this.firsts + ((<usize>set) << 2), set * this.ways);
    return true;
  }
}

/** `order` with `way` moved to the front: the lowest zero nibble of order ^ way is the way's place. */
function nibbleToFront(order: u64, way: u32): u64 {
  const match = order ^ (NIBBLES_1 * way);
  const place = ctz((match - NIBBLES_1) & ~match & NIBBLES_8) & ~3;
  const before = order & (((<u64>1) << place) - 1);
  const after = order & (((<u64>~0) << place) << 4);
  return after | (before << 4) | way;
}

/** One bit for each of the four keys at `at` that equals the two lanes of `wanted`. */
function matches(at: usize, wanted: v128): u32 {
  const low = i64x2.bitmask(i64x2.eq(v128.load(at), wanted));
  const high = i64x2.bitmask(i64x2.eq(v128.load(at, 16), wanted));
  return <u32>(low | (high << 2));
}

/** How an array of so many ways keeps its order when nothing but itself moves its entries. */
export function plainOrder(ways: u32): u32 {
  return ways > MAX_SIMD_WAYS ? ORDER_RING : ORDER_NIBBLES;
}

/** An array without memory; configure() gives it some. */
export function newTlb(): Tlb {
  return changetype<Tlb>(place(offsetof<Tlb>()));
}
