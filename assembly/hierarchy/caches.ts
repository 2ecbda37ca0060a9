/** The caches of a hierarchy as the processor's accesses take them: processor/access.ts has the contract. */
import { counters } from "../counters";
import { found } from "../processor/found";
import { FOUND_IN_L1, FOUND_IN_STLB, FOUND_IN_TABLES } from "../processor/result";
import { ACCESS_FETCH } from "../processor/rights";
import { hasDataCaches, readThroughDataCaches } from "./data-caches";
import { prefetchAfter } from "./prefetch";
import {
  fillTable,
  find,
  foundAt,
  foundTranslation,
  isPrefetchedFor,
  pathOf,
  peekTable,
  touchTable,
  update,
  use,
  wasPrefetched,
} from "./tlbs";

@final
@unmanaged
export class HierarchyCaches {
  find(va: u64, access: u32): bool {
    const path = pathOf(access);
    if (!find(va, path)) return false;
    found.where = foundAt == path ? FOUND_IN_L1 : FOUND_IN_STLB;
    found.translation = foundTranslation(va);
    return true;
  }

  commit(va: u64, access: u32, translation: u64, foundIn: u32): void {
    const path = pathOf(access);
    const isMissed = foundIn == FOUND_IN_TABLES || (foundIn != FOUND_IN_L1 && wasPrefetched());
    if (foundIn != FOUND_IN_L1) {
      if (access & ACCESS_FETCH) counters.l1iMisses++;
      else counters.l1dMisses++;
      counters.stlbLookups++;
      if (isMissed) counters.stlbMisses++;
    }
    use(path, va, translation, foundIn != FOUND_IN_TABLES);
    if (isMissed && isPrefetchedFor(path)) prefetchAfter(va, path);
  }

  update(va: u64, access: u32, translation: u64): void {
    update(pathOf(access), va, translation);
  }

  @inline
  peekStructure(level: u32, va: u64): u64 {
    return peekTable(level, va);
  }

  @inline
  touchStructure(level: u32, va: u64): void {
    touchTable(level, va);
  }

  @inline
  fillStructure(level: u32, va: u64, translation: u64): void {
    fillTable(level, va, translation);
  }

  @inline
  readEntry(_level: u32, address: u64): void {
    if (hasDataCaches) readThroughDataCaches(address);
  }

  @inline
  combinePage(_va: u64, translation: u64): u64 {
    return translation;
  }
}
