/**
 * LRU stack distances: for each reference how many other pages were referred to since the last reference to its page.
 * They are the answer for fully associative TLBs of every size at once. Mattson et al., IBM Systems Journal 9(2), 1970.
 *
 * The pages used last stand in a list. Each that leaves it gets the next position of a bitmap, so that those used before
 * a page have lower positions, and its distance is the number of bits above its own, counted by groups. Bennett &
 * Kruskal, IBM Journal of Research and Development 19(4), 1975; Olken, LBL-12370, 1981.
 *
 *   list                   positions
 *   ├── TOP, latest first ──┤ head ◀── 1 1 0 1 0 0 1 … 1 0 ── 1    bit: a page stands there, or a hole
 *
 * Holes of invalidated entries keep their depth and are taken topmost first: see lists.ts.
 */
import { make, place } from "../arena";
import { count, sumFrom } from "./counts";
import { Lists, moveToFrontPastHoles, placeIn } from "./lists";
import { NO_NUMBER } from "./pages";
import { RankedBits, clearBits, flipBit, highestBit, isBitSet, placeBits } from "./ranks";

/** Pages in the list. */
const TOP: u32 = 16;
const FIRST_CAPACITY_LOG2: u32 = 14;
const FIRST_NUMBERS: u32 = 1 << 12;
const MAX_NUMBER: u32 = 1 << 28;

@final
@unmanaged
export class Distances {
  /** Numbers of pages, NO_NUMBER where there is none. */
  private list: usize;
  holesInList: u32;
  /** The position to be given next; the lowest is 1. */
  private head: u32;
  private capacityLog2: u32;
  /** The positions where a page stands, or a hole. */
  private ranks: RankedBits;
  /** A bitmap of the holes. */
  private holeBits: usize;
  private holesBelow: u32;
  /** The highest position that is a hole. */
  private topHole: u32;
  /** u32 number of the page at each position. */
  private pageAt: usize;
  /** u32 for each number of a page: its position, or 0. There is room for `numbers`. */
  private positions: usize;
  private numbers: u32;
  /** u64 for each depth: references found there. None are counted at depth 0. */
  found: usize;
  /** Of those, a page's first store. */
  firstStores: usize;
  /** One more than the greatest depth found, at least TOP. */
  depths: u32;
  /** References to pages that were not there, and first stores among them. */
  cold: u64;
  firstStoresCold: u64;

  /** Gives it its memory, empty. False if there is none left. */
  configure(): bool {
    this.list = place((<usize>TOP) << 2);
    const ranks = make<RankedBits>();
    if (this.list == 0 || ranks == null) return false;
    this.ranks = ranks;
    memory.fill(this.list, 0xff, (<usize>TOP) << 2); // NO_NUMBER in each
    this.holesInList = 0;
    this.holesBelow = 0;
    this.head = 1;
    this.depths = TOP;
    this.cold = 0;
    this.firstStoresCold = 0;
    this.numbers = 0;
    return this.makeRoom(FIRST_CAPACITY_LOG2);
  }

  /** Refers to the page that has `number`, not its first store; the list must have no holes. False: out of memory. */
  @inline
  refer(number: u32): bool {
    const list = this.list;
    const leaving = load<u32>(list + ((TOP - 1) << 2));
    const depth = Lists.moveToFront(list, TOP, number);
    if (depth == TOP) return this.referBelow(number, leaving, false);
    count(this.found, depth);
    return true;
  }

  /** Counts two references that are found at depth 1 and change nothing. */
  countAlternation(): void {
    store<u64>(this.found, load<u64>(this.found, 8) + 2, 8);
  }

  /** refer() where there may be holes, or of a page's first store. */
  referCarefully(number: u32, isFirstStore: bool): bool {
    const list = this.list;
    const leaving = load<u32>(list + ((TOP - 1) << 2));
    const hasHoles = this.holesInList != 0;
    const depth = hasHoles ? moveToFrontPastHoles(list, TOP, number) : Lists.moveToFront(list, TOP, number);
    if (depth < TOP) {
      this.count(depth, isFirstStore);
      return true;
    }
    if (!hasHoles) return this.referBelow(number, leaving, isFirstStore);
    // It has taken a hole of the list: nothing leaves that, and its own position becomes one.
    this.holesInList--;
    if (!this.hasRoomFor(number)) return false;
    const position = this.positionOf(number);
    if (position != 0) this.leave(number, position, true, isFirstStore);
    else this.countCold(isFirstStore);
    return true;
  }

  /** A reference to a page that is not in the list, which it has entered; `leaving` has left the list for it. */
  private referBelow(number: u32, leaving: u32, isFirstStore: bool): bool {
    if (!this.hasRoomFor(number)) return false;
    const position = this.positionOf(number);
    const takesHole = this.holesBelow != 0 && this.topHole > position;
    if (position != 0) this.leave(number, position, takesHole, isFirstStore);
    else this.countCold(isFirstStore);
    if (takesHole) this.takeHole();
    return leaving == NO_NUMBER || this.enter(leaving);
  }

  /** Takes the page that has `number` from its position, which becomes a hole if `leavesHole`. */
  private leave(number: u32, position: u32, leavesHole: bool, isFirstStore: bool): void {
    this.count(TOP + this.ranks.above(position, this.head - 1), isFirstStore);
    this.setPosition(number, 0);
    if (leavesHole) this.addHole(position);
    else this.ranks.clear(position);
  }

  /** Gives the page that has `number` the next position. */
  private enter(number: u32): bool {
    if (this.head == (<u32>1) << this.capacityLog2 && !this.compact()) return false;
    const position = this.head++;
    this.ranks.set(position);
    store<u32>(this.pageAt + ((<usize>position) << 2), number);
    this.setPosition(number, position);
    return true;
  }

