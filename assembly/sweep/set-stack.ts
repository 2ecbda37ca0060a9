/**
 * One pass for many TLBs: LRU TLBs of one set count and any number of ways. A set's entries in the order of their use are
 * its contents at every number of ways, so a reference found at depth d hits from d + 1 ways on.
 * Mattson et al., IBM Systems Journal 9(2), 1970, doi:10.1147/sj.92.0078; over several set counts: Hill & Smith, IEEE
 * Transactions on Computers 38(12), 1989, doi:10.1109/12.40842.
 *
 * An invalidated entry becomes a hole, which keeps its depth. A reference takes the topmost hole of its set; if its page
 * is in the set below that, the page's own place becomes a hole. That is what every number of ways does at once: those
 * with an invalid entry fill it, the others evict. (Analogous: Thompson & Smith, ACM TOCS 7(1), 1989.)
 */
import { place } from "../arena";
import { LANES, Lists, placeIn, putInFront } from "./lists";
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
  /** A list of page numbers in Pages, for each set. */
  private lists: usize;
  /** u64 for each depth: references found there; and at `length` those not found. None are counted at depth 0. */
  private found: usize;
  /** Of those, a page's first store. */
  private firstStores: usize;
  /** Holes in all sets together. */
  private holes: u32;
  /** u32 for each set: its holes. */
  private holesOfSet: usize;

  /** Gives the stack its memory, empty. False if there is none left. */
  configure(): bool {
    this.length = (this.ways + LANES - 1) & ~(LANES - 1);
    this.holes = 0;
    const bytes = (<u64>this.sets * <u64>this.length) << 2;
    if (bytes >> 32 != 0) return false;
    this.lists = place(<usize>bytes);
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
    if (this.holes == 0) return;
    this.holes = 0;
    memory.fill(this.holesOfSet, 0, (<usize>this.sets) << 2);
  }

  /** Whether the set is a power of two by modulo: then what is at the front is so, too, at any multiple of the sets. */
  get isInChain(): bool {
    return this.foldBits == 0 && popcnt(this.sets) == 1;
  }

  /** Set of page number `page`. */
  private setOf(page: u64): u32 {
    if (this.foldBits != 0) return (<u32>page ^ <u32>(page >> <u64>this.foldBits)) & (this.sets - 1);
    return <u32>(page % <u64>this.sets);
  }

  /** Refers to `page`, which has `number`: counts it and puts it at the front of its set. False if it was there. */
  refer(page: u64, number: u32, isFirstStore: bool): bool {
    return this.referIn(this.setOf(page), number, isFirstStore);
  }

  /** refer() of a stack that isInChain. */
  @inline
  referInChain(page: u64, number: u32, isFirstStore: bool): bool {
    return this.referIn(<u32>page & (this.sets - 1), number, isFirstStore);
  }

  @inline
  private referIn(set: u32, number: u32, isFirstStore: bool): bool {
    const list = this.listOf(set);
    if (load<u32>(list) == number) return false;
    const depth =
      this.holes != 0 && this.holesIn(set) != 0
        ? this.referPastHoles(set, number)
        : Lists.moveToFront(list, this.length, number);
    count(this.found, depth);
    if (isFirstStore) count(this.firstStores, depth);
    return true;
  }

  private referPastHoles(set: u32, number: u32): u32 {
    const list = this.listOf(set);
    const depth = placeIn(list, this.length, number);
    const hole = placeIn(list, depth, NO_NUMBER);
    if (hole == depth) {
      putInFront(list, min(depth, this.length - 1), number);
      return depth;
    }
    if (depth < this.length) store<u32>(list + ((<usize>depth) << 2), NO_NUMBER);
    else this.addHoles(set, -1);
    putInFront(list, hole, number);
    return depth;
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
    const at = this.holesOfSet + ((<usize>set) << 2);
    store<u32>(at, load<u32>(at) + more);
  }

  private holesIn(set: u32): u32 {
    return load<u32>(this.holesOfSet + ((<usize>set) << 2));
  }

  @inline
  private listOf(set: u32): usize {
    return this.lists + ((<usize>(set * this.length)) << 2);
  }

  /** Misses of the TLB of `ways` ways. */
  missesOf(ways: u32): u64 {
    return sumFrom(this.found, ways, this.length);
  }

  /** First stores among the misses of the TLB of `ways` ways. */
  firstStoreMissesOf(ways: u32): u64 {
    return sumFrom(this.firstStores, ways, this.length);
  }
}

function count(counts: usize, depth: u32): void {
  const at = counts + ((<usize>depth) << 3);
  store<u64>(at, load<u64>(at) + 1);
}

function sumFrom(counts: usize, depth: u32, last: u32): u64 {
  let sum: u64 = 0;
  for (; depth <= last; depth++) sum += load<u64>(counts + ((<usize>depth) << 3));
  return sum;
}
