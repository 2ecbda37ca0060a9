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

/** Pages of one access, and entries that it may read: each page once to check, and to set D. */
export const MAX_PAGES: u32 = 2;
export const MAX_STEPS: u32 = 2 * 5;

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

//   0                  8             16          20   24   byte
//   ├──────────────────┼─────────────┼───────────┼────┤    one page
//   │ physical address │ translation │ FOUND_IN_ │ 0  │
//   └──────────────────┴─────────────┴───────────┴────┘
//   0        4    8                  16       24      32   byte
//   ├────────┼────┼──────────────────┼────────┼───────┤    one step
//   │ level  │ 0  │ physical address │ before │ after │
//   └────────┴────┴──────────────────┴────────┴───────┘
export const PAGE_RECORD_BYTES: u32 = 24;
export const STEP_RECORD_BYTES: u32 = 32;
const PAGES = memory.data(2 * 24, 8);
const STEPS = memory.data(2 * 5 * 32, 8);

export function resultAddress(): usize {
  return changetype<usize>(result);
}

export function resultPagesAddress(): usize {
  return PAGES;
}

export function resultStepsAddress(): usize {
  return STEPS;
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
  const at = PAGES + result.pages * PAGE_RECORD_BYTES;
  store<u64>(at, physicalAddress);
  store<u64>(at, translation, 8);
  store<u32>(at, foundIn, 16);
  result.pages++;
}

export function logStep(level: u32, address: u64, before: u64, after: u64): void {
  const at = STEPS + result.steps * STEP_RECORD_BYTES;
  store<u32>(at, level);
  store<u64>(at, address, 8);
  store<u64>(at, before, 16);
  store<u64>(at, after, 24);
  result.steps++;
}

export const RESULT_ERROR_CODE: u32 = offsetof<Result>("errorCode");
export const RESULT_REASON: u32 = offsetof<Result>("reason");
export const RESULT_LEVEL: u32 = offsetof<Result>("level");
export const RESULT_PAGES: u32 = offsetof<Result>("pages");
export const RESULT_STEPS: u32 = offsetof<Result>("steps");
export const RESULT_MISSING: u32 = offsetof<Result>("missing");
