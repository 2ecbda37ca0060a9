/**
 * The references of a batch as a plain list, for consumers that look at pages only (sweep): u64 each,
 *
 *   63   62..54 53                             2    1      0    bit
 *   ├────┼──────┼───────────────────────────────┼───────┼──────┤    data: 0 fetch; 1 load, store or modify
 *   │ 0  │  0   │       4 KiB page number       │ write │ data │    write: store or modify
 *   └────┴──────┴───────────────────────────────┴───────┴──────┘
 *
 * Bit 63 is set in an event: bits 1..0 are its EVENT_, and the page number is that of its word.
 */
import { WORDS, wordCount } from "./batch";
import {
  BATCH_WORDS,
  EVENT_MASK,
  KIND_FETCH,
  KIND_MASK,
  KIND_WRITES,
  WORD_KIND_SHIFT,
  WORD_PAGE_SHIFT,
} from "./layout";
import { countBatch, visitPages } from "./records";

/** References that the list can hold: two for each word of a batch. */
export const MAX_REFERENCES: u32 = 2 * BATCH_WORDS;
export const REFERENCE_PAGE_SHIFT: u32 = 2;
export const REFERENCE_DATA: u32 = 1;
export const REFERENCE_WRITE_SHIFT: u32 = 1;
export const REFERENCE_WRITE: u32 = 2;
export const REFERENCE_EVENT: u64 = 1 << 63;
export const REFERENCE_EVENT_MASK: u64 = 3;
/** Address of the list. */
export const REFERENCES: usize = memory.data(<i32>(2 * BATCH_WORDS * 8), 64);
/** Equal to no reference, even one with REFERENCE_WRITE added. */
const NO_REFERENCE: u64 = ~0;

let out: usize = 0;
/** The one before, with REFERENCE_WRITE if any of its run had it. */
let latest: u64 = NO_REFERENCE;
let keepsTwo: bool = false;
/** Whether the next reference is listed even if it differs in nothing from the latest. */
let awaitsSecond: bool = false;

/** Starts a new trace. `two`: whether of a run of references that differ in nothing two are listed. */
export function resetReferences(two: bool): void {
  keepsTwo = two;
  awaitsSecond = false;
  latest = NO_REFERENCE;
}

/**
 * Lists the references and events of the batch's words, and counts the batch. Of a run of references that differ in
 * nothing, or in REFERENCE_WRITE alone, only the first, and the first write, are listed; and the second, if that is asked
 * for. Returns how many.
 */
export function gatherReferences(): u32 {
  countBatch();
  out = REFERENCES;
  for (let at = WORDS, end = WORDS + ((<usize>wordCount()) << 3); at < end; at += 8) gather(load<u64>(at));
  return <u32>((out - REFERENCES) >> 3);
}

function gather(word: u64): void {
  if ((<u32>word & EVENT_MASK) != 0) return gatherEvent(word);
  // The usual record repeats the page of the one before it; everything else is looked at in full.
  const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
  const reference = referenceTo(word >> WORD_PAGE_SHIFT, kind); // of a straddling word, none that was ever listed
  if ((reference | (latest & REFERENCE_WRITE)) == latest && !awaitsSecond) return;
  visitPages<Gather>(word);
}

function gatherEvent(word: u64): void {
  const event = <u64>(<u32>word & EVENT_MASK);
  append(REFERENCE_EVENT | ((word >> WORD_PAGE_SHIFT) << REFERENCE_PAGE_SHIFT) | event);
  latest = NO_REFERENCE;
}

function referenceTo(page: u64, kind: u32): u64 {
  const isData = <u64>(kind != KIND_FETCH);
  const writes = kind & KIND_WRITES ? <u64>REFERENCE_WRITE : 0;
  return (page << REFERENCE_PAGE_SHIFT) | writes | isData;
}

function append(reference: u64): void {
  store<u64>(out, reference);
  out += 8;
}

/** Visitor that appends to the list. */
@final
@unmanaged
class Gather {
  @inline
  visit(page: u64, kind: u32): void {
    const reference = referenceTo(page, kind);
    if ((reference | (latest & REFERENCE_WRITE)) == latest) {
      if (!awaitsSecond) return;
      awaitsSecond = false;
      append(reference);
      return;
    }
    append(reference);
    latest = reference;
    awaitsSecond = keepsTwo;
  }
}
