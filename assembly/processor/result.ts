/**
 * What the last access came to, for the host to read.
 */
import { REASON_NONE } from "./rights";

export const OUTCOME_DONE: u32 = 0;
/** It needed an entry whose frame has no bytes, and did nothing. */
export const OUTCOME_MISSING: u32 = 1;
// Else the vector of the fault. SDM Vol. 3A, "Exceptions and Interrupts".
export const VECTOR_SS: u32 = 12;
export const VECTOR_GP: u32 = 13;
export const VECTOR_PF: u32 = 14;

export const FOUND_IN_L1: u32 = 0;
export const FOUND_IN_STLB: u32 = 1;
export const FOUND_IN_TABLES: u32 = 2;

@final
@unmanaged
class Result {
  errorCode: u32;
  /** A REASON_. */
  reason: u32;
  /** Level of the entry that the fault, or the missing frame, is about. */
  level: u32;
  pages: u32;
  steps: u32;
  /** Physical address of the entry that has no bytes. */
  missing: u64;
}

export const result = changetype<Result>(memory.data(offsetof<Result>(), 8));

/** One page of the access. */
@unmanaged
class PageRecord {
  physicalAddress: u64;
  /** entries.ts has its picture. */
  translation: u64;
  /** A FOUND_IN_. */
  foundIn: u32;
}

/** One entry that was read. */
@unmanaged
class StepRecord {
  level: u32;
  /** Physical address of the entry. */
  address: u64;
  before: u64;
  after: u64;
}

/** An access has two pages at most, and walks at most once for each: five steps; and there is room for a walk that is none of its. */
const PAGES = memory.data(2 * offsetof<PageRecord>(), 8);
const STEPS = memory.data(3 * 5 * offsetof<StepRecord>(), 8);

export function resultAddress(): usize {
  return changetype<usize>(result);
}

export function resultPagesAddress(): usize {
  return PAGES;
}

export function resultStepsAddress(): usize {
  return STEPS;
}

/** Physical address of the first byte of an access that was done. */
export function physicalAddress(): u64 {
  return changetype<PageRecord>(PAGES).physicalAddress;
}

export function resetResult(): void {
  result.errorCode = 0;
  result.reason = REASON_NONE;
  result.level = 0;
  result.pages = 0;
  result.steps = 0;
  result.missing = 0;
}

export function logPage(physicalAddress: u64, translation: u64, foundIn: u32): void {
  const page = changetype<PageRecord>(PAGES + result.pages * offsetof<PageRecord>());
  page.physicalAddress = physicalAddress;
  page.translation = translation;
  page.foundIn = foundIn;
  result.pages++;
}

export function logStep(level: u32, address: u64, before: u64, after: u64): void {
  const step = changetype<StepRecord>(STEPS + result.steps * offsetof<StepRecord>());
  step.level = level;
  step.address = address;
  step.before = before;
  step.after = after;
  result.steps++;
}

export const RESULT_ERROR_CODE: u32 = offsetof<Result>("errorCode");
export const RESULT_REASON: u32 = offsetof<Result>("reason");
export const RESULT_LEVEL: u32 = offsetof<Result>("level");
export const RESULT_PAGES: u32 = offsetof<Result>("pages");
export const RESULT_STEPS: u32 = offsetof<Result>("steps");
export const RESULT_MISSING: u32 = offsetof<Result>("missing");
export const RESULT_PAGE_BYTES: u32 = offsetof<PageRecord>();
export const RESULT_PAGE_PHYSICAL_ADDRESS: u32 = offsetof<PageRecord>("physicalAddress");
export const RESULT_PAGE_TRANSLATION: u32 = offsetof<PageRecord>("translation");
export const RESULT_PAGE_FOUND_IN: u32 = offsetof<PageRecord>("foundIn");
export const RESULT_STEP_BYTES: u32 = offsetof<StepRecord>();
export const RESULT_STEP_LEVEL: u32 = offsetof<StepRecord>("level");
export const RESULT_STEP_ADDRESS: u32 = offsetof<StepRecord>("address");
export const RESULT_STEP_BEFORE: u32 = offsetof<StepRecord>("before");
export const RESULT_STEP_AFTER: u32 = offsetof<StepRecord>("after");
