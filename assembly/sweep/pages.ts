/**
 * The distinct pages of one page size that a trace touched, numbered from 0 in the order of their first touch. A hash
 * table of records; a collision goes to the next.
 *
 *   0                  8        12       16   byte
 *   ├──────────────────┼────────┼────────┤    a record; all zero: none
 *   │ page number + 1  │ number │ stored │    stored: 1 if the page's D bit is set
 *   └──────────────────┴────────┴────────┘
 */
import { place } from "../arena";
import { HASH_MULTIPLIER } from "../hash";

const RECORD_BYTES_LOG2: u32 = 4;
const FIRST_RECORDS_LOG2: u32 = 13;
/** The table doubles when more than 1 of so many records is in use, as a power of two. */
const ROOM_LOG2: u32 = 1;
/** A number that no page has. */
export const NO_NUMBER: u32 = ~0;

@final
@unmanaged
export class Pages {
  /** Distinct pages touched. */
  count: u32;
  /** The table; all records move when it grows. */
  records: usize;
  private recordsLog2: u32;

  /** Gives the table its memory, empty. False if there is none left. */
  configure(): bool {
    this.count = 0;
    this.recordsLog2 = FIRST_RECORDS_LOG2;
    this.records = place((<usize>1) << (FIRST_RECORDS_LOG2 + RECORD_BYTES_LOG2));
    return this.records != 0;
  }

  /** Record of page number `page`, made if there is none; 0 if memory is exhausted. Valid until the next page is made. */
  @inline
  recordOf(page: u64): usize {
    const record = this.placeOf(page);
    return load<u64>(record) != 0 ? record : this.add(page);
  }

  /** Record of `page`, or an empty one. */
  @inline
  placeOf(page: u64): usize {
    const records = this.records;
    const mask = (1 << this.recordsLog2) - 1;
    let index = <u32>((page * HASH_MULTIPLIER) >> <u64>(64 - this.recordsLog2));
    while (true) {
      const record = records + ((<usize>index) << RECORD_BYTES_LOG2);
      const key = load<u64>(record);
      if (key == page + 1 || key == 0) return record;
      index = (index + 1) & mask;
    }
  }

  private add(page: u64): usize {
    if ((this.count << ROOM_LOG2) >> this.recordsLog2 != 0 && !this.grow()) return 0;
    const record = this.placeOf(page);
    store<u64>(record, page + 1);
    store<u32>(record, this.count++, 8);
    return record;
  }

  private grow(): bool {
    if (this.recordsLog2 + RECORD_BYTES_LOG2 >= 31) return false;
    const bytes = (<usize>1) << (this.recordsLog2 + RECORD_BYTES_LOG2);
    const grown = place(bytes << 1);
    if (grown == 0) return false;
    const from = this.records;
    this.records = grown;
    this.recordsLog2++;
    for (let record = from; record < from + bytes; record += 1 << RECORD_BYTES_LOG2) {
      if (load<u64>(record) != 0) memory.copy(this.placeOf(pageOf(record)), record, 1 << RECORD_BYTES_LOG2);
    }
    return true;
  }

  /** Calls `visitor.unmapRecord(record)` for each page from `from` to `to` that was touched. */
  visitRange<V>(visitor: V, from: u64, to: u64): void {
    if (to - from < <u64>this.count) {
      for (let page = from; page <= to; page++) {
        const record = this.placeOf(page);
        // @ts-ignore: V is a class with this method; asc checks its instances
        if (load<u64>(record) != 0) visitor.unmapRecord(record);
      }
      return;
    }
    const end = this.records + ((<usize>1) << (this.recordsLog2 + RECORD_BYTES_LOG2));
    for (let record = this.records; record < end; record += 1 << RECORD_BYTES_LOG2) {
      if (load<u64>(record) == 0 || pageOf(record) - from > to - from) continue;
      // @ts-ignore: as above
      visitor.unmapRecord(record);
    }
  }
}

/** Page number of `record`. */
export function pageOf(record: usize): u64 {
  return load<u64>(record) - 1;
}

export function numberOf(record: usize): u32 {
  return load<u32>(record, 8);
}

/** Whether the page's D bit is set: 0 or 1. */
export function isStored(record: usize): u32 {
  return load<u32>(record, 12);
}

export function setStored(record: usize, stored: u32): void {
  store<u32>(record, stored, 12);
}
