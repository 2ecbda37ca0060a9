/**
 * The batch: the record words that a decoder wrote and a consumer (run, sweep) reads next, in program order.
 * The header counts all records by kind, also those whose words were left out.
 *
 *   0       4        8       12      16         20             24   64                      byte
 *   ├───────┼────────┼───────┼───────┼──────────┼──────────────┼────┼──────────┬──────────┬─────
 *   │ words │ fetches│ loads │ stores│ modifies │ instructions │    │ word 0   │ word 1   │ …
 *   └───────┴────────┴───────┴───────┴──────────┴──────────────┴────┴──────────┴──────────┴─────
 */
import { BATCH_WORDS, WORD_KIND_SHIFT, WORD_PAGE_SHIFT, WORD_STRADDLES } from "./layout";

const HEADER_BYTES: u32 = 64;
/** Address of the batch header. */
export const BATCH: usize = memory.data(<i32>(HEADER_BYTES + BATCH_WORDS * 8), 64);
/** Address of the first word. */
export const WORDS: usize = BATCH + HEADER_BYTES;

/** Byte offset in the batch of its words, and of the u32 count of words, for the host. */
export const BATCH_WORDS_OFFSET: u32 = HEADER_BYTES;
export const BATCH_COUNT_OFFSET: u32 = 0;
/** Byte offset of the four u32 counts of records, indexed by kind. */
export const BATCH_KINDS_OFFSET: u32 = 4;
/** Byte offset of the u32 count of instructions. */
export const BATCH_INSTRUCTIONS_OFFSET: u32 = 20;

/** Empties the batch. */
export function clearBatch(): void {
  memory.fill(BATCH, 0, HEADER_BYTES);
}

/** Words in the batch. */
export function wordCount(): u32 {
  return load<u32>(BATCH);
}

export function setWordCount(words: u32): void {
  store<u32>(BATCH, words);
}

/** Records of `kind` in the batch. */
export function recordCount(kind: u32): u32 {
  return load<u32>(BATCH + ((<usize>kind) << 2), 4);
}

export function addRecords(kind: u32, records: u32): void {
  const at = BATCH + ((<usize>kind) << 2);
  store<u32>(at, load<u32>(at, 4) + records, 4);
}

/** Instructions in the batch, fetched or not. */
export function instructionCount(): u32 {
  return load<u32>(BATCH, 20);
}

export function addInstructions(instructions: u32): void {
  store<u32>(BATCH, instructionCount() + instructions, 20);
}

/** The word of a record of `sizeBytes` (1..4096) at `va`. */
export function wordOf(kind: u32, va: u64, sizeBytes: u32): u64 {
  const straddles = (<u32>va & 4095) + sizeBytes > 4096;
  return ((va >> 12) << WORD_PAGE_SHIFT) | (straddles ? WORD_STRADDLES : 0) | ((<u64>kind) << WORD_KIND_SHIFT);
}
