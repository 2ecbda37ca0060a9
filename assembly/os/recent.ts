/**
 * The page that each L1 TLB used last, in each set: a reference to it changes nothing but counts (decoders/known-lines.ts has
 * the reason), as long as nothing was invalidated since. Slots stand for sets as long as all pages are 4 KiB; with larger
 * ones there is one slot. Where no reference may be left out, there is none.
 *
 *   0                           8              16   byte
 *   ├───────────────────────────┼──────────────┤    one slot; page: 4 KiB page number + 1, with bit 63 if it was written;
 *   │           page            │    bytes     │    0: none; bytes: where its bytes lie in linear memory, if it has any
 *   └───────────────────────────┴──────────────┘
 */
import { PAGE_BYTES, PAGE_SHIFT } from "../paging";

const MAX_SLOTS: u32 = 64;
const WRITTEN: u64 = 1 << 63;
/** Set beside a page that was used once in a row, where the second use still changes something. */
const ONCE: u64 = 1 << 62;

/** Slots of fetches, then of data, then of stores if they have TLBs of their own. */
const SLOTS: usize = memory.data(3 * 64 * 16, 8);
const DATA_OFFSET: usize = 64 * 16;
const STORE_OFFSET: usize = 2 * 64 * 16;

let mask: u64 = 0;
let isOff: bool = false;
/** From DATA_OFFSET to the slots of stores. */
let storeOffset: usize = 0;
let keepsTwo: bool = false;
/** Nothing is in any slot. */
let isEmpty: bool = true;

/**
 * Starts with `sets` slots at most, a power of two that divides the set counts of all L1 TLBs, or 0: nothing is noted then.
 * `splitsStores`: stores have a TLB of their own. `two`: whether a second reference in a row changes something, too.
 */
export function resetRecent(sets: u32, splitsStores: bool, two: bool): void {
  isOff = sets == 0;
  storeOffset = splitsStores ? STORE_OFFSET - DATA_OFFSET : 0;
  keepsTwo = two;
  mask = min(max(sets, 1), MAX_SLOTS) - 1;
  isEmpty = false;
  forgetRecent();
}

/** Whether a reference to `page` changes nothing. */
export function isRecent(page: u64, isFetch: bool, writes: bool): bool {
  const held = load<u64>(slotOf(page, isFetch, writes));
  return held == ((page + 1) | WRITTEN) || (!writes && held == page + 1);
}

/** Notes that `page`, whose bytes lie at `bytes`, was used last in its set. */
export function noteRecent(page: u64, isFetch: bool, writes: bool, bytes: usize = 0): void {
  if (isOff) return;
  const slot = slotOf(page, isFetch, writes);
  const held = load<u64>(slot);
  const isSame = (held & ~(WRITTEN | ONCE)) == page + 1;
  const kept = isSame ? held & WRITTEN : keepsTwo ? ONCE : 0;
  store<u64>(slot, (page + 1) | kept | (writes ? WRITTEN : 0));
  store<usize>(slot, bytes, 8);
  isEmpty = false;
}

/** Forgets all: translations were invalidated. */
export function forgetRecent(): void {
  if (isEmpty) return;
  memory.fill(SLOTS, 0, 3 * DATA_OFFSET);
  isEmpty = true;
}

function slotOf(page: u64, isFetch: bool, writes: bool): usize {
  return SLOTS + (isFetch ? 0 : writes ? DATA_OFFSET + storeOffset : DATA_OFFSET) + ((<usize>(page & mask)) << 4);
}

/** The slots, for accesses to the bytes themselves, which are to be fast. Only where every page that was noted has bytes. */
@final
@unmanaged
class RecentBytes {
  /**
   * Where `size` bytes at `va` lie in linear memory, if a reference to them changes nothing and they lie in one page;
   * else 0.
   */
  @inline
  find(va: u64, size: u32, isFetch: bool, writes: bool): usize {
    const page = va >> PAGE_SHIFT;
    const slot = SLOTS + (isFetch ? 0 : DATA_OFFSET) + ((<usize>(page & mask)) << 4);
    const held = load<u64>(slot);
    if ((writes ? held : held | WRITTEN) != ((page + 1) | WRITTEN)) return 0;
    const offset = <u32>va & (PAGE_BYTES - 1);
    return offset > PAGE_BYTES - size ? 0 : load<usize>(slot, 8) + <usize>offset;
  }
}

export const recentBytes = changetype<RecentBytes>(<usize>0);
