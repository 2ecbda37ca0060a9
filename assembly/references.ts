/**
 * The references of a batch as a plain list, for consumers that look at pages only (survey, sweep): u64 each,
 *
 *   63        53 52                                  1     0    bit
 *   ├───────────┼─────────────────────────────────────┼──────┤
 *   │     0     │           4 KiB page number         │ data │    data: 0 fetch; 1 load, store or modify
 *   └───────────┴─────────────────────────────────────┴──────┘
 */
import { WORDS, wordCount } from "./batch";
import { BATCH_WORDS, KIND_FETCH, KIND_MASK, WORD_KIND_SHIFT, WORD_PAGE_SHIFT } from "./layout";
import { countBatch, visitPages } from "./records";

/** References that the list can hold: two for each word of a batch. */
export const MAX_REFERENCES: u32 = 2 * BATCH_WORDS;
export const REFERENCE_PAGE_SHIFT: u32 = 1;
export const REFERENCE_DATA: u32 = 1;
/** Address of the list. */
export const REFERENCES: usize = memory.data(<i32>(2 * BATCH_WORDS * 8), 64);
const NO_REFERENCE: u64 = ~0;

let out: usize = 0;
let latest: u64 = NO_REFERENCE;

/** Starts a new trace. */
export function resetReferences(): void {
  latest = NO_REFERENCE;
}

/** Lists the references of the batch's words, a run of equal ones once, and counts the batch. Returns how many. */
export function gatherReferences(): u32 {
  countBatch();
  out = REFERENCES;
  for (let at = WORDS, end = WORDS + ((<usize>wordCount()) << 3); at < end; at += 8) gather(load<u64>(at));
  return <u32>((out - REFERENCES) >> 3);
}

function gather(word: u64): void {
  // The usual record repeats the page of the one before it; everything else is looked at in full.
  const isData = <u64>(((<u32>word >> WORD_KIND_SHIFT) & KIND_MASK) != KIND_FETCH);
  if ((((word >> WORD_PAGE_SHIFT) << REFERENCE_PAGE_SHIFT) | isData) == latest) return; // a straddling word never is
  visitPages<Gather>(word);
}

/** Visitor that appends to the list. */
@final
@unmanaged
class Gather {
  @inline
  visit(page: u64, kind: u32): void {
    const reference = (page << REFERENCE_PAGE_SHIFT) | <u64>(kind != KIND_FETCH);
    if (reference == latest) return;
    latest = reference;
    store<u64>(out, reference);
    out += 8;
  }
}
