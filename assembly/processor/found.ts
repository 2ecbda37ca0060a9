/** What a lookup has found, for access.ts. */
@final
@unmanaged
class Found {
  /** entries.ts has its picture. */
  translation: u64;
  /** FOUND_IN_L1, or FOUND_IN_STLB for any level below. */
  where: u32;
}

export const found = changetype<Found>(memory.data(offsetof<Found>(), 8));
