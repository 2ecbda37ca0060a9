/** Entries of page tables in pairs of 32-bit words: a table's 512 at a few nanoseconds each, where `Processor` has objects. */

import { PAGE_SIZE_BYTES } from "../config/page-sizes.ts";
import type { Processor } from "../kernel/processor.ts";

/** What an entry allows and tells, as bits of a small number. Those of RIGHTS combine over levels by AND. */
export const WRITE = 1;
export const USER = 2;
export const EXECUTE = 4;
export const RIGHTS = WRITE | USER | EXECUTE;
export const GLOBAL = 8;
/** The flags by which pages are told apart; those above tell what happened to them. */
export const KIND_MASK = RIGHTS | GLOBAL;
export const ACCESSED = 16;
export const DIRTY = 32;

export const ENTRIES_PER_TABLE = 512;
/** Bytes of the smallest page, and of a table. */
export const PAGE_BYTES = PAGE_SIZE_BYTES["4K"];
const WORD = 2 ** 32;
const ALL_ONES = 2n ** 64n - 1n;

/** A 64-bit mask in two words. */
interface Mask {
  low: number;
  high: number;
}

/** Reads entries as `processor` does with the registers that it has now. Where bits lie is asked of it. */
export class EntryReader {
  readonly #processor: Processor;
  readonly #bits: readonly [flag: number, mask: Mask][];
  readonly #executeDisable: Mask;
  readonly #present: Mask;
  readonly #reserved: Mask;
  readonly #address: Mask;
  readonly #marks: Mask;

  constructor(processor: Processor) {
    this.#processor = processor;
    const { entries } = processor;
    this.#bits = [
      [WRITE, mask(entries.bit("RW"))],
      [USER, mask(entries.bit("US"))],
      [GLOBAL, mask(entries.bit("G"))],
      [ACCESSED, mask(entries.bit("A"))],
      [DIRTY, mask(entries.bit("D"))],
    ];
    this.#executeDisable = mask(entries.bit("XD"));
    this.#present = mask(entries.bit("P"));
    this.#reserved = mask(entries.reservedBits(ALL_ONES, 1));
    this.#address = mask(entries.targetOf(ALL_ONES, 1));
    this.#marks = mask(entries.bit("A") | entries.bit("D"));
  }

  /** Calls `page` for each entry of the PT at `pa` that maps one, and `reserved` for those with reserved bits set. */
  readPt(
    pa: bigint,
    page: (index: number, flags: number, low: number, high: number) => void,
    reserved?: (index: number, low: number, high: number) => void,
  ): void {
    const words = this.#words(pa);
    for (let index = 0; index < ENTRIES_PER_TABLE; index++) {
      const low = words[2 * index] ?? 0;
      const high = words[2 * index + 1] ?? 0;
      if (!has(this.#present, low, high)) continue;
      if (has(this.#reserved, low, high)) reserved?.(index, low, high);
      else page(index, this.flags(low, high), low, high);
    }
  }

  /** Of an entry of any level; G and D are without meaning in one that points to a table. */
  flags(low: number, high: number): number {
    let flags = has(this.#executeDisable, low, high) ? 0 : EXECUTE;
    for (const [flag, bit] of this.#bits) if (has(bit, low, high)) flags |= flag;
    return flags;
  }

  flagsOf(entry: bigint): number {
    const { low, high } = mask(entry);
    return this.flags(low, high);
  }

  /** Number of the frame that a PTE maps. */
  frameNumber(low: number, high: number): number {
    return ((high & this.#address.high) * WORD + ((low & this.#address.low) >>> 0)) / PAGE_BYTES;
  }

  /** Whether two entries differ in A and D at most. */
  alike(low: number, high: number, otherLow: number, otherHigh: number): boolean {
    return ((low ^ otherLow) & ~this.#marks.low) === 0 && ((high ^ otherHigh) & ~this.#marks.high) === 0;
  }

  allAlike(entries: readonly bigint[]): boolean {
    const [first, ...others] = entries.map(mask);
    if (first === undefined) return true;
    return others.every((other) => this.alike(first.low, first.high, other.low, other.high));
  }

  /** The words of the table at `pa`, low word first. Valid until the processor's memory changes. */
  #words(pa: bigint): Uint32Array {
    const frame = this.#processor.frame(pa);
    if (frame === null) throw new RangeError(`there is no memory at physical address 0x${pa.toString(16)}`);
    return new Uint32Array(frame.buffer, frame.byteOffset, 2 * ENTRIES_PER_TABLE);
  }
}

export function entryOf(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function has({ low, high }: Mask, entryLow: number, entryHigh: number): boolean {
  return (entryLow & low) !== 0 || (entryHigh & high) !== 0;
}

function mask(bits: bigint): Mask {
  return { low: Number(bits & 0xffffffffn) | 0, high: Number(bits >> 32n) | 0 };
}
