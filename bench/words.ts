/** Record words of the kernel, as assembly/layout.ts draws them, in halves of 32 bits: BigInt is slow. */

export const KIND_FETCH = 0;
export const KIND_LOAD = 1;
export const KIND_STORE = 2;
export const KIND_MODIFY = 3;
/** Bit of the high half: the record reaches into the next page. */
export const WORD_STRADDLES_HIGH = 0x8000_0000;

/** Low half of the word for the address with these halves. */
export function wordLow(low: number, high: number, kind: number): number {
  return (((low >>> 6) | (high << 26)) & ~63) | (kind << 4);
}

/** High half of it. */
export function wordHigh(high: number): number {
  return high >>> 6;
}

/** Words of loads at all of `addresses`. */
export function loadWords(addresses: BigUint64Array): BigUint64Array {
  const words = new BigUint64Array(addresses.length);
  const from = new Uint32Array(addresses.buffer, addresses.byteOffset, 2 * addresses.length);
  const to = new Uint32Array(words.buffer);
  for (let at = 0; at < from.length; at += 2) {
    const high = from[at + 1] as number;
    to[at] = wordLow(from[at] as number, high, KIND_LOAD);
    to[at + 1] = wordHigh(high);
  }
  return words;
}
