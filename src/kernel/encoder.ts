/** Encoders in the kernel: the entries that it gave out, as bytes of another format. */
import type { Stream } from "../config/types.ts";
import type { KernelInstance } from "./instance.ts";

/** What a format has no place for; LOSS_ in assembly/encoders/losses.ts. */
export const LOSSES = [
  "instructions",
  "threads",
  "pcs",
  "unmaps",
  "protects",
  "straddles",
  "sizes",
  "modifies",
  "addedFetches",
  "order",
  "atZero",
  "withoutFetch",
  "nonCanonical",
] as const;
export type LossName = (typeof LOSSES)[number];

/** Who knows what an encoder lost so far. */
export interface LossCounter {
  /** How often something was lost, by its name. */
  losses(): Readonly<Record<LossName, number>>;
  /** Number, from 1, of the first record that was left out, of those given out when that was; 0: none was. */
  firstLostRecord(): number;
}

/** One encoder of a kernel, and what it lost so far. */
export class KernelEncoder implements LossCounter {
  readonly #kernel: KernelInstance;

  /**
   * `encoder`: `ENCODER_` and this is the constant of assembly/encoders/index.ts. `stream`: of which references requests
   * are made, by the encoder of those.
   *
   * @internal
   */
  constructor(kernel: KernelInstance, encoder: string, stream: Stream) {
    this.#kernel = kernel;
    const number = kernel.offset(`ENCODER_${encoder}`);
    const streams = kernel.streams(stream);
    kernel.call(() => kernel.exports.startEncoder(number, streams));
  }

  /** Encodes the entries that the kernel gave out last. Each piece is valid until the next one is asked for. */
  *encode(): Generator<Uint8Array, void> {
    const x = this.#kernel.exports;
    this.#kernel.call(() => x.beginEncoding());
    for (;;) {
      const bytes = this.#kernel.call(() => x.encode());
      if (bytes === 0) return;
      yield this.#kernel.slice(x.outputAddress(), bytes);
    }
  }

  /** What is left when the trace has ended. Valid until the next call. */
  finish(): Uint8Array {
    const bytes = this.#kernel.call(() => this.#kernel.exports.endEncoding());
    return this.#kernel.slice(this.#kernel.exports.outputAddress(), bytes);
  }

  /** Bytes of one request, for the encoder of those. */
  requestBytes(): number {
    return this.#kernel.exports.REQUEST_BYTES.value;
  }

  /** Where requests are put for linkRequests(): the first `bytes` bytes, as many as encode() gives at most. */
  requests(bytes: number): Uint8Array {
    return this.#kernel.slice(this.#kernel.exports.outputAddress(), bytes);
  }

  /**
   * Tells each of the `count` requests in `requests()` which is the next one for its page. The last of them is number
   * `lastNumber`, from 1. To be called with all requests of a trace, the last ones first. Throws KernelError if there are
   * too many pages.
   */
  linkRequests(count: number, lastNumber: number): void {
    this.#kernel.run(() => this.#kernel.exports.linkRequests(count, BigInt(lastNumber)));
  }

  losses(): Readonly<Record<LossName, number>> {
    return readLosses(this.#kernel);
  }

  firstLostRecord(): number {
    return this.#kernel.exports.firstLostRecord();
  }
}

/**
 * What the encoder of `kernel` lost.
 *
 * @internal
 */
export function readLosses(kernel: KernelInstance): Readonly<Record<LossName, number>> {
  const at = kernel.exports.lossesAddress();
  const view = kernel.view();
  const counts = LOSSES.map((name) => {
    const loss = kernel.offset(`LOSS_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`);
    return [name, Number(view.getBigUint64(at + 8 * loss, true))];
  });
  return Object.fromEntries(counts) as Record<LossName, number>;
}
