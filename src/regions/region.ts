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
/** Characters of a name at most. Linux has 255 bytes of a file, to which a word is added. */
export const MAX_NAME_LENGTH = 512;
/** Characters of a path at most. Linux has 4096 bytes. */
export const MAX_FILE_LENGTH = 4096;

/** Where who has no regions gets some, for messages. */
export const REGION_SOURCES = "a copy of /proc/PID/maps of the program, or what pagewalk record writes into a .pwt";

const PAGE_BYTES = 4096n;
/** SDM 1 §3.3.7.1 "Canonical Addressing": the two halves of a 48-bit address space. */
const HALVES = [
  { start: 0n, end: 1n << 47n },
  { start: (1n << 64n) - (1n << 47n), end: 1n << 64n },
];

/** To whole pages. */
export function roundUp(bytes: bigint): bigint {
  return (bytes + PAGE_BYTES - 1n) & -PAGE_BYTES;
}

/** The whole pages of a range; or what is wrong with it: what was found, and what was expected. */
export function pagesOf(
  start: bigint,
  end: bigint,
): { start: bigint; end: bigint } | { found: string; expected: string } {
  const found = `${hex(start)} to ${hex(end)}`;
  if (start >= end) return { found, expected: "an end above the start" };
  const half = HALVES.find((each) => each.start <= start && start < each.end);
  if (half === undefined || end > half.end) {
    return { found, expected: "canonical addresses of 48 bits, below 0x800000000000 or from 0xffff800000000000" };
  }
  return { start: start & -PAGE_BYTES, end: roundUp(end) };
}

export function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}

/** A piece of what was found, for messages. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
