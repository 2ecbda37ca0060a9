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

/** Encodes one trace into layers beside the units of the full form, while the kernel decodes it. No LAYER_ANY. */
export class PagesLayersEncoder {
  readonly #kernel: KernelInstance;

  /** @internal Throws KernelError if there is no memory for it. */
  constructor(kernel: KernelInstance) {
    this.#kernel = kernel;
    start(kernel, false);
  }

  /** Encodes the entries of the kernel's memory that lie at `from` to `to`. */
  take(from: number, to: number): void {
    this.#kernel.call(() => {
      this.#kernel.exports.pagesTake(from, to);
      this.#kernel.exports.pagesEncode();
    });
  }

  /** Whether the block had better end with the next unit of the full form. */
  areFull(): boolean {
    return Boolean(this.#kernel.exports.pagesAreFull());
  }

  /** The layers of what was taken since the block before. */
  endBlock(): PagesLayer[] {
    const x = this.#kernel.exports;
    this.#kernel.call(() => x.pagesEndBlock());
    return [x.LAYER_STREAMS.value, x.LAYER_SETS.value].map((layer) => layerOf(this.#kernel, layer));
  }
}

/** Encodes one trace, while the kernel decodes it. */
export class PagesBlockEncoder {
  readonly #kernel: KernelInstance;

  /** @internal Throws KernelError if there is no memory for it. */
  constructor(kernel: KernelInstance) {
    this.#kernel = kernel;
    start(kernel, true);
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
    const layers = [x.LAYER_SETS.value, x.LAYER_STREAMS.value, x.LAYER_ANY.value].map((layer) =>
      layerOf(this.#kernel, layer),
    );
    return { records: [fetches, loads, stores, modifies], instructions, layers };
  }
}

function start(kernel: KernelInstance, alone: boolean): void {
  const status = kernel.call(() => kernel.exports.pagesStart(alone));
  if (status === kernel.exports.STATUS_OK.value) return;
  throw new KernelError("out-of-memory", "there is no memory left in WebAssembly for an encoder");
}

function layerOf(kernel: KernelInstance, layer: number): PagesLayer {
  const x = kernel.exports;
  const bytes = kernel.slice(x.pagesLayerAddress(layer), x.pagesLayerBytes(layer));
  return { layer, units: x.pagesLayerUnits(layer), bytes };
}
