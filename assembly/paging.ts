/**
 * Hardware facts of 4-level and 5-level paging: entry bits, index fields, canonical form. No state.
 * SDM Vol. 3A, "4-Level Paging and 5-Level Paging" (order number 253668).
 */

// A paging-structure entry. Levels are numbered 5 = PML5E, 4 = PML4E, 3 = PDPTE, 2 = PDE, 1 = PTE.
//
//   63   62..59 58..52 51..12   11..9  8   7   6   5   4    3    2    1    0   bit
//   ├────┼──────┼──────┼────────┼──────┼───┼───┼───┼───┼────┼────┼────┼────┼───┤
//   │ XD │ PKEY │ AVL  │  PFN   │ AVL  │ G │ PS│ D │ A │PCD │PWT │U/S │R/W │ P │
//   └────┴──────┴──────┴────────┴──────┴───┴───┴───┴───┴────┴────┴────┴────┴───┘
//
// D, G and PKEY count only in leaves, the entries that map a page: a PTE, or a PDPTE or PDE with PS. PAT is bit 7 of a
// PTE and bit 12 of the others.
export const PTE_P: u64 = 1 << 0;
export const PTE_RW: u64 = 1 << 1;
export const PTE_US: u64 = 1 << 2;
export const PTE_PWT: u64 = 1 << 3;
export const PTE_PCD: u64 = 1 << 4;
export const PTE_A: u64 = 1 << 5;
export const PTE_D: u64 = 1 << 6;
export const PTE_PS: u64 = 1 << 7;
export const PTE_G: u64 = 1 << 8;
export const PTE_XD: u64 = 1 << 63;
export const PTE_PAT_4K: u64 = 1 << 7;
export const PTE_PAT_LARGE: u64 = 1 << 12;
export const PTE_PKEY_SHIFT: u64 = 59;
export const PTE_PKEY_MASK: u64 = 15;
/** Bits 51..12: the physical address of a table or page. */
export const PTE_ADDRESS: u64 = 0x000f_ffff_ffff_f000;

export const PAGE_SHIFT: u32 = 12;
export const PAGE_BYTES: u32 = 1 << 12;
/** Index bits of one level. */
export const LEVEL_BITS: u32 = 9;
export const ENTRIES_PER_TABLE: u32 = 1 << 9;
export const TOP_LEVEL: u32 = 4;

/** Bits of a virtual address with 4-level paging. */
export const VA_BITS: u32 = 48;
/** With 5-level paging (CR4.LA57), which has one level more. */
export const VA_BITS_LA57: u32 = 57;
export const TOP_LEVEL_LA57: u32 = 5;
/** Bits of a virtual page number when all 64 bits of the address count. */
export const PAGE_NUMBER_BITS: u32 = 64 - PAGE_SHIFT;
const PAGE_NUMBER_MASK: u64 = (1 << PAGE_NUMBER_BITS) - 1;

/** The page after `page`; the address space wraps at 2^64. */
export function nextPage(page: u64): u64 {
  return (page + 1) & PAGE_NUMBER_MASK;
}

/** Whether bits 63..47 of every address in the 4 KiB page are equal. SDM Vol. 1 "Canonical Addressing". */
export function isCanonical(page: u64): bool {
  return isSignExtended(page << PAGE_SHIFT, VA_BITS);
}

/** Whether bits 63 to the highest of an address of `bits` bits are equal. */
export function isSignExtended(va: u64, bits: u32): bool {
  const top = <i64>va >> (bits - 1);
  return <u64>(top + 1) <= 1;
}

/** Bits of a 4 KiB page number that lie below the page number at `leafLevel`: 0, 9 or 18. */
export function pageShiftOf(leafLevel: u32): u32 {
  return (leafLevel - 1) * LEVEL_BITS;
}

/** 4 KiB pages in a page of leaf level `level`: 1, 512 or 2^18; above, those of an entry. */
export function pagesOf(level: u32): u64 {
  return (<u64>1) << (<u64>pageShiftOf(level));
}

/** Byte offset, in its table, of the entry that translates `page` at `level`. */
export function entryOffset(page: u64, level: u32): usize {
  return (<usize>((page >> <u64>pageShiftOf(level)) & (ENTRIES_PER_TABLE - 1))) << 3;
}
