import { describe, expect, it } from "vitest";
import type { DumpCpu } from "../../src/dump/dump.ts";
import { elfDump, elfOf, type Load } from "../helpers/dumps.ts";
import { FRAME_BYTES, framesOf, noiseFrame } from "./frames.ts";
import { COMPRESS } from "./stored.ts";

const CPU: DumpCpu = { cr0: 0x80050033n, cr2: 0x5794a9n, cr3: 0x5a90000n, cr4: 0x750ef0n };

describe("an ELF dump", () => {
  it("may have more segments than e_phnum can count", async () => {
    const loads: Load[] = Array.from({ length: 66_000 }, (_, index) => ({
      start: BigInt(index) * 0x2000n,
      bytes: Uint8Array.of(1),
    }));
    loads.push({ start: 0x7_0000_0000n, bytes: noiseFrame(4) });
    const plain = elfOf(loads, [CPU]);
    for (const input of [plain, COMPRESS.gzip(plain)]) {
      const { dump, frames } = await framesOf(input, [0x7_0000_0000n, 0n]);
      expect(dump.ranges.length).toBe(66_001);
      expect(frames).toEqual(new Map([[0x7_0000_0000n, noiseFrame(4)]]));
      expect(dump.cpus).toEqual([CPU]);
    }
  });

  it("is zero from p_filesz to p_memsz, where nothing else is stored, and does not hold what was left out", async () => {
    const plain = elfOf([
      { start: 0x1000n, bytes: noiseFrame(1), memoryBytes: 0x3000n },
      { start: 0x3000n, bytes: noiseFrame(3) },
      { start: 0x8000n, bytes: new Uint8Array(0), memoryBytes: 0x1000n, offset: 2n ** 64n - 1n },
    ]);
    const { dump, frames } = await framesOf(plain, [0x1000n, 0x2000n, 0x3000n, 0x4000n, 0x8000n]);
    expect(dump.ranges).toEqual([{ start: 0x1000n, end: 0x4000n }]);
    const expected: [bigint, Uint8Array][] = [
      [0x1000n, noiseFrame(1)],
      [0x2000n, new Uint8Array(FRAME_BYTES)],
      [0x3000n, noiseFrame(3)],
    ];
    expect(frames).toEqual(new Map(expected));
  });

  it("may name the same memory in several segments, as dump-guest-memory -p does", async () => {
    const both = new Uint8Array([...noiseFrame(1), ...noiseFrame(2)]);
    const plain = elfOf([
      { start: 0x1000n, bytes: both, virtual: 0xffff800000001000n },
      { start: 0x2000n, bytes: noiseFrame(2), virtual: 0x400000n },
      { start: 0x1000n, bytes: noiseFrame(1), virtual: 0x500000n },
    ]);
    const { dump, frames } = await framesOf(plain, [0x1000n, 0x2000n, 0x3000n]);
    expect(dump.ranges).toEqual([{ start: 0x1000n, end: 0x3000n }]);
    expect(frames.get(0x2000n)).toEqual(noiseFrame(2));
  });

  it("may store different memory at the same place of the file", async () => {
    const plain = elfOf([
      { start: 0x1000n, bytes: noiseFrame(1) },
      ...[0x5000n, 0x5010n].map((start) => ({ start, bytes: new Uint8Array(0) })),
    ]);
    // The second and third segment: 16 bytes from the beginning of the first, and then all but 16.
    const view = new DataView(plain.buffer, plain.byteOffset);
    const offset = view.getBigUint64(192 + 56 + 8, true);
    for (const [header, bytes] of [
      [192 + 2 * 56, 16n],
      [192 + 3 * 56, 4080n],
    ] as const) {
      view.setBigUint64(header + 8, offset, true);
      view.setBigUint64(header + 32, bytes, true);
      view.setBigUint64(header + 40, bytes, true);
    }
    const { frames } = await framesOf(plain, [0x1000n, 0x5000n]);
    const frame = noiseFrame(1);
    expect(frames.get(0x1000n)).toEqual(frame);
    expect(frames.get(0x5000n)).toEqual(new Uint8Array([...frame.subarray(0, 16), ...frame.subarray(0, 4080)]));
  });

  it("has no CPUs without QEMU's notes", async () => {
    const { dump } = await framesOf(elfDump(new Map([[0x1000n, noiseFrame(1)]])), []);
    expect(dump.cpus).toEqual([]);
  });
});
