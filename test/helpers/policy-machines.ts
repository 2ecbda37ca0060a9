/** Random TLBs under random policies: of every geometry that the policy allows. */
import fc from "fast-check";
import { resolveGeometry } from "../../src/config/geometry.ts";
import { allowsWays } from "../../src/config/policies.ts";
import { type Config, ONLINE_POLICIES, type Policy } from "../../src/config/types.ts";

/** Geometries for those policies that allow few ways. */
const MORE = ["2:2", "8:8", "32:16", "64:64", "12:full", "24:12", "36:12"];

/** The policy of all three TLBs, and their geometries: out of `geometries` and some more, as far as the policy allows them. */
export function tlbsUnderAnyPolicy(
  geometries: readonly string[],
): fc.Arbitrary<Required<Pick<Config, "l1i" | "l1d" | "stlb">> & { policy: Policy }> {
  return fc.constantFrom(...ONLINE_POLICIES).chain((policy) => {
    const geometry = fc.constantFrom(...allowedOf(policy, [...geometries, ...MORE]));
    return fc.record({ policy: fc.constant(policy), l1i: geometry, l1d: geometry, stlb: geometry });
  });
}

function allowedOf(policy: Policy, geometries: readonly string[]): string[] {
  return geometries.filter((geometry) => allowsWays(policy, resolveGeometry(geometry, "l1d").ways));
}
