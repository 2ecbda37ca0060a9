/** `.pwt` in its forms: from the compressed file to results, against C; conversion to it; and `.lk.gz`. */
import { closeSync, createReadStream, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createGunzip, gzipSync } from "node:zlib";
import { readingOf } from "../src/decoding.ts";
import { type Config, convert, openTrace, resolve } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import { replay } from "../src/replay.ts";
import type { Baseline } from "./baseline.ts";
import { cpuSeconds } from "./environment.ts";
import { type Found, foundIn, type GroupName } from "./groups.ts";
import { C_L1D } from "./machine.ts";
import { writeConverted } from "./pwt-sizes.ts";
import { type PlainTrace, removeRepeated, repeatedText } from "./traces.ts";
import { type Run, takeTurns } from "./versus.ts";
import type { Scale } from "./workloads.ts";

/** The machine of C, for fetches and data alike, and others, that can make no use of the layer for it. */
const MACHINES: Readonly<Partial<Record<GroupName, Config>>> = {
  pagesOfSets: { l1i: C_L1D, l1d: C_L1D, stlb: "1536:12" },
  pagesOfFewSets: { l1i: "48:12", l1d: "48:12", stlb: "1536:12" },
  pagesOfOneSet: { l1i: "16:full", l1d: "16:full", stlb: "1536:12" },
  pagesOfManyWays: { l1i: "64:full", l1d: "64:full", stlb: "1536:12" },
  pagesOfOneEntry: { l1i: "1:1", l1d: "1:1", stlb: "1536:12" },
};
const FULL_FORM: GroupName = "pwtFull";
const MACHINE_OF_C = MACHINES.pagesOfSets as Config;

/**
 * Everything by CPU time, which is that of all threads, from a file in the page cache to results. C gets the addresses of
 * all records, fetches too, decoded, and takes its faster way; its machine is the same whichever is ours. The kernel was
 * instantiated before, which takes as long as millions of records.
 */
export async function comparePwt(
  trace: PlainTrace,
  baseline: Baseline | null,
  folder: string,
  scale: Scale,
): Promise<Found[]> {
  const text = repeatedText(trace, folder, scale.textBytes);
  const [pages, full, addresses, gzip] = ["pages.pwt", "full.pwt", "u64", "lk.gz"].map((end) =>
    join(folder, `${trace.name}.${end}`),
  ) as [string, string, string, string];
  const kernel = await Kernel.create();
  try {
    await writeConverted(text, "pwt-pages", pages);
    await writeConverted(text, "pwt", full);
    const count = await writeAddresses(text, addresses);
    const input = { workload: trace.name, real: true, count };
    const sides: Record<string, () => Run | Promise<Run>> = {};
    for (const [group, config] of Object.entries(MACHINES)) sides[group] = () => runOf(kernel, pages, config);
    sides[FULL_FORM] = () => runOf(kernel, full, MACHINE_OF_C);
    if (baseline !== null) {
      sides.C = () => {
        const ways = ["mtf", "ts"].map((way) => baseline.u64(way, addresses));
        const [fastest = Number.NaN] = ways.map((printed) => printed("sim_cpu_s")).sort((a, b) => a - b);
        return { seconds: fastest, counts: { records: ways[0]?.("accesses") ?? Number.NaN } };
      };
    }
    sides.run = () => runOf(kernel, text, MACHINE_OF_C);
    sides.convertPages = () => conversionOf(text, "pwt-pages");
    sides.convertFull = () => conversionOf(text, "pwt");
    writeFileSync(gzip, gzipSync(readFileSync(trace.path)));
    const turns = await takeTurns(sides, scale.rounds);
    const found: Found[] = [
      foundIn("convertPages", turns, ["convertPages", "run"], input),
      foundIn("convertFull", turns, ["convertFull", "run"], input),
    ];
    if (baseline !== null) {
      const groups = [...Object.keys(MACHINES), FULL_FORM] as GroupName[];
      found.push(...groups.map((group) => foundIn(group, turns, [group, "C"], input)));
    }
    const inflated = await takeTurns(
      { run: () => runOf(kernel, gzip, MACHINE_OF_C), inflate: () => inflate(gzip) },
      scale.rounds,
    );
    found.push(foundIn("gzip", inflated, ["run", "inflate"], { ...input, count: inflated.counts.records ?? 0 }));
    return found;
  } finally {
    for (const file of [pages, full, addresses, gzip]) rmSync(file, { force: true });
    removeRepeated(trace, text);
  }
}

async function runOf(kernel: Kernel, path: string, config: Config): Promise<Run> {
  const start = cpuSeconds();
  const trace = await openTrace(path);
  kernel.configureRun(resolve(config), false, readingOf(trace));
  await replay(trace, kernel, () => kernel.run());
  const { fetches, loads, stores, modifies } = kernel.counters();
  return { seconds: cpuSeconds() - start, counts: { records: fetches + loads + stores + modifies } };
}

/** Conversion without the writing. */
async function conversionOf(path: string, to: string): Promise<Run> {
  const start = cpuSeconds();
  const conversion = convert(await openTrace(path), { to });
  for await (const _ of conversion);
  return { seconds: cpuSeconds() - start, counts: { records: conversion.result().trace.records } };
}

/** What zlib needs for the file, read as it is best read. */
async function inflate(path: string): Promise<Run> {
  const start = cpuSeconds();
  const stream = createReadStream(path, { highWaterMark: 1 << 18 }).pipe(createGunzip({ chunkSize: 1 << 20 }));
  let bytes = 0;
  for await (const piece of stream) bytes += piece.length;
  if (bytes === 0) throw new Error(`${path} is empty`);
  return { seconds: cpuSeconds() - start, counts: {} };
}

const ENTRY_WORDS = 6;
const ENTRY_KIND_WORD = 5;
const RECORD_KINDS = 4;

/** Writes the addresses of all records of the text at `path`, u64 each; resolves with how many there are. */
async function writeAddresses(path: string, out: string): Promise<number> {
  const trace = await openTrace(path);
  const kernel = await Kernel.create();
  kernel.configureEntries({ decoder: trace.format.decoder, selection: trace.selection });
  const reader = await trace.open();
  const file = openSync(out, "w");
  let count = 0;
  const write = () => {
    const bytes = kernel.entries();
    const from = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    const to = new Uint32Array(from.length);
    let end = 0;
    for (let at = 0; at < from.length; at += ENTRY_WORDS) {
      if (((from[at + ENTRY_KIND_WORD] as number) & 0xff) >= RECORD_KINDS) continue;
      to[end++] = from[at] as number;
      to[end++] = from[at + 1] as number;
    }
    count += end / 2;
    const addresses = new Uint8Array(to.buffer, 0, 4 * end);
    for (let at = 0; at < addresses.length; ) at += writeSync(file, addresses, at);
  };
  try {
    for (let bytes = -1; bytes !== 0; ) {
      bytes = await reader.read(kernel.input());
      let error = kernel.decode(bytes, bytes === 0);
      for (;;) {
        if (error !== null) throw new Error(`record ${error.record}: ${error.reason}`);
        write();
        if (kernel.need() !== "more") break;
        error = kernel.decodeMore();
      }
    }
    return count;
  } finally {
    closeSync(file);
    await reader.close();
  }
}
