import { PAGE_SHIFT } from "../paging";
import { HIT_REORDERS_TWICE } from "./effects";
import { policyFill, policyInvalidate, policyTouch, policyVictim } from "./env";

// What of a user's own policy is being asked: it may trap, and the host then tells where.
export const POLICY_NOT_CALLED: u32 = 0;
export const POLICY_CALL_TOUCH: u32 = 1;
export const POLICY_CALL_FILL: u32 = 2;
export const POLICY_CALL_VICTIM: u32 = 3;
export const POLICY_CALL_INVALIDATE: u32 = 4;

/** Its answer was refused. */
export const POLICY_CALL_REFUSED: u32 = 5;

/** A POLICY_CALL_, and which array and set it is about. */
export let policyCall: u32 = POLICY_NOT_CALLED;
export let calledArray: u32 = 0;
export let calledSet: u32 = 0;
/** The way that it gave as a victim, and is none: with POLICY_CALL_REFUSED. */
export let policyAnswer: i32 = 0;

/**
 * A policy of the user's own, which is outside of this module (env.ts) and knows sets by the number of their array and
 * their own. What it says is checked: a victim that is no way is a trap, of which the variables above tell the rest.
 *
 *   0       4     8      16   byte
 *   ├───────┼─────┼──────┤    page: number of the page that the next fill() is about, f64
 *   │ array │ set │ page │
 *   └───────┴─────┴──────┘
 */
@final
@unmanaged
export class Custom {
  stateBytes(_ways: u32): u32 {
    return 16;
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
    begin(POLICY_CALL_FILL, state);
    policyFill(load<i32>(state), load<i32>(state, 4), way, load<f64>(state, 8));
    policyCall = POLICY_NOT_CALLED;
  }

  victim(state: usize, ways: u32): u32 {
    begin(POLICY_CALL_VICTIM, state);
    const way = policyVictim(load<i32>(state), load<i32>(state, 4));
    if (<u32>way >= ways) {
      policyCall = POLICY_CALL_REFUSED;
      policyAnswer = way;
      unreachable();
    }
    policyCall = POLICY_NOT_CALLED;
    return way;
  }

  invalidate(state: usize, _ways: u32, way: u32): void {
    begin(POLICY_CALL_INVALIDATE, state);
    policyInvalidate(load<i32>(state), load<i32>(state, 4), way);
    policyCall = POLICY_NOT_CALLED;
  }

  /** Nobody knows; the host asks (src/kernel/hierarchy.ts). */
  hitEffect(): u32 {
    return HIT_REORDERS_TWICE;
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
}
