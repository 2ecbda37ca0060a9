/** Bits of ways in words of 64 bits. */

/** Address of word number `index`. */
export function wordAt(state: usize, index: u32): usize {
  return state + ((<usize>index) << 3);
}

/** The low `count` bits, 1..64; those of more than a word's as a whole word. */
export function lowBits(count: u32): u64 {
  return count >= 64 ? ~(<u64>0) : ((<u64>1) << (<u64>count)) - 1;
}
