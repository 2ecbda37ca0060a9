/**
 * What is counted of one region, page, instruction or kind of access. All u64.
 *
 *   0     8        16        24      32       40         48           56          64   byte
 *   ├─────┼────────┼─────────┼───────┼────────┼──────────┼────────────┼───────────┤
 *   │ key │ region │ fetches │ loads │ stores │ modifies │ fetch refs │ data refs │
 *   ├─────┴──────┬─┴─────────┴─┬─────┴────────┴──┬───────┴┬───────────┴───────────┘
 *   │ l1 misses  │ stlb misses │ walk references │ faults │
 *   └────────────┴─────────────┴─────────────────┴────────┘
 *   64           72            80                88       96
 *
 * key: number of the 4 KiB page, or address of the instruction. region: the number of the region that it lay in when it
 * was first met (regions.ts). Accesses are the records whose first byte is there, in the order of KIND_.
 */
@final
@unmanaged
export class Row {
  key: u64;
  region: u64;
  fetches: u64;
  loads: u64;
  stores: u64;
  modifies: u64;
  fetchReferences: u64;
  dataReferences: u64;
  l1Misses: u64;
  stlbMisses: u64;
  walkReferences: u64;
  faults: u64;
}

export const ROW_BYTES: u32 = offsetof<Row>();
export const ROW_REGION: u32 = offsetof<Row>("region");
export const ROW_ACCESSES: u32 = offsetof<Row>("fetches");
export const ROW_FETCH_REFERENCES: u32 = offsetof<Row>("fetchReferences");
export const ROW_DATA_REFERENCES: u32 = offsetof<Row>("dataReferences");
export const ROW_L1_MISSES: u32 = offsetof<Row>("l1Misses");
export const ROW_STLB_MISSES: u32 = offsetof<Row>("stlbMisses");
export const ROW_WALK_REFERENCES: u32 = offsetof<Row>("walkReferences");
export const ROW_FAULTS: u32 = offsetof<Row>("faults");

/** Adds to a row, if there is one: 0 is the row of who counts nothing. */
export abstract class Tally {
  @inline
  static access(row: usize, kind: u32): void {
    if (row == 0) return;
    const at = row + ((<usize>kind) << 3);
    store<u64>(at, load<u64>(at, offsetof<Row>("fetches")) + 1, offsetof<Row>("fetches"));
  }

  @inline
  static reference(row: usize, isFetch: bool): void {
    if (row == 0) return;
    const at = row + (isFetch ? 0 : 8);
    store<u64>(at, load<u64>(at, offsetof<Row>("fetchReferences")) + 1, offsetof<Row>("fetchReferences"));
  }
}

/** Sets the counts of `rows` rows that lie together back to zero. They stay whose they are. */
export function clearCounts(from: usize, rows: u32): void {
  for (let row: u32 = 0; row < rows; row++) {
    memory.fill(from + <usize>(row * ROW_BYTES + ROW_ACCESSES), 0, <usize>(ROW_BYTES - ROW_ACCESSES));
  }
}
