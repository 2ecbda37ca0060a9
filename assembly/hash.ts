/** 2^64 / golden ratio: multiplicative hashing, Knuth, TAOCP vol. 3, 6.4. The high bits of a product are the hash. */
export const HASH_MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
