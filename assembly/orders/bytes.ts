import { HIT_REORDERS } from "../policies/effects";
import { PAGE_SHIFT, VA_BITS } from "../paging";
import { NOT_FOUND, Tlb } from "../tlb";

const LANES: u32 = 16;
/** Where in a set its tags and its values begin. */
const TAGS: u32 = 16;
const VALUES: u32 = 80;
const SET_BYTES: u32 = 96;
/** Where the number of ways filled stands, in a set with the state of a policy. */
const FILLED: u32 = 8;
/** Bits of the name of an entry that are its way: sets lie at multiples of 32. */
const WAY_MASK: u32 = 31;

/** With so many sets, what a set leaves of the bits in which canonical page numbers differ is less than 32. */
export const MIN_BYTE_SETS: u32 = 32;
const NO_TAG: u32 = ~0;

/** Row n moves byte n of a vector to the front, as an operand of i8x16.swizzle. */
const MOVES: usize = memory.data(16 * 16, 16);

/**
 * Order of up to 16 ways as one vector for each set: their numbers, byte 0 at the front. There are a power of two of
 * sets, and MIN_BYTE_SETS at least, so that tags of 32 bits tell the pages of a set apart; they are compared all at
 * once. The values are the low bytes of leaves, which have the flags.
 *
 *   0        16                      80       96   byte
 *   ├────────┼───────────────────────┼────────┤    one set, named by its address; an entry of it is named by that
 *   │ order  │ u32 tags              │ values │    address + way
 *   └────────┴───────────────────────┴────────┘
 */
@final
@unmanaged
export class ByteTlb extends Tlb {
  private table: u32;
  /** log2 of the number of sets. */
  private setBits: u32;
  /** The bits of a tag. */
  private tagMask: u32;
  /** Offset of the byte at the back of an order, and the row of MOVES that brings it to the front. */
  private backAt: u32;
  private backMove: usize;

  @inline
  setOf(key: u64): u32 {
    return this.table + this.maskedIndexOf(key) * SET_BYTES;
  }

  @inline
  find(key: u64, set: u32): i32 {
    const matches = this.matches(key, set);
    return matches == 0 ? NOT_FOUND : this.entryOf(matches, set);
  }

  /** A bit for the way of `set` that holds `key`, at that way's place; 0 if none does. */
  @inline
  matches(key: u64, set: u32): u32 {
    const wanted = i32x4.splat(this.tagOf(key));
    const ways0 = i32x4.eq(v128.load(set, TAGS), wanted);
    const ways4 = i32x4.eq(v128.load(set, TAGS + 16), wanted);
    const ways8 = i32x4.eq(v128.load(set, TAGS + 32), wanted);
    const ways12 = i32x4.eq(v128.load(set, TAGS + 48), wanted);
    const low = i16x8.narrow_i32x4_s(ways0, ways4);
    const high = i16x8.narrow_i32x4_s(ways8, ways12);
    return i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
  }

  /** The entry of `set` that matches() found. */
  @inline
  entryOf(matches: u32, set: u32): u32 {
    return set + ctz(matches);
  }

  @inline
  private tagOf(key: u64): u32 {
    return <u32>(key >> <u64>this.setBits) & this.tagMask;
  }

  @inline
  value(entry: u32): u64 {
    return load<u8>(entry, VALUES);
  }

  @inline
  setValue(entry: u32, value: u64): void {
    store<u8>(entry, <u8>value, VALUES);
  }

  @inline
  replace(entry: u32, key: u64, set: u32): void {
    store<u32>(set + ((entry & WAY_MASK) << 2), this.tagOf(key), TAGS);
  }

  @inline
  toFront(entry: u32, set: u32): void {
    const order = v128.load(set);
    const at = ctz(i8x16.bitmask(i8x16.eq(order, i8x16.splat(<i8>(entry & WAY_MASK)))));
    v128.store(set, i8x16.swizzle(order, v128.load(at << 4, MOVES)));
  }

  @inline
  backToFront(set: u32): u32 {
    const way = <u32>load<u8>(set + this.backAt);
    v128.store(set, i8x16.swizzle(v128.load(set), v128.load(this.backMove)));
    return set + way;
  }

  @inline
  moveEffect(): u32 {
    return HIT_REORDERS;
  }

  // What is not kept in order has the order's 16 bytes for its state, and for how many ways were filled.

  @inline
  stateOf(set: u32): usize {
    return set;
  }

  @inline
  takeInvalid(set: u32): u32 {
    const filled = load<u32>(set, FILLED);
    store<u32>(set, filled + <u32>(filled < this.ways), FILLED);
    return filled;
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
    return this.table + index * SET_BYTES;
  }

  /** Gives the array its memory, all entries empty. `ways` divides `entries`. False if there is no memory left. */
  configure(entries: u32, ways: u32): bool {
    this.divide(entries, ways);
    this.setBits = ctz(this.sets);
    this.tagMask = (1 << (VA_BITS - PAGE_SHIFT - this.setBits)) - 1;
    this.backAt = ways - 1;
    this.backMove = MOVES + ((ways - 1) << 4);
    this.table = <u32>this.placeSets(SET_BYTES);
    if (this.table == 0) return false;
    fillMoves();
    for (let index: u32 = 0; index < this.sets; index++) {
      const set = this.table + index * SET_BYTES;
      for (let way: u32 = 0; way < LANES; way++) {
        store<u8>(set + way, way);
        store<u32>(set + (way << 2), NO_TAG, TAGS);
      }
    }
    return true;
  }
}

function fillMoves(): void {
  for (let moved: u32 = 0; moved < LANES; moved++) {
    const row = MOVES + (moved << 4);
    for (let at: u32 = 0; at < LANES; at++) store<u8>(row + at, at == 0 ? moved : at <= moved ? at - 1 : at);
  }
}
