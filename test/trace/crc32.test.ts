/** The checksum of zip and `.pwt`, with and without zlib. */
import { crc32 as crc32OfNode } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32, crc32ByTables } from "../../src/trace/crc32.ts";

describe.each([
  { name: "crc32()", checksum: crc32 },
  { name: "crc32ByTables()", checksum: crc32ByTables },
])("$name", ({ checksum }) => {
  it("is that of the standard's check value", () => {
    expect(checksum(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });

  it("is that of zlib, however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: "max" }), fc.nat(200), (bytes, cut) => {
        expect(checksum(bytes.subarray(cut), checksum(bytes.subarray(0, cut)))).toBe(crc32OfNode(bytes));
      }),
      { seed: 84 },
    );
  });
});
