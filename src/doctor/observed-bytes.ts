/** What of the bytes of a trace is kept while it is read, to tell what is wrong with it. */

/** Bytes kept of the beginning. */
const HEAD_BYTES = 4096;
/** Bytes kept of what was read last: the longest line, and lines before it. */
const RECENT_BYTES = 8192;

export class ObservedBytes {
  /** Bytes seen so far. */
  total = 0;
  /** Zero bytes that they end with. */
  trailingZeros = 0;
  readonly #head = new Uint8Array(HEAD_BYTES);
  /** The bytes seen last stand in front of #end; twice the room, so that they are moved seldom. */
  readonly #recent = new Uint8Array(2 * RECENT_BYTES);
  #end = 0;

  /** The first bytes, 4096 at most. */
  get head(): Uint8Array {
    return this.#head.subarray(0, Math.min(this.total, HEAD_BYTES));
  }

  /** Notes the next bytes of the trace. */
  take(piece: Uint8Array): void {
    if (this.total < HEAD_BYTES) this.#head.set(piece.subarray(0, HEAD_BYTES - this.total), this.total);
    this.total += piece.length;
    const zeros = zerosAtEnd(piece);
    this.trailingZeros = zeros === piece.length ? this.trailingZeros + zeros : zeros;
    const kept = piece.subarray(Math.max(0, piece.length - RECENT_BYTES));
    if (this.#end + kept.length > this.#recent.length) {
      const stay = Math.min(this.#end, RECENT_BYTES);
      this.#recent.copyWithin(0, this.#end - stay, this.#end);
      this.#end = stay;
    }
    this.#recent.set(kept, this.#end);
    this.#end += kept.length;
  }

  /** Those of the `bytes` bytes before offset `from` that are kept. Valid until the next call of take(). */
  before(from: number, bytes: number): Uint8Array {
    const end = this.#end - (this.total - from);
    return end <= 0 ? new Uint8Array(0) : this.#recent.subarray(Math.max(0, end - bytes), end);
  }
}

function zerosAtEnd(piece: Uint8Array): number {
  let zeros = 0;
  while (zeros < piece.length && piece[piece.length - 1 - zeros] === 0) zeros++;
  return zeros;
}
