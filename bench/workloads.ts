/**
 * What is measured: streams of addresses made from a seed, and the traces of real programs. Either is a lackey text, of
 * whole lines, that is repeated until it is long enough.
 */
import { readFileSync } from "node:fs";
import type { PlainTrace } from "./traces.ts";

/** How much is measured. */
export interface Scale {
  /** References of a stream that mostly hits. */
  references: number;
  /** References of a stream that mostly misses, at ten times as long each. */
  missReferences: number;
  /** The same where a sweep looks at them, which takes up to twenty times as long. */
  sweepMissReferences: number;
  /** References that are simulated once for each of 208 TLBs. */
  directReferences: number;
  /** Least text of one lackey run, in bytes. */
  textBytes: number;
  /** The same of each trace where eight are swept. */
  sideBySideBytes: number;
  /** The same of each trace of a plan. */
  shardBytes: number;
  /** The same of each trace that a browser reads: some 5 million records. */
  browserBytes: number;
  /** Words, and bytes of text, that one call of a tinybench task takes. */
  taskWords: number;
  taskTextBytes: number;
  /** Interleaved rounds of a comparison. */
  rounds: number;
  /** Time of one tinybench task, in milliseconds. */
  taskMs: number;
}

export const FULL: Scale = {
  references: 50_000_000,
  missReferences: 12_000_000,
  sweepMissReferences: 3_000_000,
  directReferences: 600_000,
  textBytes: 750_000_000,
  sideBySideBytes: 300_000_000,
  shardBytes: 300_000_000,
  browserBytes: 75_000_000,
  taskWords: 2_000_000,
  taskTextBytes: 128_000_000,
  rounds: 7,
  taskMs: 250,
};

export const QUICK: Scale = {
  references: 2_000_000,
  missReferences: 500_000,
  sweepMissReferences: 100_000,
  directReferences: 40_000,
  textBytes: 16_000_000,
  sideBySideBytes: 8_000_000,
  shardBytes: 8_000_000,
  browserBytes: 8_000_000,
  taskWords: 500_000,
  taskTextBytes: 8_000_000,
  rounds: 3,
  taskMs: 20,
};

export interface Workload {
  name: string;
  real: boolean;
  mostlyMisses: boolean;
  /** Made anew at each call. */
  text(): Uint8Array;
}

/** The one synthetic stream that has a target of its own. */
export const UNIFORM = "uniform random, 1 GiB";

/** Loads from one page: nothing but hits. The kernel alone is measured on it. */
export const FLOOR = "one page, all hits";

const PAGE_BYTES = 4096;
const GIB_PAGES = 2 ** 18;
const MATRIX = 2048;
const DIGITS = "0123456789abcdef";
const ADDRESS_DIGITS = 12;
const ADDRESS_COLUMN = 3;

/** The same at every run. */
export const SYNTHETIC: readonly Workload[] = [
  synthetic("sequential, 32 MiB", false, () => stream(2 ** 22, (index) => index * 8)),
  synthetic("strided, 2048 x 2048 by columns", true, () =>
    stream(2 ** 20, (index) => ((index % MATRIX) * MATRIX + Math.floor(index / MATRIX)) * 8),
  ),
  synthetic("Zipf, 1 GiB", true, () => {
    const random = randomOf(1);
    const rank = zipf(GIB_PAGES, random);
    // The odd factor scatters the ranks over all pages, so that popular pages are no neighbours.
    return stream(1_500_000, () => ((rank() * 40_503) % GIB_PAGES) * PAGE_BYTES + Math.floor(random() * 512) * 8);
  }),
  synthetic("pointer chase, 1024 pages", true, () => {
    const successor = cycle(1024, randomOf(2));
    let page = 0;
    return stream(2 ** 20, () => {
      page = successor[page] as number;
      return page * PAGE_BYTES + (page % 64) * 64;
    });
  }),
  synthetic(UNIFORM, true, () => {
    const random = randomOf(3);
    return stream(1_500_000, () => Math.floor(random() * GIB_PAGES * 512) * 8);
  }),
];

/** Loads from `addresses`, in program order. */
function synthetic(name: string, mostlyMisses: boolean, addresses: () => BigUint64Array): Workload {
  return { name, real: false, mostlyMisses, text: () => lackeyText(addresses()) };
}

export function realWorkload({ name, path }: PlainTrace): Workload {
  return { name, real: true, mostlyMisses: false, text: () => readFileSync(path) };
}

/** Bits 63..32 of every synthetic address: there Linux maps memory. */
const HIGH_BITS = 0x7f00;

/** Addresses whose low 32 bits `at` gives. */
function stream(length: number, at: (index: number) => number): BigUint64Array {
  const addresses = new BigUint64Array(length);
  const halves = new Uint32Array(addresses.buffer);
  for (let index = 0; index < length; index++) {
    halves[2 * index] = at(index);
    halves[2 * index + 1] = HIGH_BITS;
  }
  return addresses;
}

/** A load of 8 bytes from each of `addresses`, which must be below 2^48 and not below 2^44. */
function lackeyText(addresses: BigUint64Array): Uint8Array {
  const halves = new Uint32Array(addresses.buffer, addresses.byteOffset, 2 * addresses.length);
  const line = new TextEncoder().encode(" L 123456789abc,8\n");
  const text = new Uint8Array(addresses.length * line.length);
  for (let index = 0; index < addresses.length; index++) {
    const start = index * line.length;
    text.set(line, start);
    for (let digit = 0; digit < ADDRESS_DIGITS; digit++) {
      const shift = 4 * (ADDRESS_DIGITS - 1 - digit);
      const half = halves[2 * index + (shift >> 5)] as number;
      text[start + ADDRESS_COLUMN + digit] = DIGITS.charCodeAt((half >>> (shift & 31)) & 15);
    }
  }
  return text;
}

/** Numbers in 0..1, evenly distributed: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ranks 0..count-1, the k-th 1/(k + 1) times as likely as the first. */
function zipf(count: number, random: () => number): () => number {
  const cumulated = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1);
    cumulated[rank] = sum;
  }
  return () => {
    const wanted = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulated[middle] as number) <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** A permutation of 0..length-1 that is one cycle: Sattolo's algorithm. */
function cycle(length: number, random: () => number): Uint32Array {
  const successor = Uint32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const other = Math.floor(random() * last);
    const moved = successor[last] as number;
    successor[last] = successor[other] as number;
    successor[other] = moved;
  }
  return successor;
}
