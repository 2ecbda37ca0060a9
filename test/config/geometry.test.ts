import { describe, expect, it } from "vitest";
import { parseSize, resolveGeometry, resolvePsc } from "../../src/config/geometry.ts";
import { errorOf } from "./error-of.ts";

const PSC = { pde: 32, pdpte: 4, pml4e: 2 };

describe("parseSize()", () => {
  it.each([
    ["0", 0],
    ["64", 64],
    ["1.5K", 1536],
    ["1.5k", 1536],
    ["2M", 2 ** 21],
    ["1G", 2 ** 30],
    ["8T", 2 ** 43],
    ["4KiB", 4096],
    ["4KB", 4096],
    ["4096B", 4096],
    [" 64 ", 64],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ])("reads %j", (text, size) => {
    expect(parseSize(text)).toBe(size);
  });

  it.each([
    "",
    "K",
    "-1",
    "+1",
    "1.",
    ".5",
    "1e3",
    "0x40",
    "64 K",
    "1P",
    "1.5",
    "1.1K",
    "64,",
    "٣",
    "9007199254740992",
  ])("does not take %j", (text) => {
    expect(parseSize(text)).toBeNull();
  });
});

describe("resolveGeometry()", () => {
  it.each([
    ["64:4", { entries: 64, ways: 4, sets: 16 }],
    ["1536:12", { entries: 1536, ways: 12, sets: 128 }],
    ["1.5K:12", { entries: 1536, ways: 12, sets: 128 }],
    ["48:3", { entries: 48, ways: 3, sets: 16 }],
    ["7", { entries: 7, ways: 7, sets: 1 }],
    ["32:full", { entries: 32, ways: 32, sets: 1 }],
    ["1:1", { entries: 1, ways: 1, sets: 1 }],
    ["16M:1", { entries: 16777216, ways: 1, sets: 16777216 }],
  ])("reads %s", (text, geometry) => {
    expect(resolveGeometry(text, "l1d")).toEqual(geometry);
  });

  it("takes entries and ways as numbers", () => {
    expect(resolveGeometry({ entries: 6, ways: 3 }, "l1d")).toEqual({ entries: 6, ways: 3, sets: 2 });
    expect(resolveGeometry({ entries: 6, ways: "full" }, "l1d")).toEqual({ entries: 6, ways: 6, sets: 1 });
  });

  const ENTRIES = "a whole number from 1 to 16777216";
  it.each([
    [{ entries: 0, ways: 1 }, "l1d.entries", "0", ENTRIES],
    [{ entries: -64, ways: 4 }, "l1d.entries", "-64", ENTRIES],
    [{ entries: 1.5, ways: 1 }, "l1d.entries", "1.5", ENTRIES],
    [{ entries: Number.NaN, ways: 1 }, "l1d.entries", "NaN", ENTRIES],
    [{ entries: 16777217, ways: 1 }, "l1d.entries", "16777217", ENTRIES],
    [{ entries: 12, ways: 5 }, "l1d.ways", "5", '"full" or a divisor of the 12 entries: 1, 2, 3, 4, 6, 12'],
    [{ entries: 12, ways: 24 }, "l1d.ways", "24", '"full" or a divisor of the 12 entries: 1, 2, 3, 4, 6, 12'],
    [{ entries: 12, ways: 0 }, "l1d.ways", "0", '"full" or a divisor of the 12 entries: 1, 2, 3, 4, 6, 12'],
    [{ entries: 12, ways: -4 }, "l1d.ways", "-4", '"full" or a divisor of the 12 entries: 1, 2, 3, 4, 6, 12'],
    ["64:four", "l1d", "64:four", "ENTRIES:WAYS, as 64:4, 1536:12 or 32:full"],
    ["64:", "l1d", "64:", "ENTRIES:WAYS, as 64:4, 1536:12 or 32:full"],
    [":4", "l1d", ":4", "ENTRIES:WAYS, as 64:4, 1536:12 or 32:full"],
  ] as const)("refuses %j with option, got and allowed", (geometry, option, got, allowed) => {
    expect(errorOf(() => resolveGeometry(geometry, "l1d"))).toMatchObject({ option, got, allowed });
  });

  it("names only so many divisors", () => {
    const { allowed } = errorOf(() => resolveGeometry("720720:17", "stlb"));
    expect(allowed).toMatch(/^"full" or a divisor of the 720720 entries: 1, 2, 3, .*, …$/);
    expect(allowed.length).toBeLessThan(200);
  });
});

describe("resolvePsc()", () => {
  it("changes what is named and keeps the rest", () => {
    expect(resolvePsc("pde=8", PSC)).toEqual({ pde: 8, pdpte: 4, pml4e: 2 });
    expect(resolvePsc("pde=1K, pml4e=0", PSC)).toEqual({ pde: 1024, pdpte: 4, pml4e: 0 });
    expect(resolvePsc({ pdpte: 1 }, PSC)).toEqual({ pde: 32, pdpte: 1, pml4e: 2 });
    expect(resolvePsc({}, PSC)).toEqual(PSC);
  });

  it("turns all off with none", () => {
    expect(resolvePsc("none", PSC)).toEqual({ pde: 0, pdpte: 0, pml4e: 0 });
  });

  it.each([
    ["pte=4", "psc.pte", "4", "pde, pdpte or pml4e"],
    ["toString=4", "psc.toString", "4", "pde, pdpte or pml4e"],
    ["pde=65537", "psc.pde", "65537", "a whole number from 0 to 65536"],
    ["pde", "psc", "pde", "pde=32,pdpte=4,pml4e=2, or none"],
    ["pde=", "psc", "pde=", "pde=32,pdpte=4,pml4e=2, or none"],
    ["pde=4,", "psc", "pde=4,", "pde=32,pdpte=4,pml4e=2, or none"],
    ["", "psc", "", "pde=32,pdpte=4,pml4e=2, or none"],
    [{ pde: -1 }, "psc.pde", "-1", "a whole number from 0 to 65536"],
    [{ pde: 0.5 }, "psc.pde", "0.5", "a whole number from 0 to 65536"],
  ])("refuses %j with option, got and allowed", (psc, option, got, allowed) => {
    expect(errorOf(() => resolvePsc(psc, PSC))).toMatchObject({ option, got, allowed });
  });
});
