/**
 * From guest-physical to host-physical addresses: the nested TLB, then a walk of the host's tables from below the deepest cached entry.
 * Caches of the host's side hold guest-physical mappings. SDM Vol. 3C, "Information That May Be Cached"; Bhargava, Serebrin, Spadini &
 * Manne, "Accelerating two-dimensional page walks for virtualized systems", ASPLOS 2008, doi:10.1145/1346281.1346286.
 */
import { ArrayConfig, HOLDS_TABLE } from "../hierarchy/config";
import { HierarchyCaches } from "../hierarchy/caches";
import { PAGE_SHIFT, PTE_ADDRESS, TOP_LEVEL } from "../paging";
import { entryAddress, levelOf, pageTranslation, shiftOf } from "../processor/entries";
import { GuestPhysicalArray } from "./array";
import { nestedArrayConfigAddress, nestedConfig } from "./config";
import { countLookup, countRead, countStructureHit, countViolation, resetNestedCounts } from "./counts";
import { hostEntry, hostRoot, isHostLeaf, isHostPresent, mapHostPage } from "./host-tables";

/** Entries in a line of 64 bytes. */
const LINE_PAGES: u64 = 8;

const ARRAYS: usize = memory.data(9 * offsetof<GuestPhysicalArray>(), 8);
const nestedTlb = changetype<GuestPhysicalArray>(ARRAYS);

/** Level at which the nested TLB holds the host's pages: theirs, or that of their largest parts that it holds; 0: not at all. */
let heldLevel: u32 = 0;
/** Whether memory for the host's tables was exhausted, so that nothing that was counted since is of use. */
export let hostIsExhausted: bool = false;

/** Address of each entry that the latest walk read, by level; and the levels at which it began and ended. */
const ADDRESSES: usize = memory.data(5 * 8, 8);
const ENTRIES: usize = memory.data(5 * 8, 8);
/** Whether the latest translation walked, and so read a line of entries. */
let hasWalked: bool = false;
let firstLevel: u32 = 0;
let lastLevel: u32 = 0;

/** Empty caches; none without nested paging. False if there is no memory left. */
export function startNestedCaches(): bool {
  hostIsExhausted = false;
  resetNestedCounts();
  for (let array: u32 = 0; array < nestedConfig.arrays; array++) {
    if (!arrayAt(array).start(changetype<ArrayConfig>(nestedArrayConfigAddress(array)))) return false;
  }
  heldLevel = nestedConfig.hasTlb != 0 ? nestedTlb.levelHeld(nestedConfig.leafLevel) : 0;
  return true;
}

/** Where the host has the page of `gpa`: a translation (entries.ts) of the host's page. Every effect that this has is made. */
export function translateGuest(gpa: u64): u64 {
  const held = heldLevel == 0 ? -1 : nestedTlb.findMapping(gpa, heldLevel);
  countLookup(held >= 0);
  hasWalked = held < 0;
  if (held >= 0) {
    nestedTlb.touch(held);
    return nestedTlb.value(held);
  }
  if (!walkHost(gpa)) {
    // An EPT violation. The walk that ended in it is not counted, and fills nothing; that of the restart is, as with page faults.
    countViolation();
    if (!mapHostPage(gpa)) {
      hostIsExhausted = true;
      return pageTranslation(gpa, 1);
    }
    walkHost(gpa);
  }
  const translation = commitHostWalk(gpa);
  if (heldLevel != 0) nestedTlb.putMapping(gpa, heldLevel, translation);
  return translation;
}

/**
 * Which of 8 neighbouring pages of a guest, of which the one of that `number` is at `gpa`, are known to lie in host-physical memory as they lie
 * to one another in the guest's, now that `host` is the latest translation: those in one page of the host; of the small pages of a host, those
 * whose PTEs lie in the line that the walk has read, if there was one. One bit for each.
 */
