/** Policies that plain models have: not those of users. */
import type { PolicyName } from "../../src/config/own-policy.ts";
import type { Policy } from "../../src/config/types.ts";

/** `policy`, which must be no user's own. */
export function builtIn(policy: PolicyName): Policy {
  if (policy.startsWith("custom:")) throw new Error(`no plain model has ${policy}`);
  return policy as Policy;
}
