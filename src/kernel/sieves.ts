/** Words of one trace for several machines, each of which may have others left out (assembly/sieves.ts). */
import type { KernelInstance } from "./instance.ts";

/** Which words change nothing for a machine. */
export interface Sieve {
  /** Sets of which the latest page may be left out where it comes again, a power of two up to 64; 0: every word is wanted. */
  slots: number;
  /** Whether stores have L1 TLBs of their own, so that they are told apart from loads. */
  storesApart: boolean;
}

/** A kernel that decodes for machines of other kernels. */
export class Sieves {
  readonly #kernel: KernelInstance;
  readonly #steps: Step[];

  /**
   * Starts a trace for `decoder`. Equal ones among `sieves` are one.
   * @internal
   */
  constructor(kernel: KernelInstance, sieves: readonly Sieve[], decoder: number) {
    this.#kernel = kernel;
    const least = sieves.some(({ storesApart }) => storesApart) ? 0 : Math.min(...sieves.map(({ slots }) => slots));
    // What the decoder leaves out need not be sifted; it knows fewer slots than sieves do.
    const stripSlots = Math.min(least, kernel.exports.MAX_STRIP_SLOTS.value);
    kernel.call(() => kernel.exports.configureSieves(decoder, stripSlots));
    this.#steps = stepsOf(sieves, stripSlots);
  }

  /** Of what was decoded last, the words for the machines of each sieve. Valid until the next one is asked for. */
  *sift(words: BigUint64Array): Generator<readonly [sieve: Sieve, words: BigUint64Array]> {
    for (const { sieve, number, again } of this.#steps) {
      if (number === null) yield [sieve, words];
      else yield [sieve, this.#siftedBy(sieve, number, again)];
    }
  }

  #siftedBy({ slots, storesApart }: Sieve, number: number, again: boolean): BigUint64Array {
    const x = this.#kernel.exports;
    const count = this.#kernel.call(() => x.siftWords(number, slots, storesApart, again));
    return new BigUint64Array(x.memory.buffer, x.siftedAddress(), count);
  }
}

/** One sieve in the order of sifting: which one of the kernel's it is, `null`: none; and whether it is given what the one before it left. */
interface Step {
  sieve: Sieve;
  number: number | null;
  again: boolean;
}

/** Those that leave more out come after those that leave less. */
function stepsOf(sieves: readonly Sieve[], stripSlots: number): Step[] {
  const different = [...new Map(sieves.map((sieve) => [sieveName(sieve), sieve])).values()];
  const steps: Step[] = [];
  let numbers = 0;
  for (const storesApart of [false, true]) {
    const alike = different.filter((sieve) => sieve.storesApart === storesApart).sort((a, b) => a.slots - b.slots);
    let again = false;
    for (const sieve of alike) {
      const isDecoders = sieve.slots === stripSlots && !storesApart;
      steps.push({ sieve, number: isDecoders ? null : numbers++, again });
      again ||= !isDecoders;
    }
  }
  return steps;
}

/** The same for equal sieves. */
export function sieveName({ slots, storesApart }: Sieve): string {
  return `${slots}${storesApart ? " apart" : ""}`;
}
