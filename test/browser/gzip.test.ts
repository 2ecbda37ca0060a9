/** gzip as browsers read it: by their own DecompressionStream as far as that goes, and then by pako. */
import fc from "fast-check";
import { gzip } from "pako";
import { describe, expect, it, vi } from "vitest";
import type { ByteReader } from "../../src/trace/bytes.ts";
import { decompress, openDecompressed } from "../../src/trace/compression/index.ts";
import { byteSource } from "../../src/trace/source.ts";

/** Longer than one piece of any reader, once decompressed. */
const PLAIN = Uint8Array.from({ length: 600_000 }, (_, index) => (index * index) >> 7);
const MEMBER = gzip(PLAIN);
const SMALL = gzip("small");

describe("a gzip file in a browser", () => {
  it("of one member is read by the browser alone, which is many times as fast", async () => {
    const reopened = vi.fn();
    const source = byteSource(new Blob([MEMBER]));
    const { compression, reader } = await decompress(await source.open(), source.path, reopened);
    expect(compression).toBe("gzip");
    expect(reader.consumedBytes).toBeLessThan(20);
    expect(await drain(reader)).toEqual(PLAIN);
    expect(reader.consumedBytes).toBe(MEMBER.length);
    await reader.close();
    expect(reopened).not.toHaveBeenCalled();
  });

  it.each([
    { what: "three members", stored: [MEMBER, SMALL, MEMBER] },
    { what: "a member of nothing, and another", stored: [gzip(""), SMALL] },
    { what: "a member that zeros follow", stored: [MEMBER, new Uint8Array(100)] },
    { what: "a member that something else follows", stored: [MEMBER, "else"] },
    { what: "a member, and a part of one", stored: [MEMBER, MEMBER.subarray(0, 500)] },
  ])("of $what is what pako says it is", async ({ stored }) => {
    await expectAsByPako(new Blob(stored as BlobPart[]));
  });

  it("that is cut off or damaged anywhere is what pako says it is, or the same bytes", async () => {
    const cut = fc.integer({ min: 11, max: MEMBER.length - 1 }).map((length) => MEMBER.slice(0, length));
    const flipped = fc.integer({ min: 88, max: MEMBER.length * 8 - 1 }).map((bit) => {
      const stored = MEMBER.slice();
      stored[bit >> 3] = (stored[bit >> 3] as number) ^ (1 << (bit & 7));
      return stored;
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(cut, flipped), (stored) => expectAsByPako(new Blob([stored]))),
      { numRuns: 60, seed: 1 },
    );
  });

  it("can be closed before it is read and in the middle", async () => {
    for (const reads of [0, 2]) {
      const { reader } = await openDecompressed(byteSource(new Blob([MEMBER])));
      for (let read = 0; read < reads; read++) await reader.read(new Uint8Array(10));
      await reader.close();
      expect(await reader.read(new Uint8Array(10))).toBe(0);
    }
  });

  it("leaves no file open when it is closed while it is being opened again", async () => {
    const source = byteSource(new Blob([MEMBER, SMALL]));
    const again = await source.open();
    let finish: () => void = () => undefined;
    const opening = new Promise<ByteReader>((resolve) => {
      finish = () => resolve(again);
    });
    const reopen = vi.fn(() => opening);
    const { reader } = await decompress(await source.open(), source.path, reopen);
    const drained = drain(reader);
    await vi.waitFor(() => expect(reopen).toHaveBeenCalled());
    await reader.close();
    const close = vi.spyOn(again, "close");
    const read = vi.spyOn(again, "read");
    finish();
    await drained;
    expect(close).toHaveBeenCalled();
    expect(read).not.toHaveBeenCalled();
  });
});

/** Bytes, or the error. */
async function expectAsByPako(stored: Blob): Promise<void> {
  const outcome = (reopens: boolean) => {
    const source = byteSource(stored);
    const read = async () => {
      const opened = reopens ? await openDecompressed(source) : await decompress(await source.open(), source.path);
      return drain(opened.reader);
    };
    return read().catch((error: Error) => error);
  };
  const expected = await outcome(false);
  expect(await outcome(true)).toEqual(expected);
}

async function drain(reader: ByteReader): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const target = new Uint8Array(50_000);
  for (;;) {
    const got = await reader.read(target);
    if (got === 0) return new Uint8Array(await new Blob(parts).arrayBuffer());
    parts.push(target.slice(0, got));
  }
}
