import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DumpCpu, type DumpFormat, openDump } from "../../src/dump/dump.ts";
import { ConfigError } from "../../src/errors.ts";
import type { TraceInput } from "../../src/trace/bytes.ts";
import type { Compression } from "../../src/trace/compression/decompressor.ts";
import { elfDump, type Frames, limeDump, limeHeader, rawDump } from "../helpers/dumps.ts";
import { FRAME_BYTES, failure, framesOf, noiseFrame, streamOf } from "./frames.ts";
import { COMPRESS } from "./stored.ts";

const COMPRESSIONS = Object.keys(COMPRESS) as Compression[];
const CPU: DumpCpu = { cr0: 0x80050033n, cr2: 0x5794a9n, cr3: 0x5a90000n, cr4: 0x750ef0n };

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pagewalk-dump-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(bytes: Uint8Array): string {
  const path = join(folder, "dump");
  writeFileSync(path, bytes);
  return path;
}

describe("openDump()", () => {
  const PAGES = 24;
  const HIGH = 0x123456n;
  const content = fc.oneof(
    fc.constant(new Uint8Array(FRAME_BYTES)),
    fc.integer({ min: 1, max: 0xffffffff }).map(noiseFrame),
    fc.integer({ min: 0, max: FRAME_BYTES - 1 }).map((at) => new Uint8Array(FRAME_BYTES).fill(7, at, at + 1)),
  );
  const page = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: PAGES - 1 }) },
    { weight: 1, arbitrary: fc.constant(HIGH) },
  );
  const images = fc
    .uniqueArray(fc.tuple(page, content), { selector: ([number]) => number, minLength: 1, maxLength: PAGES })
    .map((frames): Frames => new Map(frames.map(([number, frame]) => [BigInt(number) * 4096n, frame])));
  const inputs: Readonly<Record<string, (bytes: Uint8Array) => TraceInput>> = {
    bytes: (bytes) => bytes,
    blob: (bytes) => new Blob([bytes as Uint8Array<ArrayBuffer>]),
    file: (bytes) => file(bytes),
    url: (bytes) => pathToFileURL(file(bytes)),
    stream: streamOf,
  };

  it.each(COMPRESSIONS)("reads the same frames from all formats and inputs, compressed by %s", async (compression) => {
    await fc.assert(
      fc.asyncProperty(
        images,
        fc.constantFrom<DumpFormat>("raw", "lime", "elf"),
        fc.constantFrom(...Object.keys(inputs)),
        fc.constantFrom(0, FRAME_BYTES, undefined),
        async (image, format, kind, keepBytes) => {
          const low: Frames = new Map([...image].filter(([address]) => address < BigInt(PAGES * FRAME_BYTES)));
          const plain =
            format === "raw"
              ? rawDump(low, PAGES * FRAME_BYTES)
              : format === "lime"
                ? limeDump(image)
                : elfDump(image, [CPU, { ...CPU, cr3: 0x1000n }]);
          const input = inputs[kind]?.(COMPRESS[compression](plain));
          const wanted = Array.from({ length: PAGES + 2 }, (_, number) => BigInt(number * FRAME_BYTES)).reverse();
          wanted.push(HIGH * 4096n, (HIGH + 1n) * 4096n, 2n ** 52n, 2n ** 63n);
          const expected = new Map<bigint, Uint8Array>();
          for (const address of wanted) {
            const isLow = format === "raw" && address < BigInt(PAGES * FRAME_BYTES);
            const frame = isLow ? (low.get(address) ?? new Uint8Array(FRAME_BYTES)) : image.get(address);
            if (frame !== undefined && (isLow || format !== "raw")) expected.set(address, frame);
          }
          const reading = framesOf(input as TraceInput, wanted, { keepBytes });
          if (kind === "stream" && keepBytes !== undefined) {
            // Whether it fits depends on the blocks that are not zero.
            const error = await reading.then(
              () => null,
              (reason: unknown) => reason,
            );
            if (error !== null) {
              expect(error).toMatchObject({ name: "DumpError", code: "read-once" });
              return;
            }
          }
          const { dump, frames } = await reading;
          expect([dump.format, dump.compression]).toEqual([format, compression]);
          expect([...frames.keys()]).toEqual([...expected.keys()]);
          for (const [address, frame] of frames)
            expect(Buffer.compare(frame, expected.get(address) ?? new Uint8Array(0))).toBe(0);
          if (format === "elf") expect(dump.cpus).toEqual([CPU, { ...CPU, cr3: 0x1000n }]);
          else expect(dump.cpus).toEqual([]);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  it("takes a frame for held if all its bytes are, in ranges that touch", async () => {
    const frame = noiseFrame(5);
    const parts = (at: number) => [
      limeHeader(0x4000n, at),
      frame.subarray(0, at),
      limeHeader(0x4000n + BigInt(at), FRAME_BYTES - at),
      frame.subarray(at),
    ];
    const partial = [limeHeader(0x1000n, 0x1c00), new Uint8Array(0x1c00).fill(1), limeHeader(0x3c00n, 0x400)];
    const plain = Buffer.concat([...partial, new Uint8Array(0x400), ...parts(1000)]);
    const { dump, frames } = await framesOf(plain, [0x0n, 0x1000n, 0x2000n, 0x3000n, 0x4000n, 0x5000n]);
    expect(dump.ranges).toEqual([
      { start: 0x1000n, end: 0x2c00n },
      { start: 0x3c00n, end: 0x5000n },
    ]);
    expect([...frames.keys()]).toEqual([0x1000n, 0x4000n]);
    expect(frames.get(0x4000n)).toEqual(frame);
  });

  it("takes ranges in any order", async () => {
    const plain = Buffer.concat([
      limeDump(new Map([[0x9000n, noiseFrame(9)]])),
      limeDump(new Map([[0x1000n, noiseFrame(1)]])),
    ]);
    const { dump, frames } = await framesOf(plain, [0x1000n, 0x9000n]);
    expect(dump.ranges.map(({ start }) => start)).toEqual([0x1000n, 0x9000n]);
    expect(frames.get(0x1000n)).toEqual(noiseFrame(1));
  });

  it("gives bytes that are the caller's", async () => {
    const plain = rawDump(new Map([[0n, noiseFrame(3)]]), FRAME_BYTES);
    const dump = await openDump(plain);
    (await dump.readFrames([0n])).get(0n)?.fill(0);
    expect((await dump.readFrames([0n])).get(0n)).toEqual(noiseFrame(3));
  });

  it("refuses addresses that are no frame's, and reads after the end", async () => {
    const dump = await openDump(new Uint8Array(FRAME_BYTES));
    await expect(dump.readFrames([8n])).rejects.toThrow(RangeError);
    await dump.close();
    await dump.close();
    await expect(dump.readFrames([0n])).rejects.toThrow("read after close");
  });

  it("takes the format that it is told", async () => {
    const lime = limeDump(new Map([[0n, noiseFrame(1)]]));
    const padded = Buffer.concat([lime, new Uint8Array(FRAME_BYTES - 32)]);
    const { dump, frames } = await framesOf(padded, [0n], { format: "raw" });
    expect(dump.format).toBe("raw");
    expect(Buffer.from(frames.get(0n) ?? []).toString("latin1", 0, 4)).toBe("EMiL");
    expect((await failure(openDump(new Uint8Array(8192), { format: "lime" }))).message).toBe(
      "bytes: byte 0: found 00 00 00 00, expected a LiME header (45 4d 69 4c)",
    );
    expect((await failure(openDump(new Uint8Array(8192), { format: "elf" }))).reason).toMatch(/no ELF header/);
    await expect(openDump(lime, { format: "vmem" as DumpFormat })).rejects.toThrow(ConfigError);
  });
});

describe("the page tables of real machines", () => {
  it.each([
    ["la48", 0x5a90000n, 193],
    ["la57", 0x65dc000n, 194],
    ["1g", 0x65fa000n, 196],
    ["systrace", 0x4878000n, 133],
  ])("%s", async (name, cr3, pages) => {
    const path = new URL(`../dumps/dev-${name}.lime.gz`, import.meta.url);
    const dump = await openDump(path);
    const held = dump.ranges.flatMap(({ start, end }) =>
      Array.from({ length: Number(end - start) / FRAME_BYTES }, (_, index) => start + BigInt(index * FRAME_BYTES)),
    );
    const frames = await dump.readFrames(held);
    expect(frames.size).toBe(pages);
    // The upper half of a root maps the kernel: an entry that is present.
    const root = Buffer.from(frames.get(cr3) ?? []);
    expect(Array.from({ length: 256 }, (_, index) => (root[2048 + 8 * index] ?? 0) & 1)).toContain(1);
    expect(readFileSync(path).length).toBeLessThan(16_384);
    await dump.close();
  });
});