export function pagesAlongside(gpa: u64, number: u32, host: u64): u32 {
  let pages: u32 = 0;
  for (let page: u32 = 0; page < <u32>LINE_PAGES; page++) {
    const other = gpa + ((<u64>page - <u64>number) << PAGE_SHIFT);
    const isKnown = levelOf(host) > 1 ? isInPage(gpa, other, host) : page == number || isInLine(gpa, other);
    if (isKnown) pages |= (<u32>1) << page;
  }
  return pages;
}

function isInPage(gpa: u64, other: u64, host: u64): bool {
  return (gpa ^ other) >> <u64>shiftOf(levelOf(host)) == 0;
}

/** Whether the line of the PTE for `gpa`, which the latest walk has read, has `other` as far from it in host-physical memory. */
function isInLine(gpa: u64, other: u64): bool {
  if (!hasWalked || ((gpa ^ other) / LINE_PAGES) >> PAGE_SHIFT != 0) return false;
  const own = load<u64>(ENTRIES + 8);
  const pte = hostEntry(load<u64>(ADDRESSES + 8) + (((other >> PAGE_SHIFT) - (gpa >> PAGE_SHIFT)) << 3));
  return isHostPresent(pte) && (pte & PTE_ADDRESS) - (own & PTE_ADDRESS) == other - gpa;
}

/** Walks the host's tables for `gpa`. Nothing changes. Whether it has a page. */
function walkHost(gpa: u64): bool {
  let table = hostRoot;
  firstLevel = TOP_LEVEL;
  for (let cached: u32 = 2; cached <= TOP_LEVEL; cached++) {
    const array = holderOf(gpa, cached);
    if (array == null) continue;
    firstLevel = cached - 1;
    table = array.value(array.findHostTable(gpa, cached));
    break;
  }
  for (lastLevel = firstLevel; lastLevel > 0; lastLevel--) {
    const address = entryAddress(table, gpa, lastLevel);
    const entry = hostEntry(address);
    if (!isHostPresent(entry)) return false;
    store<u64>(ADDRESSES + (lastLevel << 3), address);
    store<u64>(ENTRIES + (lastLevel << 3), entry);
    if (isHostLeaf(entry, lastLevel)) return true;
    table = entry & PTE_ADDRESS;
  }
  return false;
}

/** The effects of the latest walk, which found the page of `gpa`. Returns the translation. */
function commitHostWalk(gpa: u64): u64 {
  if (firstLevel < TOP_LEVEL) {
    countStructureHit(firstLevel + 1);
    const array = holderOf(gpa, firstLevel + 1);
    if (array != null) array.touch(array.findHostTable(gpa, firstLevel + 1));
  }
  for (let level = firstLevel; level >= lastLevel; level--) {
    countRead(level);
    changetype<HierarchyCaches>(<usize>0).readEntry(level, load<u64>(ADDRESSES + (level << 3)));
    if (level > lastLevel) cacheTable(gpa, level, load<u64>(ENTRIES + (level << 3)) & PTE_ADDRESS);
  }
  return pageTranslation(load<u64>(ENTRIES + (lastLevel << 3)), lastLevel);
}

/** The first array that has the host's entry of `level` for `gpa`. */
function holderOf(gpa: u64, level: u32): GuestPhysicalArray | null {
  for (let number = nestedConfig.hasTlb; number < nestedConfig.arrays; number++) {
    const array = arrayAt(number);
    if (array.holds & (HOLDS_TABLE << level) && array.findHostTable(gpa, level) >= 0) return array;
  }
  return null;
}

function cacheTable(gpa: u64, level: u32, table: u64): void {
  for (let number = nestedConfig.hasTlb; number < nestedConfig.arrays; number++) {
    if (arrayAt(number).holds & (HOLDS_TABLE << level)) arrayAt(number).putHostTable(gpa, level, table);
  }
}

function arrayAt(number: u32): GuestPhysicalArray {
  return changetype<GuestPhysicalArray>(ARRAYS + <usize>(number * offsetof<GuestPhysicalArray>()));
}
