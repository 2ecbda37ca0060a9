/** The traces of real programs as plain text, and a plain reader of that text which leaves nothing out. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { openTrace } from "../src/index.ts";
import { pathTo } from "./environment.ts";
import { KIND_FETCH, KIND_LOAD, KIND_MODIFY, KIND_STORE, WORD_STRADDLES_HIGH, wordHigh, wordLow } from "./words.ts";

/** A trace of test/traces, or of the folder that PAGEWALK_TRACES names, decompressed. */
export interface PlainTrace {
  name: string;
  /** Of the trace as it is stored. */
  stored: string;
  /** Of its text. */
  path: string;
  bytes: number;
}

/** Text of a longer trace is cut off there, after a line. */
const MAX_TEXT_BYTES = 1_100_000_000;
const CHUNK_BYTES = 1 << 22;
const NEWLINE = 0x0a;

/** Decompresses every trace that stands beside its .json (test/traces/README.md) into `folder`; of one name, the first. */
export async function unpackTraces(folder: string): Promise<PlainTrace[]> {
  const folders = [pathTo("test/traces"), process.env.PAGEWALK_TRACES].filter((given) => given !== undefined);
  const stored = folders.flatMap((from) =>
    readdirSync(from)
      .filter((file) => /\.lk\.(gz|zst|xz)$/.test(file))
      .map((file) => join(from, file)),
  );
  const traces = new Map<string, PlainTrace>();
  for (const file of stored) {
    const name = basename(file).replace(/\.lk\.\w+$/, "");
    if (traces.has(name) || !existsSync(join(dirname(file), `${name}.json`))) continue;
    const path = join(folder, `${name}.lk`);
    traces.set(name, { name, stored: file, path, bytes: await unpack(file, path) });
  }
  return [...traces.values()];
}

/** Writes the text of `stored` to `path`; resolves with its bytes. */
async function unpack(stored: string, path: string): Promise<number> {
  const reader = await (await openTrace(stored)).open();
  const file = openSync(path, "w");
  const chunk = new Uint8Array(CHUNK_BYTES);
  let bytes = 0;
  let last = NEWLINE;
  try {
    for (;;) {
      let got = await reader.read(chunk);
      if (got === 0) break;
      const tooLong = bytes + got > MAX_TEXT_BYTES;
      if (tooLong) got = chunk.lastIndexOf(NEWLINE, got - 1) + 1;
      bytes += writeSync(file, chunk, 0, got);
      if (got > 0) last = chunk[got - 1] as number;
      if (tooLong) break;
    }
    if (last !== NEWLINE) bytes += writeSync(file, "\n");
    return bytes;
  } finally {
    await reader.close();
    closeSync(file);
  }
}

/** Writes `content` `repeats` times to `path`. */
export function writeRepeated(path: string, content: Uint8Array, repeats: number): void {
  const file = openSync(path, "w");
  try {
    for (let copy = 0; copy < repeats; copy++) {
      for (let at = 0; at < content.length; ) at += writeSync(file, content, at);
    }
  } finally {
    closeSync(file);
  }
}

export interface ParsedTrace {
  /** One word for each record, of every kind, up to `maxRecords`. */
  words: BigUint64Array;
  /** Virtual addresses of the first bytes of the loads, stores and modifies among them. */
  addresses: BigUint64Array;
}

/** Kinds by the character that stands for them. */
const KINDS: ReadonlyMap<number | undefined, number> = new Map([
  [0x49, KIND_FETCH], // I
  [0x4c, KIND_LOAD], // L
  [0x53, KIND_STORE], // S
  [0x4d, KIND_MODIFY], // M
]);

/** Reads the lackey text at `path`. Lines that are no records are passed over. */
export function parseLackey(path: string, maxRecords = Number.POSITIVE_INFINITY): ParsedTrace {
  const text = readFileSync(path);
  const capacity = Math.min(maxRecords, Math.ceil(text.length / MIN_LINE_BYTES));
  const words = new Uint32Array(2 * capacity);
  const addresses = new Uint32Array(2 * capacity);
  let records = 0;
  let accesses = 0;
  for (let line = 0; line < text.length && records < capacity; ) {
    let end = text.indexOf(NEWLINE, line);
    if (end < 0) end = text.length;
    const isFetch = text[line] !== SPACE;
    const kind = KINDS.get(text[isFetch ? line : line + 1]);
    const isRecord = kind !== undefined && isFetch === (kind === KIND_FETCH) && text[line + 2] === SPACE;
    let at = line + 3;
    line = end + 1;
    if (!isRecord) continue;
    let low = 0;
    let high = 0;
    for (; at < end && text[at] !== COMMA; at++) {
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | hexDigit(text[at] as number);
    }
    let size = 0;
    for (at++; at < end; at++) size = size * 10 + (text[at] as number) - DIGIT_0;
    const straddles = (low & 4095) + size > 4096;
    words[2 * records] = wordLow(low, high, kind);
    words[2 * records + 1] = wordHigh(high) | (straddles ? WORD_STRADDLES_HIGH : 0);
    records++;
    if (kind === KIND_FETCH) continue;
    addresses[2 * accesses] = low;
    addresses[2 * accesses + 1] = high;
    accesses++;
  }
  return { words: asWords(words, records), addresses: asWords(addresses, accesses) };
}

/** ` L 0,1` and its newline. */
const MIN_LINE_BYTES = 7;
const SPACE = 0x20;
const COMMA = 0x2c;
const DIGIT_0 = 0x30;

/** Value of a hexadecimal digit. */
function hexDigit(character: number): number {
  return (character & 15) + (character >> 6) * 9;
}

/** The first `length` pairs of `halves`, in memory of their own. */
function asWords(halves: Uint32Array, length: number): BigUint64Array {
  return new BigUint64Array(halves.slice(0, 2 * length).buffer);
}
