/** The pages that a prefetcher has predicted last: u64 each. */

/** Most that a prefetcher may predict at once. */
export const MAX_DEGREE: u32 = 64;

const PREDICTED: usize = memory.data(64 * 8, 8);

export function predictedPage(index: u32): u64 {
  return load<u64>(PREDICTED + ((<usize>index) << 3));
}

export function setPredicted(index: u32, page: u64): void {
  store<u64>(PREDICTED + ((<usize>index) << 3), page);
}
