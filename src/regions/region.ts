/** The regions of a program's memory: what they are, and what of them can be true. */

/** A part of a program's memory, for a part of its life. No two regions of a list share a page at the same time. */
export interface Region {
  /** Its first byte: a multiple of 4096, canonical in 48 bits. */
  start: bigint;
  /** The first byte behind it: a multiple of 4096; 2^64 at most. */
  end: bigint;
  /** What is allowed: `rw-`. */
  permissions: string;
  /** What it is: `exe sort`, `lib libc.so.6`, `ld.so`, `heap (brk)`, `stack`, `mmap anon`. Many may have the same. */
  name: string;
  /** Path of the file that it shows; `null`: it is anonymous, zeroed at first. */
  file: string | null;
  /** Index of the first record of its life. */
  fromRecord: number;
  /** Index of the first record after its life; `null`: it lived to the end. */
  toRecord: number | null;
}

/** Regions at most, in a list that is read. A recording has 100,000 that ended, and what Linux lets live at once. */
export const MAX_REGIONS = 200_000;
