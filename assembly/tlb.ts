/**
 * One TLB: a set-associative array of translations, keyed by a page number.
 * Entries stay where they were filled; what moves is the order of each set, from its front, the latest, to its back,
 * the next victim. The classes in orders/ keep it, each in its own way. Code that works on any of them is generic in
 * that class, so that the calls are resolved, and inlined, at compile time. Sets and entries have names, of 32 bits,
 * that the class chooses:
 *
 * - `setOf(key)`: the set of `key`.
 * - `find(key, set)`: the entry in `set`, that of `key`, which holds `key`; or NOT_FOUND.
 * - `key(entry)`: the key that `entry` holds, or NO_KEY. `value(entry)`: the leaf entry that translates its page.
 * - `setValue(entry, value)`: sets that.
 * - `toFront(entry, set)`: moves `entry` of `set` to the front.
 * - `backToFront(set)`: moves the entry at the back of `set` to the front and returns it. Entries never filled are
 *   at the back.
 * - `replace(entry, key, set)`: puts `key`, which must not be present, into `entry` of `set` in place of what that held.
 * - `moveEffect()`: what toFront() does, as policies/effects.ts has it.
 *
 * Instead of an order a set may have the state of a policy (orders/by-state.ts):
 *
 * - `stateOf(set)`: where that is; for configure() to provide it, `policy` is set before.
 * - `takeInvalid(set)`: the first way that is invalid, to be filled at once; `ways` or more if none is.
 * - `wayOf(entry, set)` and `entryAt(way, set)`: from entries to ways, and back.
 */
import { place } from "./arena";
import { invalidateWay } from "./policies/index";

/** Sets of up to so many ways are searched all at once. */
export const MAX_SIMD_WAYS: u32 = 16;
/** The key of an entry that holds nothing. No page number has 64 bits. */
export const NO_KEY: u64 = ~0;
export const NOT_FOUND: i32 = -1;
/** More entries have no place in 4 GiB, whatever their order. */
const MAX_ENTRY_NUMBERS: u64 = 1 << 27;
const MAX_BYTES: u64 = 1 << 31;

@unmanaged
export abstract class Tlb {
  entries: u32;
  ways: u32;
  sets: u32;
  misses: u64;
  /** A POLICY_: whose state its sets have, if they have any. */
  policy: u32;
  /** sets - 1 where sets is a power of two; else the index is a remainder. */
  private setMask: u32;
  setsArePowerOf2: bool;

  /** setIndexOf() where sets is a power of two. */
  @inline
  protected maskedIndexOf(key: u64): u32 {
    return <u32>key & this.setMask;
  }

  /** Index of the set of `key`. */
  @inline
  protected setIndexOf(key: u64): u32 {
    return this.setsArePowerOf2 ? this.maskedIndexOf(key) : <u32>(key % <u64>this.sets);
  }

  /** Divides `entries` into sets of `ways`, and counts from 0. */
  divide(entries: u32, ways: u32): void {
    this.entries = entries;
    this.ways = ways;
    this.sets = entries / ways;
    this.misses = 0;
    this.setMask = this.sets - 1;
    this.setsArePowerOf2 = popcnt(this.sets) == 1;
  }

  /** Memory for all sets, of `setBytes` each; 0 if there is not so much. */
  protected placeSets(setBytes: u32): usize {
    const bytes = <u64>this.sets * <u64>setBytes;
    return bytes < MAX_BYTES ? place(<usize>bytes) : 0;
  }
}

/**
 * A TLB whose entries are numbered: set * stride + way. A set is named by the number of its first entry.
 *
 *   0              8              16   byte
 *   ├──────────────┼──────────────┤
 *   │     key      │    value     │    one entry
 *   └──────────────┴──────────────┘
 */
@unmanaged
export abstract class NumberedTlb extends Tlb {
  /** Entry numbers that one set takes up. */
  stride: u32;
  /** Bits for the ways of a set. */
  private wayBits: u32;
  /** u32 for each entry: the low bits of its key, what is searched; there are MAX_SIMD_WAYS more than entries. */
  private tags: usize;
  /** The entries themselves. */
  private table: usize;
  /** For each set what takeInvalid() goes by, in 8 bytes, and the state of its policy; 0 where sets are in order. */
  private states: usize;
  private stateBytes: u32;

