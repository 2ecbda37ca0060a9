/**
 * What is measured: streams of addresses made from a seed, and the traces of real programs. Either is a list of
 * addresses of data accesses that is repeated, as a whole, until it is long enough.
 */
import { type PlainTrace, parseLackey } from "./traces.ts";

/** How much is measured. */
export interface Scale {
  /** References of a stream that mostly hits. */
  references: number;
  /** References of a stream that mostly misses, at ten times as long each. */
  missReferences: number;
  /** Least text of one lackey run, in bytes. */
  textBytes: number;
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
  textBytes: 700_000_000,
  taskWords: 2_000_000,
  taskTextBytes: 128_000_000,
  rounds: 7,
  taskMs: 250,
};

export const QUICK: Scale = {
  references: 4_000_000,
  missReferences: 1_000_000,
  textBytes: 40_000_000,
  taskWords: 500_000,
  taskTextBytes: 8_000_000,
  rounds: 3,
  taskMs: 20,
};

export interface Workload {
  name: string;
  real: boolean;
  mostlyMisses: boolean;
  /** Virtual addresses of the first bytes of data accesses, in program order; made anew at each call. */
  addresses(): BigUint64Array;
}

/** The one synthetic stream that has a target of its own. */
export const UNIFORM = "uniform random, 1 GiB";

const PAGE_BYTES = 4096;
const GIB_PAGES = 2 ** 18;
const MATRIX = 2048;

/** The same at every run. */
export const SYNTHETIC: readonly Workload[] = [
  {
    name: "sequential, 32 MiB",
    real: false,
    mostlyMisses: false,
    addresses: () => stream(2 ** 22, (index) => index * 8),
  },
  {
    name: "strided, 2048 x 2048 by columns",
    real: false,
    mostlyMisses: true,
    addresses: () => stream(2 ** 20, (index) => ((index % MATRIX) * MATRIX + Math.floor(index / MATRIX)) * 8),
  },
  {
    name: "Zipf, 1 GiB",
    real: false,
    mostlyMisses: true,
    addresses: () => {
      const random = randomOf(1);
      const rank = zipf(GIB_PAGES, random);
      // The odd factor scatters the ranks over all pages, so that popular pages are no neighbours.
      return stream(1_500_000, () => ((rank() * 40_503) % GIB_PAGES) * PAGE_BYTES + Math.floor(random() * 512) * 8);
    },
  },
  {
    name: "pointer chase, 1024 pages",
    real: false,
    mostlyMisses: true,
    addresses: () => {
      const successor = cycle(1024, randomOf(2));
      let page = 0;
      return stream(2 ** 20, () => {
        page = successor[page] as number;
        return page * PAGE_BYTES + (page % 64) * 64;
      });
    },
  },
  {
    name: UNIFORM,
    real: false,
    mostlyMisses: true,
    addresses: () => {
      const random = randomOf(3);
      return stream(1_500_000, () => Math.floor(random() * GIB_PAGES * 512) * 8);
    },
  },
];

/** The data accesses of a real trace. */
export function realWorkload(trace: PlainTrace): Workload {
  return {
    name: trace.name,
    real: true,
    mostlyMisses: false,
    addresses: () => parseLackey(trace.path).addresses,
  };
}

/** How often `workload`, of `length` references, is repeated in a comparison. */
export function repeatsOf(workload: Workload, length: number, scale: Scale): number {
  return Math.ceil((workload.mostlyMisses ? scale.missReferences : scale.references) / length);
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
