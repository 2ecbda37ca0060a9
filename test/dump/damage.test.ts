import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DumpCpu, type DumpFormat, openDump } from "../../src/dump/dump.ts";
import { DumpError } from "../../src/errors.ts";
import type { Compression } from "../../src/trace/compression/decompressor.ts";
import { elfDump, elfOf, type Frames, limeDump, limeHeader, rawDump } from "../helpers/dumps.ts";
import { FRAME_BYTES, failure, noiseFrame, streamOf } from "./frames.ts";
import { COMPRESS } from "./stored.ts";

const COMPRESSED = (Object.keys(COMPRESS) as Compression[]).filter((compression) => compression !== "none");
const CPU: DumpCpu = { cr0: 1n, cr2: 2n, cr3: 0x1000n, cr4: 4n };
const IMAGE: Frames = new Map([0x1000n, 0x2000n, 0x5000n].map((address, index) => [address, noiseFrame(index + 1)]));
const LIME = limeDump(IMAGE);
const ELF = elfDump(IMAGE, [CPU, CPU]);
/** Where the second range of LIME begins: before it lie a header and two frames. */
const SECOND_RANGE = 32 + 2 * FRAME_BYTES;

/** 0 to 500, then every 199th, and what is near the ends of frames and of ranges, below `length`. */
function cuts(length: number): number[] {
  const near = [SECOND_RANGE, SECOND_RANGE + 32, 32 + FRAME_BYTES, length].flatMap((at) => [at - 1, at, at + 1]);
  const all = [...Array(500).keys(), ...Array.from({ length: length / 199 }, (_, index) => index * 199), ...near];
  return [...new Set(all)].filter((at) => at < length);
}

describe("a dump that is cut off", () => {
  it.each<[DumpFormat, Uint8Array, number[]]>([
    // A cut between two ranges or two pages leaves a whole dump.
    ["lime", LIME, [SECOND_RANGE]],
    ["elf", ELF, []],
    ["raw", rawDump(IMAGE, 0x6000), [1, 2, 3, 4, 5].map((pages) => pages * FRAME_BYTES)],
  ])("is never read (%s)", async (format, plain, whole) => {
    for (const [index, length] of cuts(plain.length).entries()) {
      const cut = plain.subarray(0, length);
      const streamed = index % 5 === 0 || length > 500 ? [streamOf(cut), COMPRESS.gzip(cut)] : [];
      for (const input of [cut, ...streamed]) {
        const outcome = await openDump(input).catch((error: unknown) => error);
        if (whole.includes(length)) expect(outcome).toMatchObject({ format });
        else expect(outcome, `${format} cut to ${length} bytes`).toBeInstanceOf(DumpError);
      }
    }
  });

  it.each(COMPRESSED)("is never read where its %s data is", async (compression) => {
    for (const plain of [LIME, ELF, rawDump(IMAGE, 0x6000)]) {
      const stored = COMPRESS[compression](plain);
      for (const length of cuts(stored.length)) {
        const error = await failure(openDump(stored.subarray(0, length)));
        expect(error.reason, `cut to ${length} bytes`).toMatch(
          length === 0 ? /is empty/ : length < 6 ? /too short|truncated/ : /truncated/,
        );
        expect(error.code).toBe(length === 0 ? "empty" : "truncated");
      }
    }
  });

  it.each<[string, Uint8Array, string]>([
    [
      "in a LiME header",
      LIME.subarray(0, SECOND_RANGE + 10),
      `bytes: byte ${SECOND_RANGE + 10}: the file is truncated: it ends after 10 of the 32 bytes of a LiME header; ` +
        "was the disk full, or did a copy break off?",
    ],
    [
      "in a LiME range",
      LIME.subarray(0, 5000),
      "bytes: byte 5000, physical address 0x2368: the file is truncated: it ends after 4968 of the 8192 bytes of the " +
        "LiME range 0x1000-0x2fff; was the disk full, or did a copy break off?",
    ],
    [
      "in an ELF segment",
      ELF.subarray(0, ELF.length - 1),
      `bytes: byte ${ELF.length - 1}, physical address 0x5fff: the file is truncated: it ends after 4095 of the 4096 ` +
        `bytes of the ELF segment that begins at byte ${ELF.length - 4096}; was the disk full, or did a copy break off?`,
    ],
    [
      "in the ELF program headers",
      ELF.subarray(0, 300),
      "bytes: byte 300: the file is truncated: it ends before the table of 3 program headers does, at byte 360; was the " +
        "disk full, or did a copy break off?",
    ],
    [
      "in a page of a raw image",
      new Uint8Array(5000),
      "bytes: byte 5000: the file ends within a page: 5000 bytes are not a multiple of 4096, as a raw image is; it is " +
        "truncated, or of another format (LiME and ELF are recognised by their first bytes)",
    ],
  ])("says so %s", async (_, plain, message) => {
    expect((await failure(openDump(plain))).message).toBe(message);
  });
});

