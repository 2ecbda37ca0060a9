/** Nested paging, as the host describes it: rows of the nested TLB and of the caches of host tables are as those of a hierarchy. */
import { ArrayConfig } from "../hierarchy/config";

/** The nested TLB, and walk caches. */
export const MAX_NESTED_ARRAYS: u32 = 9;

@final
@unmanaged
export class NestedConfig {
  /** Whether the program runs in a guest: 0 or 1. Then there is a hierarchy, too. */
  present: u32;
  /** Level of the host's leaves: 1 is 4 KiB, 2 is 2 MiB, 3 is 1 GiB. */
  leafLevel: u32;
  /** Rows: the first is the nested TLB if hasTlb, which is 0 or 1; the rest are walk caches. */
  arrays: u32;
  hasTlb: u32;
  /** Whether the guest's paging-structure caches hold host-physical addresses of tables, not guest-physical ones: 0 or 1. */
  combines: u32;
}

const ARRAYS: usize = memory.data(9 * offsetof<ArrayConfig>(), 8);
const address: usize = memory.data(offsetof<NestedConfig>(), 8);
export const nestedConfig = changetype<NestedConfig>(address);

/** Address of the options; all 0 after this call. */
export function clearNestedConfig(): usize {
  memory.fill(address, 0, offsetof<NestedConfig>());
  return address;
}

export function nestedArrayConfigAddress(array: u32): usize {
  return ARRAYS + <usize>(array * offsetof<ArrayConfig>());
}

export const NESTED_PRESENT: u32 = offsetof<NestedConfig>("present");
export const NESTED_LEAF_LEVEL: u32 = offsetof<NestedConfig>("leafLevel");
export const NESTED_ARRAYS: u32 = offsetof<NestedConfig>("arrays");
export const NESTED_HAS_TLB: u32 = offsetof<NestedConfig>("hasTlb");
export const NESTED_COMBINES: u32 = offsetof<NestedConfig>("combines");
