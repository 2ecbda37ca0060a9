/** The drmemtrace decoder against the records that test encoders wrote, and on DynamoRIO's own samples where they are. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TraceError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { entriesOf, type PlainEntry } from "../helpers/entries-of.ts";
import { randomRecords } from "../helpers/random-records.ts";
import { bundled } from "../helpers/traces.ts";
import { countersOf } from "../reference/assert-counters.ts";
import { runReference } from "../reference/machine.ts";
import { DR, type DrRecord, drFooter, drHeader, drRecord, encodeDrmemtrace, encodeDrRecords } from "./drmemtrace.ts";

const entriesIn = (records: readonly DrRecord[], chunkBytes = 1 << 20) =>
  entriesOf(chunkedTrace(encodeDrRecords(records), chunkBytes, "drmemtrace"));

const failureOf = async (bytes: Uint8Array, format?: string) => {
  const failure: unknown = await openTrace(bytes, { format })
    .then((trace) => entriesOf(trace))
    .catch((error: unknown) => error);
  if (!(failure instanceof TraceError)) throw new Error(`a TraceError expected, but got ${String(failure)}`);
  return failure;
};

const address = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const id = fc.bigInt({ min: 0n, max: 1n << 40n });
const size = fc.integer({ min: 1, max: 4096 });

interface Step {
  records: DrRecord[];
  entries: PlainEntry[];
}

const stepOf = (records: DrRecord[], ...entries: PlainEntry[]): Step => ({ records, entries });

/** Records that mean the same wherever they stand, and what is made of them. */
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(10, 11, 12, 13, 14, 15, 16, 31, 48, 49), address, size)
      .map(([type, va, size]) => stepOf([drRecord(type, size, va)], { kind: "fetch", va, size })),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.boolean(), address, fc.oneof(size, fc.constant(0))).map(([isRead, va, size]) => {
      const records = [drRecord(isRead ? DR.READ : DR.WRITE, size, va)];
      return stepOf(records, { kind: isRead ? "load" : "store", va, size: Math.max(1, size) });
    }),
  },
  fc
    .tuple(address, size)
    .map(([va, size]) => stepOf([drRecord(DR.INSTR_NO_FETCH, size, va)], { kind: "instruction", va, size })),
  fc
    .tuple(id, id)
    .map(([tid, pid]) => stepOf([drRecord(DR.THREAD, 4, tid), drRecord(DR.PID, 4, pid)], { kind: "thread", tid, pid })),
  // A bundle goes on from the instruction before it.
  fc
    .tuple(address, size, fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 8 }))
    .map(([va, size, lengths]) => {
      const entries: PlainEntry[] = [{ kind: "fetch", va, size }];
      let next = va + BigInt(size);
      for (const length of lengths) {
        entries.push({ kind: "fetch", va: BigInt.asUintN(64, next), size: length });
        next += BigInt(length);
      }
      const packed = lengths.reduce((all, length, index) => all | (BigInt(length) << BigInt(8 * index)), 0n);
      return stepOf([drRecord(DR.INSTR, size, va), drRecord(DR.INSTR_BUNDLE, lengths.length, packed)], ...entries);
    }),
  // Instructions that were fetched only once, of a rep string loop.
  fc.tuple(address, size, fc.integer({ min: 1, max: 3 })).map(([va, size, times]) => {
    const other = BigInt.asUintN(64, ~va);
    const maybe = Array<DrRecord>(times).fill(drRecord(DR.INSTR_MAYBE_FETCH, size, va));
    const again = Array<PlainEntry>(times - 1).fill({ kind: "instruction", va, size });
    const fetches: PlainEntry[] = [other, va].map((va) => ({ kind: "fetch", va, size }));
    return stepOf([drRecord(DR.INSTR, size, other), ...maybe], ...fetches, ...again);
  }),
  // What is no access.
  fc
    .tuple(
      fc.constantFrom(2, 5, 9, 18, 19, 20, 21, DR.THREAD_EXIT, 27, 32, 46, DR.ENCODING, DR.MARKER),
      fc.constantFrom(0, 2, 3, 4, 8, 10, 15, 20, 25),
      address,
    )
    .map(([type, size, address]) => stepOf([drRecord(type, size, address)])),
);

