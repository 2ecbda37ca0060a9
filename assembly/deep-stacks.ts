/**
 * LRU sets of many ways: one ring of the most ways that are asked for, cut into groups at the others. Group g holds the
 * entries that TLBs of sizes[g] ways hold and those of fewer ways do not, so that what is found there hits from
 * sizes[g] ways on. A reference moves one entry over each cut between its group and the front.
 *
 *   front                                                back
 *   ├──── group 0 ────┼─────── group 1 ───────┼─ group 2 ─┤    by ways; last[g]: the entry before the cut
 *   0             sizes[0]                sizes[1]    sizes[2]
 *
 * Kim, Hill & Wood, "Implementing stack simulation for highly-associative memories", ACM SIGMETRICS 1991.
 */
import { place } from "./arena";
import { RingTlb } from "./orders/rings";

@final
@unmanaged
export class DeepStack {
  private ring: RingTlb;
  /** u32 ways of each group's end, ascending. */
  private sizes: usize;
  private groups: u32;
  /** u64 for each group: references found there. */
  private found: usize;
  /** u32 for each entry: its group. */
  private groupOfEntry: usize;
  /** u32 for each set and group: the group's last entry. */
  private last: usize;

  /** Gives the stack its memory, empty. `sizes`: as above, `groups` of them. False if there is no memory left. */
  configure(sets: u32, sizes: usize, groups: u32): bool {
    const ways = load<u32>(sizes + ((groups - 1) << 2));
    const ring = place(offsetof<RingTlb>());
    if (ring == 0) return false;
    this.ring = changetype<RingTlb>(ring);
    this.sizes = sizes;
    this.groups = groups;
    this.found = place((<usize>groups) << 3);
    this.groupOfEntry = place((<usize>sets * ways) << 2);
    this.last = place((<usize>sets * groups) << 2);
    if (this.found == 0 || this.groupOfEntry == 0 || this.last == 0) return false;
    if (!this.ring.configure(sets * ways, ways)) return false;
    for (let set: u32 = 0; set < sets; set++) {
      let group: u32 = 0;
      for (let depth: u32 = 0; depth < ways; depth++) {
        const entry = set * ways + depth; // a new ring is in the order of its entries
        this.setGroup(entry, group);
        if (depth + 1 < load<u32>(sizes + (group << 2))) continue;
        store<u32>(this.lastOf(set * ways) + (group << 2), entry);
        group++;
      }
    }
    return true;
  }

  /** Misses of the TLB of `ways` ways, one of the sizes. */
  missesOf(ways: u32): u64 {
    let misses = this.ring.misses;
    for (let group = this.groups - 1; load<u32>(this.sizes + (group << 2)) > ways; group--) {
      misses += load<u64>(this.found + (group << 3));
    }
    return misses;
  }

  /** As ShallowStack.refer(). */
  @inline
  refer(key: u64): bool {
    const ring = this.ring;
    const set = ring.setOf(key);
    const front = ring.front(set);
    if (ring.key(front) == key) return false;
    const found = ring.find(key, set);
    if (found >= 0) {
      const group = this.groupOf(found);
      const counted = this.found + (group << 3);
      store<u64>(counted, load<u64>(counted) + 1);
      this.toFront(found, group, set);
    } else {
      const back = ring.previous(front);
      ring.misses++;
      ring.replace(back, key);
      this.toFront(back, this.groups - 1, set);
    }
    return true;
  }

  /** Moves `entry` of `group`, which is not at the front, there. */
  @inline
  private toFront(entry: u32, group: u32, set: u32): void {
    const ring = this.ring;
    const last = this.lastOf(set);
    const ownLast = last + (group << 2);
    if (load<u32>(ownLast) == entry) store<u32>(ownLast, ring.previous(entry));
    for (let before: u32 = 0; before < group; before++) {
      const at = last + (before << 2);
      const crossing = load<u32>(at);
      this.setGroup(crossing, before + 1);
      store<u32>(at, ring.previous(crossing));
    }
    ring.toFront(entry, set);
    this.setGroup(entry, 0);
    if (load<u32>(this.sizes) == 1) store<u32>(last, entry); // which had none before it
  }

  @inline
  private groupOf(entry: u32): u32 {
    return load<u32>(this.groupOfEntry + ((<usize>entry) << 2));
  }

  @inline
  private setGroup(entry: u32, group: u32): void {
    store<u32>(this.groupOfEntry + ((<usize>entry) << 2), group);
  }

  /** Where the last entries of the groups of `set`, named by the number of its first entry, are. */
  @inline
  private lastOf(set: u32): usize {
    return this.last + ((<usize>((set / this.ring.ways) * this.groups)) << 2);
  }
}
