/**
 * Lists of u32, the latest first, and moving one to the front: what LRU stacks are made of. A list's length is a
 * multiple of LANES; what is not in use is NO_NUMBER.
 */
import { NO_NUMBER } from "./pages";

/** Numbers that are searched and moved at once. */
export const LANES: u32 = 4;

/** For each lane, how the four lanes of a vector move if that one leaves and a number comes in before them. */
const MOVES = memory.data(4 * 16, 16);

/** Fills the tables of this file. */
export function resetLists(): void {
  for (let leaving: u32 = 0; leaving < LANES; leaving++) {
    for (let lane: u32 = 0; lane < LANES; lane++) {
      const from = lane == 0 || lane > leaving ? lane : lane - 1;
      for (let byte: u32 = 0; byte < 4; byte++) {
        store<u8>(MOVES + (leaving << 4) + (lane << 2) + byte, <u8>((from << 2) + byte));
      }
    }
  }
}

/** The functions that are inlined, as only methods can be. */
export abstract class Lists {
  /**
   * Puts `wanted` at the front of the list of `length` at `list`, out of the place it had if it is there; else the last
   * one is gone. Returns that place, from 0, or `length`.
   */
  @inline
  static moveToFront(list: usize, length: u32, wanted: u32): u32 {
    const matching = i32x4.splat(wanted);
    const vector = v128.load(list);
    const found = i32x4.bitmask(i32x4.eq(vector, matching));
    if (found != 0) {
      const lane = <u32>ctz(found);
      const moved = i8x16.swizzle(vector, v128.load(MOVES + ((<usize>lane) << 4)));
      v128.store(list, i32x4.replace_lane(moved, 0, wanted));
      return lane;
    }
    return moveDown(list, length, wanted);
  }
}

/** moveToFront() of what is not among the first LANES. */
function moveDown(list: usize, length: u32, wanted: u32): u32 {
  const matching = i32x4.splat(wanted);
  let coming = wanted;
  let at: u32 = 0;
  while (at < length) {
    const vector = v128.load(list);
    const found = i32x4.bitmask(i32x4.eq(vector, matching));
    if (found != 0) {
      const lane = <u32>ctz(found);
      const moved = i8x16.swizzle(vector, v128.load(MOVES + ((<usize>lane) << 4)));
      v128.store(list, i32x4.replace_lane(moved, 0, coming));
      return at + lane;
    }
    const moved = i8x16.shuffle(vector, vector, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    v128.store(list, i32x4.replace_lane(moved, 0, coming));
    coming = i32x4.extract_lane(vector, 3);
    list += 16;
    at += LANES;
  }
  return length;
}

/** Place of `wanted` in the list, from 0, or `length`. */
export function placeIn(list: usize, length: u32, wanted: u32): u32 {
  let at: u32 = 0;
  while (at < length && load<u32>(list + ((<usize>at) << 2)) != wanted) at++;
  return at;
}

/**
 * moveToFront() where there are holes: entries that were invalidated and keep their places, NO_NUMBER each. The topmost
 * hole is taken; if `wanted` is in the list below it, its own place becomes a hole. That is what TLBs of every number of
 * ways do at once: those with an invalid entry fill it, the others evict. (Analogous: Thompson & Smith, ACM TOCS 7(1),
 * 1989.) Without a hole, or with none above `wanted`, it is moveToFront().
 */
export function moveToFrontPastHoles(list: usize, length: u32, wanted: u32): u32 {
  const depth = placeIn(list, length, wanted);
  const hole = placeIn(list, depth, NO_NUMBER);
  if (hole < depth && depth < length) store<u32>(list + ((<usize>depth) << 2), NO_NUMBER);
  putInFront(list, min(hole, length - 1), wanted);
  return depth;
}

/** Puts `coming` at the front; what was before `place` moves down by one, and what was there is gone. */
function putInFront(list: usize, place: u32, coming: u32): void {
  memory.copy(list + 4, list, (<usize>place) << 2);
  store<u32>(list, coming);
}
