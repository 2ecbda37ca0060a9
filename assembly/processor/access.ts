/**
 * One access: canonical check, TLBs, walk, rights, faults. An access is checked whole before any of it has an effect,
 * so that one that faults, or that needs a frame without bytes, changes nothing but what a fault invalidates.
 *
 * What caches translations is a class without fields, C, so that a processor of the plain shape (plain-caches.ts) and one of
 * any other (hierarchy/caches.ts) share all else:
 * - `find(va, access)`: whether a TLB translates `va`; then `found` says how, and where. Nothing changes.
 * - `commit(va, access, translation, foundIn)`: what a lookup that found that does to TLBs, and to the counts of their misses.
 * - `update(va, access, translation)`: D was set: brings copies of the translation up to date that stores look at.
 * - `peekStructure(level, va)`: the translation of the table below the entry of `level`, if it is cached; else 0.
 * - `touchStructure(level, va)`, `fillStructure(level, va, translation)`: that entry was used; was read.
 * - `readEntry(level, address)`: a walk has read the entry of `level` at that physical address.
 * - `combinePage(va, translation)`: a walk has found that translation of the page; returns what of it TLBs are to hold.
 */
import { counters } from "../counters";
import { PAGE_BYTES, PTE_D } from "../paging";
import { dropAddress } from "./caches";
import { levelOf, physicalAddressOf } from "./entries";
import { found } from "./found";
import { registers } from "./registers";
import {
  FOUND_IN_TABLES,
  OUTCOME_DONE,
  OUTCOME_MISSING,
  VECTOR_GP,
  VECTOR_PF,
  VECTOR_SS,
  logPage,
  resetResult,
  result,
} from "./result";
import {
  ACCESS_FETCH,
  ACCESS_HINT,
  ACCESS_STACK,
  ACCESS_WRITE,
  ERROR_P,
  ERROR_PK,
  ERROR_RSVD,
  REASON_NONE,
  REASON_NON_CANONICAL,
  REASON_NOT_PRESENT,
  REASON_RESERVED_BIT,
  denial,
  errorOfAccess,
  keyForbids,
} from "./rights";
import { commitWalk, logWalk, walk, walkFromTop, walked } from "./walk";

/**
 * Makes `access` (ACCESS_ bits) of 1..4096 `bytes` at `va`. Returns OUTCOME_DONE, OUTCOME_MISSING or a vector; more is
 * in `result`.
 *
 * Every byte must be canonical: what the processor does first when only the first bytes are, is not said.
 */
export function access<C>(va: u64, bytes: u32, access: u32): u32 {
  resetResult();
  const last = va + bytes - 1;
  if (!registers.isCanonical(va) || !registers.isCanonical(last)) return refuse(access);
  const second = last & ~(<u64>PAGE_BYTES - 1);
  const straddles = second != (va & ~(<u64>PAGE_BYTES - 1));
  if (!straddles) return usePage<C>(va, access);
  // Of two pages the second must not fault once the first has got its marks.
  const outcomeOfFirst = checkPage<C>(va, access);
  if (outcomeOfFirst != OUTCOME_DONE) return fail(va, access, outcomeOfFirst);
  const outcomeOfSecond = checkPage<C>(second, access);
  if (outcomeOfSecond != OUTCOME_DONE) return fail(second, access, outcomeOfSecond);
  const translation = foundTranslation;
  const wasFoundIn = foundIn;
  usePage<C>(va, access);
  counters.straddles++;
  if (checkPage<C>(second, access) == OUTCOME_DONE) return usePage<C>(second, access);
  // Filling the first page has evicted the second's translation, which the tables no longer have: it is in hand.
  countReference(access);
  result.reason = REASON_NONE;
  result.level = 0;
  logPage(physicalAddressOf(translation, second), translation, wasFoundIn);
  return OUTCOME_DONE;
}

/**
 * What `access` to the byte at `va` would come to by the tables alone, as if nothing were cached: as access() returns it.
 * Nothing changes and nothing is counted.
 */
export function probe(va: u64, access: u32): u32 {
  resetResult();
  if (!registers.isCanonical(va)) {
    result.reason = REASON_NON_CANONICAL;
    return access & ACCESS_STACK ? VECTOR_SS : VECTOR_GP;
  }
  walkFromTop(va);
  logWalk();
  result.level = walked.level;
  if (walked.missing) {
    result.missing = walked.lastAddress;
    return OUTCOME_MISSING;
  }
  result.reason = walked.reason == REASON_NONE ? denial(walked.translation, access) : walked.reason;
  foundTranslation = walked.translation;
  if (result.reason != REASON_NONE) {
    result.errorCode = errorCodeOf(access);
    return VECTOR_PF;
  }
  logPage(physicalAddressOf(foundTranslation, va), foundTranslation, FOUND_IN_TABLES);
  return OUTCOME_DONE;
}

function refuse(access: u32): u32 {
  if (access & ACCESS_HINT) return OUTCOME_DONE;
  counters.generalProtections++;
  result.reason = REASON_NON_CANONICAL;
  return access & ACCESS_STACK ? VECTOR_SS : VECTOR_GP;
}

/** Whether page faults leave cached translations as they are: see keepOnFaults(). */
let keepsOnFaults: bool = false;

