import { setPredicted } from "./predicted";

/** Before the rows: the page that has missed last, the distance to it from the one before, and how many of both there are. */
const HEADER_BYTES: u32 = 24;

/**
 * Distance prefetching: after which distance between two misses came which others. Kandiraju & Sivasubramaniam, "Going the
 * distance for TLB prefetching: an application-driven study", ISCA 2002, doi:10.1109/ISCA.2002.1003578. The distance of a miss
 * is how many pages it is from the miss before. The row of that distance has the distances that followed it lately: each
 * predicts the page so far from the missed one, the latest first. Then the distance goes into the row of the one before
 * it, in front of the others; the one that came longest ago goes if there are more than `degree`.
 *
 * The table is direct mapped, by the distance mod the number of rows, both of two's complement of 64 bits; another distance
 * takes a row over, with nothing in it.
 *
 *   0          8       12     16              byte
 *   ├──────────┼───────┼──────┼───────────┬─────
 *   │ distance │ count │ used │ following │  …     used: 1, or 0 of an empty row; count: of the following distances,
 *   └──────────┴───────┴──────┴───────────┴─────   i64 each, `degree` at most
 */
@final
@unmanaged
export class Distance {
  stateBytes(rows: u32, degree: u32): u32 {
    return HEADER_BYTES + rows * rowBytes(degree);
  }

  reset(state: usize, rows: u32, degree: u32): void {
    memory.fill(state, 0, this.stateBytes(rows, degree));
  }

  miss(state: usize, rows: u32, degree: u32, page: u64, _pc: u64): u32 {
    const misses = load<u64>(state, 16);
    const distance = page - load<u64>(state);
    store<u64>(state, page);
    if (misses < 2) store<u64>(state, misses + 1, 16);
    if (misses == 0) return 0;
    const previous = load<u64>(state, 8);
    store<u64>(state, distance, 8);
    const row = rowOf(state, rows, degree, distance);
    let count: u32 = 0;
    if (isOf(row, distance)) {
      count = load<u32>(row, 8);
      for (let index: u32 = 0; index < count; index++) setPredicted(index, page + load<u64>(slotOf(row, index)));
    }
    if (misses > 1) learn(rowOf(state, rows, degree, previous), previous, distance, degree);
    return count;
  }
}

/** `distance` came after `previous`, whose row is `row`. */
function learn(row: usize, previous: u64, distance: u64, degree: u32): void {
  if (!isOf(row, previous)) {
    store<u64>(row, previous);
    store<u32>(row, 0, 8);
    store<u32>(row, 1, 12);
  }
  const count = load<u32>(row, 8);
  let at: u32 = 0;
  while (at < count && load<u64>(slotOf(row, at)) != distance) at++;
  if (at == count && count < degree) store<u32>(row, count + 1, 8);
  if (at == degree) at--; // the last one goes
  for (; at > 0; at--) store<u64>(slotOf(row, at), load<u64>(slotOf(row, at - 1)));
  store<u64>(slotOf(row, 0), distance);
}

function isOf(row: usize, distance: u64): bool {
  return load<u32>(row, 12) != 0 && load<u64>(row) == distance;
}

function rowOf(state: usize, rows: u32, degree: u32, distance: u64): usize {
  return state + <usize>HEADER_BYTES + <usize>(<u32>(distance % <u64>rows) * rowBytes(degree));
}

function slotOf(row: usize, index: u32): usize {
  return row + 16 + ((<usize>index) << 3);
}

function rowBytes(degree: u32): u32 {
  return 16 + (degree << 3);
}
