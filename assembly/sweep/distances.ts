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
import { place } from "../arena";
import { count, sumFrom } from "./counts";
import { Lists, moveToFrontPastHoles, placeIn } from "./lists";
import { NO_NUMBER } from "./pages";

/** Pages in the list. */
const TOP: u32 = 16;
const FIRST_CAPACITY_LOG2: u32 = 14;
const FIRST_NUMBERS: u32 = 1 << 12;
const MAX_NUMBER: u32 = 1 << 28;
/** log2 of positions that one count of each level stands for; the lowest are words of 64 bits. */
const WORD_LOG2: u32 = 6;
const GROUP_LOG2: u32 = 10;
const BLOCK_LOG2: u32 = 15;
const REGION_LOG2: u32 = 20;

@final
@unmanaged
export class Distances {
  /** Numbers of pages, NO_NUMBER where there is none. */
  private list: usize;
  private holesInList: u32;
  /** The position to be given next; the lowest is 1. */
  private head: u32;
  private capacityLog2: u32;
  /** One bit for each position. */
  private bits: usize;
  /** Of those, the holes. */
  private holeBits: usize;
  private holesBelow: u32;
  /** The highest position that is a hole. */
  private topHole: u32;
  /** u32 numbers of bits in each group, block, region. */
  private groups: usize;
  private blocks: usize;
  private regions: usize;
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
    if (this.list == 0) return false;
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
    this.count(TOP + this.above(position), isFirstStore);
    this.setPosition(number, 0);
    if (leavesHole) this.addHole(position);
    else this.change(position, -1);
  }

  /** Gives the page that has `number` the next position. */
  private enter(number: u32): bool {
    if (this.head == (<u32>1) << this.capacityLog2 && !this.compact()) return false;
    const position = this.head++;
    this.change(position, 1);
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

  /** Bits at positions above `position`. */
  private above(position: u32): u32 {
    const last = this.head - 1;
    const lastWord = last >> WORD_LOG2;
    let word = position >> WORD_LOG2;
    let count = <u32>popcnt((load<u64>(this.bits + ((<usize>word) << 3)) >> <u64>(position & 63)) >> 1);
    const wordEnd = min(word | ((1 << (GROUP_LOG2 - WORD_LOG2)) - 1), lastWord);
    while (word < wordEnd) {
      word++;
      count += <u32>popcnt(load<u64>(this.bits + ((<usize>word) << 3)));
    }
    count += sumAfter(this.groups, position >> GROUP_LOG2, BLOCK_LOG2 - GROUP_LOG2, last >> GROUP_LOG2);
    count += sumAfter(this.blocks, position >> BLOCK_LOG2, REGION_LOG2 - BLOCK_LOG2, last >> BLOCK_LOG2);
    return count + sumAfter(this.regions, position >> REGION_LOG2, 31, last >> REGION_LOG2);
  }

  /** Sets (+1) or clears (-1) the bit at `position`, of which it is the opposite. */
  @inline
  private change(position: u32, change: i32): void {
    flip(this.bits, position);
    addTo(this.groups, position >> GROUP_LOG2, change);
    addTo(this.blocks, position >> BLOCK_LOG2, change);
    addTo(this.regions, position >> REGION_LOG2, change);
  }

  /** Makes `position`, whose bit is set, a hole. */
  private addHole(position: u32): void {
    flip(this.holeBits, position);
    if (this.holesBelow == 0 || position > this.topHole) this.topHole = position;
    this.holesBelow++;
  }

  /** Takes the topmost hole away. */
  private takeHole(): void {
    flip(this.holeBits, this.topHole);
    this.change(this.topHole, -1);
    this.holesBelow--;
    if (this.holesBelow == 0) return;
    let word = this.topHole >> WORD_LOG2;
    while (load<u64>(this.holeBits + ((<usize>word) << 3)) == 0) word--;
    this.topHole = (word << WORD_LOG2) | (63 - <u32>clz(load<u64>(this.holeBits + ((<usize>word) << 3))));
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
    this.clearBits();
    this.head = 1;
    this.holesBelow = 0;
  }

  /** Whether a page, not a hole, stands at `position`. */
  private isPageAt(position: u32): bool {
    return isSet(this.bits, position) && !(this.holesBelow != 0 && isSet(this.holeBits, position));
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

  /** Clears the bits, and their counts, of all positions below the head. */
  private clearBits(): void {
    const last = this.head - 1;
    const wordBytes = (<usize>(last >> WORD_LOG2) + 1) << 3;
    memory.fill(this.bits, 0, wordBytes);
    if (this.holesBelow != 0) memory.fill(this.holeBits, 0, wordBytes);
    memory.fill(this.groups, 0, (<usize>(last >> GROUP_LOG2) + 1) << 2);
    memory.fill(this.blocks, 0, (<usize>(last >> BLOCK_LOG2) + 1) << 2);
    memory.fill(this.regions, 0, (<usize>(last >> REGION_LOG2) + 1) << 2);
  }

  /** Gives all that stand somewhere the lowest positions, in their order; in more memory if they take up half of it. */
  private compact(): bool {
    let kept: u32 = 0;
    for (let position: u32 = 1; position < this.head; position++) {
      if (!isSet(this.bits, position)) continue;
      kept++;
      const isHole = !this.isPageAt(position);
      store<u32>(this.pageAt + ((<usize>kept) << 2), isHole ? NO_NUMBER : this.pageNumberAt(position));
    }
    this.clearBits();
    if (kept >> (this.capacityLog2 - 1) != 0 && !this.makeRoom(this.capacityLog2 + 1)) return false;
    this.holesBelow = 0;
    this.head = kept + 1;
    for (let position: u32 = 1; position <= kept; position++) {
      this.change(position, 1);
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
    this.bits = place(capacity >> 3);
    this.holeBits = place(capacity >> 3);
    this.groups = place(((capacity >> GROUP_LOG2) + 1) << 2);
    this.blocks = place(((capacity >> BLOCK_LOG2) + 1) << 2);
    this.regions = place(((capacity >> REGION_LOG2) + 1) << 2);
    const isPlaced = pageAt != 0 && found != 0 && firstStores != 0 && this.bits != 0 && this.holeBits != 0;
    if (!isPlaced || this.groups == 0 || this.blocks == 0 || this.regions == 0) return false;
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

/** Sum of the u32 counts after number `index`, up to the end of its 2^groupLog2 and to number `last`. */
function sumAfter(counts: usize, index: u32, groupLog2: u32, last: u32): u32 {
  const end = min(index | (((<u32>1) << groupLog2) - 1), last);
  let sum: u32 = 0;
  while (index < end) {
    index++;
    sum += load<u32>(counts + ((<usize>index) << 2));
  }
  return sum;
}

function addTo(counts: usize, index: u32, change: i32): void {
  const at = counts + ((<usize>index) << 2);
  store<u32>(at, load<u32>(at) + change);
}

function isSet(bits: usize, position: u32): bool {
  return ((load<u64>(bits + ((<usize>(position >> WORD_LOG2)) << 3)) >> <u64>(position & 63)) & 1) != 0;
}

function flip(bits: usize, position: u32): void {
  const at = bits + ((<usize>(position >> WORD_LOG2)) << 3);
  store<u64>(at, load<u64>(at) ^ ((<u64>1) << (<u64>(position & 63))));
}
