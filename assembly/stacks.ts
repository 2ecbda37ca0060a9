/**
 * One pass for many TLBs: LRU TLBs of one set count and any numbers of ways. A set's entries in the order of their use
 * are its contents at every number of ways, so a reference found at depth d hits from d + 1 ways on.
 * Mattson et al., IBM Systems Journal 9(2), 1970, doi:10.1147/sj.92.0078; over several set counts: Hill & Smith, IEEE
 * Transactions on Computers 38(12), 1989, doi:10.1109/12.40842.
 */
import { place } from "./arena";
import { DeepStack } from "./deep-stacks";
import { NibbleTlb } from "./orders/nibbles";
import { MAX_SIMD_WAYS } from "./tlb";

/** All TLBs of one page size and set count. */
@final
@unmanaged
export class Stack {
  /** 1: 4 KiB pages, 2: 2 MiB, 3: 1 GiB. */
  leafLevel: u32;
  sets: u32;
  /** u32 ways that are asked for, ascending, `sizeCount` of them. */
  sizes: usize;
  sizeCount: u32;
  /** One of the two, by the most ways; the other is null. */
  private shallow: ShallowStack | null;
  private deep: DeepStack | null;

  /** Adds a size, no smaller than those before it. */
  addWays(ways: u32): void {
    if (this.sizeCount != 0 && this.ways == ways) return;
    store<u32>(this.sizes + (this.sizeCount << 2), ways);
    this.sizeCount++;
  }

  /** The most ways. */
  private get ways(): u32 {
    return load<u32>(this.sizes + ((this.sizeCount - 1) << 2));
  }

  /** Gives the stack its memory, empty. False if there is no memory left. */
  configure(): bool {
    if (this.ways <= MAX_SIMD_WAYS) {
      const at = place(offsetof<ShallowStack>());
      this.shallow = changetype<ShallowStack>(at);
      return at != 0 && changetype<ShallowStack>(at).configure(this.sets, this.ways);
    }
    const at = place(offsetof<DeepStack>());
    this.deep = changetype<DeepStack>(at);
    return at != 0 && changetype<DeepStack>(at).configure(this.sets, this.sizes, this.sizeCount);
  }

  /** Misses of the TLB of `ways` ways, which must have been added. */
  missesOf(ways: u32): u64 {
    const shallow = this.shallow;
    return shallow != null ? shallow.missesOf(ways) : this.deep!.missesOf(ways);
  }

  /**
   * Takes the page numbers from `keys` to `end`. With `filter` it leaves at `keys` those that were not the last of
   * their set, and returns where they end: any other is the last of its set at every multiple of these sets, too.
   */
  take(keys: usize, end: usize, filter: bool): usize {
    const shallow = this.shallow;
    return shallow != null
      ? take<ShallowStack>(shallow, keys, end, filter)
      : take<DeepStack>(this.deep!, keys, end, filter);
  }
}

/** Stack.take() for one kind of stack, S. */
function take<S>(stack: S, keys: usize, end: usize, filter: bool): usize {
  let out = keys;
  for (let at = keys; at < end; at += 8) {
    const key = load<u64>(at);
    // @ts-ignore: S is a class of stacks; asc checks its instances
    if (!stack.refer(key) || !filter) continue;
    store<u64>(out, key);
    out += 8;
  }
  return filter ? out : end;
}

/** Up to 16 ways: the depth of an entry is its place in the order of its set. */
@final
@unmanaged
class ShallowStack {
  private ways: u32;
  /** u64 for each depth: references found there. None are counted at depth 0, which hits in every TLB. */
  private found: usize;
  private tlb: NibbleTlb;

  configure(sets: u32, ways: u32): bool {
    const at = place(offsetof<NibbleTlb>());
    this.ways = ways;
    this.found = place((<usize>MAX_SIMD_WAYS) << 3);
    if (at == 0 || this.found == 0) return false;
    this.tlb = changetype<NibbleTlb>(at);
    return this.tlb.configure(sets * ways, ways);
  }

  missesOf(ways: u32): u64 {
    let misses = this.tlb.misses;
    for (let depth = ways; depth < this.ways; depth++) misses += load<u64>(this.found + (depth << 3));
    return misses;
  }

  /** Counts a reference to `key` and makes it the last of its set; false if it was that already. */
  @inline
  refer(key: u64): bool {
    const tlb = this.tlb;
    const set = tlb.setOf(key);
    if (tlb.key(tlb.front(set)) == key) return false;
    const entry = tlb.find(key, set);
    if (entry >= 0) {
      const counted = this.found + (tlb.toFront(entry, set) << 3);
      store<u64>(counted, load<u64>(counted) + 1);
    } else {
      tlb.misses++;
      tlb.replace(tlb.backToFront(set), key);
    }
    return true;
  }
}
