/**
 * A list of rows of one size that grows. Growth moves it, so addresses of rows hold until the next one is added; what it
 * leaves behind is less than what it has, since it doubles.
 */
import { place } from "./arena";

@unmanaged
export class Rows {
  /** Address of the first row. */
  base: usize;
  count: u32;
  private capacity: u32;
  private rowBytes: u32;

  /** Starts without rows, with room for `capacity`, 1 or more. False if there is no memory left. */
  startRows(capacity: u32, rowBytes: u32): bool {
    this.count = 0;
    this.capacity = capacity;
    this.rowBytes = rowBytes;
    this.base = place(<usize>capacity * rowBytes);
    return this.base != 0;
  }

  /** Address of row `index`. */
  @inline
  row(index: u32): usize {
    return this.base + <usize>index * this.rowBytes;
  }

  /** Address of a new last row, which holds anything; 0 if there is no memory left. */
  addRow(): usize {
    return this.insertRow(this.count);
  }

  /** Address of a new row before row `index`, which holds anything; 0 if there is no memory left. */
  insertRow(index: u32): usize {
    if (this.count == this.capacity && !this.grow()) return 0;
    const at = this.row(index);
    memory.copy(at + this.rowBytes, at, <usize>(this.count - index) * this.rowBytes);
    this.count++;
    return at;
  }

  /** Removes `count` rows from row `index` on. */
  removeRows(index: u32, count: u32): void {
    const rest = this.count - index - count;
    memory.copy(this.row(index), this.row(index + count), <usize>rest * this.rowBytes);
    this.count -= count;
  }

  private grow(): bool {
    const bytes = <u64>this.capacity * this.rowBytes;
    if (bytes >= 1 << 30) return false;
    const grown = place((<usize>bytes) << 1);
    if (grown == 0) return false;
    memory.copy(grown, this.base, <usize>bytes);
    this.base = grown;
    this.capacity <<= 1;
    return true;
  }
}
