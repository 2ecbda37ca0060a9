/** What the forms of `.pwt` take up, and what the text does, compressed as well as zstd can. */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { SELECT_ALL } from "../src/config/selection.ts";
import { createPwtEncoder } from "../src/convert/pwt.ts";
import { convert, openTrace } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import { BLOCK_FIXED_BYTES, CHUNK_BLOCK, CHUNK_BYTES, SECTION_BYTES } from "../src/trace/pwt/layout.ts";
import type { PlainTrace } from "./traces.ts";

const SIZES = ["text", "textZstd", "full", "fullRaw", "fullRawZstd", "pages", "layer0", "layer1", "layer16"] as const;

/** Of one trace. */
export interface Sizes {
  name: string;
  records: number;
  /** textZstd, fullRawZstd: by zstd -19 --long=27, `null` if that was not asked for or not there. layer…: parts of pages. */
  bytes: Readonly<Record<(typeof SIZES)[number], number | null>>;
}

/** Of each trace, not repeated. `quick`: without zstd, which takes minutes for large ones. */
export async function measureSizes(traces: readonly PlainTrace[], folder: string, quick: boolean): Promise<Sizes[]> {
  const all: Sizes[] = [];
  for (const { name, path, bytes } of traces) {
    const file = join(folder, `${name}.sized.pwt`);
    const zstd = quick ? () => null : zstdBytes;
    try {
      const { records } = await writeConverted(path, "pwt-pages", file);
      const pages = statSync(file).size;
      const layers = layerBytes(readFileSync(file));
      await writeConverted(path, "pwt", file);
      const full = statSync(file).size;
      await writeRaw(path, file);
      const fullRaw = statSync(file).size;
      all.push({
        name,
        records,
        bytes: {
          text: bytes,
          textZstd: zstd(path),
          full,
          fullRaw,
          fullRawZstd: zstd(file),
          pages,
          layer0: layers.get(0) ?? null,
          layer1: layers.get(1) ?? null,
          layer16: layers.get(16) ?? null,
        },
      });
    } finally {
      rmSync(file, { force: true });
    }
  }
  return all;
}

/** Converts the trace at `path` into the file `out`. */
export async function writeConverted(path: string, to: string, out: string): Promise<{ records: number }> {
  const conversion = convert(await openTrace(path), { to });
  await writePieces(out, conversion);
  return { records: conversion.result().trace.records };
}

/** The full form, its blocks not compressed. */
async function writeRaw(path: string, out: string): Promise<void> {
  const trace = await openTrace(path);
  const kernel = await Kernel.create();
  kernel.configureEntries({ decoder: trace.format.decoder, selection: SELECT_ALL });
  const encoder = createPwtEncoder(kernel, { source: trace.format.name, compression: "none" });
  const reader = await trace.open();
  async function* pieces() {
    for (let bytes = -1; bytes !== 0; ) {
      bytes = await reader.read(kernel.input());
      let error = kernel.decode(bytes, bytes === 0);
      for (;;) {
        if (error !== null) throw new Error(`record ${error.record}: ${error.reason}`);
        yield* encoder.encode();
        if (kernel.need() !== "more") break;
        error = kernel.decodeMore();
      }
    }
    yield* encoder.finish();
  }
  await writePieces(out, pieces());
  await reader.close();
}

async function writePieces(out: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const file = openSync(out, "w");
  try {
    for await (const piece of pieces) for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
  } finally {
    closeSync(file);
  }
}

/** Stored bytes of the sections of each layer in the file. */
function layerBytes(file: Buffer): Map<number, number> {
  const layers = new Map<number, number>();
  const nameBytes = file.readUInt16LE(12);
  for (let at = 16 + nameBytes + 4; at + CHUNK_BYTES <= file.length; ) {
    const sections = file.readUInt8(at) === CHUNK_BLOCK ? file.readUInt8(at + 1) : 0;
    for (let section = 0; section < sections; section++) {
      const description = at + BLOCK_FIXED_BYTES + section * SECTION_BYTES;
      const layer = file.readUInt8(description);
      layers.set(layer, (layers.get(layer) ?? 0) + file.readUInt32LE(description + 4));
    }
    at += file.readUInt16LE(at + 2) + file.readUInt32LE(at + 4);
  }
  return layers;
}

/** `null` where there is no zstd. */
function zstdBytes(path: string): number | null {
  const count = spawnSync("sh", ["-c", 'zstd -19 --long=27 -T1 -qc -- "$1" | wc -c', "sh", path], { encoding: "utf8" });
  const bytes = Number(count.stdout);
  return count.status === 0 && bytes > 0 ? bytes : null;
}
