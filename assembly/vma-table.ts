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
import { KIND_FETCH, KIND_WRITES } from "./layout";

export const VMA_READ: u32 = 1;
export const VMA_WRITE: u32 = 2;
export const VMA_EXEC: u32 = 4;

/** Signal codes of a SIGSEGV, as Linux numbers them: no VMA, or one that forbids the access. */
export const SEGV_MAPERR: u32 = 1;
export const SEGV_ACCERR: u32 = 2;
/** What segvCodeOf() has for an access that is allowed. */
export const NO_SEGV: u32 = 0;

@final
@unmanaged
class Vma {
  first: u64;
  last: u64;
  rights: u32;
  unused: u32;
}

/** Of one row, and where in it each field is. */
export const VMA_BYTES: u32 = offsetof<Vma>();
export const VMA_FIRST: u32 = offsetof<Vma>("first");
export const VMA_LAST: u32 = offsetof<Vma>("last");
export const VMA_RIGHTS: u32 = offsetof<Vma>("rights");

/** Rights of a page without a VMA. */
const NO_VMA: u32 = ~0;
/** More rows have no place in 4 GiB. */
const MAX_BYTES: u64 = 1 << 31;

/** Whether the run has VMAs; without, every page may be touched in every way. */
export let hasVmas: bool = false;
let rows: u32 = 0;
let table: usize = 0;

const KNOWN_LOG2: usize = 8;
const KNOWN_BYTES_LOG2: usize = 4;
/** Pages looked up lately, each where its low bits say: u64 number, u32 rights. */
const KNOWN: usize = memory.data(256 * 16, 16);

/** Has every page be touched in every way. */
export function forgetVmas(): void {
  hasVmas = false;
}

/** Places a table of `count` rows, which the host fills before anything is looked up. False if there is no memory left. */
export function configureVmas(count: u32): bool {
  const bytes = <u64>count * <u64>VMA_BYTES;
  if (bytes >= MAX_BYTES) return false;
  table = place(<usize>bytes);
  if (table == 0) return false;
  rows = count;
  hasVmas = true;
  memory.fill(KNOWN, 0xff, 1 << (KNOWN_LOG2 + KNOWN_BYTES_LOG2)); // no page
  return true;
}

/** Address of the table of a run that was configured to have VMAs. */
export function vmaTableAddress(): usize {
  return table;
}

/**
 * What an access of `kind` to 4 KiB page number `page`, which must be canonical, is to its process: a SEGV_ code, or
 * NO_SEGV. Pages that may be written or executed may be read, too: x86 has no other ones.
 */
export function segvCodeOf(page: u64, kind: u32): u32 {
  const rights = rightsOf(page);
  if (rights == NO_VMA) return SEGV_MAPERR;
  const suffice = kind == KIND_FETCH ? VMA_EXEC : kind & KIND_WRITES ? VMA_WRITE : VMA_READ | VMA_WRITE | VMA_EXEC;
  return rights & suffice ? NO_SEGV : SEGV_ACCERR;
}

/** Whether the VMA of `page`, which must have one, gives that right. */
export function vmaGives(page: u64, right: u32): bool {
  return (rightsOf(page) & right) != 0;
}

function rightsOf(page: u64): u32 {
  const known = KNOWN + ((<usize>page & ((1 << KNOWN_LOG2) - 1)) << KNOWN_BYTES_LOG2);
  if (load<u64>(known) == page) return load<u32>(known, 8);
  const rights = search(page);
  store<u64>(known, page);
  store<u32>(known, rights, 8);
  return rights;
}

/** rightsOf() by the table. */
function search(page: u64): u32 {
  let from: u32 = 0;
  let end = rows;
  while (from < end) {
    const middle = from + ((end - from) >> 1);
    if (rowAt(middle).last < page) from = middle + 1;
    else end = middle;
  }
  return from < rows && rowAt(from).first <= page ? rowAt(from).rights : NO_VMA;
}

function rowAt(index: u32): Vma {
  return changetype<Vma>(table + <usize>index * <usize>VMA_BYTES);
}
