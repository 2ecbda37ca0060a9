/** Files of the threads of one run, merged by the times in them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { TraceError } from "../../src/errors.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace, type Trace } from "../../src/trace/trace.ts";
import {
  DR,
  DR_MARKER,
  type DrRecord,
  drFooter,
  drHeader,
  drMarker,
  drRecord,
  encodeDrRecords,
} from "../formats/drmemtrace.ts";
import { encodeChunks } from "../formats/zip.ts";
import { entriesOf, type PlainEntry } from "../helpers/entries-of.ts";

interface Stretch {
  /** Only of the first it may be missing. */
  time: bigint | null;
  addresses: bigint[];
}

/** A file of thread `tid`, of process 100. */
function fileOf(tid: number, stretches: readonly Stretch[]): DrRecord[] {
  return [
    ...drHeader({ tid, pid: 100 }),
    ...stretches.flatMap(({ time, addresses }) => [
      ...(time === null ? [] : [drMarker(DR_MARKER.TIMESTAMP, time), drMarker(DR_MARKER.CPU_ID, 1)]),
      ...addresses.map((address) => drRecord(DR.INSTR, 4, address)),
    ]),
    ...drFooter(tid),
  ];
}

/** Which thread executes what, one after the other: of the files always the one whose next stretch is the earliest. */
function plainMerge(files: readonly (readonly Stretch[])[]): [tid: bigint, va: bigint][] {
  const left = files.map((stretches) => [...stretches]);
  const merged: [bigint, bigint][] = [];
  for (;;) {
    let next = -1;
    left.forEach(([first], file) => {
      const than = left[next]?.[0];
      if (first !== undefined && (than === undefined || (first.time ?? 0n) < (than.time ?? 0n))) next = file;
    });
    const stretch = left[next]?.shift();
    if (stretch === undefined) return merged;
    merged.push(...stretch.addresses.map((va): [bigint, bigint] => [BigInt(next + 1), va]));
  }
}

function withThreads(entries: readonly PlainEntry[]): [tid: bigint, va: bigint][] {
  let current = -1n;
  return entries.flatMap((entry): [bigint, bigint][] => {
    if (entry.kind === "thread") {
      expect(entry.pid).toBe(100n);
      current = entry.tid;
    }
    return entry.kind === "fetch" ? [[current, entry.va]] : [];
  });
}

/** `trace`, of which at most `pieceBytes` are read at a time. */
function inPieces(trace: Trace, pieceBytes: number): Trace {
  const open = async () => {
    const reader = await trace.open();
    return {
      get consumedBytes() {
        return reader.consumedBytes;
      },
      read: (target: Uint8Array) => reader.read(target.subarray(0, pieceBytes)),
      close: () => reader.close(),
    };
  };
  return {
    path: trace.path,
    format: trace.format,
    compression: trace.compression,
    selection: trace.selection,
    storedBytes: trace.storedBytes,
    open,
    close: () => trace.close(),
  };
}

