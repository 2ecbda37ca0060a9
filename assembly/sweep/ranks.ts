/**
 * A bitmap that tells how many bits are set above any position: by counts of the bits in groups of words, in blocks of
 * groups, and in regions of blocks.
 */
import { place } from "../arena";

/** log2 of positions that one count of each level stands for; the lowest are words of 64 bits. */
const WORD_LOG2: u32 = 6;
const GROUP_LOG2: u32 = 10;
const BLOCK_LOG2: u32 = 15;
const REGION_LOG2: u32 = 20;

@final
@unmanaged
export class RankedBits {
  private bits: usize;
  /** u32 numbers of bits that are set in each group, block, region. */
  private groups: usize;
  private blocks: usize;
  private regions: usize;

  /** Gives it room for 2^capacityLog2 positions, none of them set. False if there is no memory left. */
  configure(capacityLog2: u32): bool {
    const capacity = (<usize>1) << capacityLog2;
    this.bits = placeBits(capacityLog2);
    this.groups = place(((capacity >> GROUP_LOG2) + 1) << 2);
    this.blocks = place(((capacity >> BLOCK_LOG2) + 1) << 2);
    this.regions = place(((capacity >> REGION_LOG2) + 1) << 2);
    return this.bits != 0 && this.groups != 0 && this.blocks != 0 && this.regions != 0;
  }

  isSet(position: u32): bool {
    return isBitSet(this.bits, position);
  }

  /** Sets `position`, which is clear. */
  set(position: u32): void {
    this.flip(position, 1);
  }

  /** Clears `position`, which is set. */
  clear(position: u32): void {
    this.flip(position, -1);
  }

  @inline
  private flip(position: u32, change: i32): void {
    flipBit(this.bits, position);
    addTo(this.groups, position >> GROUP_LOG2, change);
    addTo(this.blocks, position >> BLOCK_LOG2, change);
    addTo(this.regions, position >> REGION_LOG2, change);
  }

  /** Clears all positions. None above `last` may be set. */
  clearUpTo(last: u32): void {
    clearBits(this.bits, last);
    memory.fill(this.groups, 0, (<usize>(last >> GROUP_LOG2) + 1) << 2);
    memory.fill(this.blocks, 0, (<usize>(last >> BLOCK_LOG2) + 1) << 2);
    memory.fill(this.regions, 0, (<usize>(last >> REGION_LOG2) + 1) << 2);
  }

  /** Positions above `position` that are set. None above `last` may be. */
  above(position: u32, last: u32): u32 {
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

// Bitmaps without counts:

/** Address of a bitmap for 2^capacityLog2 positions, none of them set; 0 if there is no memory left. */
export function placeBits(capacityLog2: u32): usize {
  return place((<usize>1) << (capacityLog2 - 3));
}

export function isBitSet(bits: usize, position: u32): bool {
  return ((load<u64>(wordAt(bits, position)) >> <u64>(position & 63)) & 1) != 0;
}

export function flipBit(bits: usize, position: u32): void {
  const at = wordAt(bits, position);
  store<u64>(at, load<u64>(at) ^ ((<u64>1) << (<u64>(position & 63))));
}

/** Clears all positions. None above `last` may be set. */
export function clearBits(bits: usize, last: u32): void {
  memory.fill(bits, 0, (<usize>(last >> WORD_LOG2) + 1) << 3);
}

/** The highest position that is set, `from` or below it; there must be one. */
export function highestBit(bits: usize, from: u32): u32 {
  let word = from >> WORD_LOG2;
  while (load<u64>(bits + ((<usize>word) << 3)) == 0) word--;
  return (word << WORD_LOG2) | (63 - <u32>clz(load<u64>(bits + ((<usize>word) << 3))));
}

function wordAt(bits: usize, position: u32): usize {
  return bits + ((<usize>(position >> WORD_LOG2)) << 3);
}
