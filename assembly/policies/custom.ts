import { PAGE_SHIFT } from "../paging";
import { policyFill, policyInvalidate, policyTouch, policyVictim } from "./env";

// What of a user's own policy is being asked: it may trap, and the host then tells where.
export const POLICY_NOT_CALLED: u32 = 0;
export const POLICY_CALL_TOUCH: u32 = 1;
export const POLICY_CALL_FILL: u32 = 2;
export const POLICY_CALL_VICTIM: u32 = 3;
export const POLICY_CALL_INVALIDATE: u32 = 4;

/** Any way that is none may be the answer; this one is told of as if it had given none. */
export const POLICY_NO_ANSWER: i32 = i32.MIN_VALUE;

/** A POLICY_CALL_, and which array and set it is about. */
export let policyCall: u32 = POLICY_NOT_CALLED;
export let calledArray: u32 = 0;
export let calledSet: u32 = 0;
/** The way that it gave as a victim, and is none, or POLICY_NO_ANSWER. */
export let policyAnswer: i32 = POLICY_NO_ANSWER;

/** Before the ways. */
const WAYS: u32 = 16;

/**
 * A policy of the user's own, which is outside of this module (env.ts) and knows sets by the number of their array and
 * their own. What it says is checked: a victim that is no way is a trap, of which the variables above tell the rest.
 *
 *   0       4     8      16                byte
 *   ├───────┼─────┼──────┼─────────────
 *   │ array │ set │ page │ filled ways …     page: number of the page that fill() is about, f64;
 *   └───────┴─────┴──────┴─────────────      filled: a bit for each way of which it was told
 */
@final
@unmanaged
export class Custom {
  stateBytes(ways: u32): u32 {
    return WAYS + (((ways + 63) >> 6) << 3);
  }

  reset(state: usize, ways: u32): void {
    memory.fill(state, 0, this.stateBytes(ways));
  }

  touch(state: usize, _ways: u32, way: u32): void {
    begin(POLICY_CALL_TOUCH, state);
    policyTouch(load<i32>(state), load<i32>(state, 4), way);
    policyCall = POLICY_NOT_CALLED;
  }

  fill(state: usize, _ways: u32, way: u32): void {
    const filled = filledOf(state, way);
    store<u64>(filled, load<u64>(filled) | bitOf(way));
    begin(POLICY_CALL_FILL, state);
    policyFill(load<i32>(state), load<i32>(state, 4), way, load<f64>(state, 8));
    policyCall = POLICY_NOT_CALLED;
  }

  victim(state: usize, ways: u32): u32 {
    begin(POLICY_CALL_VICTIM, state);
    const way = policyVictim(load<i32>(state), load<i32>(state, 4));
    if (<u32>way >= ways) {
      policyAnswer = way;
      unreachable();
    }
    policyCall = POLICY_NOT_CALLED;
    return way;
  }

  /** `way` is empty. It need not have been filled. */
  invalidate(state: usize, _ways: u32, way: u32): void {
    const filled = filledOf(state, way);
    if ((load<u64>(filled) & bitOf(way)) == 0) return;
    store<u64>(filled, load<u64>(filled) & ~bitOf(way));
    begin(POLICY_CALL_INVALIDATE, state);
    policyInvalidate(load<i32>(state), load<i32>(state, 4), way);
    policyCall = POLICY_NOT_CALLED;
  }
}

/** The state is that of set `set` of array `array`. */
export function nameSet(state: usize, array: u32, set: u32): void {
  store<u32>(state, array);
  store<u32>(state, set, 4);
}

/** What is filled next holds the page that begins at `va`. */
export function namePage(state: usize, va: u64): void {
  store<f64>(state, <f64>(va >> PAGE_SHIFT), 8);
}

function begin(call: u32, state: usize): void {
  policyCall = call;
  calledArray = load<u32>(state);
  calledSet = load<u32>(state, 4);
  policyAnswer = POLICY_NO_ANSWER;
}

function filledOf(state: usize, way: u32): usize {
  return state + WAYS + <usize>((way >> 6) << 3);
}

function bitOf(way: u32): u64 {
  return (<u64>1) << (<u64>way & 63);
}
