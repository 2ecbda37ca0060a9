/**
 * What page tables map, without any access: one table's entries, or every page below CR3.
 */
import { place } from "../arena";
import { LEVEL_BITS, PTE_ADDRESS, PTE_P } from "../paging";
import { EVERY_RIGHT, combine, isLeaf, reservedBits, shiftOf, targetOf } from "./entries";
import { bytesOf } from "./memory";
import { registers } from "./registers";
import { result } from "./result";

const ENTRIES: u32 = 1 << LEVEL_BITS;

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

//   0              8              16             24            32   byte
//   ├──────────────┼──────────────┼──────────────┼─────────────┤    one mapping: first byte of the page, where it is
//   │   virtual    │   physical   │  leaf entry  │ translation │    mapped to, and the entry with the rights of all
//   └──────────────┴──────────────┴──────────────┴─────────────┘    levels (entries.ts)
export const MAPPING_BYTES: u32 = 32;
/** Mappings that one call lists at most. */
export const MAX_MAPPINGS: u32 = 4096;
let mappings: usize = 0;

/** By level: the translation of its table, the virtual address of the table's first byte, the next entry to look at. */
const TRANSLATIONS = memory.data(7 * 8, 8);
const BASES = memory.data(7 * 8, 8);
const INDICES = memory.data(7 * 4, 8);
/** Level whose table is being read; above the top when all is listed. */
let level: u32 = 0;

/** Makes room for listings. False if there is no memory left. */
export function placeMappings(): bool {
  mappings = place(MAX_MAPPINGS * MAPPING_BYTES);
  return mappings != 0;
}

export function mappingsAddress(): usize {
  return mappings;
}

/** Starts at the lowest address of the tables at CR3. */
export function startMappings(): void {
  level = registers.topLevel;
  enter(EVERY_RIGHT | registers.topTable, 0);
}

/**
 * Lists the next pages, in the order of their addresses, the lower half first. How many, 0 at the end; or -1 if a
 * table has no bytes: `result` then has the level of its entries and its address.
 */
export function nextMappings(): i32 {
  let count: u32 = 0;
  while (level <= registers.topLevel && count < MAX_MAPPINGS) {
    const index = load<u32>(INDICES + (level << 2));
    if (index == ENTRIES) {
      level++;
      continue;
    }
    const above = load<u64>(TRANSLATIONS + (level << 3));
    const table = bytesOf(above & PTE_ADDRESS);
    if (table == 0) {
      result.level = level;
      result.missing = above & PTE_ADDRESS;
      return -1;
    }
    store<u32>(INDICES + (level << 2), index + 1);
    const entry = load<u64>(table + (index << 3));
    const kind = kindOfEntry(entry, level);
    if (kind != ENTRY_TABLE && kind != ENTRY_PAGE) continue;
    const va = load<u64>(BASES + (level << 3)) + ((<u64>index) << (<u64>shiftOf(level)));
    const translation = combine(above, entry, level);
    if (kind == ENTRY_PAGE) {
      const at = mappings + count * MAPPING_BYTES;
      store<u64>(at, canonical(va));
      store<u64>(at, targetOf(entry, level), 8);
      store<u64>(at, entry, 16);
      store<u64>(at, translation, 24);
      count++;
    } else {
      level--;
      enter(translation, va);
    }
  }
  return count;
}

function enter(translation: u64, base: u64): void {
  store<u64>(TRANSLATIONS + (level << 3), translation);
  store<u64>(BASES + (level << 3), base);
  store<u32>(INDICES + (level << 2), 0);
}

/** `va` with its sign bit in all bits above. */
function canonical(va: u64): u64 {
  const shift = 64 - registers.addressBits;
  return <u64>(<i64>(va << (<u64>shift)) >> <i64>shift);
}
