/**
 * The page walk: from CR3, or from below the deepest paging-structure cache that hits, to the leaf.
 * SDM Vol. 3A, "4-Level Paging and 5-Level Paging", "Accessed and Dirty Flags", "Paging-Structure Caches".
 */
import { bytesAt } from "./frames";
import { PTE_A, PTE_ADDRESS, PTE_D, PTE_P, PTE_PS, TOP_LEVEL, entryOffset } from "./paging";
import { PSC_DEEPEST_LEVEL, PSC_HIGHEST_LEVEL, fillPsc, lookupPsc } from "./psc";

/** u64 for each level: the table that the entry of that level pointed to in the walk under way. */
const path = memory.data((<i32>TOP_LEVEL + 1) * 8, 8);

/** Level of the first entry that the last walk read, 4..1. */
export let walkStart: u32 = 0;
/** Level of the leaf that the last walk ended in, 3..1. */
export let walkLeaf: u32 = 0;

/**
 * The leaf entry that translates `page` under `cr3`, with A set in every entry read and D in the leaf if `writes`;
 * 0 if some level is not present. `page` must be canonical.
 *
 * A walk that fails changes no paging-structure cache but the recency of the entry that it started from, which its
 * restart would have made most recent anyway.
 * Not modelled: rights and reserved bits (every mapping is writable, user and executable).
 */
export function walk(cr3: u64, page: u64, writes: bool): u64 {
  let table = cr3;
  let level = TOP_LEVEL;
  for (let cached = PSC_DEEPEST_LEVEL; cached <= PSC_HIGHEST_LEVEL; cached++) {
    const below = lookupPsc(page, cached);
    if (below != 0) {
      table = below;
      level = cached - 1;
      break;
    }
  }
  walkStart = level;
  while (true) {
    const at = bytesAt(table) + entryOffset(page, level);
    const entry = load<u64>(at);
    if (!(entry & PTE_P)) return 0;
    const isLeaf = level == 1 || (entry & PTE_PS) != 0;
    const marked = entry | (isLeaf && writes ? PTE_A | PTE_D : PTE_A);
    if (marked != entry) store<u64>(at, marked);
    if (isLeaf) {
      walkLeaf = level;
      for (let read = walkStart; read > level; read--) fillPsc(page, read, load<u64>(path + ((<usize>read) << 3)));
      return marked;
    }
    table = entry & PTE_ADDRESS;
    store<u64>(path + ((<usize>level) << 3), table);
    level--;
  }
}
