/** The traces of real programs as plain text. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { openTrace } from "../src/index.ts";
import { pathTo } from "./environment.ts";

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

/** A file with the text of `trace`, repeated as a whole until it has `minBytes`: a new one in `folder`, or its own. */
export function repeatedText(trace: PlainTrace, folder: string, minBytes: number): string {
  if (trace.bytes >= minBytes) return trace.path;
  const path = join(folder, `${trace.name}.repeated.lk`);
  writeRepeated(path, readFileSync(trace.path), Math.ceil(minBytes / trace.bytes));
  return path;
}

/** Removes what repeatedText() made at `path`. */
export function removeRepeated(trace: PlainTrace, path: string): void {
  if (path !== trace.path) rmSync(path);
}

/** Writes `content` `repeats` times to `path`. */
function writeRepeated(path: string, content: Uint8Array, repeats: number): void {
  const file = openSync(path, "w");
  try {
    for (let copy = 0; copy < repeats; copy++) {
      for (let at = 0; at < content.length; ) at += writeSync(file, content, at);
    }
  } finally {
    closeSync(file);
  }
}
