/** L1I, L1D and STLB, and a cache for each level of paging structures: access.ts has the contract. */
import { counters } from "../counters";
import { RingTlb } from "../orders/rings";
import {
  fillPage,
  fillStructure,
  findPage,
  l1d,
  l1i,
  peekStructure,
  stlb,
  touch,
  touchStructure,
  updatePage,
} from "./caches";
import { found } from "./found";
import { FOUND_IN_L1, FOUND_IN_STLB, FOUND_IN_TABLES } from "./result";
import { ACCESS_FETCH } from "./rights";

@final
@unmanaged
export class PlainCaches {
  @inline
  find(va: u64, access: u32): bool {
    const l1 = l1Of(access);
    let entry = findPage(l1, va);
    if (entry >= 0) {
      found.where = FOUND_IN_L1;
      found.translation = l1.value(entry);
      return true;
    }
    entry = findPage(stlb, va);
    if (entry < 0) return false;
    found.where = FOUND_IN_STLB;
    found.translation = stlb.value(entry);
    return true;
  }

  /** L1 first, then what it missed in. */
  commit(va: u64, access: u32, translation: u64, foundIn: u32): void {
    const l1 = l1Of(access);
    if (foundIn == FOUND_IN_L1) {
      const entry = findPage(l1, va);
      if (entry >= 0) return touch(l1, entry);
    } else {
      if (access & ACCESS_FETCH) counters.l1iMisses++;
      else counters.l1dMisses++;
      counters.stlbLookups++;
      const entry = foundIn == FOUND_IN_STLB ? findPage(stlb, va) : -1;
      if (entry >= 0) touch(stlb, entry);
      else fillPage(stlb, va, translation);
      if (foundIn == FOUND_IN_TABLES) counters.stlbMisses++;
    }
    fillPage(l1, va, translation);
  }

  @inline
  update(va: u64, access: u32, translation: u64): void {
    updatePage(l1Of(access), va, translation);
    updatePage(stlb, va, translation);
  }

  @inline
  peekStructure(level: u32, va: u64): u64 {
    return peekStructure(level, va);
  }

  @inline
  touchStructure(level: u32, va: u64): void {
    touchStructure(level, va);
  }

  @inline
  fillStructure(level: u32, va: u64, translation: u64): void {
    fillStructure(level, va, translation);
  }

  @inline
  readEntry(_level: u32, _address: u64): void {}

  @inline
  combinePage(_va: u64, translation: u64): u64 {
    return translation;
  }
}

function l1Of(access: u32): RingTlb {
  return access & ACCESS_FETCH ? l1i : l1d;
}
