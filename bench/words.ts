/**
 * Decoded references, as they are fed to a kernel: words (assembly/layout.ts) of the data accesses of a lackey text, in
 * three forms, and lists (assembly/references.ts). All of them lead to the same counts, and stand for the same accesses.
 *
 * No word is of a fetch, and none reaches into a second page: the C programs know neither. Equal batches of repeats are
 * one array, since words come from decoders that leave them in the cache. (C, whose file is in memory, is no faster where
 * that file is of one repeat and stays in the cache, too.)
 */
import type { ResolvedConfig } from "../src/config/types.ts";
import { resolve } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";

/** Batches of words, and the records of each kind that all of them together stand for. */
export interface Words {
  batches: readonly BigUint64Array[];
  records: [fetches: number, loads: number, stores: number, modifies: number];
}

export function recordsOf({ records }: Words): number {
  return records.reduce((sum, count) => sum + count, 0);
}

// Halves of 32 bits: BigInt is slow.
const KIND_FETCH = 0;
const KIND_LOAD = 1;
const KIND_SHIFT = 4;
const KIND_MASK = 3;
const STRADDLES_HIGH = 0x8000_0000;

/** Accesses as words, every one, and what text they are of. */
export interface Accesses extends Words {
  text: Uint8Array;
  repeats: number;
}

/**
 * At least `references` data accesses: those of `text`, which is repeated as a whole where it has too few, and cut off
 * where it has enough.
 */
export async function everyAccess(text: Uint8Array, references: number): Promise<Accesses> {
  const kernel = await Kernel.create();
  kernel.configureSurvey("all"); // of fetches and data in one array nothing may be left out
  const pieceBytes = kernel.input().length;
  const batches: BigUint64Array[] = [];
  let found = 0;
  for (const words of decode(kernel, text, 1)) {
    const data = dataOf(words);
    batches.push(data);
    found += data.length;
    if (found >= references) break;
  }
  const repeats = Math.ceil(references / found);
  const records = countRecords(batches).map((count) => count * repeats) as Words["records"];
  return {
    text: text.subarray(0, batches.length * pieceBytes), // if it was cut off, that was behind a piece
    repeats,
    batches: Array.from({ length: repeats }, () => batches).flat(),
    records,
  };
}

/**
 * What the decoder leaves of `all` for any machine whatsoever: of accesses in a row to one page only the first, and the
 * first that writes.
 */
export async function pageRuns(all: Accesses): Promise<Words> {
  const kernel = await Kernel.create();
  kernel.configureSurvey("data");
  return { batches: dataBatches(kernel, all), records: all.records };
}

/** What the decoder leaves of them for the machine of `config`: the same, set by set. */
export async function filtered(all: Accesses, config: ResolvedConfig): Promise<Words> {
  const kernel = await Kernel.create();
  kernel.configureRun(config);
  return { batches: dataBatches(kernel, all), records: all.records };
}

/** All records of the first `maxWords` of `text`, fetches too, a word each. */
export async function everyRecord(text: Uint8Array, maxWords: number): Promise<BigUint64Array> {
  const kernel = await Kernel.create();
  kernel.configureSurvey("all");
  return firstWords(kernel, text, maxWords);
}

/** What the decoder keeps of `text` for a run on the default machine, `maxWords` at most. */
export async function keptRecords(text: Uint8Array, maxWords: number): Promise<BigUint64Array> {
  const kernel = await Kernel.create();
  kernel.configureRun(resolve());
  return firstWords(kernel, text, maxWords);
}

function firstWords(kernel: Kernel, text: Uint8Array, maxWords: number): BigUint64Array {
  const words = new BigUint64Array(maxWords);
  let count = 0;
  for (const batch of decode(kernel, text, 1)) {
    const taken = batch.subarray(0, maxWords - count);
    words.set(taken, count);
    count += taken.length;
    if (count === maxWords) break;
  }
  return words.slice(0, count);
}

/** `count` words of loads from one page. */
export function onePage(count: number): BigUint64Array {
  return new BigUint64Array(count).fill((0x7_f000_0000n << 6n) | BigInt(KIND_LOAD << KIND_SHIFT));
}

/** First bytes of the pages that `words` are of. */
export function addressesOf(words: BigUint64Array): BigUint64Array {
  const addresses = new BigUint64Array(words.length);
  const from = new Uint32Array(words.buffer, words.byteOffset, 2 * words.length);
  const to = new Uint32Array(addresses.buffer);
  for (let at = 0; at < from.length; at += 2) {
    const [low, high] = [from[at] as number, from[at + 1] as number];
    to[at] = (low & ~63) << 6;
    to[at + 1] = (high << 6) | (low >>> 26);
  }
  return addresses;
}

/** What a sweep is fed for `runs`, which are pageRuns(): the references that the kernel lists of them. */
export async function referenceLists({ batches }: Words): Promise<BigUint64Array[]> {
  const kernel = await Kernel.create();
  kernel.configureSurvey("data");
  const lists = new Map<BigUint64Array, BigUint64Array>();
  return batches.map((words) => {
    kernel.setBatch(words, [0, 0, 0, 0]);
    const list = kernel.references(kernel.gatherReferences()).slice();
    const before = lists.get(words);
    if (before !== undefined && isEqual(before, list)) return before;
    lists.set(words, list);
    return list;
  });
}

/** Decodes `text`, whole lines, `repeats` times over; the words of a batch are valid until the next one. */
function* decode(kernel: Kernel, text: Uint8Array, repeats: number): Generator<BigUint64Array> {
  for (let copy = 0; copy < repeats; copy++) {
    for (let at = 0; at < text.length; ) {
      const input = kernel.input();
      const piece = text.subarray(at, at + input.length);
      input.set(piece);
      const error = kernel.decode(piece.length, false);
      if (error !== null) throw new Error(`line ${error.line}: ${error.reason}`);
      yield kernel.batchWords();
      at += piece.length;
    }
  }
}

function dataBatches(kernel: Kernel, { text, repeats }: Accesses): BigUint64Array[] {
  const batches: BigUint64Array[] = [];
  const batchesOfText = Math.ceil(text.length / kernel.input().length);
  for (const words of decode(kernel, text, repeats)) {
    const data = dataOf(words);
    const before = batches[batches.length - batchesOfText];
    batches.push(before !== undefined && isEqual(before, data) ? before : data);
  }
  return batches;
}

function isEqual(one: BigUint64Array, other: BigUint64Array): boolean {
  return Buffer.from(one.buffer).equals(Buffer.from(other.buffer));
}

/** A copy of those words that are of data, as if none reached into a second page. */
function dataOf(words: BigUint64Array): BigUint64Array {
  const from = new Uint32Array(words.buffer, words.byteOffset, 2 * words.length);
  const to = new Uint32Array(from.length);
  let end = 0;
  for (let at = 0; at < from.length; at += 2) {
    const low = from[at] as number;
    if (kindOf(low) === KIND_FETCH) continue;
    to[end] = low;
    to[end + 1] = (from[at + 1] as number) & ~STRADDLES_HIGH;
    end += 2;
  }
  return new BigUint64Array(to.buffer.slice(0, 4 * end));
}

function countRecords(batches: readonly BigUint64Array[]): Words["records"] {
  const records: Words["records"] = [0, 0, 0, 0];
  for (const words of batches) {
    const halves = new Uint32Array(words.buffer);
    for (let at = 0; at < halves.length; at += 2) {
      const kind = kindOf(halves[at] as number);
      records[kind] = (records[kind] as number) + 1;
    }
  }
  return records;
}

function kindOf(low: number): number {
  return (low >>> KIND_SHIFT) & KIND_MASK;
}