  /** The set of `key`. */
  @inline
  setOf(key: u64): u32 {
    return this.setIndexOf(key) * this.stride;
  }

  @inline
  value(entry: u32): u64 {
    return load<u64>(this.addressOf(entry), 8);
  }

  @inline
  setValue(entry: u32, value: u64): void {
    store<u64>(this.addressOf(entry), value, 8);
  }

  @inline
  key(entry: u32): u64 {
    return load<u64>(this.addressOf(entry));
  }

  @inline
  setKey(entry: u32, key: u64): void {
    store<u32>(this.tags + ((<usize>entry) << 2), <u32>key);
    store<u64>(this.addressOf(entry), key);
  }

  @inline
  private addressOf(entry: u32): usize {
    return this.table + ((<usize>entry) << 4);
  }

  /** find() for sets of up to MAX_SIMD_WAYS. */
  @inline
  findBySimd(key: u64, set: u32): i32 {
    const at = this.tags + ((<usize>set) << 2);
    const wanted = i32x4.splat(<u32>key);
    // Which branch is taken depends on the ways alone.
    const found = this.stride == 4 ? i32x4.bitmask(matchesOf4(at, wanted)) : matchesOf16(at, wanted) & this.wayBits;
    if (found == 0) return NOT_FOUND;
    const entry = set + ctz(found);
    return this.key(entry) == key ? entry : this.findByKeys(key, set);
  }

  /** find() where keys have equal tags. */
  private findByKeys(key: u64, set: u32): i32 {
    for (let entry = set; entry < set + this.ways; entry++) {
      if (this.key(entry) == key) return entry;
    }
    return NOT_FOUND;
  }

  stateOf(set: u32): usize {
    return this.heldOf(set) + 8;
  }

  /** All ways before the one that is held are valid. */
  takeInvalid(set: u32): u32 {
    const held = this.heldOf(set);
    let way = load<u32>(held);
    while (way < this.ways && this.key(set + way) != NO_KEY) way++;
    store<u32>(held, min(way + 1, this.ways));
    return way;
  }

  @inline
  wayOf(entry: u32, set: u32): u32 {
    return entry - set;
  }

  @inline
  entryAt(way: u32, set: u32): u32 {
    return set + way;
  }

  @inline
  setAt(index: u32): u32 {
    return index * this.stride;
  }

  /** The entry is invalid from now on. */
  protected invalidateState(entry: u32): void {
    if (this.states == 0) return;
    const way = entry % this.stride;
    const held = this.heldOf(entry - way);
    store<u32>(held, min(load<u32>(held), way));
    invalidateWay(this.policy, held + 8, this.ways, way);
  }

  private heldOf(set: u32): usize {
    return this.states + <usize>(set / this.stride) * this.stateBytes;
  }

  /** Memory for the states of all sets, of `bytes` each. False if there is no memory left. */
  placeStates(bytes: u32): bool {
    this.stateBytes = 8 + bytes;
    this.states = this.placeSets(this.stateBytes);
    return this.states != 0;
  }

  /** Gives the array its memory, all entries empty. `ways` divides `entries`. False if there is no memory left. */
  protected placeEntries(entries: u32, ways: u32, stride: u32): bool {
    this.divide(entries, ways);
    this.stride = stride;
    this.states = 0;
    if (<u64>this.sets * <u64>stride > MAX_ENTRY_NUMBERS) return false;
    this.wayBits = (1 << ways) - 1;
    const numbers = <usize>(this.sets * stride);
    this.tags = place((numbers + MAX_SIMD_WAYS) << 2);
    this.table = place(numbers << 4);
    if (this.tags == 0 || this.table == 0) return false;
    for (let entry: u32 = 0; entry < this.sets * stride; entry++) this.setKey(entry, NO_KEY);
    return true;
  }
}

/** All ones in each lane of the four tags at `at` that equals that of `wanted`. */
function matchesOf4(at: usize, wanted: v128): v128 {
  return i32x4.eq(v128.load(at), wanted);
}

/** One bit for each of the 16 tags at `at` that equals all lanes of `wanted`. */
function matchesOf16(at: usize, wanted: v128): u32 {
  const low = i16x8.narrow_i32x4_s(matchesOf4(at, wanted), matchesOf4(at + 16, wanted));
  const high = i16x8.narrow_i32x4_s(matchesOf4(at + 32, wanted), matchesOf4(at + 48, wanted));
  return i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
}
