/**
 * What the size of the smallest pages decides. x86-64 has 4 KiB, tables of 512 entries and four levels, or five. Arm has 4 KiB, 16 KiB
 * and 64 KiB (Arm Architecture Reference Manual for A-profile, DDI 0487, "Translation granule"): tables are as large as pages, so that
 * each level has more index bits; 48-bit addresses need four levels, or three with 64 KiB.
 *
 * Such a processor is one of 4 KiB pages at addresses divided by 4, or 16, but for its tables: those take up several frames, as if side
 * by side. So only who makes and reads tables has to know.
 */
import { ENTRIES_PER_TABLE, LEVEL_BITS, PAGE_SHIFT, TOP_LEVEL } from "../paging";

const SMALL_PAGES: u32 = 12;
const LARGEST_GRANULE: u32 = 16;
/** From an entry to its address. */
const ENTRY_SHIFT: u32 = 3;

/** Index bits of one level. */
export let levelBits: u32 = LEVEL_BITS;
/** The level at which walks begin, but with CR4.LA57. */
export let topLevel: u32 = TOP_LEVEL;
/** Bits of an address within one of the smallest pages beyond those within 4 KiB. */
export let granuleBits: u32 = 0;

/** `shift`: 12, 14 or 16, log2 of the bytes of the smallest pages; 0 is 12. */
export function setGranule(shift: u32): void {
  granuleBits = shift == 0 ? 0 : shift - SMALL_PAGES;
  levelBits = PAGE_SHIFT + granuleBits - ENTRY_SHIFT;
  topLevel = shift == LARGEST_GRANULE ? TOP_LEVEL - 1 : TOP_LEVEL;
}

/** The address that stands for 4 KiB page `page`. */
export function addressOfPage(page: u64): u64 {
  return <u64>(<i64>(page << (<u64>PAGE_SHIFT)) >> <i64>granuleBits) & ~(((<u64>1) << (<u64>PAGE_SHIFT)) - 1);
}

/** Frames that a table takes up. */
export function framesOfTable(): u32 {
  return (<u32>1) << granuleBits;
}

/** Bits of a page number that lie below the page number at `level`. */
export function pageShiftOf(level: u32): u32 {
  return (level - 1) * levelBits;
}

/** Smallest pages in a page of leaf level `level`; above, those of an entry. */
export function pagesOf(level: u32): u64 {
  return (<u64>1) << (<u64>pageShiftOf(level));
}

/** Byte offset, in its table, of the entry that translates `page` at `level`. */
export function entryOffset(page: u64, level: u32): u64 {
  const entries = (<u64>ENTRIES_PER_TABLE) << (<u64>granuleBits);
  return ((page >> <u64>pageShiftOf(level)) & (entries - 1)) << (<u64>ENTRY_SHIFT);
}
