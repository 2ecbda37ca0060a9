/**
 * The VMAs of the process that a run replays: which pages it may touch, and how. They stay as they are for the whole
 * trace, so that rights are judged by them alone, and page tables follow at first touch.
 *
 *   0        8        16       20       24   byte
 *   ├────────┼────────┼────────┼────────┤    one row; first, last: u64 numbers of 4 KiB pages, of 52 bits as in record
 *   │ first  │  last  │ rights │        │    words; rights: u32, VMA_ bits. Rows ascend and do not overlap.
 *   └────────┴────────┴────────┴────────┘
 */
import { place } from "./arena";
import {
  KIND_FETCH,
  KIND_LOAD,
  KIND_MASK,
  KIND_MODIFY,
  KIND_STORE,
  WORD_KIND_SHIFT,
  WORD_PAGE_MASK,
  WORD_PAGE_SHIFT,
  WORD_STRADDLES,
} from "./layout";
import { PTE_RW, PTE_XD, nextPage } from "./paging";
import { rightsAllow } from "./vma-rights";

@final
@unmanaged
class Vma {
  first: u64;
  last: u64;
  rights: u32;
  unused: u32;
}

/** Of one row, and where in it each field is. */
export const VMA_ROW_BYTES: u32 = offsetof<Vma>();
export const VMA_ROW_FIRST: u32 = offsetof<Vma>("first");
export const VMA_ROW_LAST: u32 = offsetof<Vma>("last");
export const VMA_ROW_RIGHTS: u32 = offsetof<Vma>("rights");

/** More rows have no place in 4 GiB. */
const MAX_BYTES: u64 = 1 << 31;

/** Whether the run has VMAs; without, every page may be touched in every way. */
export let hasVmas: bool = false;
let rows: u32 = 0;
let table: usize = 0;

/** The VMA that was found last: its pages, which are none while nothing was found, and one bit for each KIND_ that it allows. */
let latestFirst: u64 = 0;
let latestPages: u64 = 0;
let latestAllows: u32 = 0;

const KNOWN_LOG2: usize = 8;
const KNOWN_BYTES_LOG2: usize = 4;
/** Pages looked up lately, each where its low bits say: u64 number, u32 what they allow. */
const KNOWN: usize = memory.data(256 * 16, 16);

/** Has every page be touched in every way. */
export function forgetVmas(): void {
  hasVmas = false;
}

/** Places a table of `count` rows, which the host fills before anything is looked up. False if there is no memory left. */
export function configureVmas(count: u32): bool {
  const bytes = <u64>count * <u64>VMA_ROW_BYTES;
  if (bytes >= MAX_BYTES) return false;
  table = place(<usize>bytes);
  if (table == 0) return false;
  rows = count;
  hasVmas = true;
  latestPages = 0;
  memory.fill(KNOWN, 0xff, 1 << (KNOWN_LOG2 + KNOWN_BYTES_LOG2)); // no page
  return true;
}

/** Address of the table of a run that was configured to have VMAs. */
export function vmaTableAddress(): usize {
  return table;
}

/** Whether a VMA allows an access of `kind` to 4 KiB page number `page`, which must be canonical. */
export function isAllowed(page: u64, kind: u32): bool {
  return ((allowedOn(page) >> kind) & 1) != 0;
}

/** Whether `page` is in the VMA that was found last, and that allows accesses of `kind`. */
export function latestVmaAllows(page: u64, kind: u32): bool {
  return page - latestFirst < latestPages && ((latestAllows >> kind) & 1) != 0;
}

/** Whether all pages of the record of `word` are known to allow it; else they may, too. */
export function mayAccess(word: u64): bool {
  const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
  const page = (word >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK;
  const second = word & WORD_STRADDLES ? nextPage(page) : page;
  // Without branches, since kinds and pages alternate.
  return (((knownToAllow(page) & knownToAllow(second)) >> kind) & 1) != 0;
}

/** R/W and XD of a PTE that maps `page`, which has a VMA. */
export function pteRightsOf(page: u64): u64 {
  const allows = page - latestFirst < latestPages ? latestAllows : allowedOn(page);
  return (allows & (1 << KIND_STORE) ? PTE_RW : 0) | (allows & (1 << KIND_FETCH) ? 0 : PTE_XD);
}

function knownOf(page: u64): usize {
  return KNOWN + ((<usize>page & ((1 << KNOWN_LOG2) - 1)) << KNOWN_BYTES_LOG2);
}

/** allowedOn() a page that was looked up lately, else 0. */
function knownToAllow(page: u64): u32 {
  const known = knownOf(page);
  return load<u64>(known) == page ? load<u32>(known, 8) : 0;
}

/** One bit for each KIND_ of access that `page` allows. */
function allowedOn(page: u64): u32 {
  const known = knownOf(page);
  if (load<u64>(known) == page) return load<u32>(known, 8);
  const allows = page - latestFirst < latestPages ? latestAllows : search(page);
  store<u64>(known, page);
  store<u32>(known, allows, 8);
  return allows;
}

/** allowedOn() by the table. */
function search(page: u64): u32 {
  let from: u32 = 0;
  let end = rows;
  while (from < end) {
    const middle = from + ((end - from) >> 1);
    if (rowAt(middle).last < page) from = middle + 1;
    else end = middle;
  }
  if (from == rows || rowAt(from).first > page) return 0;
  const vma = rowAt(from);
  latestFirst = vma.first;
  latestPages = vma.last - vma.first + 1;
  latestAllows = allowedBy(vma.rights);
  return latestAllows;
}

function allowedBy(rights: u32): u32 {
  return (
    (rightsAllow(rights, true, false) ? 1 << KIND_FETCH : 0) |
    (rightsAllow(rights, false, false) ? 1 << KIND_LOAD : 0) |
    (rightsAllow(rights, false, true) ? (1 << KIND_STORE) | (1 << KIND_MODIFY) : 0)
  );
}

function rowAt(index: u32): Vma {
  return changetype<Vma>(table + <usize>index * <usize>VMA_ROW_BYTES);
}
