/** Estimates of traces against what they have: within a factor, or exact where the file says. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type FileEnds, plainBytesOf } from "../../src/experiment/plain-bytes.ts";
import { sizeOfTrace } from "../../src/experiment/trace-size.ts";
import type { Compression } from "../../src/trace/compression/decompressor.ts";
import { formatNamed } from "../../src/trace/detection.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { plainBytes, recorded } from "../cli/pagewalk.ts";
import { converted } from "../convert/converted.ts";

const ENDS_BYTES = 64 * 1024;

function endsOf(bytes: Uint8Array): FileEnds {
  return { storedBytes: bytes.length, start: bytes.subarray(0, ENDS_BYTES), end: bytes.subarray(-ENDS_BYTES) };
}

describe("sizeOfTrace()", () => {
  it.each<[name: string, format: string, compression: Compression, records: number]>([
    ["bfs2k.lk.gz", "lackey", "gzip", 940_543],
    ["hashjoin1k.lk.gz", "lackey", "gzip", 397_230],
    ["matmul24.native.lk.xz", "lackey", "xz", 311_574],
    ["python.200k.din.gz", "din", "gzip", 200_000],
    ["python.200k.drmemtrace.gz", "drmemtrace", "gzip", 200_000],
    ["sort.200k-instr.champsim.xz", "champsim", "xz", 265_640],
  ])("comes within a tenth of the records of %s", async (name, format, compression, records) => {
    const plain = await plainBytes(recorded(name));
    const size = sizeOfTrace(
      formatNamed(format),
      compression,
      endsOf(readFileSync(recorded(name))),
      plain.subarray(0, ENDS_BYTES),
    );
    expect(size.plainBytes).toBe(plain.length);
    expect(size.records / records).toBeGreaterThan(0.9);
    expect(size.records / records).toBeLessThan(1.1);
  });
});

it("comes within a factor of three where the file does not say how long it is", async () => {
  const size = sizeOfTrace(
    formatNamed("lackey"),
    "zstd",
    endsOf(readFileSync(recorded("lua_bt7.lk.zst"))),
    new Uint8Array(0),
  );
  expect(size.records / 2_745_438).toBeGreaterThan(1 / 3);
  expect(size.records / 2_745_438).toBeLessThan(3);
});

it("knows the records of .pwt, and whether its end is missing", async () => {
  const trace = await openTrace(recorded("matmul24.lk.gz"));
  const { bytes } = await converted(trace, { to: "pwt" });
  const sizeOf = (file: Uint8Array) => sizeOfTrace(formatNamed("pwt"), "none", endsOf(file), new Uint8Array(0));
  expect(sizeOf(bytes)).toMatchObject({ records: 311_574, isCutOff: false, kind: "packed" });
  expect(sizeOf(bytes).recordsPerInstruction).toBeCloseTo(311_574 / 238_921);
  expect(sizeOf(bytes.subarray(0, -1)).isCutOff).toBe(true);
});

describe("plainBytesOf()", () => {
  const trace = Buffer.from(" L 1000,8\n".repeat(100_000));

  it("says nothing where the file does not tell of all of it, or what it says cannot be", () => {
    const members = Buffer.concat([gzipSync(trace), gzipSync("")]); // as bgzip ends
    expect(plainBytesOf("gzip", endsOf(gzipSync(trace)), 1e6)).toBe(1e6);
    expect(plainBytesOf("gzip", endsOf(members), 1e6)).toBeNull();
    for (const compression of ["gzip", "zstd", "xz", "zip"] as const) {
      for (const bytes of [0, 1, 11, 17, 40]) {
        const told = plainBytesOf(compression, endsOf(new Uint8Array(bytes).fill(255)), 1e3);
        expect(told === null || told >= bytes).toBe(true);
      }
    }
  });

  it.each([
    [[0xa0, 0x40, 0x42, 0x0f, 0x00], 1e6], // one segment, four bytes
    [[0x80, 0x58, 0x40, 0x42, 0x0f, 0x00], 1e6], // a window before them
    [[0x60, 0x00, 0xff], 0xff00 + 256], // two bytes, of 256 less
    [[0xe3, 1, 2, 3, 4, 0, 0, 0, 0, 2, 0, 0, 0], 2 ** 33], // four of a dictionary, then eight
    [[0x00, 0x58], null],
  ])("finds what the header of a frame of zstd tells: %#", (header, bytes) => {
    const file = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...header]), Buffer.alloc(20)]);
    expect(plainBytesOf("zstd", endsOf(file), 1e6)).toBe(bytes);
  });

  it("takes for the size of more than 4 GiB in gzip what comes nearest to what is expected", () => {
    const told = plainBytesOf("gzip", { ...endsOf(gzipSync(trace)), storedBytes: 400e6 }, 9e9);
    expect(told).toBe(2 * 2 ** 32 + 1e6);
  });
});
