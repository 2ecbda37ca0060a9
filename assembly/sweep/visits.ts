/**
 * The references that a page size's TLBs see, one after the other, looked up in its Pages.
 *
 *   63       62      61..52 51                  0    bit
 *   ├──────┬─────────────┬──────┬────────────────┤
 *   │  0   │ first store │  0   │  page number   │    word 0; first store: of the page since it was mapped
 *   ├──────┴────────────┬─┴──────┴────────────────┤
 *   │         0         │         number          │    word 1: of the page in Pages
 *   └───────────────────┴─────────────────────────┘
 */
import { place } from "../arena";
import { MAX_REFERENCES } from "../references";

const FIRST_STORE_SHIFT: u64 = 62;
const PAGE_BITS: u64 = (1 << 52) - 1;
export const VISIT_BYTES: usize = 16;

/** Address of the first visit. */
export let visits: usize = 0;

/**
 * Word 0 of all visits, also of those that are left out because they change nothing in an LRU TLB. Only where some point
 * has a TLB of its own.
 */
export let pagesSeen: usize = 0;
/** Where they end. */
export let pagesEnd: usize = 0;

/** Makes room for all visits that one list of references makes. False if there is no memory left. */
export function configureVisits(): bool {
  visits = place(<usize>MAX_REFERENCES * VISIT_BYTES);
  pagesSeen = place((<usize>MAX_REFERENCES) << 3);
  return visits != 0 && pagesSeen != 0;
}

/** `isFirstStore`: 0 or 1. */
export function setVisit(at: usize, page: u64, isFirstStore: u32, number: u32): void {
  store<u64>(at, wordOf(page, isFirstStore));
  store<u32>(at, number, 8);
}

function wordOf(page: u64, isFirstStore: u32): u64 {
  return page | ((<u64>isFirstStore) << FIRST_STORE_SHIFT);
}

export function clearPages(): void {
  pagesEnd = pagesSeen;
}

export function addPage(page: u64, isFirstStore: u32): void {
  store<u64>(pagesEnd, wordOf(page, isFirstStore));
  pagesEnd += 8;
}

/** Of a visit, or of a word of pagesSeen. */
export function visitedPage(at: usize): u64 {
  return load<u64>(at) & PAGE_BITS;
}

/** The low bits of that. */
export function visitedPageBits(at: usize): u32 {
  return load<u32>(at);
}

export function isFirstStore(at: usize): bool {
  return load<u64>(at) >> FIRST_STORE_SHIFT != 0;
}

export function visitedNumber(at: usize): u32 {
  return load<u32>(at, 8);
}
