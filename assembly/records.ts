/**
 * From records to references: how many the batch makes, and which pages a record refers to.
 */
import { instructionCount, recordCount } from "./batch";
import { counters } from "./counters";
import {
  KIND_FETCH,
  KIND_LOAD,
  KIND_MASK,
  KIND_MODIFY,
  KIND_STORE,
  KIND_WRITES,
  WORD_KIND_SHIFT,
  WORD_PAGE_MASK,
  WORD_PAGE_SHIFT,
  WORD_STRADDLES,
} from "./layout";
import { PAGE_NUMBER_BITS, VA_BITS, isCanonical, nextPage } from "./paging";

/** Counts the records of the batch. Each makes one reference, unless visitPages() finds that it makes two or none. */
export function countBatch(): void {
  const fetches = <u64>recordCount(KIND_FETCH);
  const loads = <u64>recordCount(KIND_LOAD);
  const stores = <u64>recordCount(KIND_STORE);
  const modifies = <u64>recordCount(KIND_MODIFY);
  counters.fetches += fetches;
  counters.loads += loads;
  counters.stores += stores;
  counters.modifies += modifies;
  counters.instructions += instructionCount();
  counters.fetchReferences += fetches;
  counters.dataReferences += loads + stores + modifies;
  counters.storeReferences += stores + modifies;
}

/** Whether the record of `word` makes exactly one reference: it is canonical and does not straddle. */
export function isPlain(word: u64): bool {
  // The page number moved to the top is the address: the bits from its sign bit up must be equal.
  const top = <i64>(word << (64 - WORD_PAGE_SHIFT - PAGE_NUMBER_BITS)) >> (VA_BITS - 1);
  return <u64>(top + 1) <= 1 && !(word & WORD_STRADDLES);
}

/**
 * Calls V.visit(page, kind) for each 4 KiB page that the record of `word` refers to, in ascending order. A record with
 * a non-canonical byte is one #GP(0) instead, and refers to none.
 */
export function visitPages<V>(word: u64): void {
  const page = (word >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK;
  const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
  const straddles = (word & WORD_STRADDLES) != 0;
  if (!isCanonical(page) || (straddles && !isCanonical(nextPage(page)))) {
    counters.generalProtections++;
    addReferences(kind, -1);
    return;
  }
  const visitor = changetype<V>(<usize>0);
  // @ts-ignore: V is a visitor class; asc checks its instances
  visitor.visit(page, kind);
  if (!straddles) return;
  counters.straddles++;
  addReferences(kind, 1);
  // @ts-ignore: as above
  visitor.visit(nextPage(page), kind);
}

/** Adds `change` to the references that records of `kind` make. */
export function addReferences(kind: u32, change: i64): void {
  if (kind == KIND_FETCH) counters.fetchReferences += change;
  else counters.dataReferences += change;
  if (kind & KIND_WRITES) counters.storeReferences += change;
}
