/** Changes to inputs, chosen by a seeded generator: what downloads, disks, programs and malice do to traces. */

/** Gives numbers 0..2^32-1. */
export type Random = () => number;

type Mutation = (input: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** Sizes and counts at which arithmetic goes wrong. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const below = (random: Random, limit: number) => (limit <= 0 ? 0 : random() % limit);

const changed = (input: Uint8Array, change: (bytes: Uint8Array) => void): Uint8Array => {
  const bytes = input.slice();
  change(bytes);
  return bytes;
};

const joined = (...parts: Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

const range = (input: Uint8Array, random: Random, most = 64): [start: number, end: number] => {
  const start = below(random, input.length + 1);
  return [start, Math.min(input.length, start + below(random, most + 1))];
};

const flipBit: Mutation = (input, random) =>
  changed(input, (bytes) => {
    const at = below(random, bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
  });

const setByte: Mutation = (input, random) =>
  changed(input, (bytes) => {
    bytes[below(random, bytes.length)] = below(random, 256);
  });

const setNumber: Mutation = (input, random) =>
  changed(input, (bytes) => {
    const size = [2, 4, 8][below(random, 3)] ?? 4;
    if (bytes.length < size) return;
    const view = new DataView(bytes.buffer);
    const at = below(random, bytes.length - size + 1);
    const edge = EDGES[below(random, EDGES.length)] ?? 0;
    if (size === 2) view.setUint16(at, edge, true);
    else if (size === 4) view.setUint32(at, edge, true);
    else view.setBigUint64(at, edge > 0xffff ? ~0n - BigInt(below(random, 4)) : BigInt(edge), true);
  });

const cut: Mutation = (input, random) => input.slice(0, below(random, input.length));

const remove: Mutation = (input, random) => {
  const [start, end] = range(input, random);
  return joined(input.subarray(0, start), input.subarray(end));
};

const repeat: Mutation = (input, random) => {
  const [start, end] = range(input, random);
  return joined(input.subarray(0, end), input.subarray(start));
};

const insert: Mutation = (input, random) => {
  const [start] = range(input, random);
  const noise = Uint8Array.from({ length: below(random, 33) }, () => below(random, 256));
  return joined(input.subarray(0, start), noise, input.subarray(start));
};

const zeroTail: Mutation = (input, random) => changed(input, (bytes) => bytes.fill(0, below(random, bytes.length)));

const splice: Mutation = (input, random, other) =>
  joined(input.subarray(0, below(random, input.length + 1)), other.subarray(below(random, other.length + 1)));

/** Makes a number in text longer or shorter than anybody expects. */
const stretchDigits: Mutation = (input, random) => {
  const [start] = range(input, random);
  const digit = 0x30 + below(random, 10);
  const length = [1, 3, 15, 16, 17, 19, 20, 40, 5000][below(random, 9)] ?? 1;
  return joined(input.subarray(0, start), new Uint8Array(length).fill(digit), input.subarray(start));
};

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  flipBit,
  setByte,
  setNumber,
  cut,
  remove,
  repeat,
  insert,
  zeroTail,
  splice,
  stretchDigits,
];

/** `input` changed in one to four ways; parts of `other` may come into it. */
export function mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes = input;
  for (let times = 1 + below(random, 4); times > 0; times--) {
    const mutation = MUTATIONS[below(random, MUTATIONS.length)] ?? flipBit;
    bytes = mutation(bytes, random, other);
  }
  return bytes;
}
