/** The kernel's encoder of entries into units of the full form of `.pwt` (assembly/pwt/encode.ts). */
import { type LossCounter, type LossName, readLosses } from "./encoder.ts";
import type { KernelInstance } from "./instance.ts";
import { type PagesLayer, PagesLayersEncoder } from "./pages-encoder.ts";

/** What was encoded into one unit. */
export interface PwtUnit {
  /** Valid until the next call of any method. */
  bytes: Uint8Array;
  records: [fetches: number, loads: number, stores: number, modifies: number];
  instructions: number;
  /** Whether the next unit must begin a block, as there is little room left for what this one's knows, or its pages. */
  isLast: boolean;
}

/** Encodes one trace, and its pages beside it. A kernel has one such encoder, which can encode while the kernel decodes. */
export class PwtUnitEncoder implements LossCounter {
  readonly #kernel: KernelInstance;
  readonly #layers: PagesLayersEncoder;
  /** Where the entries go on of which the layers were not told. */
  #from = 0;

  /** @internal Throws KernelError if there is no memory for it. */
  constructor(kernel: KernelInstance) {
    this.#kernel = kernel;
    this.#layers = new PagesLayersEncoder(kernel);
    kernel.call(() => kernel.exports.pwtStart());
  }

  losses(): Readonly<Record<LossName, number>> {
    return readLosses(this.#kernel);
  }

  /** No record is left out. */
  firstLostRecord(): number {
    return 0;
  }

  /** Has the entries that the kernel gave out last encoded by next(). */
  take(): void {
    const x = this.#kernel.exports;
    this.#kernel.call(() => {
      const from = x.entriesAddress();
      this.#from = from;
      x.pwtTake(from, from + x.entriesBytes());
    });
  }

  /** The next unit that is full; `null` once the entries are used up. */
  next(): PwtUnit | null {
    return this.#unit(() => this.#kernel.exports.pwtEncode());
  }

  /** The unit of what is left, when next() has returned `null` and nothing more comes. */
  finish(): PwtUnit | null {
    return this.#unit(() => this.#kernel.exports.pwtFinish());
  }

  /** Ends the block with the unit that was given out last; its layers of pages. */
  endBlock(): PagesLayer[] {
    this.#kernel.call(() => this.#kernel.exports.pwtStartBlock());
    return this.#layers.endBlock();
  }

  #unit(encode: () => number): PwtUnit | null {
    const x = this.#kernel.exports;
    const length = this.#kernel.call(encode);
    const to = x.pwtTakenTo();
    this.#layers.take(this.#from, to);
    this.#from = to;
    if (length === 0) return null;
    const view = this.#kernel.view();
    const [fetches = 0, loads = 0, stores = 0, modifies = 0, instructions = 0] = [0, 4, 8, 12, 16].map((offset) =>
      view.getUint32(x.pwtCountsAddress() + offset, true),
    );
    const isLast = this.#kernel.call(() => {
      x.pwtClearCounts();
      return Boolean(x.pwtIsCrowded()) || this.#layers.areFull();
    });
    const bytes = this.#kernel.slice(x.pwtUnitAddress(), length);
    return { bytes, records: [fetches, loads, stores, modifies], instructions, isLast };
  }
}
