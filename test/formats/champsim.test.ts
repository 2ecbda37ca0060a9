/** The decoder of ChampSim's traces against the records that test encoders wrote, and how they are told from other data. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TraceError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { FORMATS } from "../../src/trace/formats/index.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { entriesOf, type PlainEntry } from "../helpers/entries-of.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { bundled } from "../helpers/traces.ts";
import type { Access } from "../reference/access.ts";
import { countersOf } from "../reference/assert-counters.ts";
import { runReference } from "../reference/machine.ts";
import { type ChampSimInstruction, encodeChampsim, encodeCloudsuite } from "./champsim.ts";
import { encodeDrmemtrace } from "./drmemtrace.ts";

const address = fc.oneof(
  fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
  fc.integer({ min: 1, max: 40 }).map((page) => BigInt(page) << 12n),
);

const instruction = (stores: number): fc.Arbitrary<ChampSimInstruction> =>
  fc.record({
    ip: address,
    isBranch: fc.boolean(),
    isTaken: fc.boolean(),
    loads: fc.array(address, { maxLength: 4 }),
    stores: fc.array(address, { maxLength: stores }),
    asid: fc.constantFrom(0, 0, 1, 515),
  });

const instructions = (stores: number) => fc.array(instruction(stores), { minLength: 1, maxLength: 100, size: "max" });

function accessesOf({ ip, loads = [], stores = [] }: ChampSimInstruction): Access[] {
  return [
    { kind: "fetch", va: ip, size: 1 },
    ...loads.map((va) => ({ kind: "load" as const, va, size: 1 })),
    ...stores.map((va) => ({ kind: "store" as const, va, size: 1 })),
  ];
}

/** Where another asid comes than the one before, which was 0 in the beginning, it is told as a thread. */
function entriesWithThreads(records: readonly ChampSimInstruction[]): PlainEntry[] {
  return records.flatMap((record, index) => {
    const { asid = 0 } = record;
    const changes = asid !== (records[index - 1]?.asid ?? 0);
    const thread = { kind: "thread" as const, tid: BigInt(asid), pid: BigInt(asid) };
    return [...(changes ? [thread] : []), ...accessesOf(record)];
  });
}

const FLAVOURS = [
  { format: "champsim", recordBytes: 64, stores: 2, encode: encodeChampsim, hasAsid: false },
  { format: "cloudsuite", recordBytes: 96, stores: 4, encode: encodeCloudsuite, hasAsid: true },
];

const failureOf = async (reading: Promise<unknown>) => {
  const failure: unknown = await reading.catch((error: unknown) => error);
  if (!(failure instanceof TraceError)) throw new Error(`a TraceError expected, but got ${String(failure)}`);
  return failure;
};

describe.each(FLAVOURS)("traces of the format $format", ({ format, recordBytes, stores, encode, hasAsid }) => {
  describe.each(BUILDS)("by the kernel ($name)", ({ module }) => {
    it("give back what was written, in pieces of any size", async () => {
      provideKernelModule(module);
      await fc.assert(
        fc.asyncProperty(
          instructions(stores),
          fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 64 }) }, fc.constant(1 << 20)),
          async (records, chunkBytes) => {
            const { entries, counters } = await entriesOf(chunkedTrace(encode(records), chunkBytes, format));
            expect(entries).toEqual(hasAsid ? entriesWithThreads(records) : records.flatMap(accessesOf));
            expect(counters.formatRecords).toBe(records.length);
          },
        ),
        { seed: 71, numRuns: 100 },
      );
    });

    it("are counted as by the plain model", async () => {
      provideKernelModule(module);
      await fc.assert(
        fc.asyncProperty(instructions(stores), fc.integer({ min: 1, max: 5000 }), async (records, chunkBytes) => {
          const trace = chunkedTrace(encode(records), chunkBytes, format);
          const result = await simulate(trace, { l1d: "8:2", l1i: "8:2", stlb: "16:4" });
          expect(countersOf(result)).toEqual(runReference(records.flatMap(accessesOf), result.config));
          expect(result.trace.instructions).toBe(records.length);
        }),
        { seed: 72, numRuns: 60 },
      );
    });
  });

  it("leave the same entries in pieces of every size from 1 to 64 bytes", async () => {
    const bytes = encode(fc.sample(instructions(stores), { seed: 3, numRuns: 1 })[0] ?? []);
    const whole = await entriesOf(chunkedTrace(bytes, bytes.length, format));
    for (let chunkBytes = 1; chunkBytes <= 64; chunkBytes++) {
      expect(await entriesOf(chunkedTrace(bytes, chunkBytes, format)), `${chunkBytes}`).toEqual(whole);
    }
  });

  it("say so where they are cut inside a record", async () => {
    const bytes = encode([{ ip: 4096n }, { ip: 4100n, loads: [8192n] }]);
    for (let length = 1; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      if (length === recordBytes) {
        expect((await entriesOf(chunkedTrace(cut, 7, format))).entries).toHaveLength(1);
        continue;
      }
      const error = await failureOf(entriesOf(chunkedTrace(cut, 7, format)));
      expect(error).toMatchObject({ code: "torn-record", byteOffset: length - (length % recordBytes) });
      expect(error.message).toMatch(/cut off, or its records are of (64|96) bytes \(--format (champsim|cloudsuite)\)/);
    }
  });

  it("say so where an instruction has address 0, with the usual causes", async () => {
    const bytes = encode([{ ip: 4096n }, { ip: 0n, loads: [8192n] }, { ip: 4100n }]);
    const error = await failureOf(entriesOf(chunkedTrace(bytes, 9, format)));
    expect(error).toMatchObject({ code: "bad-record", record: 2, byteOffset: recordBytes, line: null });
    expect(error.message).toMatch(/is this a tar archive inside the compression .* or a trace of (64|96)-byte records/);
  });

  it("are known by their content, however many records there are, and by no other format", async () => {
    const records = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        ip: 0x40_1000n + BigInt(3 * index),
        isBranch: index % 5 === 0,
        loads: index % 3 === 0 ? [0x7fff_0000_1000n + BigInt(index)] : [],
        stores: index % 4 === 1 ? [0x1234_5000n] : [],
      }));
    for (const count of [1, 2, 3, 15, 16, 17, 100, 5000]) {
      const bytes = encode(records(count));
      expect((await openTrace(bytes)).format.name, `${count} records`).toBe(format);
    }
    // Torn ones as well, once there are enough of them to be sure.
    expect((await openTrace(encode(records(20)).subarray(0, -1))).format.name).toBe(format);
  });
});

