import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TraceError } from "../../src/errors.ts";
import type { ByteReader } from "../../src/trace/bytes.ts";
import { DecompressingReader } from "../../src/trace/compression/decompressor.ts";
import { openNodeGunzip } from "../../src/trace/compression/gzip-node.ts";
import { createPakoDecompressor } from "../../src/trace/compression/gzip-pako.ts";
import { decompress, detectCompression } from "../../src/trace/compression/index.ts";
import { createXzDecompressor } from "../../src/trace/compression/xz.ts";
import { createZstdDecompressor } from "../../src/trace/compression/zstd.ts";
import { byteSource } from "../../src/trace/source.ts";

const PATH = "trace.in";

interface Codec {
  name: string;
  /** One member, frame or stream that holds `smallText()`. */
  small: Uint8Array;
  /** 64 MiB of `A`. */
  constant: Uint8Array;
  open(stored: ByteReader): ByteReader | Promise<ByteReader>;
}

const smallGzip = new Uint8Array(zlib.gzipSync(smallText(), { level: 9 }));
const constantGzip = new Uint8Array(zlib.gzipSync(new Uint8Array(64 << 20).fill(0x41)));

const NODE_GZIP: Codec = {
  name: "gzip by node:zlib",
  small: smallGzip,
  constant: constantGzip,
  open: (stored) => openNodeGunzip(zlib, stored, PATH),
};
const PAKO_GZIP: Codec = {
  name: "gzip by pako",
  small: smallGzip,
  constant: constantGzip,
  open: (stored) => new DecompressingReader(stored, createPakoDecompressor(PATH), PATH),
};
const ZSTD: Codec = {
  name: "zstd",
  small: fixture("small.zst"),
  constant: fixture("constant-64m.zst"),
  open: async (stored) => new DecompressingReader(stored, await createZstdDecompressor(PATH), PATH),
};
const XZ: Codec = {
  name: "xz",
  small: fixture("small.xz"),
  constant: fixture("constant-64m.xz"),
  open: async (stored) => new DecompressingReader(stored, await createXzDecompressor(PATH), PATH),
};
const CODECS = [NODE_GZIP, PAKO_GZIP, ZSTD, XZ];

