/**
 * A unit of the full form of `.pwt`, which docs/pwt.md describes to the byte: a header, and columns of bytes.
 *
 *   0       4       8     16    24                 44        48
 *   ├───────┼───────┼─────┼─────┼──────────────────┼─────────┼───────┬─────┬─────────────┬──────────┬──────
 *   │ bytes │ flags │ pid │ tid │ bytes of columns │ records │ moves │ ids │ definitions │ operands │ wide
 *   └───────┴───────┴─────┴─────┴──────────────────┴─────────┴───────┴─────┴─────────────┴──────────┴──────
 */
import { INPUT_BYTES } from "../layout";

export const UNIT_HEADER_BYTES: u32 = 48;
export const UNIT_FLAGS: usize = 4;
export const UNIT_PID: usize = 8;
export const UNIT_TID: usize = 16;
export const UNIT_COLUMNS: usize = 24;
export const UNIT_RECORDS: usize = 44;
/** The columns, in their order. */
export const COLUMNS: u32 = 5;
export const MOVES: u32 = 0;
export const IDS: u32 = 1;
export const DEFINITIONS: u32 = 2;
export const OPERANDS: u32 = 3;
export const WIDE: u32 = 4;

/**
 * Flags of the units of both forms: the unit begins a block, so that nothing is known yet; there is no such unit in a file;
 * it tells a thread; it is of pages, which the reader of a file of the full form sets, so that the kernel can tell.
 */
export const UNIT_FIRST: u32 = 1;
export const UNIT_PASSED: u32 = 2;
export const UNIT_HAS_THREAD: u32 = 4;
export const UNIT_PAGES: u32 = 8;
/** A passed unit: bytes, flags, and then the records and instructions that were passed. */
export const PASSED_BYTES: u32 = 24;

/** Moves: which sequence comes next, or what happens. From MOVE_RUN on: the foreseen ones, so many and one more. */
export const MOVE_SUCCESSOR: u32 = 1;
export const MOVE_ID: u32 = 2;
export const MOVE_NEW: u32 = 3;
export const MOVE_THREAD: u32 = 4;
export const MOVE_UNMAP: u32 = 5;
export const MOVE_RUN: u32 = 8;
export const MAX_RUN: u32 = 248;

/** Operands: how the address differs from that of the same operand before. Between: zigzag and 1. */
export const OPERAND_SAME: u32 = 0;
export const OPERAND_AGAIN: u32 = 1;
/** From here on: in 2, 3, 4, 6 or 8 bytes of the wide column. */
export const OPERAND_WIDE: u32 = 248;
export const OPERAND_CODES: u32 = 253;

/** Types of steps. */
export const STEP_NONE: u32 = 0;
export const STEP_FETCH: u32 = 1;
export const STEP_INSTRUCTION: u32 = 2;
export const STEP_PC: u32 = 3;
/** Bits of a step's definition: its type, and those. */
export const STEP_TYPE_MASK: u32 = 3;
export const STEP_FOLLOWS: u32 = 4;
export const STEP_HAS_PC: u32 = 8;
export const STEP_OPERANDS_SHIFT: u32 = 4;
export const MANY_OPERANDS: u32 = 15;
/** Bits of an operand's definition: its kind, whether it tells its pc, and its size, as a code. */
export const OPERAND_HAS_PC: u32 = 4;
export const OPERAND_SIZE_SHIFT: u32 = 3;
export const SIZE_FOLLOWS: u32 = 0;
export const SIZE_32: u32 = 30;
export const SIZE_64: u32 = 31;

/** Most of a dictionary: sequences, their steps and operands; and of one sequence. */
export const MAX_SEQUENCES: u32 = 16384;
export const MAX_STEPS: u32 = 65536;
export const MAX_OPERANDS: u32 = 65536;
export const MAX_SEQUENCE_STEPS: u32 = 32;
/** Entries that a sequence may make, one for each instruction and operand. No more than MORE_ENTRIES of entries.ts. */
export const MAX_SEQUENCE_ENTRIES: u32 = 64;

/** Most bytes of a unit. */
export const MAX_UNIT_BYTES: u32 = INPUT_BYTES;

/** Bytes of the wide column that the operand of `code` takes. */
export function wideBytes(code: u32): u32 {
  if (code < OPERAND_WIDE || code >= OPERAND_CODES) return 0;
  const wide = code - OPERAND_WIDE;
  return wide < 3 ? wide + 2 : wide == 3 ? 6 : 8;
}

/** Zigzag: 0, -1, 1, -2 … as 0, 1, 2, 3 … */
export function zigzag(value: u64): u64 {
  return (value << 1) ^ <u64>(<i64>value >> 63);
}

export function unzigzag(value: u64): u64 {
  return (value >> 1) ^ (0 - (value & 1));
}

/** The history after sequence `id`; it has something of the four latest ones. */
export function historyAfter(history: u32, id: u32): u32 {
  return ((history << 4) + id * 40503) & 0xffff;
}
