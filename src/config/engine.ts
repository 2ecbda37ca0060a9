/** Which points of a sweep one pass counts, and which need a TLB of their own. */
import type { Engine, ResolvedSweepPoint } from "./types.ts";

/** A stack's lists are searched from the front: with more ways a TLB of its own is faster where pages are far apart. */
const MAX_STACK_WAYS = 256;

/** Whether LRU stacks answer for `point`: see assembly/sweep/. */
export function engineOf({ policy, sets, ways }: ResolvedSweepPoint): Engine {
  return policy === "lru" && (sets === 1 || ways <= MAX_STACK_WAYS) ? "one-pass" : "direct";
}
