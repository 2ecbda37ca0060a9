/**
 * The page walk, in two steps: walk() reads and judges, and changes nothing; commitWalk() then sets A and D and fills
 * the paging-structure caches. So an access that faults leaves no mark.
 * SDM Vol. 3A, "4-Level Paging and 5-Level Paging", "Accessed and Dirty Flags", "Paging-Structure Caches".
 */
import { PTE_A, PTE_ADDRESS, PTE_D, PTE_P } from "../paging";
import { EVERY_RIGHT, combine, entryAddress, isLeaf, reservedBits } from "./entries";
import { bytesOf } from "./memory";
import { registers } from "./registers";
import { REASON_NONE, REASON_NOT_PRESENT, REASON_RESERVED_BIT } from "./rights";
import { logStep } from "./result";

/** The last walk. */
@final
@unmanaged
class Walk {
  /** The translation of the page, or 0. */
  translation: u64;
  /** Physical address of the entry read last. */
  lastAddress: u64;
  /** Level of the entry read last: of the leaf, or of the one that ended the walk. */
  level: u32;
  /** Level of the first entry read. */
  firstLevel: u32;
  /** Why it found no page. */
  reason: u32;
  /** Whether the entry of `level` has no bytes: it was not read. */
  missing: bool;
}

export const walked = changetype<Walk>(memory.data(offsetof<Walk>(), 8));

/** Physical address, and value before the walk, of the entry of each level that was read; and the translation so far. */
const ADDRESSES = memory.data(6 * 8, 8);
const ENTRIES = memory.data(6 * 8, 8);
const TRANSLATIONS = memory.data(6 * 8, 8);

/**
 * Walks for canonical address `va`, from the deepest structure cache that hits. What came of it is in `walked`. C is the class of
 * the caches (access.ts).
 */
export function walk<C>(va: u64): void {
  const caches = changetype<C>(<usize>0);
  for (let cached: u32 = 2; cached <= registers.topLevel; cached++) {
    // @ts-ignore: C is a class of caches; asc checks its instances
    const below: u64 = caches.peekStructure(cached, va);
    if (below != 0) return walkFrom(va, cached - 1, below);
  }
  walkFromTop(va);
}

/** walk() as if no structure were cached. */
export function walkFromTop(va: u64): void {
  walkFrom(va, registers.topLevel, EVERY_RIGHT | registers.topTable);
}

/** Walks from the entry of `level` on, in the table that `translation` leads to. */
function walkFrom(va: u64, level: u32, translation: u64): void {
  walked.translation = 0;
  walked.missing = false;
  walked.reason = REASON_NONE;
  walked.firstLevel = level;
  while (true) {
    walked.level = level;
    const address = entryAddress(tableOf(translation), va, level);
    walked.lastAddress = address;
    const at = bytesOf(address);
    if (at == 0) {
      walked.missing = true;
      return;
    }
    const entry = load<u64>(at);
    store<u64>(ADDRESSES + (level << 3), address);
    store<u64>(ENTRIES + (level << 3), entry);
    if (!(entry & PTE_P)) {
      walked.reason = REASON_NOT_PRESENT;
      return;
    }
    if (entry & reservedBits(entry, level)) {
      walked.reason = REASON_RESERVED_BIT;
      return;
    }
    translation = combine(translation, entry, level);
    store<u64>(TRANSLATIONS + (level << 3), translation);
    if (isLeaf(entry, level)) break;
    level--;
  }
  walked.translation = translation;
}

/**
 * Makes the effects of the last walk, which must have found a page for `va`: A in every entry read, D in the leaf if
 * `writes`, the structure caches. Returns the translation, with them.
 */
export function commitWalk<C>(va: u64, writes: bool): u64 {
  const caches = changetype<C>(<usize>0);
  const started = walked.firstLevel + 1;
  // @ts-ignore: C is a class of caches; asc checks its instances
  if (started <= registers.topLevel) caches.touchStructure(started, va);
  for (let level = walked.firstLevel; level > walked.level; level--) {
    mark(level, PTE_A);
    // @ts-ignore: as above
    caches.readEntry(level, load<u64>(ADDRESSES + (level << 3)));
    // @ts-ignore: as above
    caches.fillStructure(level, va, load<u64>(TRANSLATIONS + (level << 3)));
  }
  const marks = writes ? PTE_A | PTE_D : PTE_A;
  mark(walked.level, marks);
  // @ts-ignore: as above
  caches.readEntry(walked.level, walked.lastAddress);
  return walked.translation | marks;
}

/** Logs the entries that the last walk read, which had no effect. */
export function logWalk(): void {
  const last = walked.missing ? walked.level + 1 : walked.level;
  for (let level = walked.firstLevel; level >= last; level--) {
    const entry = load<u64>(ENTRIES + (level << 3));
    logStep(level, load<u64>(ADDRESSES + (level << 3)), entry, entry);
  }
}

function mark(level: u32, marks: u64): void {
  const address = load<u64>(ADDRESSES + (level << 3));
  const entry = load<u64>(ENTRIES + (level << 3));
  if ((entry & marks) != marks) store<u64>(bytesOf(address), entry | marks);
  logStep(level, address, entry, entry | marks);
}

function tableOf(translation: u64): u64 {
  return translation & PTE_ADDRESS;
}
