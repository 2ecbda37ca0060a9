/**
 * The contract of a TLB prefetcher, and the one place that knows them all.
 *
 * A prefetcher is a class without fields, used as `changetype<Distance>(<usize>0)`, that says which pages are likely to miss next
 * whenever one has missed in the last level of TLBs. Pages are numbers; what it remembers is its *state*, bytes that its owner
 * (hierarchy/prefetch.ts) gives it, at a multiple of 8.
 * - `stateBytes(rows, degree)`: how many, for a table of so many rows; a multiple of 8.
 * - `reset(state, rows, degree)`: nothing has missed yet.
 * - `miss(state, rows, degree, page, pc)`: `page` was missed by the instruction at `pc`. Writes what it predicts into PREDICTED,
 *   what is to be fetched first first, and returns how many these are, `degree` at most. It may predict anything: who
 *   asks leaves out what cannot be a page, and what needs not be fetched.
 *
 * To add one: its file, its PREFETCH_ constant and its line in each function here, and its name in
 * src/config/cpus/prefetch.ts and src/kernel/prefetch.ts.
 */
import { Distance } from "./distance";
import { NextPage } from "./next-page";
import { Stride } from "./stride";

// Numbers of prefetchers; 0 is none.
export const PREFETCH_NEXT_PAGE: u32 = 1;
export const PREFETCH_STRIDE: u32 = 2;
export const PREFETCH_DISTANCE: u32 = 3;

/** stateBytes() of the prefetcher with that PREFETCH_. */
export function prefetcherBytes(prefetcher: u32, rows: u32, degree: u32): u32 {
  if (prefetcher == PREFETCH_STRIDE) return changetype<Stride>(<usize>0).stateBytes(rows, degree);
  if (prefetcher == PREFETCH_DISTANCE) return changetype<Distance>(<usize>0).stateBytes(rows, degree);
  return changetype<NextPage>(<usize>0).stateBytes(rows, degree);
}

/** reset() of that prefetcher. */
export function resetPrefetcher(prefetcher: u32, state: usize, rows: u32, degree: u32): void {
  if (prefetcher == PREFETCH_STRIDE) return changetype<Stride>(<usize>0).reset(state, rows, degree);
  if (prefetcher == PREFETCH_DISTANCE) return changetype<Distance>(<usize>0).reset(state, rows, degree);
  changetype<NextPage>(<usize>0).reset(state, rows, degree);
}

/** miss() of that prefetcher. */
export function predict(prefetcher: u32, state: usize, rows: u32, degree: u32, page: u64, pc: u64): u32 {
  if (prefetcher == PREFETCH_STRIDE) return changetype<Stride>(<usize>0).miss(state, rows, degree, page, pc);
  if (prefetcher == PREFETCH_DISTANCE) return changetype<Distance>(<usize>0).miss(state, rows, degree, page, pc);
  return changetype<NextPage>(<usize>0).miss(state, rows, degree, page, pc);
}