  private count(depth: u32, isFirstStore: bool): void {
    if (depth >= this.depths) this.depths = depth + 1;
    count(this.found, depth);
    if (isFirstStore) count(this.firstStores, depth);
  }

  private countCold(isFirstStore: bool): void {
    this.cold++;
    if (isFirstStore) this.firstStoresCold++;
  }

  /** Makes `position`, whose bit is set, a hole. */
  private addHole(position: u32): void {
    flipBit(this.holeBits, position);
    if (this.holesBelow == 0 || position > this.topHole) this.topHole = position;
    this.holesBelow++;
  }

  /** Takes the topmost hole away. */
  private takeHole(): void {
    flipBit(this.holeBits, this.topHole);
    this.ranks.clear(this.topHole);
    this.holesBelow--;
    if (this.holesBelow != 0) this.topHole = highestBit(this.holeBits, this.topHole);
  }

  /** Misses of the fully associative TLB of `entries`. */
  missesOf(entries: u32): u64 {
    return this.cold + sumFrom(this.found, entries, this.depths - 1);
  }

  /** First stores among them. */
  firstStoreMissesOf(entries: u32): u64 {
    return this.firstStoresCold + sumFrom(this.firstStores, entries, this.depths - 1);
  }

  /** Makes a hole of the entry of the page that has `number`, if there is one. */
  invalidate(number: u32): void {
    const position = number < this.numbers ? this.positionOf(number) : 0;
    if (position != 0) {
      this.setPosition(number, 0);
      return this.addHole(position);
    }
    const depth = placeIn(this.list, TOP, number);
    if (depth == TOP) return;
    store<u32>(this.list + ((<usize>depth) << 2), NO_NUMBER);
    this.holesInList++;
  }

  /** Empties it. */
  flush(): void {
    memory.fill(this.list, 0xff, (<usize>TOP) << 2);
    this.holesInList = 0;
    for (let position: u32 = 1; position < this.head; position++) {
      if (this.isPageAt(position)) this.setPosition(this.pageNumberAt(position), 0);
    }
    this.clearPositions();
    this.head = 1;
    this.holesBelow = 0;
  }

  /** Whether a page, not a hole, stands at `position`. */
  private isPageAt(position: u32): bool {
    return this.ranks.isSet(position) && !(this.holesBelow != 0 && isBitSet(this.holeBits, position));
  }

  private pageNumberAt(position: u32): u32 {
    return load<u32>(this.pageAt + ((<usize>position) << 2));
  }

  private positionOf(number: u32): u32 {
    return load<u32>(this.positions + ((<usize>number) << 2));
  }

  private setPosition(number: u32, position: u32): void {
    store<u32>(this.positions + ((<usize>number) << 2), position);
  }

  /** Clears all positions below the head. */
  private clearPositions(): void {
    this.ranks.clearUpTo(this.head - 1);
    if (this.holesBelow != 0) clearBits(this.holeBits, this.head - 1);
  }

  /** Gives all that stand somewhere the lowest positions, in their order; in more memory if they take up half of it. */
  private compact(): bool {
    let kept: u32 = 0;
    for (let position: u32 = 1; position < this.head; position++) {
      if (!this.ranks.isSet(position)) continue;
      kept++;
      const isHole = !this.isPageAt(position);
      store<u32>(this.pageAt + ((<usize>kept) << 2), isHole ? NO_NUMBER : this.pageNumberAt(position));
    }
    this.clearPositions();
    if (kept >> (this.capacityLog2 - 1) != 0 && !this.makeRoom(this.capacityLog2 + 1)) return false;
    this.holesBelow = 0;
    this.head = kept + 1;
    for (let position: u32 = 1; position <= kept; position++) {
      this.ranks.set(position);
      const number = this.pageNumberAt(position);
      if (number == NO_NUMBER) this.addHole(position);
      else this.setPosition(number, position);
    }
    return true;
  }

  /** Room for 2^capacityLog2 positions, none of them set, and as many depths; pageAt and the counts are kept. */
  private makeRoom(capacityLog2: u32): bool {
    if (capacityLog2 > 28) return false; // 4 GiB of counts
    const capacity = (<usize>1) << capacityLog2;
    const pageAt = place(capacity << 2);
    const found = place((capacity + TOP) << 3);
    const firstStores = place((capacity + TOP) << 3);
    this.holeBits = placeBits(capacityLog2);
    if (pageAt == 0 || found == 0 || firstStores == 0 || this.holeBits == 0) return false;
    if (!this.ranks.configure(capacityLog2)) return false;
    if (this.head > 1) {
      const before = (<usize>1) << this.capacityLog2;
      memory.copy(pageAt, this.pageAt, before << 2);
      memory.copy(found, this.found, (before + TOP) << 3);
      memory.copy(firstStores, this.firstStores, (before + TOP) << 3);
    }
    this.pageAt = pageAt;
    this.found = found;
    this.firstStores = firstStores;
    this.capacityLog2 = capacityLog2;
    return true;
  }

  /** Makes sure that the page of `number` can have a position. */
  private hasRoomFor(number: u32): bool {
    return number < this.numbers || this.makeRoomForNumber(number);
  }

  private makeRoomForNumber(number: u32): bool {
    const numbers = max(number << 1, FIRST_NUMBERS);
    const positions = place((<usize>numbers) << 2);
    if (positions == 0 || number > MAX_NUMBER) return false;
    memory.copy(positions, this.positions, (<usize>this.numbers) << 2);
    this.positions = positions;
    this.numbers = numbers;
    return true;
  }
}
