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
import { PTE_P, PTE_RW, isCanonical, nextPage } from "./paging";
import { addReferences } from "./records";
import { isAllowed, latestVmaAllows } from "./vma-table";
import { walker } from "./walk";

/** endsInSegv() of a plain record: an access of `kind` to `page`. */
export function isForbidden(page: u64, kind: u32): bool {
  // Where VMAs alternate, a look at the page tables is shorter than a search.
  if (latestVmaAllows(page, kind) || (walker.peek(page) & enoughFor(kind)) != 0) return false;
  if (isAllowed(page, kind)) return false;
  takeBack(kind);
  return true;
}

/**
 * Whether the record of `word` ends in SIGSEGV, which is then counted. One with a non-canonical byte does not: it ends in #GP
 * before any page is looked at. It must be asked before the record has changed anything.
 */
export function endsInSegv(word: u64): bool {
  const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
  const page = (word >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK;
  const last = word & WORD_STRADDLES ? nextPage(page) : page;
  if (!isCanonical(page) || !isCanonical(last)) return false;
  if (isAllowed(page, kind) && isAllowed(last, kind)) return false;
  takeBack(kind);
  return true;
}

/** Of flagsOf() a PTE that is present, the one that an access of `kind` needs. */
function enoughFor(kind: u32): u64 {
  return kind == KIND_FETCH ? FLAG_EXEC : kind & KIND_WRITES ? PTE_RW : PTE_P;
}

/** Has a record of `kind` that was counted make no reference. */
function takeBack(kind: u32): void {
  counters.protections++;
  addReferences(kind, -1);
}
