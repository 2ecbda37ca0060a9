/**
 * What the host and the kernel agree on: record kinds, statuses, sizes of the shared buffers. The host reads every one
 * of them from the module's exports, so there is no second copy.
 */

// One record of a trace, as the decoders write it and every consumer reads it: a little-endian u64.
//
//   63   62  58 57                                  6 5  4 3  0   bit
//   ├────┼──────┼─────────────────────────────────────┼────┼────┤
//   │ ST │  0   │     virtual address, bits 63..12    │kind│ 0  │
//   └────┴──────┴─────────────────────────────────────┴────┴────┘
//
// ST: the bytes of the record reach into the next 4 KiB page, so it makes two references. No record makes more,
// since MAX_RECORD_BYTES is one page. The batch header counts records by kind; decoders may leave out words of
// records that provably change nothing (see decoders/known-lines.ts), never their counts. The low bits are 0 so that a word,
// masked, is the offset of its 16-byte slot in the shadow (shadow.ts).
export const KIND_FETCH: u32 = 0;
export const KIND_LOAD: u32 = 1;
export const KIND_STORE: u32 = 2;
export const KIND_MODIFY: u32 = 3;
/** Bit of the kind that says the access needs write permission. */
export const KIND_WRITES: u32 = 2;
export const KIND_MASK: u32 = 3;
/** One bit for each kind. */
export const ALL_KINDS: u32 = 15;
export const WORD_KIND_SHIFT: u32 = 4;
/** Bits of a word below the page number. */
export const WORD_PAGE_SHIFT: u32 = 6;
export const WORD_PAGE_MASK: u64 = 0x000f_ffff_ffff_ffff;
export const WORD_STRADDLES: u64 = 1 << 63;

// Events stand between records, in words that no record has: bits 3..0 say which. Only who asks for them gets them.
export const EVENT_MASK: u32 = 15;
/** Every entry of every TLB is invalidated. */
export const EVENT_FLUSH: u32 = 1;
/** The entries of the pages from this word's on are invalidated, up to that of the next word, itself included. */
export const EVENT_UNMAP_FROM: u32 = 2;
export const EVENT_UNMAP_TO: u32 = 3;
/** Another INTERVAL_RECORDS records have passed. It invalidates nothing. */
export const EVENT_INTERVAL: u32 = 4;

/** Records between two EVENT_INTERVALs of a run that is profiled. */
export const INTERVAL_RECORDS: u32 = 4096;

/** Largest size of a record in bytes. */
export const MAX_RECORD_BYTES: u32 = 4096;

/** Text longer than this without a newline is no record line of any format. */
export const MAX_LINE_BYTES: u32 = 4096;
/** Bytes of trace that the host may hand over in one call. */
export const INPUT_BYTES: u32 = 256 * 1024;
/**
 * Words that one batch holds: more than INPUT_BYTES + MAX_LINE_BYTES of text can make. Every 7 bytes, the least that a
 * record has, may be a record and a mark; an unmap makes two words of many more bytes.
 */
export const BATCH_WORDS: u32 = 76 * 1024;

export const STATUS_OK: u32 = 0;
/** The page tables need more memory than WebAssembly can have. */
export const STATUS_OUT_OF_MEMORY: u32 = 1;
/** A record with an address of more than 64 bits. */
export const STATUS_ADDRESS_TOO_WIDE: u32 = 2;
/** A record with a size of 0 or over MAX_RECORD_BYTES. */
export const STATUS_SIZE_OUT_OF_RANGE: u32 = 3;
/** The text ends inside a record. */
export const STATUS_TORN_LINE: u32 = 4;
/** The trace ends inside a binary record or block. */
export const STATUS_TORN_RECORD: u32 = 5;
/** A record, or a field of one, that the format does not have. */
export const STATUS_BAD_RECORD: u32 = 6;
/** A trace of which a cache filter has taken records away. */
export const STATUS_FILTERED: u32 = 7;
/** A trace of another architecture, or of a version that is not read. */
export const STATUS_UNSUPPORTED: u32 = 8;
/** No error: there is more in the input. decodeMore() goes on. */
export const STATUS_MORE: u32 = 9;
/** No error: the window has ended, and nothing more is wanted. */
export const STATUS_DONE: u32 = 10;
/** No frame can be freed for a page of the program, and no swap slot is left. */
export const STATUS_MEMORY_FULL: u32 = 11;

/** The decoders, by the formats that they read (decoders/index.ts). */
export const DECODER_LACKEY: u32 = 0;
export const DECODER_DRMEMTRACE: u32 = 1;
export const DECODER_CHAMPSIM: u32 = 2;
export const DECODER_CLOUDSUITE: u32 = 3;
export const DECODER_DRMEMTRACE_VIEW: u32 = 16;
export const DECODER_DIN: u32 = 17;
export const DECODER_XDIN: u32 = 18;
export const DECODER_PINATRACE: u32 = 19;
export const DECODER_PERF_SCRIPT: u32 = 20;
export const DECODER_TEXT: u32 = 21;
export const DECODER_CSV: u32 = 22;
/** The full form of `.pwt`. */
export const DECODER_PWT: u32 = 32;
/** Its pages-only form. */
export const DECODER_PAGES: u32 = 33;

/** Replacement policies (policies/index.ts). */
export const POLICY_LRU: u32 = 0;
export const POLICY_FIFO: u32 = 1;
export const POLICY_RANDOM: u32 = 2;
export const POLICY_TREE_PLRU: u32 = 3;
export const POLICY_BIT_PLRU: u32 = 4;
export const POLICY_NRU: u32 = 5;
export const POLICY_SRRIP: u32 = 6;
export const POLICY_MRU3_PLRU4: u32 = 7;
export const POLICY_OPT: u32 = 8;
/** One of the user's own (policies/custom.ts). */
export const POLICY_CUSTOM: u32 = 255;

/** References that a sweep looks at, one bit a stream. */
export const STREAM_FETCH: u32 = 1;
export const STREAM_DATA: u32 = 2;
