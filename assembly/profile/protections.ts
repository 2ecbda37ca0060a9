/** The first records of a run that ended in #GP, and when they came. */
import { KIND_MASK, WORD_KIND_SHIFT, WORD_PAGE_MASK, WORD_PAGE_SHIFT } from "../layout";
import { generalProtections } from "../noted-records";
import { isCanonical, nextPage } from "../paging";
import { intervalAfter, marksPassed } from "./intervals";

/** Forgets all. */
export function resetProtections(): void {
  generalProtections.forget();
}

/** Keeps the record of `word`, if there is room, by the first of its 4 KiB pages that is not canonical. */
export function noteProtection(word: u64): void {
  const page = (word >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK;
  const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
  generalProtections.note(isCanonical(page) ? nextPage(page) : page, kind, 0, marksPassed());
}

/** How many were kept. */
export function protectionCount(): u32 {
  return generalProtections.count;
}

/** First byte of the page of number `index`. */
export function protectionAddress(index: u32): u64 {
  return generalProtections.page(index);
}

/** Its KIND_. */
export function protectionKind(index: u32): u32 {
  return generalProtections.kind(index);
}

/** Index of its interval. */
export function protectionInterval(index: u32): u32 {
  return intervalAfter(generalProtections.marks(index));
}
