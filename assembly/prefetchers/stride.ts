import { setPredicted } from "./predicted";

const ROW_BYTES: u32 = 24;

/**
 * Arbitrary stride prefetching: for each instruction, the page that it missed last and how far that was from the one before.
 * If an instruction has gone as far as the time before, it is expected to go on: the pages at 1, 2, … such strides are predicted.
 * A stride of 0 predicts nothing. Chen & Baer, "Effective hardware-based data prefetching for high-performance processors",
 * IEEE Transactions on Computers 44(5), 1995, doi:10.1109/12.381947; for TLBs: Kandiraju & Sivasubramaniam, ISCA 2002,
 * doi:10.1109/ISCA.2002.1003578.
 *
 * The table is direct mapped, by the instruction's address mod the number of rows; another instruction takes a row over.
 *
 *   0        8        16         24   byte
 *   ├────────┼────────┼──────────┤    pc: of the instruction, + 1, so that 0 is an empty row;
 *   │   pc   │  page  │  stride  │    stride: 0 as long as there was one miss only
 *   └────────┴────────┴──────────┘
 */
@final
@unmanaged
export class Stride {
  stateBytes(rows: u32, _degree: u32): u32 {
    return rows * ROW_BYTES;
  }

  reset(state: usize, rows: u32, degree: u32): void {
    memory.fill(state, 0, this.stateBytes(rows, degree));
  }

  miss(state: usize, rows: u32, degree: u32, page: u64, pc: u64): u32 {
    const row = state + <usize>(<u32>(pc % <u64>rows) * ROW_BYTES);
    if (load<u64>(row) != pc + 1) {
      store<u64>(row, pc + 1);
      store<u64>(row, page, 8);
      store<u64>(row, 0, 16);
      return 0;
    }
    const stride = page - load<u64>(row, 8);
    const isSteady = stride != 0 && stride == load<u64>(row, 16);
    store<u64>(row, page, 8);
    store<u64>(row, stride, 16);
    if (!isSteady) return 0;
    for (let index: u32 = 0; index < degree; index++) setPredicted(index, page + stride * (<u64>index + 1));
    return degree;
  }
}