describe("a dump that is damaged", () => {
  const patched = (plain: Uint8Array, at: number, bytes: readonly number[] | Uint8Array) => {
    const copy = new Uint8Array(plain);
    copy.set(bytes, at);
    return copy;
  };
  const u64 = (value: bigint) => new Uint8Array(new BigUint64Array([value]).buffer);
  const all = 2n ** 64n - 1n;

  it.each<[string, Uint8Array, RegExp]>([
    ["a LiME range that ends before it begins", patched(LIME, 16, u64(0n)), /range from 0x1000 to 0x0, expected one/],
    [
      "a LiME range of all addresses",
      patched(LIME, 16, u64(all)),
      /to 0xffffffffffffffff, expected one .* below 2\^52/,
    ],
    ["a LiME range that is too long", patched(LIME, 16, u64(0xffffffffffffn)), /truncated: it ends after/],
    ["a LiME range that is too short", patched(LIME, 16, u64(0x1fffn)), /after the range 0x1000-0x1fff; the header/],
    ["a LiME header of another version", patched(LIME, 4, [2]), /version 2, expected version 1/],
    ["LiME ranges that overlap", Buffer.concat([LIME, limeDump(IMAGE)]), /0x1000-0x2fff and 0x1000-0x2fff overlap/],
    ["an ELF segment of all memory", patched(ELF, 192 + 56 + 40, u64(all)), /for 18446744073709551615 bytes of memory/],
    ["an ELF segment that is nowhere", patched(ELF, 192 + 56 + 8, u64(all)), /truncated: it ends after 0 of the 8192/],
    ["an ELF segment larger than its memory", patched(ELF, 192 + 56 + 40, u64(1n)), /no more bytes than memory/],
    ["ELF notes of 1 GiB", patched(ELF, 192 + 32, u64(1n << 30n)), /notes of 1073741824 bytes/],
    ["an ELF note that is too long", patched(ELF, 364, [255, 255, 255, 255]), /found a note that ends beyond its/],
    ["no ELF program headers", patched(ELF, 56, [0, 0]), /found 0 program headers/],
    ["4 billion ELF program headers", patched(patched(ELF, 56, [255, 255]), 108, [255, 255, 255, 255]), /4294967295/],
    [
      "a million ELF program headers",
      patched(patched(ELF, 56, [255, 255]), 108, [0, 0, 16, 0]),
      /truncated: .*1048576/,
    ],
    ["ELF program headers far away", patched(ELF, 32, u64(all)), /ends before the table of 3 program headers/],
    ["section headers far away", patched(patched(ELF, 56, [255, 255]), 40, u64(all)), /ends before section header 0/],
    ["program headers of another length", patched(ELF, 54, [32]), /found program headers of 32 bytes, expected 56/],
  ])("is refused: %s", async (_, plain, reason) => {
    for (const input of [plain, COMPRESS.zstd(plain)]) {
      const error = await failure(openDump(input));
      expect(error.reason).toMatch(reason);
      expect(["corrupt", "truncated"]).toContain(error.code);
      expect(error.byteOffset).not.toBeNull();
    }
  });

  it("is refused if it has too many ranges", async () => {
    const one = Buffer.concat([limeHeader(0n, 1), Uint8Array.of(0)]);
    const plain = Buffer.alloc(33 * ((1 << 20) + 1), one);
    expect((await failure(openDump(plain))).reason).toBe("has more than 1048576 LiME ranges");
  });

  it("is not blamed for damage to its compressed data", async () => {
    const stored = COMPRESS.xz(LIME);
    const header = Buffer.from(stored).indexOf("EMiL", 1000);
    const error = await failure(openDump(patched(stored, header, [0])));
    expect(error.reason).toMatch(/^the xz data is corrupt/);
  });

  it.each<[string, Uint8Array, number]>([
    ["LiME", LIME, SECOND_RANGE + 32],
    ["ELF", ELF, ELF.length - 3 * FRAME_BYTES],
  ])("fails by a DumpError or reads frames of the right length (%s)", async (_, plain, below) => {
    const at = fc.integer({ min: 0, max: below - 1 });
    const junk = fc.uint8Array({ minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(at, junk, fc.boolean(), async (offset, bytes, streams) => {
        const damaged = patched(plain, offset, bytes.subarray(0, plain.length - offset));
        try {
          const dump = await openDump(streams ? COMPRESS.zstd(damaged) : damaged, { keepBytes: FRAME_BYTES });
          const starts = dump.ranges.map(({ start }) => ((start + 4095n) / 4096n) * 4096n);
          for (const frame of (await dump.readFrames(starts)).values()) expect(frame.length).toBe(FRAME_BYTES);
          await dump.close();
        } catch (error) {
          expect(error).toBeInstanceOf(DumpError);
        }
      }),
      { numRuns: 600, seed: 3 },
    );
  });
});

describe("an ELF file that is no dump of x86-64", () => {
  const patch = (at: number, value: number) => {
    const copy = new Uint8Array(ELF);
    copy[at] = value;
    return copy;
  };
  it.each<[string, Uint8Array, RegExp]>([
    ["32-bit", patch(4, 1), /^is a 32-bit ELF file/],
    ["big-endian", patch(5, 2), /^is a big-endian ELF file/],
    ["a program", patch(16, 3), /^is a program or library/],
    ["a guest in 32-bit mode", patch(18, 3), /^is the dump of a guest in 32-bit mode/],
    ["another architecture", patch(18, 183), /another architecture \(ELF machine 183\)/],
    ["without memory", elfOf([], [CPU]), /without memory/],
    [
      "the core of a process",
      elfOf([0x400000n, 0x600000n].map((virtual) => ({ start: 0n, bytes: noiseFrame(1), virtual }))),
      /as in the core of a process/,
    ],
  ])("is refused: %s", async (_, plain, reason) => {
    expect(await failure(openDump(plain))).toMatchObject({
      code: "unsupported-format",
      reason: expect.stringMatching(reason),
    });
  });
});
