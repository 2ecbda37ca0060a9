/**
 * The caches of a hierarchy whose accesses are a guest's: processor/access.ts has the contract. Tables of the guest lie in guest-physical
 * memory, so that a walk has to have the address of each entry translated before it can read it, and that of the page in the end.
 *
 * TLBs hold combined mappings: from guest addresses to host-physical ones. So do the guest's paging-structure caches of Intel: a walk that
 * starts below a cached entry knows where the table is, and need not ask for that. (What they hold here has guest-physical addresses of
 * tables, where their bytes lie; hostAddressOf() makes the others of them.) Otherwise they hold guest-physical addresses, to be translated
 * at each use. SDM Vol. 3C, "Information That May Be Cached".
 */
import { pageInLine } from "../hierarchy/array";
import { HierarchyCaches } from "../hierarchy/caches";
import { coalesces, limitSharing } from "../hierarchy/tlbs";
import { combineGuest, physicalAddressOf } from "../processor/entries";
import { registers } from "../processor/registers";
import { walked } from "../processor/walk";
import { nestedConfig } from "./config";
import { countFor } from "./counts";
import { hostAddressOf } from "./host-tables";
import { pagesAlongside, translateGuest } from "./translate";

@final
@unmanaged
export class NestedCaches {
  find(va: u64, access: u32): bool {
    const isFound = hierarchy().find(va, access);
    countFor(!isFound);
    return isFound;
  }

  @inline
  commit(va: u64, access: u32, translation: u64, foundIn: u32): void {
    hierarchy().commit(va, access, translation, foundIn);
  }

  @inline
  update(va: u64, access: u32, translation: u64): void {
    hierarchy().update(va, access, translation);
  }

  @inline
  peekStructure(level: u32, va: u64): u64 {
    return hierarchy().peekStructure(level, va);
  }

  @inline
  touchStructure(level: u32, va: u64): void {
    hierarchy().touchStructure(level, va);
  }

  @inline
  fillStructure(level: u32, va: u64, translation: u64): void {
    hierarchy().fillStructure(level, va, translation);
  }

  readEntry(level: u32, address: u64): void {
    const isCombined = nestedConfig.combines && level == walked.firstLevel && level < registers.topLevel;
    const host = isCombined ? hostAddressOf(address) : physicalAddressOf(translateGuest(address), address);
    hierarchy().readEntry(level, host);
  }

  combinePage(va: u64, translation: u64): u64 {
    const gpa = physicalAddressOf(translation, va);
    const host = translateGuest(gpa);
    if (coalesces) limitSharing(pagesAlongside(gpa, pageInLine(va), host));
    return combineGuest(translation, host, gpa);
  }
}

function hierarchy(): HierarchyCaches {
  return changetype<HierarchyCaches>(<usize>0);
}
