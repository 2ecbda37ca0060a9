/** Where encoders write: the host takes what is there after each call. */

/** Bytes that an encoder writes before it stops, and those that it may write beyond, for one entry. */
const FULL_BYTES: u32 = 256 * 1024;
const MORE_BYTES: u32 = 256;

/** Address of the output. */
export const OUTPUT: usize = memory.data(256 * 1024 + 256, 64);
/** An encoder that has written so far stops before the next entry. */
export const OUTPUT_FULL: usize = OUTPUT + <usize>FULL_BYTES;
/** Nothing is written from here on. */
export const OUTPUT_END: usize = OUTPUT_FULL + <usize>MORE_BYTES;
