import { place } from "../arena";
import { HIT_REORDERS } from "../policies/effects";
import { NO_KEY, NumberedTlb } from "../tlb";

const NIBBLES_1: u64 = 0x1111_1111_1111_1111;
const NIBBLES_8: u64 = 0x8888_8888_8888_8888;

/** Order of up to 16 ways as one word for each set: the numbers of the ways, nibble 0 at the front. Least memory. */
@final
@unmanaged
export class NibbleTlb extends NumberedTlb {
  /** A u64 for each four entries, of which the first of a set is used: `set` is a multiple of 4. */
  private orders: usize;
  /** Lowest bit of the nibble at the back. */
  private backAt: u32;

  @inline
  find(key: u64, set: u32): i32 {
    return this.findBySimd(key, set);
  }

  @inline
  replace(entry: u32, key: u64, _set: u32): void {
    this.setKey(entry, key);
  }

  /** Empties `entry` and makes it the next to be replaced. */
  remove(entry: u32): void {
    this.setKey(entry, NO_KEY);
    this.invalidateState(entry);
    const set = entry - (entry % this.stride);
    const at = this.orderOf(set);
    const way = <u64>(entry - set);
    const order = load<u64>(at);
    const place = placeOf(order, entry - set);
    const before = order & (((<u64>1) << place) - 1);
    const after = ((order >> place) >> 4) << place;
    store<u64>(at, before | after | (way << (<u64>this.backAt)));
  }

  /** Returns how many entries of `set` were used since `entry` was. */
  @inline
  toFront(entry: u32, set: u32): u32 {
    const at = this.orderOf(set);
    const order = load<u64>(at);
    const place = placeOf(order, entry - set);
    store<u64>(at, nibbleToFront(order, entry - set, place));
    return <u32>(place >> 2);
  }

  /** The entry used last. */
  @inline
  front(set: u32): u32 {
    return set + (<u32>load<u64>(this.orderOf(set)) & 15);
  }

  @inline
  backToFront(set: u32): u32 {
    const at = this.orderOf(set);
    const order = load<u64>(at);
    const backAt = <u64>this.backAt;
    const way = order >> backAt; // there is nothing above it
    store<u64>(at, ((order ^ (way << backAt)) << 4) | way);
    return set + <u32>way;
  }

  @inline
  moveEffect(): u32 {
    return HIT_REORDERS;
  }

  @inline
  private orderOf(set: u32): usize {
    return this.orders + ((<usize>set) << 1);
  }

  /** Gives the array its memory, all entries empty. `ways` divides `entries`. False if there is no memory left. */
  configure(entries: u32, ways: u32): bool {
    if (!this.placeEntries(entries, ways, (ways + 3) & ~3)) return false;
    const numbers = this.sets * this.stride;
    this.orders = place((<usize>numbers) << 1);
    if (this.orders == 0) return false;
    this.backAt = (ways - 1) << 2;
    const order = 0xfedc_ba98_7654_3210 & (<u64>~0 >> <u64>(60 - this.backAt));
    for (let set: u32 = 0; set < numbers; set += this.stride) store<u64>(this.orderOf(set), order);
    return true;
  }
}

/** Lowest bit of the nibble of `order` that is `way`: the lowest zero nibble of order ^ way. */
function placeOf(order: u64, way: u32): u64 {
  const match = order ^ (NIBBLES_1 * way);
  return ctz((match - NIBBLES_1) & ~match & NIBBLES_8) & ~3;
}

/** `order` with `way`, whose nibble begins at bit `place`, moved to the front. */
function nibbleToFront(order: u64, way: u32, place: u64): u64 {
  const before = order & (((<u64>1) << place) - 1);
  const after = order & (((<u64>~0) << place) << 4);
  return after | (before << 4) | way;
}
