/** Encoders in the kernel: the entries that it gave out, as bytes of another format. */
import type { KernelInstance } from "./instance.ts";

/** What a format has no place for; LOSS_ in assembly/encoders/losses.ts. */
export const LOSSES = [
  "instructions",
  "threads",
  "pcs",
  "unmaps",
  "straddles",
  "sizes",
  "modifies",
  "addedFetches",
  "atZero",
  "withoutFetch",
  "nonCanonical",
] as const;
export type LossName = (typeof LOSSES)[number];

/** One encoder of a kernel, and what it lost so far. */
export class KernelEncoder {
  readonly #kernel: KernelInstance;

  /** `encoder`: `ENCODER_` and this is the constant of assembly/encoders/index.ts. */
  constructor(kernel: KernelInstance, encoder: string) {
    this.#kernel = kernel;
    const number = kernel.offset(`ENCODER_${encoder}`);
    kernel.call(() => kernel.exports.startEncoder(number));
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

  /** How often something was lost, by its name. */
  losses(): Readonly<Record<LossName, number>> {
    const at = this.#kernel.exports.lossesAddress();
    const view = this.#kernel.view();
    const counts = LOSSES.map((name) => {
      const loss = this.#kernel.offset(`LOSS_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`);
      return [name, Number(view.getBigUint64(at + 8 * loss, true))];
    });
    return Object.fromEntries(counts) as Record<LossName, number>;
  }

  /** Number, from 1, of the first record that was left out, of those given out when that was; 0: none was. */
  firstLostRecord(): number {
    return this.#kernel.exports.firstLostRecord();
  }
}
