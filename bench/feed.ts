import type { Kernel } from "../src/kernel/kernel.ts";

/** Words that are copied at a time: they stay in the cache, and the calls cost nothing beside them. */
const PIECE_WORDS = 16 * 1024;

/** Replays `words`, all of loads, copied piece by piece into the kernel. */
export function feed(kernel: Kernel, words: BigUint64Array): void {
  for (let at = 0; at < words.length; at += PIECE_WORDS) {
    const piece = words.subarray(at, at + PIECE_WORDS);
    kernel.setBatch(piece, [0, piece.length, 0, 0]);
    kernel.run();
  }
}
