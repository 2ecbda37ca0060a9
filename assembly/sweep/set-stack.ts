/**
 * One pass for LRU TLBs of one set count and any number of ways, for set counts and indexes that no chain (chain.ts) has.
 */
import { place } from "../arena";
import { count, sumFrom } from "./counts";
import { SetLists } from "./set-lists";
import { fold } from "./tlbs";

@final
@unmanaged
export class SetStack extends SetLists {
  sets: u32;
  /** The most ways that are asked for. */
  ways: u32;
  /** log2 sets if sets are found by xor, else 0. */
  foldBits: u32;
  /** u64 for each depth: references found there; and at `length` those not found. None are counted at depth 0. */
  private found: usize;
  /** Of those, a page's first store. */
  private firstStores: usize;

  /** Gives the stack its memory, empty. False if there is none left. */
  configure(): bool {
    if (!this.placeLists(this.sets, this.ways)) return false;
    this.found = place((<usize>this.length + 1) << 3);
    this.firstStores = place((<usize>this.length + 1) << 3);
    return this.found != 0 && this.firstStores != 0;
  }

  /** Empties the list of the set that `page` is in. There must be no holes. */
  flushSetOf(page: u64): void {
    this.flushSet(this.setOf(page));
  }

  private setOf(page: u64): u32 {
    if (this.foldBits != 0) return <u32>fold(page, this.foldBits) & (this.sets - 1);
    return <u32>(page % <u64>this.sets);
  }

  /** Refers to `page`, which has `number`: counts it, unless it is at the front of its set, and puts it there. */
  refer(page: u64, number: u32, isFirstStore: bool): void {
    const depth = this.moveToFront(this.setOf(page), number);
    if (depth == 0) return;
    count(this.found, depth);
    if (isFirstStore) count(this.firstStores, depth);
  }

  /** Makes a hole of the entry of `page`, which has `number`, if there is one. */
  invalidate(page: u64, number: u32): void {
    this.makeHole(this.setOf(page), number);
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
