/** Looking at the first bytes of a reader without losing them. */
import type { ByteReader } from "./bytes.ts";

/** Reads until `count` bytes or the end, and returns what there was. */
export async function peek(reader: ByteReader, count: number): Promise<Uint8Array> {
  const head = new Uint8Array(count);
  let filled = 0;
  while (filled < count) {
    const got = await reader.read(head.subarray(filled));
    if (got === 0) break;
    filled += got;
  }
  return head.subarray(0, filled);
}

/**
 * As `peek`, of a reader that may fail: the bytes before that, and the error. Only of a reader whose later reads fail
 * likewise (bytes.ts), so that nothing is lost.
 */
export async function peekBeforeFailure(
  reader: ByteReader,
  count: number,
): Promise<{ head: Uint8Array; failure: unknown }> {
  const head = new Uint8Array(count);
  let filled = 0;
  try {
    for (let got = -1; filled < count && got !== 0; filled += got) got = await reader.read(head.subarray(filled));
    return { head: head.subarray(0, filled), failure: null };
  } catch (failure) {
    return { head: head.subarray(0, filled), failure };
  }
}

/** Gives bytes that were read already once more, then the rest of `reader`. Counts what `reader` counts. */
export class ReplayingReader implements ByteReader {
  readonly #reader: ByteReader;
  #head: Uint8Array;

  constructor(head: Uint8Array, reader: ByteReader) {
    this.#head = head;
    this.#reader = reader;
  }

  get consumedBytes(): number {
    return this.#reader.consumedBytes;
  }

  read(target: Uint8Array): number | Promise<number> {
    if (this.#head.length === 0) return this.#reader.read(target);
    const piece = this.#head.subarray(0, target.length);
    target.set(piece);
    this.#head = this.#head.subarray(piece.length);
    return piece.length;
  }

  close(): void | Promise<void> {
    return this.#reader.close();
  }
}
