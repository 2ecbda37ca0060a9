/** The rights of a mapping (VMA), and what they allow. */
export const VMA_READ: u32 = 1;
export const VMA_WRITE: u32 = 2;
export const VMA_EXEC: u32 = 4;
/** All of them. */
export const VMA_RIGHTS: u32 = VMA_READ | VMA_WRITE | VMA_EXEC;

/**
 * Whether `rights` (VMA_ bits) allow an access that fetches, writes, or else only reads. Pages that may be written or executed
 * may be read, too: Linux on x86, arch/x86/mm/fault.c, access_error().
 */
export function rightsAllow(rights: u32, fetches: bool, writes: bool): bool {
  return (rights & (writes ? VMA_WRITE : fetches ? VMA_EXEC : VMA_RIGHTS)) != 0;
}
