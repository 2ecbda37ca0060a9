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
 * Holes of invalidated entries keep their depth and are taken topmost first: see set-stack.ts.
 */
import { place } from "../arena";
import { moveToFront, placeIn, putInFront, resetLists } from "./lists";
import { NO_ID, Pages, positionOf, setPosition } from "./pages";

/** Pages in the list. */
const TOP: u32 = 16;
const FIRST_CAPACITY_LOG2: u32 = 14;
/** log2 of positions that one count of each level stands for; the lowest are words of 64 bits. */
const WORD_LOG2: u32 = 6;
const GROUP_LOG2: u32 = 10;
const BLOCK_LOG2: u32 = 15;
const REGION_LOG2: u32 = 20;

@final
@unmanaged
export class Distances {
  private pages: Pages;
  /** Numbers of pages' records, NO_ID where there is none. */
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
  /** u32 number of the page's record at each position. */
  private pageAt: usize;
  /** u64 for each depth: references found there. None are counted at depth 0. */
  found: usize;
  /** Of those, a page's first store. */
  firstStores: usize;
  /** One more than the greatest depth found. */
  depths: u32;
  /** References to pages that were not there, and first stores among them. */
  cold: u64;
  firstStoresCold: u64;

  /** Gives it its memory, empty, over `pages`. False if there is none left. */
  configure(pages: Pages): bool {
    resetLists();
    this.pages = pages;
    this.list = place((<usize>TOP) << 2);
    if (this.list == 0) return false;
    memory.fill(this.list, 0xff, (<usize>TOP) << 2); // NO_ID in each
    this.holesInList = 0;
    this.holesBelow = 0;
    this.head = 1;
    this.depths = 1;
    this.cold = 0;
    this.firstStoresCold = 0;
    return this.makeRoom(FIRST_CAPACITY_LOG2);
  }

  /** Refers to the page of `record`. False if memory is exhausted. */
  @inline
  refer(record: usize, isFirstStore: bool): bool {
    const number = this.pages.numberOf(record);
    const list = this.list;
    const front = load<u32>(list);
    if (front == number) return true;
    if (this.holesInList == 0) {
      if (load<u32>(list, 4) == number) {
        store<u32>(list, number);
        store<u32>(list, front, 4);
        this.count(1, isFirstStore);
        return true;
      }
      const leaving = load<u32>(list + ((TOP - 1) << 2));
      const depth = moveToFront(list, TOP, number);
      if (depth < TOP) {
        this.count(depth, isFirstStore);
        return true;
      }
      return this.referBelow(record, leaving, isFirstStore);
    }
    return this.referPastHoles(record, number, isFirstStore);
  }

  /** A reference to a page that is not in the list, which it has entered; `leaving` has left the list for it. */
  private referBelow(record: usize, leaving: u32, isFirstStore: bool): bool {
    const position = positionOf(record);
    const takesHole = this.holesBelow != 0 && this.topHole > position;
    if (position != 0) this.leave(record, position, takesHole, isFirstStore);
    else this.countCold(isFirstStore);
    if (takesHole) this.takeHole();
    return leaving == NO_ID || this.enter(leaving);
  }

  private referPastHoles(record: usize, number: u32, isFirstStore: bool): bool {
    const list = this.list;
    const depth = placeIn(list, TOP, number);
    const hole = placeIn(list, depth, NO_ID);
    if (depth < TOP) {
      if (hole < depth) store<u32>(list + ((<usize>depth) << 2), NO_ID);
      this.count(depth, isFirstStore);
    } else {
      this.holesInList--;
      const position = positionOf(record);
      if (position != 0) this.leave(record, position, true, isFirstStore);
      else this.countCold(isFirstStore);
    }
    putInFront(list, hole, number); // hole is depth if there is none above
    return true;
  }

  /** Takes the page of `record` from its position, which becomes a hole if `leavesHole`. */
  private leave(record: usize, position: u32, leavesHole: bool, isFirstStore: bool): void {
    this.count(TOP + this.above(position), isFirstStore);
    setPosition(record, 0);
    if (leavesHole) this.addHole(position);
    else this.change(position, -1);
  }

  /** Gives the page whose record has `number` the next position. */
  private enter(number: u32): bool {
    if (this.head == (<u32>1) << this.capacityLog2 && !this.compact()) return false;
    const position = this.head++;
    this.change(position, 1);
    store<u32>(this.pageAt + ((<usize>position) << 2), number);
    setPosition(this.pages.recordAt(number), position);
    return true;
  }

  @inline
  private count(depth: u32, isFirstStore: bool): void {
    const at = (<usize>depth) << 3;
    store<u64>(this.found + at, load<u64>(this.found + at) + 1);
    if (depth >= this.depths) this.depths = depth + 1;
    if (isFirstStore) store<u64>(this.firstStores + at, load<u64>(this.firstStores + at) + 1);
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

  /** Makes a hole of the entry of `record`, if there is one. */
  invalidate(record: usize): void {
    const position = positionOf(record);
    if (position != 0) {
      setPosition(record, 0);
      return this.addHole(position);
    }
    const depth = placeIn(this.list, TOP, this.pages.numberOf(record));
    if (depth == TOP) return;
    store<u32>(this.list + ((<usize>depth) << 2), NO_ID);
    this.holesInList++;
  }

  /** Empties it. */
  flush(): void {
    memory.fill(this.list, 0xff, (<usize>TOP) << 2);
    this.holesInList = 0;
    for (let position: u32 = 1; position < this.head; position++) {
      if (this.isPageAt(position)) setPosition(this.pages.recordAt(this.pageNumberAt(position)), 0);
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
      store<u32>(this.pageAt + ((<usize>kept) << 2), isHole ? NO_ID : this.pageNumberAt(position));
    }
    this.clearBits();
    if (kept >> (this.capacityLog2 - 1) != 0 && !this.makeRoom(this.capacityLog2 + 1)) return false;
    this.holesBelow = 0;
    this.head = kept + 1;
    for (let position: u32 = 1; position <= kept; position++) {
      this.change(position, 1);
      const number = this.pageNumberAt(position);
      if (number == NO_ID) this.addHole(position);
      else setPosition(this.pages.recordAt(number), position);
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
}

/** Sum of the u32 counts after number `index`, up to the end of its 2^groupLog2 and to number `last`. */
function sumAfter(counts: usize, index: u32, groupLog2: u32, last: u32): u32 {
  const end = min(index | ((<u32>1 << groupLog2) - 1), last);
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
  store<u64>(at, load<u64>(at) ^ ((<u64>1) << <u64>(position & 63)));
}
