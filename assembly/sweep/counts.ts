/** Counts of references by the depth at which they were found: u64 each, one after the other. */

/** One more at `depth`. */
export function count(counts: usize, depth: u32): void {
  const at = counts + ((<usize>depth) << 3);
  store<u64>(at, load<u64>(at) + 1);
}

/** Sum of the counts from `depth` to `last`. */
export function sumFrom(counts: usize, depth: u32, last: u32): u64 {
  let sum: u64 = 0;
  for (; depth <= last; depth++) sum += load<u64>(counts + ((<usize>depth) << 3));
  return sum;
}
