/**
 * What the layers of a pages-only trace are made of: tokens, each of which begins with one byte. docs/pwt.md has the
 * layout for those who want to read such a file by other means.
 *
 * | byte             | then                        | is                                                          |
 * |------------------|-----------------------------|-------------------------------------------------------------|
 * | 0..239           |                             | the record word in that slot of the dictionary              |
 * | TOKEN_DEFINE + k | slot, page                  | a record of kind k, fetch, load or store; its word, in that slot from now on |
 * | TOKEN_ODD + k    | odd page                    | a record of kind k, fetch to modify, that straddles pages or is not canonical |
 * | TOKEN_UNMAP      | first page, more pages      | those pages are mapped no more                              |
 * | TOKEN_MARK       | fetches, loads, stores, modifies, instructions not fetched | how many there were since the one before |
 * | TOKEN_END        |                             | the end of a unit: what comes next depends on nothing before |
 *
 * slot: a byte, of one that is in use or of the first that is not. All else is varints (7 bits a byte, the low ones first;
 * the top bit set in all but the last). page: difference to that of the define or odd record before of the same stream
 * (fetch, or data; 0 at the beginning of a unit), modulo 2^52, zigzag. odd page: the same twice, plus 1 if it straddles.
 * first page: itself. A mark stands after each INTERVAL_RECORDS records of the trace and before each end.
 */

/** Slots of the dictionary, whose tokens are the numbers below. */
export const SLOTS: u32 = 240;
export const TOKEN_DEFINE: u32 = 0xf0;
export const TOKEN_ODD: u32 = 0xf4;
export const TOKEN_UNMAP: u32 = 0xf8;
export const TOKEN_MARK: u32 = 0xfe;
export const TOKEN_END: u32 = 0xff;

/** Bytes of the longest token: a mark. */
export const MAX_TOKEN_BYTES: usize = 32;
/** Instructions that one mark may count, so that no sum of a batch overflows. */
export const MAX_MARK_INSTRUCTIONS: u64 = 1 << 24;

/** The layers: what each leaves out, beside what changes nothing for any consumer, is exact for so many strip slots. */
export const LAYERS: u32 = 3;
export const LAYER_ANY: u32 = 0;
export const LAYER_STREAMS: u32 = 1;
export const LAYER_SETS: u32 = 2;