const PACKERS = [
  (bytes: Uint8Array<ArrayBuffer>) => bytes,
  (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(gzipSync(bytes)),
  (bytes: Uint8Array<ArrayBuffer>) => encodeChunks(bytes, 120),
];

const time = fc.oneof(fc.bigInt({ min: 1n, max: 30n }), fc.bigInt({ min: 1n << 53n, max: (1n << 53n) + 20n }));
const stretch = fc.record({
  time,
  addresses: fc.array(fc.bigInt({ min: 1n, max: 1n << 40n }), { maxLength: 6 }),
});
/** Times mostly do not decrease within a file; where they do, its next stretch is in time at once. */
const file = fc
  .tuple(fc.array(stretch, { minLength: 1, maxLength: 12, size: "max" }), fc.integer({ min: 0, max: 3 }), fc.boolean())
  .map(([stretches, shuffles, isTimeless]): Stretch[] => {
    const sorted: Stretch[] = shuffles > 0 ? stretches.sort((a, b) => (a.time < b.time ? -1 : 1)) : stretches;
    const first = sorted[0];
    return isTimeless && first?.addresses.length ? [{ ...first, time: null }, ...sorted.slice(1)] : sorted;
  });

const folder = mkdtempSync(join(tmpdir(), "pagewalk-merge-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function failureOf(reading: Promise<unknown>): Promise<TraceError> {
  const failure: unknown = await reading.catch((error: unknown) => error);
  if (!(failure instanceof TraceError)) throw new Error(`a TraceError expected, but got ${String(failure)}`);
  return failure;
}

const one: Stretch[] = [
  { time: 10n, addresses: [1n, 2n] },
  { time: 30n, addresses: [3n] },
];
const two: Stretch[] = [
  { time: 10n, addresses: [11n] },
  { time: 20n, addresses: [12n] },
];
const bytesOf = (tid: number, stretches: readonly Stretch[]) => encodeDrRecords(fileOf(tid, stretches));

describe("files of threads", () => {
  it("are merged in the order of their times, those given first first, however they are stored and read", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(fc.tuple(file, fc.nat(2)), { minLength: 1, maxLength: 6 })
          .filter((files) => files.some(([stretches]) => stretches.some(({ addresses }) => addresses.length > 0))),
        fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 64 }) }, fc.constant(1 << 20)),
        async (files, pieceBytes) => {
          const inputs = files.map(([stretches, packer], index) =>
            (PACKERS[packer] as (typeof PACKERS)[0])(bytesOf(index + 1, stretches)),
          );
          const { entries } = await entriesOf(inPieces(await openTrace(inputs), pieceBytes));
          expect(withThreads(entries)).toEqual(plainMerge(files.map(([stretches]) => stretches)));
        },
      ),
      { seed: 91, numRuns: 150 },
    );
  });

  it("that are longer than any buffer are merged", async () => {
    const long = (tid: number): Stretch[] =>
      Array.from({ length: 200 }, (_, index) => ({
        time: BigInt(100 * index + ((index * 7919 * tid) % 97)),
        addresses: Array.from({ length: 500 }, (_, at) => BigInt(1_000_000 * tid + 1000 * index + at)),
      }));
    const files = [1, 2, 3].map(long);
    const { entries } = await entriesOf(
      await openTrace(files.map((stretches, index) => bytesOf(index + 1, stretches))),
    );
    expect(withThreads(entries)).toEqual(plainMerge(files));
  });

  it("can be read again, and one thread of them alone", async () => {
    const inputs = [bytesOf(1, one), bytesOf(2, two)];
    const trace = await openTrace(inputs);
    expect(trace).toMatchObject({ path: "bytes and 1 more", storedBytes: 2 * 156 + 12, compression: "none" });
    expect((await simulate(trace)).trace.records).toBe(5);
    expect((await simulate(trace)).trace.records).toBe(5);
    const { entries } = await entriesOf(await openTrace(inputs, { thread: 2, skip: 1 }));
    expect(entries.filter(({ kind }) => kind === "fetch")).toEqual([{ kind: "fetch", va: 12n, size: 4 }]);
  });

  it("are named where something is wrong with one of them", async () => {
    const good = join(folder, "good.trace");
    writeFileSync(good, bytesOf(1, one));
    const records = fileOf(2, two);
    const bad = join(folder, "bad.trace.gz");
    writeFileSync(bad, gzipSync(encodeDrRecords([...records.slice(0, 9), drRecord(99, 0, 0), ...records.slice(9)])));
    const error = await failureOf(openTrace([good, bad]).then((trace) => simulate(trace)));
    expect(error).toMatchObject({ code: "bad-record", path: bad, byteOffset: 108 });

    const cut = join(folder, "cut.trace");
    writeFileSync(cut, encodeDrRecords(records.slice(0, -1)));
    expect(await failureOf(openTrace([good, cut]).then((trace) => simulate(trace)))).toMatchObject({
      ...{ code: "torn-record", path: cut, byteOffset: 12 * (records.length - 1) },
      reason:
        "the file ends without its footer (a record of type 26); it was cut off (the recording or a download was stopped)",
    });
    writeFileSync(cut, encodeDrRecords(records).subarray(0, -5));
    expect((await failureOf(openTrace([good, cut]).then((trace) => simulate(trace)))).message).toMatch(
      /cut\.trace: record \d+, byte 144: the file ends inside a record of 12 bytes/,
    );

    const torn = join(folder, "torn.trace.gz");
    writeFileSync(torn, gzipSync(encodeDrRecords(records)).subarray(0, -9));
    expect(await failureOf(openTrace([good, torn]).then((trace) => simulate(trace)))).toMatchObject({
      ...{ code: "truncated", path: torn },
    });
  });

  it("of other formats cannot be merged", async () => {
    const text = new TextEncoder().encode("I  1000,4\n");
    expect((await failureOf(openTrace([bytesOf(1, one), text]))).message).toBe(
      "bytes: is of the format lackey, without times to merge it by; expected drmemtrace",
    );
    await expect(openTrace([])).rejects.toMatchObject({ name: "ConfigError" });
    expect((await openTrace([text])).format.name).toBe("lackey");
  });
});