const steps = fc.array(step, { minLength: 1, maxLength: 300, size: "max" });

describe.each(BUILDS)("the drmemtrace decoder ($name)", ({ module }) => {
  it("gives back what was written, in pieces of any size", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 64 }) }, fc.constant(1 << 20)),
        async (steps, chunkBytes) => {
          const records = [
            ...drHeader({ tid: 7, pid: 5 }),
            drRecord(DR.INSTR, 1, 1),
            ...steps.flatMap(({ records }) => records),
            ...drFooter(),
          ];
          const expected = [
            { kind: "thread", tid: 7n, pid: 5n },
            { kind: "fetch", va: 1n, size: 1 },
            ...steps.flatMap(({ entries }) => entries),
          ];
          const { entries, counters } = await entriesIn(records, chunkBytes);
          expect(entries).toEqual(expected);
          expect(counters.formatRecords).toBe(records.length);
        },
      ),
      { seed: 61, numRuns: 120 },
    );
  });

  it("every size of pieces from 1 to 64 bytes leaves the same entries", async () => {
    provideKernelModule(module);
    const records = [
      ...drHeader(),
      ...fc.sample(steps, { seed: 5, numRuns: 4 }).flatMap((s) => s.flatMap((x) => x.records)),
    ];
    const bytes = encodeDrRecords([
      records[0] as DrRecord,
      drRecord(DR.INSTR, 4, 64),
      ...records.slice(1),
      ...drFooter(),
    ]);
    const whole = await entriesOf(chunkedTrace(bytes, bytes.length, "drmemtrace"));
    expect(whole.entries.length).toBeGreaterThan(50);
    for (let chunkBytes = 1; chunkBytes <= 64; chunkBytes++) {
      expect(await entriesOf(chunkedTrace(bytes, chunkBytes, "drmemtrace")), `${chunkBytes}`).toEqual(whole);
    }
  });

  it("runs count what the plain model counts", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(randomRecords, fc.integer({ min: 1, max: 5000 }), async (records, chunkBytes) => {
        const result = await simulate(chunkedTrace(encodeDrmemtrace(records), chunkBytes, "drmemtrace"), {
          l1d: "8:2",
          l1i: "8:2",
          stlb: "16:4",
        });
        const told = records.flatMap((record) =>
          record.kind !== "modify"
            ? [record]
            : [
                { ...record, kind: "load" as const },
                { ...record, kind: "store" as const },
              ],
        );
        expect(countersOf(result)).toEqual(runReference(told, result.config));
      }),
      { seed: 62, numRuns: 60 },
    );
  });

  it("counts what it leaves out", async () => {
    provideKernelModule(module);
    const { counters } = await entriesIn([
      ...drHeader(),
      drRecord(DR.INSTR, 1, 1),
      ...[2, 9, 27, 32, 46].map((type) => drRecord(type, 64, 4096)),
      ...[18, 19, 20, 21].map((type) => drRecord(type, 64, 4096)),
      drRecord(DR.ENCODING, 3, 0x123456),
      ...drFooter(),
    ]);
    const { prefetches, cacheFlushes, encodings, markers, fetches, loads, stores } = counters;
    expect({ prefetches, cacheFlushes, encodings, markers, fetches, loads, stores }).toEqual({
      ...{ prefetches: 5, cacheFlushes: 4, encodings: 1, markers: 2 },
      ...{ fetches: 0, loads: 0, stores: 0 }, // which only a run counts
    });
  });

  it("data behind an instruction of length 0 have its address with them", async () => {
    provideKernelModule(module);
    const { entries } = await entriesIn([
      ...[drRecord(DR.INSTR, 4, 64), drRecord(DR.INSTR, 0, 0x1234), drRecord(DR.READ, 8, 4096)],
      ...[drRecord(DR.INSTR, 4, 68), drRecord(DR.READ, 8, 4096), ...drFooter()],
    ]);
    expect(entries).toEqual([
      { kind: "fetch", va: 64n, size: 4 },
      { kind: "load", va: 4096n, size: 8, pc: 0x1234n },
      { kind: "fetch", va: 68n, size: 4 },
      { kind: "load", va: 4096n, size: 8 },
    ]);
  });

  it("a thread whose process is not told again is of the process told last", async () => {
    provideKernelModule(module);
    const { entries } = await entriesIn([
      ...drHeader({ tid: 1, pid: 9 }),
      ...[drRecord(DR.INSTR, 1, 1), drRecord(DR.THREAD, 4, 2), drRecord(DR.INSTR, 1, 1), ...drFooter()],
    ]);
    expect(entries.filter(({ kind }) => kind === "thread")).toEqual([
      { kind: "thread", tid: 1n, pid: 9n },
      { kind: "thread", tid: 2n, pid: 9n },
    ]);
  });
});

