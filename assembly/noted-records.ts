/** The first records of a run that made no reference, since they ended in a fault: of what kind, where, and when. */
import { EVENT_MASK, KIND_MASK, WORD_KIND_SHIFT, WORD_PAGE_MASK, WORD_PAGE_SHIFT } from "./layout";
import { PAGE_SHIFT } from "./paging";

/** How many are kept. */
const MAX_NOTED: u32 = 16;
const NOTE_BYTES: u32 = 16;

/**
 *   0                    8         16   byte
 *   ├────────────────────┼─────────┤
 *   │  word of the page  │  marks  │    one note; the word has the code where the words of events have theirs
 *   └────────────────────┴─────────┘
 */
@final
@unmanaged
export class NotedRecords {
  /** How many were kept. */
  count: u32;
  private unused: u32;
  // What follows the fields: the notes.

  forget(): void {
    this.count = 0;
  }

  /** Keeps an access of `kind` to 4 KiB page number `page`, if there is room. `marks`: how many intervals had passed. */
  note(page: u64, kind: u32, code: u32, marks: u64): void {
    if (this.count == MAX_NOTED) return;
    const at = this.addressOf(this.count);
    store<u64>(at, (page << WORD_PAGE_SHIFT) | ((<u64>kind) << WORD_KIND_SHIFT) | <u64>code);
    store<u64>(at, marks, 8);
    this.count++;
  }

  /** First byte of the page of number `index`. */
  page(index: u32): u64 {
    return ((this.word(index) >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK) << PAGE_SHIFT;
  }

  /** Its KIND_. */
  kind(index: u32): u32 {
    return (<u32>this.word(index) >> WORD_KIND_SHIFT) & KIND_MASK;
  }

  /** What it was noted with, 15 at most. */
  code(index: u32): u32 {
    return <u32>this.word(index) & EVENT_MASK;
  }

  marks(index: u32): u64 {
    return load<u64>(this.addressOf(index), 8);
  }

  private word(index: u32): u64 {
    return load<u64>(this.addressOf(index));
  }

  private addressOf(index: u32): usize {
    return changetype<usize>(this) + offsetof<NotedRecords>() + <usize>(index * NOTE_BYTES);
  }
}

const BYTES: i32 = offsetof<NotedRecords>() + MAX_NOTED * NOTE_BYTES;

/** Those that ended in #GP, of a run that is profiled. */
export const generalProtections = changetype<NotedRecords>(memory.data(BYTES, 8));
/** Those that the process was sent SIGSEGV for, of a run with VMAs, with their SEGV_ codes. */
export const segvs = changetype<NotedRecords>(memory.data(BYTES, 8));
