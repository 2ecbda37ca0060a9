import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/explain/addresses.ts";

describe("parseAddress()", () => {
  it.each([
    ["0x0", 0n],
    ["0X7F12", 0x7f12n],
    ["0xffffffffffffffff", 2n ** 64n - 1n],
    ["0x0000000000000000000001", 1n],
    ["4096", 4096n],
    ["1234567", 1234567n],
    ["12345678", 0x12345678n],
    ["555555554000", 0x555555554000n],
    ["00400000", 0x400000n],
    ["04025310", 0x4025310n],
    ["0", 0n],
    ["00", 0n],
    ["010", 0x10n],
    ["0ff", 0xffn],
    ["00007f1234567890", 0x7f1234567890n],
    ["0000800000001234", 0x0000800000001234n],
    ["7f1234567890", 0x7f1234567890n],
    ["deadbeef", 0xdeadbeefn],
    ["0x7f12_3456_7890", 0x7f1234567890n],
    ["ffff8000'00001234", 0xffff800000001234n],
    ["00007ff8`12345678", 0x7ff812345678n],
    ["1_000_000", 1000000n],
  ])("%s", (text, address) => {
    expect(parseAddress(text)).toBe(address);
  });

  it.each([
    "",
    "0x",
    "-1",
    "0x-1",
    "bad",
    "add",
    "12g",
    "1ff",
    "1234567f0g",
    "0x12g",
    "_1",
    "1_",
    "1__2",
    " 1",
    "1.5",
    "1e9",
    "0b1",
    "0x1 0x2",
  ])("rejects %j", (text) => {
    expect(() => parseAddress(text)).toThrow(
      expect.objectContaining({ name: "ConfigError", option: "address", got: text }),
    );
  });

  it("rejects more than 64 bits, and does not repeat long texts", () => {
    expect(() => parseAddress("0x10000000000000000")).toThrow("0xffffffffffffffff");
    expect(() => parseAddress("18446744073709551615")).toThrow("0xffffffffffffffff");
    expect(() => parseAddress("9".repeat(100_000))).toThrow(/^.{1,200}$/);
  });
});
