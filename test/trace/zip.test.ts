/** zip archives, as DynamoRIO cuts traces into chunks and as people pack a single trace. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TraceError } from "../../src/errors.ts";
import { simulate } from "../../src/simulate.ts";
import type { ByteReader } from "../../src/trace/bytes.ts";
import { decompress } from "../../src/trace/compression/index.ts";
import { createPakoInflater } from "../../src/trace/compression/inflate-pako.ts";
import { openZip } from "../../src/trace/compression/zip.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { encodeDrmemtrace } from "../formats/drmemtrace.ts";
import { encodeChunks, encodeZip, type ZipOptions } from "../formats/zip.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";

const PATH = "trace.zip";

/** A reader of `bytes` that gives `pieceBytes` at a time at most, at once or later. */
function pieces(bytes: Uint8Array, pieceBytes = 1 << 20, isAsync = false): ByteReader {
  let at = 0;
  return {
    get consumedBytes() {
      return at;
    },
    read(target) {
      const piece = bytes.subarray(at, at + Math.min(pieceBytes, target.length));
      target.set(piece);
      at += piece.length;
      return isAsync ? Promise.resolve(piece.length) : piece.length;
    },
    close: () => undefined,
  };
}

async function drain(reader: ByteReader, targetBytes = 1 << 16): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const target = new Uint8Array(targetBytes);
  try {
    for (;;) {
      const got = await reader.read(target);
      if (got === 0) return new Uint8Array(Buffer.concat(parts));
      parts.push(target.slice(0, got));
    }
  } finally {
    await reader.close();
  }
}

const INFLATERS = [
  { by: "zlib of Node", open: (stored: ByteReader) => openZip(stored, PATH) },
  { by: "pako", open: (stored: ByteReader) => openZip(stored, PATH, async (more) => createPakoInflater(more)) },
];

async function failureOf(reading: Promise<unknown>): Promise<TraceError> {
  const failure: unknown = await reading.catch((error: unknown) => error);
  if (!(failure instanceof TraceError)) throw new Error(`a TraceError expected, but got ${String(failure)}`);
  return failure;
}

const text = (records: number) =>
  new TextEncoder().encode(
    Array.from({ length: records }, (_, index) => `I  ${(index * 7919).toString(16)},3\n`).join(""),
  );

function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().external;
}

const BOMB_BYTES = 16 << 20;
const BOMB = encodeZip([{ name: "bomb", bytes: new Uint8Array(BOMB_BYTES).fill(0x41) }]);

const options: fc.Arbitrary<ZipOptions> = fc.oneof(
  fc.record({ method: fc.constantFrom("deflate" as const, "stored" as const), zip64: fc.boolean() }),
  fc.record({ descriptor: fc.constantFrom("signed", "bare", "signed64", "bare64"), zip64: fc.boolean() } as const),
);