describe("a drmemtrace that cannot be right", () => {
  const code = [drRecord(DR.INSTR, 4, 4096), drRecord(DR.READ, 8, 8192)];
  const whole = encodeDrRecords([...drHeader(), ...code, ...drFooter()]);

  it.each([
    [0x1, /FILTERED: a cache filter/],
    [0x80 | 0x40, /IFILTERED/],
    [0x100 | 0x40, /DFILTERED/],
    [0x2040, /BIMODAL_FILTERED_WARMUP/],
  ])("of file type %i is refused, as hit rates would be wrong", async (fileType, words) => {
    const bytes = encodeDrRecords([...drHeader({ fileType: BigInt(fileType) }), ...code, ...drFooter()]);
    const { code: errorCode, message, byteOffset } = await failureOf(bytes);
    expect({ errorCode, byteOffset }).toEqual({ errorCode: "filtered", byteOffset: 24 });
    expect(message).toMatch(words);
    expect(message).toMatch(/TLBs would be shown to miss far more/);
  });

  it.each([
    [0x8, /AArch64/],
    [0x10, /32-bit Arm/],
    [0x20, /32-bit x86/],
    [0x20040, /REGDEPS/],
  ])("of file type %i is refused, with the architecture", async (fileType, words) => {
    const bytes = encodeDrRecords([...drHeader({ fileType: BigInt(fileType) }), ...code, ...drFooter()]);
    const { code: errorCode, message } = await failureOf(bytes);
    expect(errorCode).toBe("unsupported");
    expect(message).toMatch(words);
  });

  it("of a later version is refused", async () => {
    const error = await failureOf(encodeDrRecords([...drHeader({ version: 40 }), ...code, ...drFooter()]));
    expect(error).toMatchObject({ code: "unsupported", byteOffset: 0 });
    expect(error.message).toMatch(/version 40; pagewalk reads versions 1 to 8/);
  });

  it("with records of 8 bytes is known for one of a 32-bit program", async () => {
    const bytes = new Uint8Array(8 * 4);
    const view = new DataView(bytes.buffer);
    [25, 4, (12 << 16) | 28, 4, (9 << 16) | 28, 0x20, 10, 4096].forEach((word, index) => {
      view.setUint32(4 * index, word, true);
    });
    const error = await failureOf(bytes);
    expect(error).toMatchObject({ code: "unsupported", byteOffset: 0 });
    expect(error.message).toMatch(/records of 8 bytes, as of a 32-bit program/);
  });

  it.each([50, 100, 65535])("with a record of type %i says so, and where", async (type) => {
    const bytes = encodeDrRecords([...drHeader(), ...code, drRecord(type, 0, 0), ...drFooter()]);
    expect(await failureOf(bytes)).toMatchObject({ code: "bad-record", record: 3, byteOffset: 84, line: null });
  });

  it.each([drRecord(DR.READ, 4097, 0), drRecord(DR.INSTR, 4097, 0), drRecord(DR.INSTR_NO_FETCH, 4097, 0)])(
    "with a size out of range says so",
    async (record) => {
      const bytes = encodeDrRecords([...drHeader(), ...code, record, ...drFooter()]);
      expect(await failureOf(bytes)).toMatchObject({ code: "size-out-of-range", byteOffset: 84 });
    },
  );

  it.each([
    [0, 1n],
    [9, 1n],
    [2, 1n],
  ])("with a bundle of %i instructions of which lengths are missing says so", async (count, lengths) => {
    const bytes = encodeDrRecords([...drHeader(), ...code, drRecord(DR.INSTR_BUNDLE, count, lengths), ...drFooter()]);
    expect((await failureOf(bytes)).code).toMatch(/bad-record|size-out-of-range/);
  });

  it("is cut off wherever it is cut, and says so", async () => {
    for (let length = 1; length < whole.length; length++) {
      const error = await failureOf(whole.subarray(0, length), "drmemtrace");
      expect(error.code, `cut to ${length} bytes`).toBe("torn-record");
      expect(error.byteOffset).toBe(length - (length % 12));
    }
    expect((await failureOf(whole.subarray(0, -12))).message).toMatch(/ends without its footer/);
  });
});

