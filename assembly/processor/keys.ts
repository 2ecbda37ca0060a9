/**
 * Keys of cached translations.
 *
 *   63  62  61  60  58  57  56    45 44                      0   bit
 *   ├───┼───┼───┼──────┼───┼────────┼─────────────────────────┤    number: the address without its sign bits,
 *   │ 0 │ C │ T │level │ G │  PCID  │         number          │    shifted by what an entry of the level spans
 *   └───┴───┴───┴──────┴───┴────────┴─────────────────────────┘    G: global, of no PCID
 *
 * T: of an entry that points to a table, where one array holds such beside pages. C: of pages that share an entry (hierarchy/).
 */
import { PTE_G, VA_BITS_LA57 } from "../paging";
import { levelOf, shiftOf } from "./entries";
import { CR4_PGE, registers } from "./registers";

export const PCID_SHIFT: u64 = 45;
export const PCID_BITS: u64 = 0xfff << PCID_SHIFT;
export const GLOBAL: u64 = 1 << 57;
/** In keys of entries that point to a table, where an array may hold pages beside them. */
export const KEY_TABLE: u64 = 1 << 61;
/** In keys of small pages that share an entry: the number is that of the first page of their group. */
export const KEY_SHARED: u64 = 1 << 62;
const LEVEL_SHIFT: u64 = 58;
const LEVEL_MASK: u64 = 7;

/** Key of the page of `level` that holds `va`, or of the table entry of `level` for it. `tag`: a PCID in place, or GLOBAL. */
export function keyOf(va: u64, level: u32, tag: u64): u64 {
  const number = (va & (((<u64>1) << VA_BITS_LA57) - 1)) >> <u64>shiftOf(level);
  return number | tag | ((<u64>level) << LEVEL_SHIFT);
}

/** The tag of the translation of a page: GLOBAL, or that of the current PCID. */
export function tagOfPage(translation: u64): u64 {
  return (translation & PTE_G) != 0 && (registers.cr4 & CR4_PGE) != 0 ? GLOBAL : ownTag();
}

/** The tag of what is not global. */
export function ownTag(): u64 {
  return registers.pcid << PCID_SHIFT;
}

/** The tag of the entry with `key`: a PCID in place, or GLOBAL. */
export function tagOfKey(key: u64): u64 {
  return key & (GLOBAL | PCID_BITS);
}

/** First byte of what the entry with `key` translates. */
export function addressOfKey(key: u64): u64 {
  const unused = <u64>(64 - registers.addressBits);
  const number = key & (((<u64>1) << PCID_SHIFT) - 1);
  return <u64>(<i64>(number << (<u64>shiftOf(levelOfKey(key)) + unused)) >> unused);
}

export function levelOfKey(key: u64): u32 {
  return <u32>((key >> LEVEL_SHIFT) & LEVEL_MASK);
}

export function pcidOfKey(key: u64): u32 {
  return <u32>((key & PCID_BITS) >> PCID_SHIFT);
}

export function isOfTable(key: u64): bool {
  return (key & KEY_TABLE) != 0;
}

export function isShared(key: u64): bool {
  return (key & KEY_SHARED) != 0;
}

export function isGlobalKey(key: u64): bool {
  return (key & GLOBAL) != 0;
}
