/**
 * A unit of the pages-only form of `.pwt`, which docs/pwt.md describes to the byte: its length in bytes, flags (UNIT_), and
 * tokens, each of which begins with one byte.
 *
 * | byte             | then                        | is                                                           |
 * |------------------|-----------------------------|--------------------------------------------------------------|
 * | 0..239           |                             | the record whose word is in that slot of the dictionary      |
 * | TOKEN_DEFINE + k | slot, page                  | a record of kind k, fetch to store, whose word is in that slot from now on |
 * | TOKEN_ODD + k    | odd page                    | a record of kind k, fetch to modify, that straddles pages or is not canonical |
 * | TOKEN_UNMAP      | first page, more pages      | those pages are mapped no more                               |
 * | TOKEN_MARK       | records by kind, instructions not fetched | how many there were since the mark before      |
 *
 * slot: a byte, how far behind that of the define before, in the ring of SLOTS. All else is varints: 7 bits a byte, the
 * low ones first, the top bit set in all but the last. page: its difference to that of the define or odd record before of
 * the same stream, fetch or data, modulo 2^52, zigzag. odd page: that twice, plus 1 if it straddles. first page: itself.
 * A mark stands after each INTERVAL_RECORDS records of the trace, and at the end of each unit.
 */

/** Slots of the dictionary, whose tokens are the numbers below. */
export const SLOTS: u32 = 240;
export const TOKEN_DEFINE: u32 = 0xf0;
export const TOKEN_ODD: u32 = 0xf4;
export const TOKEN_UNMAP: u32 = 0xf8;
export const TOKEN_MARK: u32 = 0xff;

/** Length and flags (pwt/layout.ts). */
export const UNIT_HEADER_BYTES: u32 = 8;
/** Bytes of the longest token: a mark. */
export const MAX_TOKEN_BYTES: usize = 32;
/** Instructions that one mark may count, so that no sum of a batch overflows. */
export const MAX_MARK_INSTRUCTIONS: u64 = 1 << 24;

/** Layers, numbered by how many strip slots must be exact for who reads them (decoders/known-lines.ts). */
export const LAYER_ANY: u32 = 0;
export const LAYER_STREAMS: u32 = 1;
export const LAYER_SETS: u32 = 16;