describe("hostile bytes taken for a drmemtrace", () => {
  it("are an error or are read to the end, in the same way whatever the pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ minLength: 12, maxLength: 12 }),
            fc
              .tuple(fc.nat(60), fc.constantFrom(0, 1, 8, 9, 12, 4096, 65535), address)
              .map(([type, size, address]) => encodeDrRecords([{ type, size, address }])),
          ),
          { maxLength: 60, size: "max" },
        ),
        fc.nat(11),
        fc.integer({ min: 1, max: 64 }),
        async (records, cut, chunkBytes) => {
          const all = Buffer.concat(records);
          const bytes = new Uint8Array(all.subarray(0, Math.max(0, all.length - cut)));
          const outcome = (pieces: number) =>
            entriesOf(chunkedTrace(bytes, pieces, "drmemtrace")).catch((error: unknown) => {
              if (!(error instanceof TraceError)) throw error;
              return { code: error.code, byteOffset: error.byteOffset, record: error.record };
            });
          expect(await outcome(chunkBytes)).toEqual(await outcome(1 << 20));
        },
      ),
      { seed: 63, numRuns: 400 },
    );
  });
});

describe("recorded drmemtraces", () => {
  it("the same records as lackey text and as drmemtrace leave the same counts", async () => {
    const config = { l1d: "64:4", l1i: "64:8", stlb: "1536:12" } as const;
    const ofDr = await simulate(await openTrace(bundled("python.200k.drmemtrace.gz")), config);
    expect(ofDr.trace).toMatchObject({ format: "drmemtrace", compression: "gzip", records: 200_000 });
    const ofText = await simulate(await openTrace(bundled("python.200k.lk.gz")), config);
    expect(ofText.trace.records).toBe(200_000);
    expect(ofDr.accesses.fetch).toBe(ofText.accesses.fetch);
    // There a modify is written as a read; a read has no part in D bits.
    expect(ofDr.accesses.load).toBe(ofText.accesses.load + ofText.accesses.modify);
    expect(ofDr.tlbs.map(({ misses }) => misses)).toEqual(ofText.tlbs.map(({ misses }) => misses));
  });

  const folder = join(process.env.PAGEWALK_TRACES ?? "", "other-formats");
  it.skipIf(!existsSync(join(folder, "drmemtrace.small.x64.trace"))).each([
    ["drmemtrace.small.x64.trace", 251, 173 + 56],
    ["drmemtrace.simple_app.trace.zip", 191_901, 136_051 + 43_845],
    ["drmemtrace.fib.trace.gz", 24_718, 18_874 + 5_741],
  ])("of DynamoRIO's own samples, %s has %i records", async (file, formatRecords, records) => {
    const trace = await openTrace(join(folder, file));
    const { entries, counters } = await entriesOf(trace);
    expect(counters.formatRecords).toBe(formatRecords);
    expect(entries.filter(({ kind }) => kind !== "thread" && kind !== "instruction")).toHaveLength(records);
  });
});
