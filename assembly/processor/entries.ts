/**
 * Entries of the paging structures as this processor reads them, and the translations that it makes of them.
 * SDM Vol. 3A, "4-Level Paging and 5-Level Paging", tables of the entry formats.
 */
import {
  PAGE_SHIFT,
  PTE_A,
  PTE_ADDRESS,
  PTE_D,
  PTE_G,
  PTE_P,
  PTE_PAT_LARGE,
  PTE_PKEY_MASK,
  PTE_PKEY_SHIFT,
  PTE_PS,
  PTE_RW,
  PTE_US,
  PTE_XD,
} from "../paging";
import { entryOffset, pageShiftOf } from "./granule";
import { EFER_NXE, registers } from "./registers";

// A translation, as TLBs and paging-structure caches hold it, looks like an entry whose rights are those of all levels
// together, and whose level stands in bits that software may use:
//
//   63   62..59 51..12          11..9   8   6   5   2    1    0   bit
//   ├────┼──────┼───────────────┼───────┼───┼───┼───┼────┼────┼───┤
//   │ XD │ PKEY │ table or page │ level │ G │ D │ A │U/S │R/W │ P │    all others 0
//   └────┴──────┴───────────────┴───────┴───┴───┴───┴────┴────┴───┘
const LEVEL_SHIFT: u64 = 9;
const LEVEL_MASK: u64 = 7;

/** The translation before any entry was read: every right. */
export const EVERY_RIGHT: u64 = PTE_P | PTE_RW | PTE_US;

/** Level of the entry that a translation comes from. */
export function levelOf(translation: u64): u32 {
  return <u32>((translation >> LEVEL_SHIFT) & LEVEL_MASK);
}

/** Bits of an address below a page, or the span of a table's entry, at `level`. */
export function shiftOf(level: u32): u32 {
  return PAGE_SHIFT + pageShiftOf(level);
}

/** Physical address of the entry of `level` for `va` in the table at `table`. */
export function entryAddress(table: u64, va: u64, level: u32): u64 {
  return table + entryOffset(va >> PAGE_SHIFT, level);
}

/** Whether a present entry without reserved bits maps a page. */
export function isLeaf(entry: u64, level: u32): bool {
  return level == 1 || ((level == 2 || level == 3) && (entry & PTE_PS) != 0);
}

/** The bits of a present entry of `level` that must be 0. */
export function reservedBits(entry: u64, level: u32): u64 {
  let reserved = registers.unimplementedAddress;
  if (!(registers.efer & EFER_NXE)) reserved |= PTE_XD;
  if (level >= 4 || (level == 3 && !registers.pages1G)) return reserved | PTE_PS;
  // Below a large page's address there is PAT, at bit 12, and nothing else.
  if (level > 1 && entry & PTE_PS) reserved |= pageMask(level) & ~pageMask(1) & ~PTE_PAT_LARGE;
  return reserved;
}

/** How an entry of a table is to be taken. */
export const ENTRY_NOT_PRESENT: u32 = 0;
export const ENTRY_TABLE: u32 = 1;
export const ENTRY_PAGE: u32 = 2;
/** Present, with reserved bits set: an access through it faults. */
export const ENTRY_RESERVED: u32 = 3;

/** What `entry` of `level` is: an ENTRY_. */
export function kindOfEntry(entry: u64, level: u32): u32 {
  if (!(entry & PTE_P)) return ENTRY_NOT_PRESENT;
  if (entry & reservedBits(entry, level)) return ENTRY_RESERVED;
  return isLeaf(entry, level) ? ENTRY_PAGE : ENTRY_TABLE;
}

/** What `entry` of `level` adds to the translation of the levels above it. */
export function combine(above: u64, entry: u64, level: u32): u64 {
  const rights = (above & entry & (PTE_RW | PTE_US)) | ((above | entry) & PTE_XD);
  const kept = isLeaf(entry, level) ? PTE_P | PTE_A | PTE_D | PTE_G | (PTE_PKEY_MASK << PTE_PKEY_SHIFT) : PTE_P;
  return rights | (entry & kept) | targetOf(entry, level) | ((<u64>level) << LEVEL_SHIFT);
}

/** Physical address of the table or page that an entry of `level` points to. */
export function targetOf(entry: u64, level: u32): u64 {
  return entry & PTE_ADDRESS & (isLeaf(entry, level) ? ~pageMask(level) : ~(<u64>0));
}

/** Where `va` lies, by a translation of a page. */
export function physicalAddressOf(translation: u64, va: u64): u64 {
  return (translation & PTE_ADDRESS) | (va & pageMask(levelOf(translation)));
}

/** A translation with every right, of the page of `level` at the address that `entry` has. */
export function pageTranslation(entry: u64, level: u32): u64 {
  return EVERY_RIGHT | (entry & PTE_ADDRESS & ~pageMask(level)) | ((<u64>level) << LEVEL_SHIFT);
}

/**
 * What TLBs hold of a page of a guest, where `guest` translates to guest-physical addresses, and `host`, of which every right is given, those of
 * the page that has `gpa` to physical ones: of the smaller of both pages.
 */
export function combineGuest(guest: u64, host: u64, gpa: u64): u64 {
  const level = min(levelOf(guest), levelOf(host));
  const kept = guest & ~PTE_ADDRESS & ~(LEVEL_MASK << LEVEL_SHIFT);
  return kept | (physicalAddressOf(host, gpa) & ~pageMask(level)) | ((<u64>level) << LEVEL_SHIFT);
}

/** Bits of an address within a page of `level`. */
function pageMask(level: u32): u64 {
  return ((<u64>1) << (<u64>shiftOf(level))) - 1;
}
