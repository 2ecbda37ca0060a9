/** An access of a program: through the plain caches, or through a hierarchy if the CPU has one. */
import { HierarchyCaches } from "../hierarchy/caches";
import { hierarchyConfig } from "../hierarchy/config";
import { access as accessBy } from "../processor/access";
import { PlainCaches } from "../processor/plain-caches";

/** processor/access.ts. */
export function access(va: u64, bytes: u32, access: u32): u32 {
  if (hierarchyConfig.present) return accessBy<HierarchyCaches>(va, bytes, access);
  return accessBy<PlainCaches>(va, bytes, access);
}
