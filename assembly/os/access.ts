/** An access of a program: through the plain caches, or through a hierarchy if the CPU has one, whose addresses may be a guest's. */
import { HierarchyCaches } from "../hierarchy/caches";
import { hierarchyConfig } from "../hierarchy/config";
import { NestedCaches } from "../nested/caches";
import { nestedConfig } from "../nested/config";
import { access as accessBy } from "../processor/access";
import { PlainCaches } from "../processor/plain-caches";

/** processor/access.ts. */
export function access(va: u64, bytes: u32, access: u32): u32 {
  if (!hierarchyConfig.present) return accessBy<PlainCaches>(va, bytes, access);
  if (nestedConfig.present) return accessBy<NestedCaches>(va, bytes, access);
  return accessBy<HierarchyCaches>(va, bytes, access);
}