describe.each(CODECS)("$name", (codec) => {
  const plain = smallText();

  it.each([1, 7, 65536])("gives back the plain bytes to reads of %i bytes", async (targetBytes) => {
    expect(await readAll(codec, codec.small, { targetBytes })).toEqual(plain);
  });

  it.each([1, 5, 4096])("takes the stored bytes in pieces of %i", async (pieceBytes) => {
    expect(await readAll(codec, codec.small, { pieceBytes })).toEqual(plain);
    expect(await readAll(codec, codec.small, { pieceBytes, asynchronous: true })).toEqual(plain);
  });

  it.each([1, 100, undefined])("reads members that follow each other, stored in pieces of %s", async (pieceBytes) => {
    const stored = concat(codec.small, codec.small, codec.small);
    expect(await readAll(codec, stored, { pieceBytes })).toEqual(concat(plain, plain, plain));
  });

  it("reads members that end where a piece ends", async () => {
    const stored = concat(codec.small, codec.small);
    expect(await readAll(codec, stored, { pieceBytes: codec.small.length })).toEqual(concat(plain, plain));
  });

  it("reports every cut as truncation", async () => {
    for (let length = 1; length < codec.small.length; length++) {
      const error = await failure(readAll(codec, codec.small.subarray(0, length)));
      expect(error.message, `cut to ${length} bytes`).toMatch(
        new RegExp(`^${PATH}: the file is truncated: it stops after ${length} bytes`),
      );
    }
  });

  it("reports every cut of a second member as truncation", async () => {
    const stored = concat(codec.small, codec.small);
    for (let length = codec.small.length + 1; length < stored.length; length++) {
      const error = await failure(readAll(codec, stored.subarray(0, length), { pieceBytes: codec.small.length }));
      expect(error.reason, `cut to ${length} bytes`).toMatch(/truncated|corrupt/);
    }
  });

  it("turns no flipped bit into other bytes", async () => {
    const flips = fc.integer({ min: 0, max: codec.small.length * 8 - 1 });
    await fc.assert(
      fc.asyncProperty(flips, async (bit) => {
        const stored = codec.small.slice();
        stored[bit >> 3] = (stored[bit >> 3] as number) ^ (1 << (bit & 7));
        const result = await readAll(codec, stored).catch((error: unknown) => error);
        if (result instanceof Uint8Array) expect(result).toEqual(plain);
        else expect(result).toBeInstanceOf(TraceError);
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  it("turns no overwritten stretch into other bytes", async () => {
    const at = fc.integer({ min: 0, max: codec.small.length - 1 });
    await fc.assert(
      fc.asyncProperty(at, fc.uint8Array({ minLength: 1, maxLength: 40 }), async (offset, junk) => {
        const stored = codec.small.slice();
        stored.set(junk.subarray(0, stored.length - offset), offset);
        const result = await readAll(codec, stored, { pieceBytes: 100 }).catch((error: unknown) => error);
        if (result instanceof Uint8Array) expect(result).toEqual(plain);
        else expect(result).toBeInstanceOf(TraceError);
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it.each([
    ["text", "trailing text\n"],
    ["one byte", "x"],
    ["zeros and then text", "\0\0\0\0\0\0\0\0text"],
    ["the first byte of a signature and then text", "\x1f(\xfdtext"],
  ])("refuses %s after the last member", async (_, text) => {
    const stored = concat(codec.small, Buffer.from(text, "latin1"));
    for (const pieceBytes of [undefined, codec.small.length, 1]) {
      const error = await failure(readAll(codec, stored, { pieceBytes }));
      expect(error.reason).toMatch(/truncated|corrupt/);
    }
  });

  it("refuses a signature without its member after the last one", async () => {
    const stored = concat(codec.small, codec.small.subarray(0, 6));
    expect((await failure(readAll(codec, stored))).reason).toMatch(/truncated/);
  });

  it("fails again when it is read again after an error", async () => {
    const reader = await open(codec, codec.small.subarray(0, -1));
    const target = new Uint8Array(1 << 16);
    await failure(drain(reader, target));
    await expect(async () => reader.read(target)).rejects.toThrow(TraceError);
    await reader.close();
  });

  it("ends again when it is read again after the end", async () => {
    const reader = await open(codec, codec.small);
    const target = new Uint8Array(1 << 16);
    await drain(reader, target);
    expect(await reader.read(target)).toBe(0);
    await reader.close();
    await reader.close();
  });

  it("counts stored bytes", async () => {
    const stored = concat(codec.small, codec.small);
    const reader = await open(codec, stored);
    expect(reader.consumedBytes).toBe(0);
    const target = new Uint8Array(16);
    let last = 0;
    while ((await reader.read(target)) > 0) {
      expect(reader.consumedBytes).toBeGreaterThanOrEqual(last);
      last = reader.consumedBytes;
    }
    expect(reader.consumedBytes).toBe(stored.length);
    await reader.close();
  });

  it("can be closed before the first read and in the middle, and closes what it reads", async () => {
    for (const reads of [0, 1, 3]) {
      let closed = 0;
      const stored = pieces(codec.constant, { onClose: () => closed++ });
      const reader = await codec.open(stored);
      const target = new Uint8Array(10);
      for (let read = 0; read < reads; read++) expect(await reader.read(target)).toBe(10);
      await reader.close();
      expect(closed).toBe(1);
    }
  });

  it("passes on an error of what it reads", async () => {
    const broken: ByteReader = {
      consumedBytes: 0,
      read: () => Promise.reject(new TraceError("broke off", { path: PATH })),
      close: () => undefined,
    };
    const reader = await codec.open(broken);
    await expect(async () => reader.read(new Uint8Array(8))).rejects.toThrow("trace.in: broke off");
    await reader.close();
  });

  it("reads two files by turns", async () => {
    const one = await open(codec, codec.small);
    const other = await open(codec, codec.small);
    const target = new Uint8Array(64);
    for (let at = 0; at < plain.length; at += 64) {
      for (const reader of [one, other]) {
        const got = await fill(reader, target);
        expect(target.subarray(0, got)).toEqual(plain.subarray(at, at + 64));
      }
    }
    await one.close();
    await other.close();
  });

  it("holds little of 64 MiB that are stored as a few kilobytes", { timeout: 30_000 }, async () => {
    const target = new Uint8Array(1 << 16);
    // What its decoder keeps from one file to the next does not count.
    await drain(await open(codec, codec.small), target);
    const before = heldBytes();
    let most = 0;
    let total = 0;
    const reader = await open(codec, codec.constant);
    for (let read = 0; ; read++) {
      const got = await reader.read(target);
      if (got === 0) break;
      total += got;
      if (target.subarray(0, got).some((byte) => byte !== 0x41)) throw new Error("not what was stored");
      // Now and then, time for a decoder that runs ahead.
      if (read % 256 === 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        most = Math.max(most, heldBytes() - before);
      }
    }
    await reader.close();
    expect(total).toBe(64 << 20);
    expect(most).toBeLessThan(16 << 20);
  });
});

describe.each([NODE_GZIP, PAKO_GZIP])("$name, as the gzip command", (codec) => {
  it.each([1, 511, 300_000])("ignores %i zero bytes after the last member", async (zeros) => {
    const stored = concat(codec.small, codec.small, new Uint8Array(zeros));
    for (const pieceBytes of [undefined, codec.small.length, 1000]) {
      expect(await readAll(codec, stored, { pieceBytes })).toEqual(concat(smallText(), smallText()));
    }
  });

  it("refuses a member after zero bytes", async () => {
    const stored = concat(codec.small, new Uint8Array(512), codec.small);
    expect((await failure(readAll(codec, stored))).reason).toBe(
      "the gzip data is corrupt: something else follows its last member",
    );
  });

  it("refuses something else behind many zero bytes", async () => {
    const stored = concat(codec.small, new Uint8Array(600_000), Buffer.from("x"));
    expect((await failure(readAll(codec, stored))).reason).toMatch(/something else follows/);
  });

  it("reads a member of no bytes", async () => {
    const empty = new Uint8Array(zlib.gzipSync(new Uint8Array(0)));
    expect(await readAll(codec, empty)).toEqual(new Uint8Array(0));
    expect(await readAll(codec, concat(empty, codec.small, empty))).toEqual(smallText());
  });

  it("does not mind the file name and the time in a header", async () => {
    // FLG.FNAME, RFC 1952 §2.3.
    const header = [0x1f, 0x8b, 8, 8, 1, 2, 3, 4, 0, 3, ...Buffer.from("a.txt\0")];
    const stored = concat(Uint8Array.from(header), codec.small.subarray(10));
    expect(await readAll(codec, stored)).toEqual(smallText());
  });

  it("reads many small members, as bgzip writes", async () => {
    const member = new Uint8Array(zlib.gzipSync("0123456789"));
    const stored = concat(...Array.from({ length: 2000 }, () => member));
    expect(Buffer.from(await readAll(codec, stored)).toString()).toBe("0123456789".repeat(2000));
  });

  it("reads bytes that do not compress, beyond every buffer", async () => {
    const plain = noise(3 << 20);
    expect(Buffer.compare(await readAll(codec, new Uint8Array(zlib.gzipSync(plain))), plain)).toBe(0);
  });
});

describe("zstd", () => {
  it("reads a frame whose last bytes fill its buffer", async () => {
    for (const targetBytes of [65536, 1 << 18, 1 << 20]) {
      const plain = await readAll(ZSTD, fixture("constant-512k.zst"), { targetBytes });
      expect(Buffer.compare(plain, new Uint8Array(512 << 10).fill(0x41))).toBe(0);
    }
  });

  it("reads matches 20 MiB back (--long=27)", async () => {
    expect(Buffer.compare(await readAll(ZSTD, fixture("long-27.zst")), farText())).toBe(0);
  });

  it("refuses a window of more than 128 MiB and says what to do", async () => {
    expect((await failure(readAll(ZSTD, fixture("long-31.zst")))).reason).toBe(
      "a zstd frame needs a window of more than 128 MiB (written with --long=28 or more); decompress it first, " +
        "for example: zstd -dc --long=31 FILE | pagewalk … -",
    );
  });

  it("gives the window back when it is closed", async () => {
    const openAndClose = async () => {
      const reader = await open(ZSTD, fixture("long-27.zst"));
      await reader.read(new Uint8Array(1));
      await reader.close();
    };
    await openAndClose();
    const before = heldBytes();
    for (let round = 0; round < 20; round++) await openAndClose();
    expect(heldBytes() - before).toBeLessThan(64 << 20);
  });

  it("skips skippable frames at every place", async () => {
    // RFC 8878 §3.1.2: magic number, size, that many bytes.
    const skippable = Uint8Array.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const { compression, reader } = await decompress(pieces(concat(skippable, ZSTD.small, skippable)), PATH);
    expect(compression).toBe("zstd");
    expect(await drain(reader, new Uint8Array(100))).toEqual(smallText());
  });

  it("names a checksum that does not match", async () => {
    const stored = ZSTD.small.slice();
    stored[stored.length - 1] = (stored.at(-1) as number) ^ 1;
    expect((await failure(readAll(ZSTD, stored))).reason).toBe(
      "the zstd data is corrupt: a frame does not match its checksum",
    );
  });
});

describe("xz", () => {
  it("reads streams with padding of whole words between and after them", async () => {
    const stored = concat(XZ.small, new Uint8Array(8), XZ.small, new Uint8Array(4));
    expect(await readAll(XZ, stored)).toEqual(concat(smallText(), smallText()));
  });

  it("refuses padding of other lengths", async () => {
    for (const zeros of [1, 2, 3, 5]) await failure(readAll(XZ, concat(XZ.small, new Uint8Array(zeros))));
  });

  it("refuses a dictionary of more than 64 MiB and says what to do", async () => {
    expect((await failure(readAll(XZ, fixture("dictionary-128m.xz")))).reason).toBe(
      "the xz data needs a dictionary of more than 64 MiB; decompress it first, for example: xz -dc FILE | pagewalk … -",
    );
  });

  it("refuses a check that it cannot compute", async () => {
    expect((await failure(readAll(XZ, fixture("small-sha256.xz")))).reason).toMatch(
      /check that pagewalk does not know/,
    );
  });
});

describe("decompress()", () => {
  it.each([
    ["gzip", NODE_GZIP],
    ["zstd", ZSTD],
    ["xz", XZ],
  ] as const)("recognises %s by its first bytes", async (compression, codec) => {
    for (const pieceBytes of [1, undefined]) {
      const opened = await decompress(pieces(codec.small, { pieceBytes }), PATH);
      expect(opened.compression).toBe(compression);
      expect(await drain(opened.reader, new Uint8Array(1000))).toEqual(smallText());
      expect(opened.reader.consumedBytes).toBe(codec.small.length);
      await opened.reader.close();
    }
  });

  it("replays the bytes it has looked at, if there is no compression", async () => {
    for (const targetBytes of [1, 7, 65536]) {
      const { compression, reader } = await decompress(pieces(smallText()), PATH);
      expect(compression).toBe("none");
      expect(await drain(reader, new Uint8Array(targetBytes))).toEqual(smallText());
      expect(reader.consumedBytes).toBe(smallText().length);
    }
  });

  it("stays synchronous on a synchronous reader of plain, zstd or xz bytes", async () => {
    for (const stored of [smallText(), ZSTD.small, XZ.small]) {
      const { reader } = await decompress(await byteSource(stored).open(), PATH);
      expect(reader.read(new Uint8Array(100))).toBeTypeOf("number");
      await reader.close();
    }
  });

  it("ends at once on an empty file", async () => {
    const { compression, reader } = await decompress(pieces(new Uint8Array(0)), PATH);
    expect(compression).toBe("none");
    expect(await reader.read(new Uint8Array(10))).toBe(0);
  });

  it("reads plain files shorter than a signature", async () => {
    const { reader } = await decompress(pieces(Buffer.from("7\n")), PATH);
    expect(await drain(reader, new Uint8Array(10))).toEqual(Uint8Array.from([0x37, 0x0a]));
  });

  it("reports every cut of every compression, from one byte on", async () => {
    for (const { small } of [NODE_GZIP, ZSTD, XZ]) {
      for (let length = 1; length < small.length; length++) {
        const read = async () => {
          const { reader } = await decompress(pieces(small.subarray(0, length)), PATH);
          return drain(reader, new Uint8Array(1 << 16));
        };
        expect((await failure(read())).reason, `cut to ${length} bytes`).toMatch(
          /^the file is truncated: it stops after/,
        );
      }
    }
  });

  it.each([
    ["bzip2", "425a6839314159265359", "bzip2 -dc FILE | pagewalk … -"],
    ["bzip2", "425a6839177245385090", "bzip2 -dc FILE | pagewalk … -"],
    ["lz4", "04224d186440a7000000", "lz4 -dc FILE | pagewalk … -"],
    ["lz4", "02214c18000000000000", "lz4 -dc FILE | pagewalk … -"],
    ["snappy", "ff060000734e61507059", "snzip -dc FILE | pagewalk … -"],
  ])("says how to pipe a %s file, and closes it", async (name, hex, command) => {
    let closed = 0;
    const reader = pieces(Buffer.from(hex, "hex"), { onClose: () => closed++ });
    const error = await failure(decompress(reader, PATH));
    expect(error.message).toBe(
      `trace.in: is compressed with ${name}, which pagewalk does not read; decompress it first, for example: ${command}`,
    );
    expect(closed).toBe(1);
  });

  it("takes no text for a compression", () => {
    for (const text of ["BZhang 0x10\n", "P*M\n", "(x", " L 04222d18,8\n", "PK", "\x1f\x8b"]) {
      expect(detectCompression(Buffer.from(text, "latin1"))).toBe("none");
    }
  });
});

function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
}

/** The text in the small fixtures: 120 lines of a hexadecimal number and a letter. */
function smallText(): Uint8Array {
  let text = "";
  for (let line = 0; line < 120; line++)
    text += `${((line * 2654435761) % 2 ** 32).toString(16)} ${line % 3 ? "R" : "W"}\n`;
  return new TextEncoder().encode(text);
}

/** The bytes in `long-27.zst`: the same 4 KiB of noise before and after 20 MiB of zeros. */
function farText(): Uint8Array {
  const ends = noise(4096);
  return concat(ends, new Uint8Array(20 << 20), ends);
}

/** The upper bytes of a linear congruential generator. */
function noise(lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  let state = 1;
  for (let index = 0; index < lengthBytes; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

interface PiecesOptions {
  /** Most bytes per read. */
  pieceBytes?: number | undefined;
  asynchronous?: boolean;
  onClose?: () => void;
}

function pieces(stored: Uint8Array, options: PiecesOptions = {}): ByteReader {
  const { pieceBytes = Number.POSITIVE_INFINITY, asynchronous = false } = options;
  return {
    consumedBytes: 0,
    read(target) {
      const length = Math.min(pieceBytes, target.length);
      const piece = stored.subarray(this.consumedBytes, this.consumedBytes + length);
      target.set(piece);
      (this as { consumedBytes: number }).consumedBytes += piece.length;
      return asynchronous ? Promise.resolve(piece.length) : piece.length;
    },
    close() {
      options.onClose?.();
    },
  };
}

async function open(codec: Codec, stored: Uint8Array): Promise<ByteReader> {
  return codec.open(pieces(stored));
}

async function readAll(
  codec: Codec,
  stored: Uint8Array,
  { targetBytes = 1 << 16, ...options }: PiecesOptions & { targetBytes?: number } = {},
): Promise<Uint8Array> {
  const reader = await codec.open(pieces(stored, options));
  try {
    return await drain(reader, new Uint8Array(targetBytes));
  } finally {
    await reader.close();
  }
}

async function drain(reader: ByteReader, target: Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const got = await reader.read(target);
    if (got === 0) return concat(...parts);
    parts.push(target.slice(0, got));
  }
}

async function fill(reader: ByteReader, target: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const got = await reader.read(target.subarray(filled));
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

async function failure(promise: Promise<unknown>): Promise<TraceError> {
  const error = await promise.then(
    () => new Error("it succeeded"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TraceError)) throw error;
  return error;
}

/** Bytes outside the JavaScript heap that are in use: buffers and WebAssembly memory. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().external;
}