describe.each(INFLATERS)("a zip archive by $by", ({ open }) => {
  it("of chunks gives them back one behind the other, whatever the pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000, size: "max" }),
        fc.integer({ min: 100, max: 4000 }),
        options,
        fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 64 }) }, fc.constant(1 << 20)),
        fc.integer({ min: 1, max: 5000 }),
        fc.boolean(),
        async (bytes, chunkBytes, options, pieceBytes, targetBytes, isAsync) => {
          const stored = encodeChunks(bytes, chunkBytes, options);
          expect(await drain(await open(pieces(stored, pieceBytes, isAsync)), targetBytes)).toEqual(bytes);
        },
      ),
      { seed: 81, numRuns: 150 },
    );
  });

  it("of one file gives it back, whatever its name, with folders before it", async () => {
    const bytes = text(2000);
    for (const name of [
      "trace.lk",
      "a/b/trace.lk",
      "../../etc/passwd",
      "/abs",
      "C:\\x",
      "chunk.0000",
      "\u202e\u0000",
    ]) {
      const stored = encodeZip([
        { name: "a/", bytes: new Uint8Array(0) },
        { name: "a/b/", bytes: new Uint8Array(0) },
        { name, bytes },
      ]);
      expect(await drain(await open(pieces(stored))), name).toEqual(bytes);
    }
  });

  it("is truncated wherever it is cut", async () => {
    const bytes = text(60);
    for (const options of [{}, { method: "stored" }, { descriptor: "signed" }, { zip64: true }] as const) {
      const stored = encodeChunks(bytes, 300, options);
      for (let length = 1; length < stored.length; length++) {
        const error = await failureOf(drain(await open(pieces(stored.subarray(0, length)))));
        expect(error.code, `${JSON.stringify(options)} cut to ${length}`).toBe("truncated");
      }
    }
  });

  it("that is damaged anywhere is an error or the same bytes", async () => {
    const bytes = text(100);
    const stored = [{}, { descriptor: "signed" as const }, { zip64: true }].map((options) =>
      encodeChunks(bytes, 700, options),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...stored), fc.nat(), fc.nat(7), async (stored, place, bit) => {
        const damaged = stored.slice();
        const at = place % stored.length;
        damaged[at] = (damaged[at] as number) ^ (1 << bit);
        const read = drain(await open(pieces(damaged))).catch((error: unknown) => {
          if (!(error instanceof TraceError)) throw error;
          expect(error.code).toMatch(/^(corrupt|truncated|unsupported-compression)$/);
          return bytes;
        });
        expect(await read).toEqual(bytes);
      }),
      { seed: 82, numRuns: 500 },
    );
  });

  it("holds little of 16 MiB that are stored as a few kilobytes", async () => {
    const reader = await open(pieces(BOMB));
    const target = new Uint8Array(1 << 16);
    const before = heldBytes();
    let most = 0;
    let total = 0;
    for (let got = -1, read = 0; got !== 0; total += got, read++) {
      got = await reader.read(target);
      if (read % 64 === 0) most = Math.max(most, heldBytes() - before);
    }
    expect(total).toBe(BOMB_BYTES);
    expect(most).toBeLessThan(BOMB_BYTES / 2);
    await reader.close();
  });

  it("can be closed before the first read and in the middle", async () => {
    for (const reads of [0, 1, 2]) {
      const reader = await open(pieces(encodeChunks(text(100_000), 1 << 20), 1000, true));
      for (let read = 0; read < reads; read++) expect(await reader.read(new Uint8Array(10))).toBe(10);
      await reader.close();
      await reader.close();
    }
  });
});

