/** Which replacement policies there are to choose from, and what ways each allows. */
import { ConfigError } from "../errors.ts";
import type { PolicyName } from "./own-policy.ts";
import { POLICIES, type Policy, type ResolvedGeometry } from "./types.ts";

/** Those that the kernel has: in the page fewer (src/page/no-policies.ts). */
export const AVAILABLE_POLICIES: readonly Policy[] = POLICIES;

/** What choices by chance begin with where nothing is said. */
export const DEFAULT_SEED: number = 1;

/** A tree of more ways has no place in one word. */
const MAX_TREE_WAYS = 64;
/** Policies that look for a victim way by way, if many at once, take too long with more. */
const MAX_SEARCHED_WAYS = 65_536;
/** Three groups of four. */
const MRU3_WAYS = 12;

/**
 * Throws ConfigError unless a TLB of that geometry can have the policy. `path` is that of the geometry: what is wrong is
 * told of its ways.
 */
export function checkPolicy(policy: PolicyName, geometry: Pick<ResolvedGeometry, "ways">, path: string): void {
  const allowed = allowedWays(policy, geometry.ways);
  if (allowed !== null) throw new ConfigError(`${path}.ways`, geometry.ways, `${allowed} with policy ${policy}`);
}

/** Whether sets of so many ways can have `policy`. */
export function allowsWays(policy: Policy, ways: number): boolean {
  return allowedWays(policy, ways) === null;
}

/** What `policy` allows instead of so many ways; `null` if it allows them. */
function allowedWays(policy: PolicyName, ways: number): string | null {
  switch (policy) {
    case "lru":
    case "fifo":
    case "random":
    case "opt":
      return null;
    case "tree-plru":
      if (Number.isInteger(Math.log2(ways)) && ways <= MAX_TREE_WAYS) return null;
      return `a power of two up to ${MAX_TREE_WAYS}, as in 2048:16,`;
    case "mru3-plru4":
      return ways === MRU3_WAYS ? null : `${MRU3_WAYS}, as in 1536:12,`;
    default:
      return ways <= MAX_SEARCHED_WAYS ? null : `at most ${MAX_SEARCHED_WAYS}`;
  }
}

/** Whether a set can tell a second hit in a row on the page filled last from the first: SRRIP, whose fill is no hit. */
export function tellsSecondHits(policy: Policy): boolean {
  return policy === "srrip";
}
