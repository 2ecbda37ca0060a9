/**
 * One pass for many TLBs: LRU TLBs of up to MAX_CHAIN_WAYS ways and any power of two of sets. A set's entries in the
 * order of their use are its contents at every number of ways, so a reference found at depth d hits from d + 1 ways on.
 * And a page at the front of its set is at the front of its set at any multiple of that set count, so a reference goes
 * down the chain of set counts only as far as the first where its page is at the front.
 * Mattson et al., IBM Systems Journal 9(2), 1970, doi:10.1147/sj.92.0078; Hill & Smith, IEEE Transactions on Computers
 * 38(12), 1989, doi:10.1109/12.40842.
 *
 * Set s of 2^k has number 2^k + s, so that the sets of all counts have numbers of their own.
 */
import { place } from "../arena";
import { count, sumFrom } from "./counts";
import { Lists } from "./lists";
import { SetLists } from "./set-lists";

/** The most ways, and sets, of a TLB that is part of a chain: all its lists are as long as the longest. */
export const MAX_CHAIN_WAYS: u32 = 16;
export const MAX_CHAIN_SETS: u32 = 1 << 16;

/** Bits of page numbers that are looked at. */
const MOST_BITS: u32 = 32;

@final
@unmanaged
export class Chain extends SetLists {
  /** The least and the greatest number of sets that is asked for, powers of two; 0 if there is none. */
  private first: u32;
  private last: u32;
  /** The most ways that are asked for. */
  private ways: u32;
  /** For each set count a row of u64, for each depth: references found there, at `length` those not found. */
  private found: usize;
  /** Of those, a page's first store. */
  private firstStores: usize;
  private rowBytes: usize;
  /** u64 for each number of low bits that two pages have in common: references found at depth 1 because of those. */
  private alternations: usize;

  /** Adds TLBs of `sets` sets and up to `ways` ways. */
  add(sets: u32, ways: u32): void {
    this.first = this.first == 0 ? sets : min(this.first, sets);
    this.last = max(this.last, sets);
    this.ways = max(this.ways, ways);
  }

  /** Gives it its memory, empty. False if there is none left. */
  configure(): bool {
    this.alternations = place((<usize>MOST_BITS + 1) << 3);
    if (this.alternations == 0) return false;
    if (this.last == 0) {
      this.first = 1; // so that no loop over the set counts has a turn
      return true;
    }
    if (!this.placeLists(this.last << 1, this.ways)) return false;
    this.rowBytes = (<usize>this.length + 1) << 3;
    const rows = <usize>ctz(this.last) - ctz(this.first) + 1;
    this.found = place(rows * this.rowBytes);
    this.firstStores = place(rows * this.rowBytes);
    return this.found != 0 && this.firstStores != 0;
  }

  /** Empties the lists of the sets that `page` is in. There must be no holes. */
  flushSetsOf(page: u32): void {
    for (let sets = this.first; sets <= this.last; sets <<= 1) this.flushSet(sets | (page & (sets - 1)));
  }

  /** Refers to `page`, which has `number`: counts it and puts it at the front of its sets. There must be no holes. */
  @inline
  refer(page: u32, number: u32): void {
    const lists = this.lists;
    const listShift = this.listShift;
    const length = this.length;
    const last = this.last;
    const rowBytes = this.rowBytes;
    let row = this.found;
    for (let sets = this.first; sets <= last; sets <<= 1) {
      const list = lists + ((<usize>(sets | (page & (sets - 1)))) << listShift);
      if (load<u32>(list) == number) return;
      count(row, Lists.moveToFront(list, length, number));
      row += rowBytes;
    }
  }

  /**
   * Counts two references that change nothing: each is found at depth 1 in those sets that both pages are in.
   * `difference`: the pages' numbers, xored.
   */
  countAlternation(difference: u32): void {
    const at = this.alternations + ((<usize>ctz(difference)) << 3);
    store<u64>(at, load<u64>(at) + 2);
  }

  /** refer() where there may be holes, or of a page's first store. */
  referCarefully(page: u32, number: u32, isFirstStore: bool): void {
    let row: usize = 0;
    for (let sets = this.first; sets <= this.last; sets <<= 1) {
      const depth = this.moveToFront(sets | (page & (sets - 1)), number);
      if (depth == 0) return;
      count(this.found + row, depth);
      if (isFirstStore) count(this.firstStores + row, depth);
      row += this.rowBytes;
    }
  }

  /** Makes holes of the entries of `page`, which has `number`. */
  invalidate(page: u32, number: u32): void {
    for (let sets = this.first; sets <= this.last; sets <<= 1) this.makeHole(sets | (page & (sets - 1)), number);
  }

  /** Misses of the TLB of `sets` sets of `ways` ways. */
  missesOf(sets: u32, ways: u32): u64 {
    const found = sumFrom(this.found + this.rowOf(sets), ways, this.length);
    return ways > 1 ? found : found + sumFrom(this.alternations, ctz(sets), MOST_BITS);
  }

  /** First stores among them. */
  firstStoreMissesOf(sets: u32, ways: u32): u64 {
    return sumFrom(this.firstStores + this.rowOf(sets), ways, this.length);
  }

  private rowOf(sets: u32): usize {
    return <usize>(ctz(sets) - ctz(this.first)) * this.rowBytes;
  }
}
