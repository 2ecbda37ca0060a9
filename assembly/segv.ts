/** Records of a run with VMAs that end in SIGSEGV: each is judged whole, and makes no reference. */
import { counters } from "./counters";
import { FLAG_EXEC } from "./frames";
import {
  KIND_FETCH,
  KIND_MASK,
  KIND_WRITES,
  WORD_KIND_SHIFT,
  WORD_PAGE_MASK,
  WORD_PAGE_SHIFT,
  WORD_STRADDLES,
} from "./layout";
import { segvs } from "./noted-records";
import { PTE_P, PTE_RW, isCanonical, nextPage } from "./paging";
import { intervalAfter, marksPassed } from "./profile/intervals";
import { addReferences } from "./records";
import { NO_SEGV, latestVmaAllows, segvCodeOf } from "./vma-table";
import { walker } from "./walk";

/** endsInSegv() of a plain record: an access of `kind` to `page`. */
export function isForbidden(page: u64, kind: u32): bool {
  // Where VMAs alternate, a look at the page tables is shorter than a search.
  if (latestVmaAllows(page, kind) || (walker.peek(page) & enoughFor(kind)) != 0) return false;
  const code = segvCodeOf(page, kind);
  if (code == NO_SEGV) return false;
  takeBack(page, kind, code);
  return true;
}

/**
 * Whether the record of `word` ends in SIGSEGV, which is then counted and noted. One with a non-canonical byte does not:
 * it ends in #GP before any page is looked at. It must be asked before the record has changed anything.
 */
export function endsInSegv(word: u64): bool {
  const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
  let page = (word >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK;
  if (!isCanonical(page)) return false;
  let code = segvCodeOf(page, kind);
  if ((word & WORD_STRADDLES) != 0) {
    const second = nextPage(page);
    if (!isCanonical(second)) return false;
    if (code == NO_SEGV) {
      page = second;
      code = segvCodeOf(page, kind);
    }
  }
  if (code == NO_SEGV) return false;
  takeBack(page, kind, code);
  return true;
}

/** Of flagsOf() a PTE that is present, the one that an access of `kind` needs. */
function enoughFor(kind: u32): u64 {
  return kind == KIND_FETCH ? FLAG_EXEC : kind & KIND_WRITES ? PTE_RW : PTE_P;
}

/** Has a record that was counted make no reference, since `page` may not be accessed so. */
function takeBack(page: u64, kind: u32, code: u32): void {
  counters.protections++;
  addReferences(kind, -1);
  segvs.note(page, kind, code, marksPassed());
}

/** Forgets those that were noted. */
export function forgetSegvs(): void {
  segvs.forget();
}

/** How many were noted: the first ones. */
export function segvCount(): u32 {
  return segvs.count;
}

/** Of number `index`: first byte of the first 4 KiB page that it may not touch so. */
export function segvAddress(index: u32): u64 {
  return segvs.page(index);
}

/** Its KIND_. */
export function segvKind(index: u32): u32 {
  return segvs.kind(index);
}

/** Its SEGV_ code. */
export function segvCode(index: u32): u32 {
  return segvs.code(index);
}

/** Index of its interval; of a run that is profiled. */
export function segvInterval(index: u32): u32 {
  return intervalAfter(segvs.marks(index));
}