/**
 * Says whether page faults are to invalidate nothing, against the SDM. So do those of the machine of runs (mmu.ts), to which no
 * walk ever ends in a fault.
 */
export function keepOnFaults(keeps: bool): void {
  keepsOnFaults = keeps;
}

/** Where checkPage() found the translation, a FOUND_IN_, and the translation. */
let foundIn: u32 = 0;
let foundTranslation: u64 = 0;
/** Whether a walk is needed, and `walked` holds it: for a miss, or to set D for a write that hits an entry without. */
let needsWalk: bool = false;

/** Finds the translation of `va` and whether `access` may use it. Changes nothing. OUTCOME_DONE, _MISSING, VECTOR_PF. */
function checkPage<C>(va: u64, access: u32): u32 {
  const caches = changetype<C>(<usize>0);
  // @ts-ignore: C is a class of caches; asc checks its instances
  if (caches.find(va, access)) {
    foundIn = found.where;
    foundTranslation = found.translation;
    result.reason = denial(foundTranslation, access);
    result.level = levelOf(foundTranslation);
    needsWalk = false;
    if (result.reason != REASON_NONE) return VECTOR_PF;
    if (!(access & ACCESS_WRITE) || foundTranslation & PTE_D || access & ACCESS_HINT) return OUTCOME_DONE;
  } else foundIn = FOUND_IN_TABLES;
  needsWalk = true;
  walk<C>(va);
  result.level = walked.level;
  if (walked.missing) {
    result.missing = walked.lastAddress;
    return OUTCOME_MISSING;
  }
  result.reason = walked.reason;
  if (result.reason != REASON_NONE) return VECTOR_PF;
  foundTranslation = walked.translation;
  result.reason = denial(foundTranslation, access);
  return result.reason == REASON_NONE ? OUTCOME_DONE : VECTOR_PF;
}

/** Translates `va`, with every effect that has. */
function usePage<C>(va: u64, access: u32): u32 {
  const outcome = checkPage<C>(va, access);
  if (outcome != OUTCOME_DONE) return fail(va, access, outcome);
  if (!(access & ACCESS_HINT)) commitPage<C>(va, access);
  else if (needsWalk) logWalk();
  logPage(physicalAddressOf(foundTranslation, va), foundTranslation, foundIn);
  return OUTCOME_DONE;
}

/** The effects of an access to `va` that checkPage() allowed: L1 first, then what it missed in. */
function commitPage<C>(va: u64, access: u32): void {
  const caches = changetype<C>(<usize>0);
  countReference(access);
  if (needsWalk) {
    // @ts-ignore: C is a class of caches; asc checks its instances
    foundTranslation = caches.combinePage(va, commitWalk<C>(va, (access & ACCESS_WRITE) != 0));
    if (foundIn == FOUND_IN_TABLES) countWalk();
    else {
      countSetDirty();
      // @ts-ignore: C is a class of caches; asc checks its instances
      caches.update(va, access, foundTranslation);
    }
  }
  // @ts-ignore: as above
  caches.commit(va, access, foundTranslation, foundIn);
}

/** Ends an access that checkPage() did not allow for `va`. */
function fail(va: u64, access: u32, outcome: u32): u32 {
  if (needsWalk) logWalk();
  if (access & ACCESS_HINT) {
    result.reason = REASON_NONE;
    result.level = 0;
    return OUTCOME_DONE;
  }
  if (outcome == OUTCOME_MISSING) return outcome;
  counters.pageFaults++;
  registers.cr2 = va;
  result.errorCode = errorCodeOf(access);
  // SDM Vol. 3A, "Operations that Invalidate TLBs and Paging-Structure Caches": page faults.
  if (!keepsOnFaults) dropAddress(va, registers.pcid, true);
  return VECTOR_PF;
}

/** The error code of a page fault for result.reason, of an access by foundTranslation if there is one. */
function errorCodeOf(access: u32): u32 {
  const rightsWereJudged = result.reason != REASON_NOT_PRESENT && result.reason != REASON_RESERVED_BIT;
  return (
    errorOfAccess(access) |
    (result.reason == REASON_NOT_PRESENT ? 0 : ERROR_P) |
    (result.reason == REASON_RESERVED_BIT ? ERROR_RSVD : 0) |
    (rightsWereJudged && keyForbids(foundTranslation, access) ? ERROR_PK : 0)
  );
}

function countReference(access: u32): void {
  if (access & ACCESS_FETCH) counters.fetchReferences++;
  else counters.dataReferences++;
  if (access & ACCESS_WRITE) counters.storeReferences++;
}

function countWalk(): void {
  counters.walks++;
  const first = walked.firstLevel;
  const leaf = walked.level;
  if (first >= 5) counters.pml5eReads++;
  if (first >= 4) counters.pml4eReads++;
  if (first >= 3) counters.pdpteReads++;
  if (first >= 2 && leaf <= 2) counters.pdeReads++;
  if (leaf == 1) counters.pteReads++;
  if (first == registers.topLevel) return;
  if (first == 4) counters.pml5eHits++;
  else if (first == 3) counters.pml4eHits++;
  else if (first == 2) counters.pdpteHits++;
  else counters.pdeHits++;
}

function countSetDirty(): void {
  counters.setDirty++;
  counters.setDirtyReads += walked.firstLevel - walked.level + 1;
}