describe("a directory of drmemtrace", () => {
  const make = (name: string, files: Readonly<Record<string, Uint8Array>>) => {
    const path = join(folder, name);
    for (const [file, bytes] of Object.entries(files)) {
      mkdirSync(join(path, file, ".."), { recursive: true });
      writeFileSync(join(path, file), bytes);
    }
    return path;
  };
  const nothing = new Uint8Array(8);

  it("is read by the files of its threads, by itself and by its trace/", async () => {
    const path = make("drmemtrace.app.1.2.dir", {
      "trace/drmemtrace.app.1.5.trace.zip": encodeChunks(bytesOf(1, one), 100),
      "trace/drmemtrace.app.2.5.trace.gz": gzipSync(bytesOf(2, two)),
      "trace/cpu_schedule.bin.zip": nothing,
      "trace/serial_schedule.bin.gz": nothing,
      "raw/drmemtrace.app.1.5.raw.lz4": nothing,
    });
    for (const place of [path, `${path}/`, join(path, "trace")]) {
      const trace = await openTrace(place);
      expect(trace).toMatchObject({ path: place, compression: "zip" });
      expect(withThreads((await entriesOf(trace)).entries)).toEqual(plainMerge([one, two]));
    }
  });

  it("of raw files says how to make a trace of them", async () => {
    const path = make("raw.dir", { "raw/drmemtrace.app.1.5.raw.lz4": nothing, "raw/modules.log": nothing });
    for (const place of [path, join(path, "raw")]) {
      expect((await failureOf(openTrace(place))).message).toMatch(
        /is a directory of raw files of drmemtrace, which are not a trace yet; make one with raw2trace of DynamoRIO/,
      );
    }
  });

  it("without any says so", async () => {
    const path = make("other", { "notes.txt": nothing });
    expect((await failureOf(openTrace(path))).message).toMatch(/other: is a directory, without a drmemtrace/);
  });
});

describe("a raw file of drmemtrace", () => {
  /** offline_entry_t: valueA of 48 bits, valueB of 8, ext of 5, type of 3. */
  const entry = (type: number, ext: number, b: number, a: bigint) =>
    new Uint8Array(new BigUint64Array([(BigInt((type << 5) | ext) << 56n) | (BigInt(b) << 48n) | a]).buffer);

  it("is known by its content, and by its name if it is compressed", async () => {
    for (const header of [entry(6, 0, 0x40, 3n), entry(6, 4, 7, 0x640n)]) {
      const raw = Buffer.concat([header, entry(2, 0, 0, 77n), entry(3, 0, 0, 77n)]);
      const error = await failureOf(openTrace(raw));
      expect(error.message).toMatch(/is a raw file of drmemtrace, which is not a trace yet; make one with raw2trace/);
    }
    const path = join(folder, "drmemtrace.app.1.5.raw.lz4");
    writeFileSync(path, Uint8Array.of(4, 0x22, 0x4d, 0x18, 0, 0, 0, 0, 0, 0, 0));
    expect((await failureOf(openTrace(path))).message).toMatch(/is a raw file of drmemtrace, compressed with lz4/);
  });
});
