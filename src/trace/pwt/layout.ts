/**
 * The framing of `.pwt` files, which docs/pwt.md describes to the byte: constants that reader and writer share. All
 * numbers are little-endian.
 */

/** Not text, and told apart from itself after a transfer that changed line ends, as PNG's. */
export const MAGIC: readonly number[] = [0x89, 0x50, 0x57, 0x54, 0x0d, 0x0a, 0x1a, 0x0a];
export const VERSION = 1;

/** What is in the blocks. */
export const FORMS = { full: 1, pages: 2 } as const;
export type PwtForm = keyof typeof FORMS;

/** What the trace was made from had these. Unknown flags are refused. */
export const FLAGS = { hasPcs: 1, hasInstructions: 2, hasThreads: 4 } as const;
export type PwtFlags = { readonly [Flag in keyof typeof FLAGS]?: boolean | undefined };

/** File header: magic, version, form, flags, length of the name; then the name and a CRC-32. */
export const HEADER_BYTES = 16;
export const MAX_NAME_BYTES = 64;
export const CRC_BYTES = 4;

/** Types of chunks. From OPTIONAL on, a reader may skip what it does not know. */
export const CHUNK_BLOCK = 1;
export const CHUNK_INDEX = 2;
export const CHUNK_END = 3;
export const OPTIONAL = 0x80;
export const CHUNK_METADATA = 0x81;

/** What all chunks begin with: type, sections, bytes of the header, bytes of the payload. */
export const CHUNK_BYTES = 8;
export const MAX_CHUNK_HEADER_BYTES = 512;
export const BLOCK_FIXED_BYTES = 44;
export const SECTION_BYTES = 16;
export const MAX_SECTIONS = 8;
export const INDEX_HEADER_BYTES = 20;
export const INDEX_ENTRY_BYTES = 24;
export const END_BYTES = 68;
export const METADATA_HEADER_BYTES = 16;
export const MAX_METADATA_BYTES = 1 << 20;

/** Compressions of a section. */
export const COMPRESSIONS = { none: 0, deflate: 1 } as const;
export type PwtCompression = keyof typeof COMPRESSIONS;

/** Most bytes of a section before compression, and stored. */
export const MAX_PLAIN_BYTES = 4 << 20;
export const MAX_STORED_BYTES = MAX_PLAIN_BYTES + (64 << 10);
/** A section is units, each of which begins with its length in bytes, itself included, and fits the kernel's input. */
export const UNIT_LENGTH_BYTES = 4;
export const MAX_UNIT_BYTES = 256 << 10;

/** A unit that no file has: the reader makes it of blocks that a window skips. */
export const PASSED_UNIT_BYTES = 24;
export const UNIT_PASSED = 2;
/** Flag that the reader sets in units of pages of a file of the full form: those of its layers above 0. */
export const UNIT_PAGES = 8;

/** Records in the order fetch, load, store, modify. */
export type KindCounts = readonly [fetches: number, loads: number, stores: number, modifies: number];

export interface BlockCounts {
  records: KindCounts;
  /** Of which the trace tells, fetched or not. */
  instructions: number;
}

/** Writes an entry of the index at `at`. */
export function putIndexEntry(
  view: DataView,
  at: number,
  { offset, firstRecord, firstInstruction }: { offset: number; firstRecord: number; firstInstruction: number },
): void {
  view.setBigUint64(at, BigInt(offset), true);
  view.setBigUint64(at + 8, BigInt(firstRecord), true);
  view.setBigUint64(at + 16, BigInt(firstInstruction), true);
}
