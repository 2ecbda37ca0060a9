import { place } from "../arena";
import { HASH_MULTIPLIER } from "../hash";
import { HIT_REORDERS } from "../policies/effects";
import { NOT_FOUND, NO_KEY, NumberedTlb } from "../tlb";

/** log2 of hash chains for each entry: few collisions where that is cheap. */
const SMALL_CHAINS_LOG2: u32 = 3;
const LARGE_CHAINS_LOG2: u32 = 1;
const SMALL_ENTRIES: u32 = 1024;

/**
 * Order of any number of ways as a ring of the entries of each set. Keys are found through a hash table with chains, so
 * no cost grows with ways.
 *
 *   0        4          8       12      16   byte
 *   ├────────┼──────────┼───────┼───────┤    links of one entry, all entry numbers;
 *   │  next  │ previous │ chain │ note  │    chain: the next one with the same hash, or NOT_FOUND
 *   └────────┴──────────┴───────┴───────┘    note: what the owner of the array remembers of the entry
 */
@unmanaged
export class RingTlb extends NumberedTlb {
  private links: usize;
  /** u32 at the first entry of each set: the entry at the front. The one before it is at the back. */
  private fronts: usize;
  /** i32 for each hash: the first entry of its chain, or NOT_FOUND. */
  private chains: usize;
  /** 64 - log2 of the number of chains. */
  private hashShift: u32;

  @inline
  find(key: u64, _set: u32): i32 {
    let entry = load<i32>(this.chainOf(key));
    while (entry >= 0 && this.key(entry) != key) entry = this.chained(entry);
    return entry;
  }

  /** The next entry with the same key as `entry` has, if several have one; or NOT_FOUND. */
  findNext(entry: u32): i32 {
    const key = this.key(entry);
    let next = this.chained(entry);
    while (next >= 0 && this.key(next) != key) next = this.chained(next);
    return next;
  }

  @inline
  note(entry: u32): u32 {
    return load<u32>(this.linksOf(entry), 12);
  }

  @inline
  setNote(entry: u32, note: u32): void {
    store<u32>(this.linksOf(entry), note, 12);
  }

  @inline
  replace(entry: u32, key: u64, _set: u32 = 0): void {
    const evicted = this.key(entry);
    if (evicted != NO_KEY) this.unchain(entry, evicted);
    const chain = this.chainOf(key);
    store<i32>(this.linksOf(entry), load<i32>(chain), 8);
    store<i32>(chain, entry);
    this.setKey(entry, key);
  }

  /** Empties `entry`, which holds a key, and makes it the next to be replaced. */
  remove(entry: u32): void {
    this.unchain(entry, this.key(entry));
    this.setKey(entry, NO_KEY);
    this.invalidateState(entry);
    this.toBack(entry, entry - (entry % this.ways));
  }

  private toBack(entry: u32, set: u32): void {
    const front = this.front(set);
    const back = this.previous(front);
    if (entry == back) return;
    if (entry == front) return this.setFront(set, this.next(entry));
    this.link(this.previous(entry), this.next(entry));
    this.link(back, entry);
    this.link(entry, front);
  }

  @inline
  toFront(entry: u32, set: u32): void {
    const front = this.front(set);
    if (entry == front) return;
    const back = this.previous(front);
    this.setFront(set, entry);
    if (entry == back) return;
    this.link(this.previous(entry), this.next(entry));
    this.link(back, entry);
    this.link(entry, front);
  }

  @inline
  backToFront(set: u32): u32 {
    const back = this.previous(this.front(set));
    this.setFront(set, back);
    return back;
  }

  @inline
  moveEffect(): u32 {
    return HIT_REORDERS;
  }

  /** The entry at the front of `set`. */
  @inline
  front(set: u32): u32 {
    return load<u32>(this.fronts + ((<usize>set) << 2));
  }

  @inline
  private setFront(set: u32, entry: u32): void {
    store<u32>(this.fronts + ((<usize>set) << 2), entry);
  }

  /** Takes `entry`, which holds `key`, out of the chain of its hash. */
  @inline
  private unchain(entry: u32, key: u64): void {
    let at = this.chainOf(key);
    while (load<u32>(at) != entry) at = this.linksOf(load<u32>(at)) + 8;
    store<i32>(at, this.chained(entry));
  }

  @inline
  private chainOf(key: u64): usize {
    return this.chains + ((<usize>((key * HASH_MULTIPLIER) >> <u64>this.hashShift)) << 2);
  }

  @inline
  private chained(entry: u32): i32 {
    return load<i32>(this.linksOf(entry), 8);
  }

  /** The entry used before `entry`; that after the back is at the front. */
  @inline
  next(entry: u32): u32 {
    return load<u32>(this.linksOf(entry));
  }

  /** The entry used next after `entry`; that before the front is at the back. */
  @inline
  previous(entry: u32): u32 {
    return load<u32>(this.linksOf(entry), 4);
  }

  @inline
  private linksOf(entry: u32): usize {
    return this.links + ((<usize>entry) << 4);
  }

  @inline
  private link(left: u32, right: u32): void {
    store<u32>(this.linksOf(left), right);
    store<u32>(this.linksOf(right), left, 4);
  }

  /**
   * Gives the array its memory, all entries empty. `ways` divides `entries`. False if there is no memory left.
   */
  configure(entries: u32, ways: u32): bool {
    if (!this.placeEntries(entries, ways, ways)) return false;
    const chainsLog2 = 32 - clz(entries - 1) + (entries <= SMALL_ENTRIES ? SMALL_CHAINS_LOG2 : LARGE_CHAINS_LOG2);
    this.hashShift = 64 - chainsLog2;
    this.chains = place((<usize>4) << chainsLog2);
    this.links = place((<usize>entries) << 4);
    this.fronts = place((<usize>entries) << 2);
    if (this.chains == 0 || this.links == 0 || this.fronts == 0) return false;
    memory.fill(this.chains, 0xff, (<usize>4) << chainsLog2); // NOT_FOUND in each
    // The first way is at the back, and so filled first.
    for (let entry: u32 = 0; entry < entries; entry++) {
      const isLast = (entry + 1) % ways == 0;
      this.link(isLast ? entry + 1 - ways : entry + 1, entry);
    }
    for (let set: u32 = 0; set < entries; set += ways) this.setFront(set, set + ways - 1);
    return true;
  }
}
