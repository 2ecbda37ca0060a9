/**
 * One TLB: a set-associative array of translations, keyed by a page number.
 * Entries stay where they were filled, numbered set * stride + way; what moves is the order of each set, from its
 * front, the latest, to its back, the next victim. The classes in orders/ keep it, each in its own way. Code that
 * works on any of them is generic in that class, so that the calls are resolved, and inlined, at compile time:
 *
 * Where they take a `set`, that is what setOf() returns.
 *
 * - `find(key, set)`: the number of the entry in `set`, that of `key`, which holds `key`; or NOT_FOUND.
 * - `toFront(entry, set)`: moves `entry` of `set` to the front.
 * - `backToFront(set)`: moves the entry at the back of `set` to the front and returns it. Entries never filled are
 *   at the back.
 * - `replace(entry, key)`: puts `key`, which must not be present, into `entry` in place of what that held.
 * - `moveEffect()`: what toFront() does, as policies/effects.ts has it.
 */
import { place } from "./arena";

/** Sets of up to so many ways are searched all at once. */
export const MAX_SIMD_WAYS: u32 = 16;
/** The key of an entry that holds nothing. No page number has 64 bits. */
export const NO_KEY: u64 = ~0;
export const NOT_FOUND: i32 = -1;
/** More entries have no place in 4 GiB, whatever their order. */
const MAX_ENTRY_NUMBERS: u64 = 1 << 27;

@unmanaged
export abstract class Tlb {
  entries: u32;
  ways: u32;
  sets: u32;
  /** Entry numbers that one set takes up. */
  stride: u32;
  misses: u64;
  /** sets - 1 where sets is a power of two; else the index is a remainder. */
  private setMask: u32;
  private setsArePowerOf2: bool;
  /** u64 key of each entry. */
  private keys: usize;
  /** u64 value of each entry: the leaf entry that translates its page. */
  private values: usize;

  /** The set of `key`, named by the number of its first entry. */
  @inline
  setOf(key: u64): u32 {
    return (this.setsArePowerOf2 ? <u32>key & this.setMask : <u32>(key % <u64>this.sets)) * this.stride;
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

  @inline
  setKey(entry: u32, key: u64): void {
    store<u64>(this.keys + ((<usize>entry) << 3), key);
  }

  /** find() for sets of up to MAX_SIMD_WAYS, of which `stride` is a multiple of 4. */
  @inline
  findBySimd(key: u64, set: u32): i32 {
    const way = this.wayOf(this.keys + ((<usize>set) << 3), i64x2.splat(key));
    return way < 0 ? NOT_FOUND : <i32>set + way;
  }

  /** Index of the first of `stride` u64 at `at` that equals both lanes of `wanted`, or NOT_FOUND. */
  @inline
  wayOf(at: usize, wanted: v128): i32 {
    // Which of the branches are taken depends on the ways alone.
    if (this.stride == 4) {
      const found = i16x8.bitmask(matchesOf4(at, wanted));
      return found == 0 ? NOT_FOUND : ctz(found) >> 1;
    }
    let found = i8x16.bitmask(i8x16.narrow_i16x8_s(matchesOf4(at, wanted), matchesOf4(at + 32, wanted)));
    if (this.stride > 8) {
      const more = this.stride > 12 ? matchesOf4(at + 96, wanted) : i64x2.splat(0);
      found |= i8x16.bitmask(i8x16.narrow_i16x8_s(matchesOf4(at + 64, wanted), more)) << 16;
    }
    return found == 0 ? NOT_FOUND : ctz(found) >> 1;
  }

  /** Gives the array its memory, all entries empty. `ways` divides `entries`. False if there is no memory left. */
  protected placeEntries(entries: u32, ways: u32, stride: u32): bool {
    this.entries = entries;
    this.ways = ways;
    this.sets = entries / ways;
    this.stride = stride;
    this.misses = 0;
    this.setMask = this.sets - 1;
    this.setsArePowerOf2 = popcnt(this.sets) == 1;
    if (<u64>this.sets * <u64>stride > MAX_ENTRY_NUMBERS) return false;
    const numbers = <usize>(this.sets * stride);
    this.keys = place(numbers << 3);
    this.values = place(numbers << 3);
    if (this.keys == 0 || this.values == 0) return false;
    memory.fill(this.keys, 0xff, numbers << 3); // NO_KEY in each
    return true;
  }
}

/** Two of eight lanes all ones for each of the four keys at `at` that equals both lanes of `wanted`. */
function matchesOf4(at: usize, wanted: v128): v128 {
  return i16x8.narrow_i32x4_s(i64x2.eq(v128.load(at), wanted), i64x2.eq(v128.load(at, 16), wanted));
}
