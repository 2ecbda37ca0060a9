/**
 * One pass for LRU TLBs of one set count and any number of ways, for set counts and indexes that no chain (chain.ts) has.
 */
import { place } from "../arena";
import { count, sumFrom } from "./chain";
import { LANES, Lists, moveToFrontPastHoles, placeIn } from "./lists";
import { NO_NUMBER } from "./pages";

@final
@unmanaged
export class SetStack {
  sets: u32;
  /** The most ways that are asked for. */
  ways: u32;
  /** log2 sets if sets are found by xor, else 0. */
  foldBits: u32;
  /** ways, up to a multiple of LANES. */
  private length: u32;
  /** A list of pages' numbers in Pages, for each set. */
  private lists: usize;
  /** u64 for each depth: references found there; and at `length` those not found. None are counted at depth 0. */
  private found: usize;
  /** Of those, a page's first store. */
  private firstStores: usize;
  /** Holes in all sets together, and u32 for each set. */
  private holes: u32;
  private holesOfSet: usize;

  /** Gives the stack its memory, empty. False if there is none left. */
  configure(): bool {
    this.length = (this.ways + LANES - 1) & ~(LANES - 1);
    if (((<u64>this.sets * <u64>this.length) << 2) >> 32 != 0) return false;
    this.lists = place((<usize>this.sets * this.length) << 2);
    this.found = place((<usize>this.length + 1) << 3);
    this.firstStores = place((<usize>this.length + 1) << 3);
    this.holesOfSet = place((<usize>this.sets) << 2);
    if (this.lists == 0 || this.found == 0 || this.firstStores == 0 || this.holesOfSet == 0) return false;
    this.flush();
    return true;
  }

  /** Empties every list. */
  flush(): void {
    memory.fill(this.lists, 0xff, (<usize>this.sets * this.length) << 2); // NO_NUMBER in each
    if (this.holes != 0) memory.fill(this.holesOfSet, 0, (<usize>this.sets) << 2);
    this.holes = 0;
  }

  /** Empties the list of the set that `page` is in. There must be no holes. */
  flushSetOf(page: u64): void {
    const list = this.listOf(this.setOf(page));
    if (load<u32>(list) != NO_NUMBER) memory.fill(list, 0xff, (<usize>this.length) << 2);
  }

  private setOf(page: u64): u32 {
    if (this.foldBits != 0) return (<u32>page ^ <u32>(page >> <u64>this.foldBits)) & (this.sets - 1);
    return <u32>(page % <u64>this.sets);
  }

  /** Refers to `page`, which has `number`: counts it, unless it is at the front of its set, and puts it there. */
  refer(page: u64, number: u32, isFirstStore: bool): void {
    const set = this.setOf(page);
    const list = this.listOf(set);
    if (load<u32>(list) == number) return;
    const hasHoles = this.holes != 0 && this.holesIn(set) != 0;
    const depth = hasHoles
      ? moveToFrontPastHoles(list, this.length, number)
      : Lists.moveToFront(list, this.length, number);
    if (hasHoles && depth == this.length) this.addHoles(set, -1);
    count(this.found, depth);
    if (isFirstStore) count(this.firstStores, depth);
  }

  /** Makes a hole of the entry of `page`, which has `number`, if there is one. */
  invalidate(page: u64, number: u32): void {
    const set = this.setOf(page);
    const list = this.listOf(set);
    const depth = placeIn(list, this.length, number);
    if (depth == this.length) return;
    store<u32>(list + ((<usize>depth) << 2), NO_NUMBER);
    this.addHoles(set, 1);
  }

  private addHoles(set: u32, more: i32): void {
    this.holes += more;
    store<u32>(this.holesOfSet + ((<usize>set) << 2), this.holesIn(set) + more);
  }

  private holesIn(set: u32): u32 {
    return load<u32>(this.holesOfSet + ((<usize>set) << 2));
  }

  private listOf(set: u32): usize {
    return this.lists + ((<usize>(set * this.length)) << 2);
  }

  /** Misses of the TLB of `ways` ways. */
  missesOf(ways: u32): u64 {
    return sumFrom(this.found, ways, this.length);
  }

  /** First stores among them. */
  firstStoreMissesOf(ways: u32): u64 {
    return sumFrom(this.firstStores, ways, this.length);
  }
}
