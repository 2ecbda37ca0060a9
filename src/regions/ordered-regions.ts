/** Regions by address, of which no two overlap; so many that neither to find one nor to insert one may go over all. */
import type { Region } from "./region.ts";

/** Regions of a block; it is divided when it has twice as many. */
const BLOCK = 256;

export class OrderedRegions {
  /** None of them is empty. */
  readonly #blocks: Region[][] = [];

  /** In the order of their addresses. */
  all(): Region[] {
    return this.#blocks.flat();
  }

  /** The region that `address` is in. */
  at(address: bigint): Region | undefined {
    const block = this.#blocks[firstBehind(this.#blocks, address, endOfBlock)] ?? [];
    const region = block[firstBehind(block, address, endOfRegion)];
    return region !== undefined && region.start <= address ? region : undefined;
  }

  /** Puts what `replacements` makes of the regions that touch [start, end), which lies in that range or theirs, in their place. */
  replace(start: bigint, end: bigint, replacements: (touched: readonly Region[]) => Region[]): void {
    const first = firstBehind(this.#blocks, start, endOfBlock);
    // What is inserted behind all is put into the last block.
    const from = Math.max(0, Math.min(first, this.#blocks.length - 1));
    let to = from + 1;
    while ((this.#blocks[to]?.[0]?.start ?? end) < end) to++;
    const [only = []] = this.#blocks.slice(from, to);
    const regions = to - from > 1 ? this.#blocks.slice(from, to).flat() : only;
    const begin = firstBehind(regions, start, endOfRegion);
    let behind = begin;
    while ((regions[behind]?.start ?? end) < end) behind++;
    const left = replacements(regions.slice(begin, behind));
    if (to - from === 1 && left.length <= BLOCK) {
      regions.splice(begin, behind - begin, ...left);
      if (regions.length > 0 && regions.length < 2 * BLOCK && this.#blocks.length > 0) return;
      this.#blocks.splice(from, 1, ...inBlocks(regions));
    } else {
      const joined = [regions.slice(0, begin), left, regions.slice(behind)].flat();
      this.#blocks.splice(from, to - from, ...inBlocks(joined));
    }
  }
}

function inBlocks(regions: readonly Region[]): Region[][] {
  const count = Math.ceil(regions.length / BLOCK);
  return Array.from({ length: count }, (_, block) => regions.slice(block * BLOCK, (block + 1) * BLOCK));
}

/** Index of the first of `things`, by address, that ends behind `address`. */
function firstBehind<Thing>(things: readonly Thing[], address: bigint, endOf: (thing: Thing) => bigint): number {
  let [low, high] = [0, things.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(things[middle] as Thing) <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

function endOfRegion({ end }: Region): bigint {
  return end;
}

function endOfBlock(block: readonly Region[]): bigint {
  return block.at(-1)?.end ?? 0n;
}