describe("detection of ChampSim's traces", () => {
  const detected = (bytes: Uint8Array) => FORMATS.filter((format) => format.detect(bytes)).map(({ name }) => name);

  it("names both candidates where records of 64 and of 96 bytes are as likely", async () => {
    // Every 32 bytes begin like an instruction: as 64-byte records there are loads, as 96-byte ones none are impossible.
    const bytes = new Uint8Array(192);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; at += 32) view.setBigUint64(at, 0x40_1000n, true);
    const error = await failureOf(openTrace(bytes));
    expect(error.code).toBe("unknown-format");
    expect(error.message).toMatch(/could be of several formats: champsim, cloudsuite; say which with --format/);
  });

  it("does not take random bytes, other formats or tables of numbers for one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 4096, size: "max" }), (bytes) => {
        expect(detected(bytes)).toEqual([]);
      }),
      { seed: 73, numRuns: 500 },
    );
    fc.assert(
      fc.property(randomRecords, fc.nat(200), (records, cut) => {
        const bytes = encodeDrmemtrace(records);
        expect(detected(bytes.subarray(0, Math.max(12, bytes.length - cut)))).toEqual(["drmemtrace"]);
        expect(detected(new TextEncoder().encode(lackeyText(records)))).toEqual(["lackey"]);
      }),
      { seed: 74, numRuns: 100 },
    );
    const numbers = (size: 4 | 8, value: (index: number) => bigint) => {
      const bytes = new Uint8Array(64 * 96);
      const view = new DataView(bytes.buffer);
      for (let at = 0; at < bytes.length; at += size) {
        if (size === 8) view.setBigUint64(at, value(at / 8), true);
        else view.setUint32(at, Number(value(at / 4) & 0xffff_ffffn), true);
      }
      return bytes;
    };
    expect(detected(new Uint8Array(6400))).toEqual([]);
    expect(detected(numbers(8, (index) => BigInt(index)))).toEqual([]);
    expect(detected(numbers(8, (index) => 0x7f00_0000_0000n + BigInt(index * 4096 + 8 * index)))).toEqual([]);
    expect(detected(numbers(4, (index) => BigInt(index * 4097)))).toEqual([]);
    expect(detected(numbers(8, (index) => BigInt(Math.floor(index / 3)) << 12n))).toEqual([]);
  });
});

describe("a recorded ChampSim trace", () => {
  it("is known through xz, and has the records that were recorded", async () => {
    const trace = await openTrace(bundled("sort.200k-instr.champsim.xz"));
    expect([trace.format.name, trace.compression]).toEqual(["champsim", "xz"]);
    const result = await simulate(trace);
    expect(result.trace.instructions).toBe(200_000);
    expect(result.accesses).toEqual({ fetch: 200_000, load: 45_589, store: 20_051, modify: 0 });
  });
});
