/** Readers of what comes in pieces whose length the sender chooses. */
import type { ByteReader } from "./bytes.ts";

export const EMPTY = new Uint8Array(0);

/** Hands out pieces of any length, and an empty one at the end. */
export interface Pieces {
  next(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Cuts pieces to the length of each target; a promise is made only when a piece is used up. */
export class PieceReader implements ByteReader {
  consumedBytes = 0;
  readonly #pieces: Pieces;
  #piece: Uint8Array = EMPTY;
  #failure: unknown = null;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
  }

  read(target: Uint8Array): number | Promise<number> {
    return this.#piece.length > 0 ? this.#take(target) : this.#fetch(target);
  }

  async close(): Promise<void> {
    this.#piece = EMPTY;
    await this.#pieces.close();
  }

  async #fetch(target: Uint8Array): Promise<number> {
    if (this.#failure !== null) throw this.#failure;
    try {
      this.#piece = await this.#pieces.next();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    return this.#take(target);
  }

  #take(target: Uint8Array): number {
    const taken = this.#piece.subarray(0, target.length);
    target.set(taken);
    this.#piece = this.#piece.subarray(taken.length);
    this.consumedBytes += taken.length;
    return taken.length;
  }
}
