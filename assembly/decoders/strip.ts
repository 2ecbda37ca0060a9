/**
 * The filter that decoders of text share: it recognises, by the text of a page number alone, records that change
 * nothing, so that their addresses need not be converted nor replayed. A record is left out when the last record of its
 * stream (fetch, or data) whose page number ends in the same bits was to the same page, and, if it writes, that page
 * was written since. It is exact for every LRU, FIFO or tree-PLRU array whose set count is a multiple of the slots and,
 * with one slot a stream, for every array of one stream. ARCHITECTURE.md, "What may be left out".
 */
import { KIND_FETCH, KIND_LOAD, KIND_STORE } from "../layout";

/** The most slots a stream: what one hexadecimal digit can tell apart. */
export const MAX_STRIP_SLOTS: u32 = 16;
const ROW_BYTES: usize = 16 * 16;
/** Three rows (fetch, load, store) of slots; a slot is the text of a page number, or zeros. */
const SLOTS: usize = memory.data(3 * 16 * 16, 16);

let slotMask: u32 = 0;
/** False when every record is to be kept. */
let enabled: bool = false;

/** Slots that are exact for any array which sees nothing but `streams`, in program order. */
export function stripSlotsOf(streams: u32): u32 {
  return popcnt(streams) == 1 ? 1 : 0; // a record of one stream comes between two of the other
}

/** Empties the filter. `slots`: a power of two up to MAX_STRIP_SLOTS, or 0 to leave nothing out. */
export function resetStrip(slots: u32): void {
  enabled = slots != 0;
  slotMask = enabled ? slots - 1 : 0;
  forgetStrip();
}

/** Empties the filter after a record that it was not told of. */
export function forgetStrip(): void {
  memory.fill(SLOTS, 0, 3 * ROW_BYTES);
}

/** Address of the slot for a page number whose last digit is the character `digit`. */
export function stripSlot(kind: u32, digit: u32): usize {
  const value = (digit & 15) + (digit >> 6) * 9;
  const row = kind > KIND_STORE ? KIND_STORE : kind;
  return SLOTS + <usize>row * ROW_BYTES + ((<usize>(value & slotMask)) << 4);
}

/** The two functions that take vectors; asc warns of those that stand alone as if the host could call them. */
export abstract class Strip {
  /** Whether the record may be left out; `page` is the text of its page number, zero-padded. */
  static omits(slot: usize, page: v128): bool {
    return !v128.any_true(v128.xor(v128.load(slot), page));
  }

  /** Notes a record that was kept, by its slot and the text of its page number. */
  static note(slot: usize, kind: u32, page: v128): void {
    if (!enabled) return;
    v128.store(slot, page);
    if (kind == KIND_FETCH) return;
    const toStore = <usize>(KIND_STORE - KIND_LOAD) * ROW_BYTES;
    if (kind == KIND_LOAD) {
      // The page may have been written before, but the slot no longer knows: keep its next store.
      if (!Strip.omits(slot + toStore, page)) v128.store(slot + toStore, i64x2.splat(0));
    } else {
      v128.store(slot - toStore, page);
    }
  }
}
