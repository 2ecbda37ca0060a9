/**
 * What is measured: streams of addresses made from a seed, and the traces of real programs. Either is an array of the
 * addresses of data accesses that is repeated, as a whole, until it is long enough.
 */
import { type Unpacked, parseLackey } from "./traces.ts";

/** How much is measured. */
export interface Scale {
  /** References of a stream that mostly hits. */
  references: number;
  /** References of a stream that mostly misses, at 10 to 100 ns each. */
  missReferences: number;
  /** Least text of one lackey run in bytes. */
  textBytes: number;
  /** Interleaved rounds of a comparison. */
  rounds: number;
  /** Time of one tinybench task in milliseconds. */
  taskMs: number;
}

export const FULL: Scale = {
  references: 50_000_000,
  missReferences: 12_000_000,
  textBytes: 700_000_000,
  rounds: 7,
  taskMs: 400,
};

export const QUICK: Scale = {
  references: 8_000_000,
  missReferences: 1_500_000,
  textBytes: 60_000_000,
  rounds: 5,
  taskMs: 40,
};

export interface Workload {
  name: string;
  real: boolean;
  /** Virtual addresses of the first bytes of data accesses, in program order; made anew at each call. */
  addresses(): BigUint64Array;
  /** How often `addresses()` is repeated for a comparison, given its length. */
  repeats(length: number, scale: Scale): number;
}

const PAGE_BYTES = 4096;
const BASE_HIGH = 0x7f00; // bits 63..32 of every synthetic address: where Linux maps
const GIB_PAGES = 2 ** 18;
/** References of one period of the streams that mostly miss. */
const PERIOD = 1_500_000;

const atLeast = (wanted: number, length: number) => Math.max(1, Math.ceil(wanted / length));
const mostlyHits: Workload["repeats"] = (length, scale) => atLeast(scale.references, length);
const mostlyMisses: Workload["repeats"] = (length, scale) => atLeast(scale.missReferences, length);

/** The synthetic streams. The same at every run. */
export const SYNTHETIC: readonly Workload[] = [
  {
    name: "sequential, 8 bytes a step, 32 MiB",
    real: false,
    addresses: () => stream(2 ** 22, (index) => index * 8),
    repeats: mostlyHits,
  },
  {
    name: "strided, columns of a 2048 x 2048 matrix",
    real: false,
    addresses: () => stream(2 ** 21, (index) => (index % 2048) * 2048 * 8 + Math.floor(index / 2048) * 8),
    repeats: mostlyMisses,
  },
  {
    name: "Zipf (s = 1), 1 GiB",
    real: false,
    addresses: () => {
      const next = randomOf(1);
      const rank = zipf(GIB_PAGES, next);
      // An odd factor scatters the ranks over all pages, so that popular pages are no neighbours.
      return stream(PERIOD, () => ((rank() * 40_503) % GIB_PAGES) * PAGE_BYTES + Math.floor(next() * 512) * 8);
    },
    repeats: mostlyMisses,
  },
  {
    name: "pointer chase, 1024 pages",
    real: false,
    addresses: () => {
      const successor = cycle(1024, randomOf(2));
      let page = 0;
      return stream(2 ** 20, () => {
        page = successor[page] as number;
        return page * PAGE_BYTES + (page % 64) * 64;
      });
    },
    repeats: mostlyMisses,
  },
  {
    name: UNIFORM_NAME(),
    real: false,
    addresses: () => {
      const next = randomOf(3);
      return stream(PERIOD * 2, () => Math.floor(next() * GIB_PAGES * 512) * 8);
    },
    repeats: mostlyMisses,
  },
];

/** The data accesses of a real trace. */
export function realWorkload(trace: Unpacked): Workload {
  return { name: trace.name, real: true, addresses: () => parseLackey(trace.path).addresses, repeats: mostlyHits };
}

/** Record words (assembly/layout.ts) of loads at `addresses`, all of them `repeats` times. */
export function loadWords(addresses: BigUint64Array, repeats: number, kindLoad = 1): BigUint64Array {
  const words = new BigUint64Array(addresses.length * repeats);
  const from = new Uint32Array(addresses.buffer, addresses.byteOffset, 2 * addresses.length);
  const to = new Uint32Array(words.buffer);
  for (let at = 0; at < from.length; at += 2) {
    const low = from[at] as number;
    const high = from[at + 1] as number;
    to[at] = (((low >>> 10) | (high << 22)) & ~3) | kindLoad;
    to[at + 1] = high >>> 10;
  }
  for (let copy = 1; copy < repeats; copy++) words.copyWithin(copy * addresses.length, 0, addresses.length);
  return words;
}
