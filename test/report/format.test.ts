import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bytes,
  count,
  counted,
  decimal,
  hexAddress,
  percent,
  percentColumn,
  percentDecimals,
  printable,
  seconds,
} from "../../src/report/format.ts";

const ratio = () => fc.double({ min: 0, max: 1, noNaN: true });

describe("percent()", () => {
  it("prints two decimals, and more where the distance to 0 or 100 is small", () => {
    expect(percent(0.3935)).toBe("39.35%");
    expect(percent(0.99998)).toBe("99.9980%");
    expect(percent(0.9995)).toBe("99.950%");
    expect(percent(0.000035)).toBe("0.0035%");
    expect(percent(0.999)).toBe("99.90%");
  });

  it("prints 100.00% and 0.00% for all and nothing", () => {
    expect(percent(1)).toBe("100.00%");
    expect(percent(0)).toBe("0.00%");
    expect(percent(null)).toBe("n/a");
  });

  it("prints what is nearly all or nearly nothing as such, to the last bit", () => {
    expect(percent(1 - 2 ** -53)).toBe(">99.9999%");
    expect(percent(Number.MIN_VALUE)).toBe("<0.0001%");
    expect(percent(0.99996, 2)).toBe(">99.99%");
  });

  it("never reads as 100 or as 0 unless the ratio is exactly that, whatever the decimals", () => {
    const decimals = fc.option(fc.constantFrom(2, 3, 4), { nil: undefined });
    fc.assert(
      fc.property(ratio(), decimals, (value, places) => {
        const text = percent(value, places);
        expect(Number(text.slice(0, -1)) === 100).toBe(value === 1);
        expect(Number(text.slice(0, -1)) === 0).toBe(value === 0);
      }),
      { numRuns: 2000 },
    );
  });

  it("is within half of its last decimal of the ratio", () => {
    fc.assert(
      fc.property(ratio(), (value) => {
        const text = percent(value);
        const shown = Number(text.replace(/[<>%]/g, ""));
        expect(Math.abs(shown - value * 100)).toBeLessThanOrEqual(1.01 * 10 ** -percentDecimals(value));
      }),
    );
  });

  it("gives all cells of a column the decimals that one of them needs", () => {
    expect(percentColumn([0.99998, 0.5, null])).toEqual(["99.9980%", "50.0000%", "n/a"]);
    expect(percentColumn([])).toEqual([]);
  });
});

describe("count()", () => {
  it("has commas between thousands and no decimals", () => {
    expect(count(0)).toBe("0");
    expect(count(1_234_567)).toBe("1,234,567");
    expect(count(2 ** 53 - 1)).toBe("9,007,199,254,740,991");
    expect(count(323_709.7)).toBe("323,710");
  });

  it("has its noun in singular for exactly one", () => {
    expect([0, 1, 2].map((value) => counted(value, "entry", "entries"))).toEqual(["0 entries", "1 entry", "2 entries"]);
  });
});

describe("decimal()", () => {
  it("has fixed decimals, and never prints a number that is not 0 as 0", () => {
    expect(decimal(48, 3)).toBe("48.000");
    expect(decimal(1234.5, 3)).toBe("1,234.500");
    expect(decimal(0, 3)).toBe("0.000");
    expect(decimal(0.0004, 3)).toBe("<0.001");
    expect(decimal(null, 3)).toBe("n/a");
    expect(seconds(0.0421)).toBe("0.042 s");
    expect(seconds(75.3)).toBe("75.30 s");
  });
});

describe("bytes()", () => {
  it("uses binary units, with a decimal only where it is not exact", () => {
    expect(bytes(0)).toBe("0 B");
    expect(bytes(1023)).toBe("1,023 B");
    expect(bytes(4096)).toBe("4 KiB");
    expect(bytes(1_572_864)).toBe("1.5 MiB");
    expect(bytes(2 ** 30 * 3)).toBe("3 GiB");
    expect(bytes(2 ** 20 - 1)).toBe("1.0 MiB");
  });

  it("never prints 1,024 of a unit below the largest", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 - 1 }), (size) => {
        expect(Number(bytes(size).replaceAll(",", "").split(" ")[0])).toBeLessThan(1024);
      }),
    );
  });
});

describe("hexAddress()", () => {
  it("prints 64 bits, the upper half of the address space without a sign", () => {
    expect(hexAddress(0n)).toBe("0x0");
    expect(hexAddress(0x7ffc12345000)).toBe("0x7ffc12345000");
    expect(hexAddress(-4096n)).toBe("0xfffffffffffff000");
    expect(hexAddress(0xffff_8000_0000_0000n)).toBe("0xffff800000000000");
  });
});

describe("printable()", () => {
  it("leaves names in any script as they are", () => {
    expect(printable("traces/Größe-大小 (1).lackey")).toBe("traces/Größe-大小 (1).lackey");
  });

  it("writes out escapes, controls and whatever reverses or hides text", () => {
    expect(printable("a\x1b[2Jb")).toBe("a\\x1b[2Jb");
    expect(printable("a\r\nb\x7f\x9b31m")).toBe("a\\x0d\\x0ab\\x7f\\x9b31m");
    expect(printable("\u202etxt.exe\u200b\u2028")).toBe("\\u{202e}txt.exe\\u{200b}\\u{2028}");
    expect(printable("\ud800")).toBe("\\u{d800}");
  });

  it("lets nothing through that a terminal obeys", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
