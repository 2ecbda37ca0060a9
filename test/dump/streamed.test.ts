import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDump } from "../../src/dump/dump.ts";
import type { Compression } from "../../src/trace/compression/decompressor.ts";
import { type Frames, limeDump, limeHeader, rawDump } from "../helpers/dumps.ts";
import { FRAME_BYTES, failure, framesOf, noiseFrame, streamOf } from "./frames.ts";
import { COMPRESS } from "./stored.ts";

const COMPRESSIONS = Object.keys(COMPRESS) as Compression[];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pagewalk-dump-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(bytes: Uint8Array, name: string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe("a dump that is streamed", () => {
  const image: Frames = new Map(
    Array.from({ length: 300 }, (_, index) => [BigInt(index) * 0x3000n, noiseFrame(index + 1)]),
  );
  const stored = COMPRESS.gzip(limeDump(image));

  it("is not read again if it fits into memory", async () => {
    const path = file(stored, "once");
    const dump = await openDump(path);
    rmSync(path);
    expect((await dump.readFrames([0x3000n])).get(0x3000n)).toEqual(noiseFrame(2));
    await dump.close();
  });

  it("is read again if it does not, several times, by turns, in any order", async () => {
    const dump = await openDump(file(stored, "again"), { keepBytes: 100 * FRAME_BYTES });
    const all = [...image.keys()];
    const [one, other, third] = await Promise.all([
      dump.readFrames(all.toReversed()),
      dump.readFrames(all.filter((_, index) => index % 50 === 0)),
      dump.readFrames([all.at(-1) ?? 0n, 0x1000n]),
    ]);
    expect([...(one?.keys() ?? [])]).toEqual(all.toReversed());
    for (const [address, frame] of image) expect(Buffer.compare(frame, one?.get(address) ?? frame)).toBe(0);
    expect(other?.size).toBe(6);
    expect([...(third?.keys() ?? [])]).toEqual([all.at(-1)]);
    const closing = dump.close();
    await expect(dump.readFrames(all)).rejects.toThrow("read after close");
    await closing;
  });

  it("must still be what it was", async () => {
    const path = file(stored, "changed");
    const dump = await openDump(path, { keepBytes: 0 });
    truncateSync(path, stored.length >> 1);
    expect((await failure(dump.readFrames(image.keys()))).code).toBe("truncated");
    writeFileSync(path, COMPRESS.gzip(limeDump(new Map([[0n, noiseFrame(1)]]))));
    expect((await failure(dump.readFrames(image.keys()))).reason).toMatch(/changed while it was read/);
    await dump.close();
  });

  it.each(COMPRESSIONS)("cannot be larger than memory if it can be read only once (%s)", async (compression) => {
    const error = await failure(openDump(streamOf(COMPRESS[compression](limeDump(image))), { keepBytes: 1 << 20 }));
    expect(error.code).toBe("read-once");
    expect(error.reason).toBe(
      "holds more than 1 MiB that are not zero and can be read only once, but page tables lie anywhere in it; " +
        "save it to a file and give that",
    );
  });

  it("does not count zeros", async () => {
    const size = 32 << 20;
    const plain = rawDump(new Map([[0x1fff000n, noiseFrame(1)]]), size);
    const { dump, frames } = await framesOf(streamOf(COMPRESS.gzip(plain)), [0x1fff000n, 0x5000n], { keepBytes: 4096 });
    expect(dump.ranges).toEqual([{ start: 0n, end: BigInt(size) }]);
    expect(frames.get(0x1fff000n)).toEqual(noiseFrame(1));
    expect(frames.get(0x5000n)).toEqual(new Uint8Array(FRAME_BYTES));
  });

  it.each([0, 100 * FRAME_BYTES, undefined])(
    "finds every byte, wherever it lies (%s bytes kept)",
    async (keepBytes) => {
      const size = 5 << 19; // two and a half chunks
      const places = fc.tuple(fc.nat(size / FRAME_BYTES - 1), fc.oneof(fc.constantFrom(0, 3, 4095), fc.nat(4095)));
      const bytes = fc.array(fc.tuple(places, fc.constantFrom(1, 0x80, 0xff)), { minLength: 1, maxLength: 150 });
      await fc.assert(
        fc.asyncProperty(bytes, fc.boolean(), async (scattered, isLime) => {
          const plain = new Uint8Array(size);
          for (const [[page, at], byte] of scattered) plain[page * FRAME_BYTES + at] = byte;
          const dump = await openDump(COMPRESS.zstd(isLime ? Buffer.concat([limeHeader(0n, size), plain]) : plain), {
            keepBytes,
            format: isLime ? "lime" : "raw",
          });
          const frames = await dump.readFrames(
            Array.from({ length: size / FRAME_BYTES }, (_, page) => BigInt(page) * 4096n),
          );
          expect(Buffer.compare(Buffer.concat([...frames.values()]), plain)).toBe(0);
          await dump.close();
        }),
        { numRuns: 25, seed: 5 },
      );
    },
  );

  it("gives the event loop a turn now and then", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await openDump(COMPRESS.zstd(new Uint8Array(128 << 20)), { keepBytes: 0 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});