describe("a zip archive that is no trace", () => {
  const opened = (stored: Uint8Array) => drain(openZip(pieces(stored), PATH));
  const bytes = text(10);

  it("of several files names them, escaped", async () => {
    const stored = encodeZip([
      { name: "one.lk", bytes },
      { name: 'two\u001b[2J"\n.lk', bytes },
    ]);
    const error = await failureOf(opened(stored));
    expect(error.code).toBe("unsupported-compression");
    expect(error.message).toBe(
      'trace.zip: holds several files, such as "one.lk" and "two\\u001b[2J\\"\\u000a.lk", that are not the chunks of one ' +
        "trace; extract the one that is the trace: unzip -p FILE MEMBER | pagewalk … -",
    );
  });

  it("of chunks and something else is none", async () => {
    const stored = encodeZip([
      { name: "chunk.0000", bytes },
      { name: "README", bytes },
    ]);
    expect((await failureOf(opened(stored))).message).toMatch(/several files, such as "chunk.0000" and "README"/);
  });

  it("in which a chunk is missing says which", async () => {
    const chunk = (number: string) => ({ name: `chunk.${number}`, bytes });
    expect((await failureOf(opened(encodeZip([chunk("0000"), chunk("0002")])))).message).toMatch(
      /the zip data is corrupt: the member "chunk.0002" stands where chunk.0001 was expected/,
    );
    expect((await failureOf(opened(encodeZip([chunk("0001")])))).message).toMatch(/where chunk.0000 was expected/);
  });

  it("without a file says so", async () => {
    expect((await failureOf(opened(encodeZip([])))).message).toMatch(/is a zip archive without a file in it/);
    expect((await failureOf(openTrace(encodeZip([])))).message).toMatch(/is a zip archive without a file in it/);
  });

  it.each([
    [8, 9, /compressed with Deflate64/],
    [8, 14, /compressed with LZMA/],
    [8, 77, /compressed with method 77/],
    [6, 0x09, /is encrypted/],
  ])("of another method (byte %i is %i) says so", async (at, value, words) => {
    const stored = encodeZip([{ name: "trace", bytes }]);
    stored[at] = value;
    const error = await failureOf(opened(stored));
    expect(error.code).toBe("unsupported-compression");
    expect(error.message).toMatch(words);
  });

  it("whose data are not what they were names the member", async () => {
    for (const [options, words] of [
      [{ method: "stored" }, /in its member "chunk.0001": its checksum is not what its header says/],
      [{ method: "stored", zip64: true }, /in its member "chunk.0001": its checksum is not what its header says/],
    ] as const) {
      const stored = encodeChunks(text(40), 200, options);
      const at = Buffer.from(stored).indexOf("chunk.0001", 0, "latin1") + 60;
      stored[at] = (stored[at] as number) ^ 1;
      expect((await failureOf(opened(stored))).message).toMatch(words);
    }
  });

  it("that something follows is corrupt", async () => {
    const error = await failureOf(opened(Buffer.concat([encodeZip([{ name: "trace", bytes }]), Buffer.from("x")])));
    expect(error.message).toMatch(/something else follows its directory/);
  });

  it("that a member was put into behind the directory's back is corrupt", async () => {
    const [one, two] = [encodeZip([{ name: "chunk.0000", bytes }]), encodeZip([{ name: "chunk.0001", bytes }])];
    const member = one.subarray(0, Buffer.from(one).indexOf("PK\u0001\u0002", 0, "latin1"));
    const error = await failureOf(opened(Buffer.concat([member, two])));
    expect(error.message).toMatch(/its directory lists 1 members \(1 at its end\), but 2 were found/);
  });
});

describe("traces in zip archives", () => {
  it("are known for what they are, and counted as without", async () => {
    await fc.assert(
      fc.asyncProperty(randomRecords, fc.integer({ min: 100, max: 5000 }), async (records, chunkBytes) => {
        const bytes = encodeDrmemtrace(records);
        const plain = await simulate(await openTrace(bytes));
        const { time: _, trace, ...zipped } = await simulate(await openTrace(encodeChunks(bytes, chunkBytes)));
        expect(trace).toEqual({ ...plain.trace, compression: "zip" });
        const { time: __, trace: ___, ...expected } = plain;
        expect(zipped).toEqual(expected);
        const lackey = await openTrace(
          encodeZip([{ name: "x.lk", bytes: new TextEncoder().encode(lackeyText(records)) }]),
        );
        expect([lackey.format.name, lackey.compression]).toEqual(["lackey", "zip"]);
        await lackey.close();
      }),
      { seed: 83, numRuns: 20 },
    );
  });

  it("are read with any compression detected by content", async () => {
    const { compression, reader } = await decompress(pieces(encodeZip([{ name: "x", bytes: text(3) }]), 1), PATH);
    expect(compression).toBe("zip");
    expect(await drain(reader)).toEqual(text(3));
  });

  const zip = spawnSync("zip", ["--version"]);
  it.skipIf(zip.status !== 0)("are read as zip(1) writes them, to a file and to a pipe", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pagewalk-zip-"));
    try {
      const file = join(folder, "trace.lk");
      writeFileSync(file, text(20_000));
      spawnSync("zip", ["-q", "out.zip", "trace.lk"], { cwd: folder });
      const piped = spawnSync("zip", ["-q", "-", "-"], { cwd: folder, input: text(20_000), maxBuffer: 1 << 24 }).stdout;
      expect(await drain(openZip(pieces(readFileSync(join(folder, "out.zip"))), PATH))).toEqual(text(20_000));
      expect(await drain(openZip(pieces(piped, 1000), PATH))).toEqual(text(20_000));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
