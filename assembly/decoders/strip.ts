/**
 * A filter for text of one record a line: it recognises by the text alone, down to the page number, lines that change
 * nothing, so that their addresses need not be converted nor replayed. A line is left out when the last kept record of
 * its stream (fetch, or data) whose page number ends in the same bits was to the same page, and, if it writes, that page
 * was written since. Exact for every array of one stream whose policy is indifferent to a second hit in a row on the
 * most recent entry of a set, if its set count is a multiple of the slots. ARCHITECTURE.md, "What may be left out".
 *
 * A row of slots for each kind of line, by the low five bits of a character that tells the kinds apart. A slot is what a
 * line must begin with to be left out, zero-padded to 16 bytes. One of all ones leaves nothing out: the last byte of
 * what a line begins with is padding, or a hexadecimal digit.
 */

/** The most slots in a row: what one hexadecimal digit can tell apart. */
export const MAX_STRIP_SLOTS: u32 = 16;
const SLOT_BYTES_LOG2: u32 = 4;
const ROW_BYTES_LOG2: u32 = 8;
const ROWS: u32 = 32;
const SLOTS: usize = memory.data(32 << 8, 16);
/** u8 for the low five bits of a hexadecimal digit's character: the offset of its slot in a row. */
const SLOT_OFFSETS: usize = memory.data(32);

/** False when every record is to be kept. */
let enabled: bool = false;

let isEmpty: bool = false;

/** Slots that are exact for any array which sees nothing but `streams`, in program order. */
export function stripSlotsOf(streams: u32): u32 {
  return popcnt(streams) == 1 ? 1 : 0; // a record of one stream comes between two of the other
}

/** Empties the filter. `slots`: a power of two up to MAX_STRIP_SLOTS, or 0 to leave nothing out. */
export function resetStrip(slots: u32): void {
  enabled = slots != 0;
  for (let bits: u32 = 0; bits < 32; bits++) {
    const value = bits < 16 ? bits + 9 : bits - 16; // letters, from 'a' at 1; digits, from '0' at 16
    store<u8>(SLOT_OFFSETS + bits, enabled ? (value & (slots - 1)) << SLOT_BYTES_LOG2 : 0);
  }
  forgetStrip();
}

/** Empties the filter after a record that it was not told of. */
export function forgetStrip(): void {
  if (isEmpty) return;
  isEmpty = true;
  memory.fill(SLOTS, 0xff, (<usize>ROWS) << ROW_BYTES_LOG2);
}

/** Address of the slot for lines with the character `kind`, and a page number whose last digit is `digit`. */
export function stripSlot(kind: u32, digit: u32): usize {
  return SLOTS + ((<usize>(kind & (ROWS - 1))) << ROW_BYTES_LOG2) + <usize>load<u8>(SLOT_OFFSETS + (digit & 31));
}

/** The functions that take vectors; asc warns of those that stand alone as if the host could call them. */
export abstract class Strip {
  /** Whether a line may be left out; `beginning`: it, down to its page number. */
  static omits(slot: usize, beginning: v128): bool {
    return !v128.any_true(v128.xor(v128.load(slot), beginning));
  }

  /** Has lines that begin so left out from now on, if there are to be any. */
  static omit(slot: usize, beginning: v128): void {
    if (!enabled) return;
    v128.store(slot, beginning);
    isEmpty = false;
  }

  /** Keeps the next line of the slot, unless it begins so. */
  static keepOthers(slot: usize, beginning: v128): void {
    if (!Strip.omits(slot, beginning)) v128.store(slot, i64x2.splat(~0));
  }
}
