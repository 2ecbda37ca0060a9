/** The kernel's encoder of entries into blocks of the pages-only form of `.pwt` (assembly/pages/encoder.ts). */
import { KernelError } from "../errors.ts";
import type { KernelInstance } from "./instance.ts";

/** One layer of a block. */
export interface PagesLayer {
  /** Strip slots that must be exact for who reads it. */
  layer: number;
  units: number;
  /** Valid until the next call of any method. */
  bytes: Uint8Array;
}

/** What was encoded into one block. */
export interface PagesBlock {
  records: [fetches: number, loads: number, stores: number, modifies: number];
  instructions: number;
  layers: PagesLayer[];
}

/** Encodes one trace, while the kernel decodes it. */
export class PagesBlockEncoder {
  readonly #kernel: KernelInstance;

  /** @internal Throws KernelError if there is no memory for it. */
  constructor(kernel: KernelInstance) {
    this.#kernel = kernel;
    const status = kernel.call(() => kernel.exports.pagesStart());
    if (status !== kernel.exports.STATUS_OK.value) {
      throw new KernelError("out-of-memory", "there is no memory left in WebAssembly for an encoder");
    }
  }

  /** Has the entries that the kernel gave out last encoded by next(). */
  take(): void {
    const x = this.#kernel.exports;
    this.#kernel.call(() => {
      const from = x.entriesAddress();
      x.pagesTake(from, from + x.entriesBytes());
    });
  }

  /** The next block that is complete; `null` once the entries are used up. */
  next(): PagesBlock | null {
    return this.#block(() => this.#kernel.exports.pagesEncode());
  }

  /** The block of what is left, when next() has returned `null` and nothing more comes. */
  finish(): PagesBlock | null {
    return this.#block(() => this.#kernel.exports.pagesFinish());
  }

  #block(encode: () => number | boolean): PagesBlock | null {
    if (!this.#kernel.call(encode)) return null;
    const x = this.#kernel.exports;
    const view = this.#kernel.view();
    const [fetches = 0, loads = 0, stores = 0, modifies = 0, instructions = 0] = [0, 4, 8, 12, 16].map((offset) =>
      view.getUint32(x.pagesCountsAddress() + offset, true),
    );
    const layers = [x.LAYER_SETS.value, x.LAYER_STREAMS.value, x.LAYER_ANY.value].map((layer) => ({
      layer,
      units: x.pagesLayerUnits(layer),
      bytes: this.#kernel.slice(x.pagesLayerAddress(layer), x.pagesLayerBytes(layer)),
    }));
    return { records: [fetches, loads, stores, modifies], instructions, layers };
  }
}
