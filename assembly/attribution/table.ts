/**
 * Rows that are found by a key of 64 bits and made when it is first met. They stand in chunks that never move, so that
 * their addresses may be remembered; a hash table of slots finds them.
 *
 *   0     8              16   byte
 *   ├─────┼──────────────┤    a slot; a collision goes to the next.
 *   │ key │ address of   │    address: 0 means that the slot is empty
 *   │     │ its row      │
 *   └─────┴──────────────┘
 */
import { place } from "../arena";
import { HASH_MULTIPLIER } from "../hash";
import { ROW_BYTES, Row, clearCounts } from "./rows";

const FIRST_SLOTS_LOG2: u32 = 12;
const SLOT_BYTES_LOG2: u32 = 4;
const CHUNK_ROWS_LOG2: u32 = 10;
const CHUNK_ROWS: u32 = 1 << CHUNK_ROWS_LOG2;
/** More than linear memory can hold. */
const MAX_CHUNKS: u32 = 1 << 16;

@final
@unmanaged
export class RowTable {
  /** Keys met. Their rows are numbered in the order in which they were. */
  count: u32;
  private slotsLog2: u32;
  private slots: usize;
  /** Addresses of the chunks, u32 each. */
  private chunks: usize;

  /** Gives the table its memory, without a row. False if there is none left. */
  configure(): bool {
    this.count = 0;
    this.slotsLog2 = FIRST_SLOTS_LOG2;
    this.slots = place((<usize>1) << (FIRST_SLOTS_LOG2 + SLOT_BYTES_LOG2));
    this.chunks = place((<usize>MAX_CHUNKS) << 2);
    return this.slots != 0 && this.chunks != 0;
  }

  /** Row of `key`; 0 if there is none yet. */
  @inline
  find(key: u64): usize {
    return load<usize>(this.slotOf(key), 8);
  }

  /** A row for `key`, which has none; 0 if memory is exhausted. */
  add(key: u64, region: u64): usize {
    const chunk = this.count >> CHUNK_ROWS_LOG2;
    if ((this.count & (CHUNK_ROWS - 1)) == 0) {
      const address = chunk < MAX_CHUNKS ? place(<usize>(CHUNK_ROWS * ROW_BYTES)) : 0;
      if (address == 0) return 0;
      store<usize>(this.chunks + ((<usize>chunk) << 2), address);
    }
    if (this.count >> (this.slotsLog2 - 1) != 0 && !this.grow()) return 0;
    const address = this.rowAt(this.count++);
    const row = changetype<Row>(address);
    row.key = key;
    row.region = region;
    const slot = this.slotOf(key);
    store<u64>(slot, key);
    store<usize>(slot, address, 8);
    return address;
  }

  /** Row of number `index`, at most `count`. */
  rowAt(index: u32): usize {
    const chunk = load<usize>(this.chunks + ((<usize>(index >> CHUNK_ROWS_LOG2)) << 2));
    return chunk + <usize>((index & (CHUNK_ROWS - 1)) * ROW_BYTES);
  }

  /** Sets all counts back to zero. */
  clear(): void {
    for (let from: u32 = 0; from < this.count; from += CHUNK_ROWS) {
      const left = this.count - from;
      clearCounts(this.rowAt(from), left < CHUNK_ROWS ? left : CHUNK_ROWS);
    }
  }

  /** Slot that holds `key`, or the empty one where it belongs. */
  private slotOf(key: u64): usize {
    const slots = this.slots;
    const mask = (1 << this.slotsLog2) - 1;
    let index = <u32>((key * HASH_MULTIPLIER) >> <u64>(64 - this.slotsLog2));
    let slot = slots + ((<usize>index) << SLOT_BYTES_LOG2);
    while (load<usize>(slot, 8) != 0 && load<u64>(slot) != key) {
      index = (index + 1) & mask;
      slot = slots + ((<usize>index) << SLOT_BYTES_LOG2);
    }
    return slot;
  }

  /** Twice as many slots; the old ones are abandoned, since memory only grows. */
  private grow(): bool {
    if (this.slotsLog2 + SLOT_BYTES_LOG2 >= 30) return false;
    const grown = place((<usize>2) << (this.slotsLog2 + SLOT_BYTES_LOG2));
    if (grown == 0) return false;
    const old = this.slots;
    const end = old + ((<usize>1) << (this.slotsLog2 + SLOT_BYTES_LOG2));
    this.slots = grown;
    this.slotsLog2++;
    for (let slot = old; slot < end; slot += (<usize>1) << SLOT_BYTES_LOG2) {
      if (load<usize>(slot, 8) == 0) continue;
      const to = this.slotOf(load<u64>(slot));
      store<u64>(to, load<u64>(slot));
      store<usize>(to, load<usize>(slot, 8), 8);
    }
    return true;
  }
}
