import type { Kernel } from "../src/kernel/kernel.ts";
import type { Words } from "./words.ts";

/** Words that are copied at a time: they stay in the cache, and the calls cost nothing beside them. */
const PIECE_WORDS = 16 * 1024;

/** Replays `words`, copied piece by piece into the kernel, as the batches that they are. */
export function feedBatches(kernel: Kernel, { batches, records }: Words): void {
  kernel.setBatch(new BigUint64Array(0), records);
  kernel.run();
  for (const words of batches) feedPiece(kernel, words);
}

/** Replays `words`, copied piece by piece into the kernel. */
export function feed(kernel: Kernel, words: BigUint64Array): void {
  for (let at = 0; at < words.length; at += PIECE_WORDS) feedPiece(kernel, words.subarray(at, at + PIECE_WORDS));
}

function feedPiece(kernel: Kernel, words: BigUint64Array): void {
  kernel.setBatch(words, [0, 0, 0, 0]);
  kernel.run();
}
