/**
 * Lists of u32, the latest first, and moving one to the front: what LRU stacks are made of. A list's length is a
 * multiple of LANES; what is not in use is NO_NUMBER.
 */
import { NO_NUMBER } from "./pages";

/** Numbers that are searched and moved at once. */
export const LANES: u32 = 4;

/** For each lane, all ones in that lane and in those before it. */
const UP_TO = memory.data(4 * 16, 16);

/** Fills the tables of this file. */
export function resetLists(): void {
  memory.fill(UP_TO, 0, 4 * 16);
  for (let lane: usize = 0; lane < LANES; lane++) memory.fill(UP_TO + (lane << 4), 0xff, (lane + 1) << 2);
}

/** The functions that are inlined, as only methods can be. */
export abstract class Lists {
  /**
   * Puts `wanted` at the front of the list of `length` at `list`, out of the place it had if it is there; else the last
   * one is gone. Returns that place, from 0, or `length`.
   */
  @inline
  static moveToFront(list: usize, length: u32, wanted: u32): u32 {
    const before = i32x4.splat(wanted);
    const vector = v128.load(list);
    const found = i32x4.bitmask(i32x4.eq(vector, before));
    if (found == 0) return moveDown(list, length, wanted);
    const lane = <u32>ctz(found);
    v128.store(list, Lists.shifted(before, vector, lane));
    return lane;
  }

  /** `vector` with its lanes before `lane` moved into the next, and the last lane of `before` in the first. */
  @inline
  static shifted(before: v128, vector: v128, lane: u32): v128 {
    const moved = v128.shuffle<u32>(before, vector, 3, 4, 5, 6);
    return v128.bitselect(moved, vector, v128.load(UP_TO + ((<usize>lane) << 4)));
  }
}

/** moveToFront() of what is not among the first LANES. */
function moveDown(list: usize, length: u32, wanted: u32): u32 {
  const matching = i32x4.splat(wanted);
  let before = v128.load(list);
  v128.store(list, v128.shuffle<u32>(matching, before, 3, 4, 5, 6));
  let at = LANES;
  while (at < length) {
    list += 16;
    const vector = v128.load(list);
    const found = i32x4.bitmask(i32x4.eq(vector, matching));
    if (found != 0) {
      const lane = <u32>ctz(found);
      v128.store(list, Lists.shifted(before, vector, lane));
      return at + lane;
    }
    v128.store(list, v128.shuffle<u32>(before, vector, 3, 4, 5, 6));
    before = vector;
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
