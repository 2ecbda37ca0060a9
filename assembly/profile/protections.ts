/** The first records of a run that ended in #GP: their words, and when they came. */
import { KIND_MASK, WORD_KIND_SHIFT, WORD_PAGE_MASK, WORD_PAGE_SHIFT } from "../layout";
import { PAGE_SHIFT, isCanonical, nextPage } from "../paging";
import { intervalAfter, marksPassed } from "./intervals";

/** How many are kept. */
const MAX_PROTECTIONS: u32 = 16;
/** u64 each. */
const WORDS: usize = memory.data(16 * 8, 8);
const MARKS: usize = memory.data(16 * 8, 8);
let count: u32 = 0;

/** Forgets all. */
export function resetProtections(): void {
  count = 0;
}

/** Keeps the record of `word`, if there is room. */
export function noteProtection(word: u64): void {
  if (count == MAX_PROTECTIONS) return;
  store<u64>(WORDS + ((<usize>count) << 3), word);
  store<u64>(MARKS + ((<usize>count) << 3), marksPassed());
  count++;
}

/** How many were kept. */
export function protectionCount(): u32 {
  return count;
}

/** First byte of the first 4 KiB page of the record of number `index` that is not canonical. */
export function protectionAddress(index: u32): u64 {
  const page = (load<u64>(WORDS + ((<usize>index) << 3)) >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK;
  return (isCanonical(page) ? nextPage(page) : page) << PAGE_SHIFT;
}

/** Its KIND_. */
export function protectionKind(index: u32): u32 {
  return (<u32>load<u64>(WORDS + ((<usize>index) << 3)) >> WORD_KIND_SHIFT) & KIND_MASK;
}

/** Index of its interval. */
export function protectionInterval(index: u32): u32 {
  return intervalAfter(load<u64>(MARKS + ((<usize>index) << 3)));
}
