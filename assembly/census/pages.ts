/**
 * What a census knows of each 4 KiB page, numbered from 0 in the order of first reference. Records stand in chunks that
 * never move, so that the latest ones may be remembered by their addresses.
 *
 *   0             8        16        24      32       40         48        52   byte
 *   ├─────────────┼────────┼─────────┼───────┼────────┼──────────┼─────────┼────┤
 *   │ page number │ latest │ fetches │ loads │ stores │ modifies │ streams │  0 │
 *   └─────────────┴────────┴─────────┴───────┴────────┴──────────┴─────────┴────┘
 *
 * latest: the time of its latest reference. streams: a bit for each STREAM_ that referred to it, and CENSUS_WRITTEN if
 * a record with its first byte in the page before wrote to it, or, in a pages-only trace, any. Records are counted in the
 * page of their first byte.
 */
import { place } from "../arena";

export const CENSUS_PAGE_BYTES: u32 = 56;
export const CENSUS_PAGE_LATEST: u32 = 8;
export const CENSUS_PAGE_KINDS: u32 = 16;
export const CENSUS_PAGE_STREAMS: u32 = 48;
/** Beside the bits of the streams. */
export const CENSUS_WRITTEN: u32 = 4;

const CHUNK_PAGES_LOG2: u32 = 12;
export const CENSUS_CHUNK_PAGES: u32 = 1 << 12;
const MAX_CHUNKS: u32 = 1 << 16;
/** Addresses of the chunks. */
const CHUNKS: usize = memory.data(4 << 16, 64);

let pages: u32 = 0;

export function resetCensusPages(): void {
  pages = 0;
}

/** Distinct pages referred to. */
export function censusPages(): u32 {
  return pages;
}

/** Address of the first record of chunk `index`, of CENSUS_CHUNK_PAGES pages in the order of their numbers. */
export function censusChunk(index: u32): usize {
  return load<usize>(CHUNKS + ((<usize>index) << 2));
}

/** Record of the page that has `number`, at most censusPages(). */
export function censusPageAt(number: u32): usize {
  return censusChunk(number >> CHUNK_PAGES_LOG2) + <usize>((number & (CENSUS_CHUNK_PAGES - 1)) * CENSUS_PAGE_BYTES);
}

/** The record of a page not seen before, which gets the next number; 0 if memory is exhausted. */
export function addCensusPage(page: u64): usize {
  const chunk = pages >> CHUNK_PAGES_LOG2;
  if ((pages & (CENSUS_CHUNK_PAGES - 1)) == 0) {
    const address = chunk < MAX_CHUNKS ? place(<usize>(CENSUS_CHUNK_PAGES * CENSUS_PAGE_BYTES)) : 0;
    if (address == 0) return 0;
    store<usize>(CHUNKS + ((<usize>chunk) << 2), address);
  }
  const record = censusPageAt(pages);
  store<u64>(record, page);
  pages++;
  return record;
}
