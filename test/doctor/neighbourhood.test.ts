import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neighbourhoodOf } from "../../src/doctor/neighbourhood.ts";
import { ObservedBytes } from "../../src/doctor/observed-bytes.ts";
import { TraceError } from "../../src/errors.ts";
import { info } from "../../src/info.ts";
import { hexDump } from "../../src/report/hex-dump.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("ObservedBytes", () => {
  it("keeps the first and the latest bytes, whatever the pieces", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 9000, size: "max" }), { maxLength: 12, size: "max" }),
        fc.nat(5000),
        fc.nat(5000),
        (pieces, back, count) => {
          const observed = new ObservedBytes();
          for (const piece of pieces) observed.take(piece);
          const all = pieces.flatMap((piece) => [...piece]);
          expect(observed.total).toBe(all.length);
          expect([...observed.head]).toEqual(all.slice(0, 4096));
          const from = Math.max(0, all.length - Math.min(back, 3000));
          expect([...observed.before(from, Math.min(count, 4096))]).toEqual(
            all.slice(Math.max(0, from - Math.min(count, 4096)), from),
          );
          const zeros = all.length - 1 - all.findLastIndex((byte) => byte !== 0);
          expect(observed.trailingZeros).toBe(zeros);
        },
      ),
      { numRuns: 50, seed: 3 },
    );
  });

  it("counts the zeros at the end over pieces", () => {
    const observed = new ObservedBytes();
    for (const piece of [[1, 0], [0, 0], [], [0]]) observed.take(Uint8Array.from(piece));
    expect(observed.trailingZeros).toBe(4);
  });
});

describe("an error of a record", () => {
  it("has the bytes around it, the bad ones marked, whatever the pieces of the trace", async () => {
    const good = "I  04001000,3\n L 1ffefff860,8\n";
    const bad = " S 1000,0";
    await fc.assert(
      fc.asyncProperty(fc.nat(400), fc.nat(400), fc.integer({ min: 1, max: 700 }), async (before, after, chunk) => {
        const text = `${good.repeat(before)}${bad}\n${good.repeat(after)}`;
        const error = await info(chunkedTrace(bytes(text), chunk)).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(TraceError);
        const { neighbourhood, byteOffset, wholeBytes } = error as TraceError;
        expect(byteOffset).toBe(good.length * before);
        expect(wholeBytes).toBe(byteOffset);
        const { byteOffset: from = -1, hex = "", markedFrom = -1, markedBytes = -1 } = neighbourhood ?? {};
        const shown = Buffer.from(hex, "hex").toString("latin1");
        expect(shown).toBe(text.slice(from, from + shown.length));
        expect(shown.slice(markedFrom, markedFrom + markedBytes)).toBe(bad);
        expect(from % 16).toBe(0);
        expect(markedFrom).toBeGreaterThanOrEqual(Math.min(16, byteOffset ?? 0));
        expect(shown.length).toBeGreaterThanOrEqual(Math.min(48, text.length - from));
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});

describe("hexDump()", () => {
  it("draws offsets, bytes and text, and marks below what is bad", () => {
    const before = bytes("0123456789abcdefI  04001000,3\n");
    const near = neighbourhoodOf(before, bytes(" S 1000,0\n L 1ffefff860,8\n"), 1000, 9);
    expect(hexDump(near)).toBe(`\
000003d0  36 37 38 39 61 62 63 64 65 66 49 20 20 30 34 30  |6789abcdefI  040|
000003e0  30 31 30 30 30 2c 33 0a 20 53 20 31 30 30 30 2c  |01000,3. S 1000,|
                                  ^^ ^^ ^^ ^^ ^^ ^^ ^^ ^^           ^^^^^^^^
000003f0  30 0a 20 4c 20 31 66 66 65 66 66 66 38 36 30 2c  |0. L 1ffefff860,|
          ^^                                                ^
00000400  38 0a                                            |8.              |`);
  });
});
