import { describe, expect, it } from "vitest";
import { PRESETS } from "../../src/config/presets.ts";
import { resolve, resolveSweep } from "../../src/config/resolve.ts";
import type { Config, ResolvedSweep, SweepConfig } from "../../src/config/types.ts";
import { ConfigError } from "../../src/errors.ts";

describe("resolve()", () => {
  it("is the default CPU where nothing is given", () => {
    expect(resolve()).toEqual({
      cpu: "skylake",
      l1i: { entries: 128, ways: 8, sets: 16 },
      l1d: { entries: 64, ways: 4, sets: 16 },
      stlb: { entries: 1536, ways: 12, sets: 128 },
      psc: { pde: 32, pdpte: 4, pml4e: 2 },
      policy: "lru",
      pageSize: "4K",
    });
    expect(resolve({ cpu: "skylake" })).toEqual(resolve());
  });

  it("takes what is given, and the rest from the CPU", () => {
    const config: Config = {
      l1d: "32:full",
      stlb: { entries: 8, ways: 2 },
      psc: "none",
      policy: "fifo",
      pageSize: "1G",
    };
    expect(resolve(config)).toEqual({
      ...resolve(),
      l1d: { entries: 32, ways: 32, sets: 1 },
      stlb: { entries: 8, ways: 2, sets: 4 },
      psc: { pde: 0, pdpte: 0, pml4e: 0 },
      policy: "fifo",
      pageSize: "1G",
    });
  });

  it.each(Object.keys(PRESETS))("can resolve the CPU %s", (cpu) => {
    expect(resolve({ cpu }).cpu).toBe(cpu);
  });

  it.each([
    [{ cpu: "zen9" }, "cpu", "zen9", "skylake"],
    [{ policy: "mru" }, "policy", "mru", "lru, fifo"],
    [{ pageSize: "thp" }, "pageSize", "thp", "4K, 2M, 1G"],
    [{ pageSize: 4096 }, "pageSize", "4096", "4K, 2M, 1G"],
    [{ l1d: "64:5" }, "l1d.ways", "5", '"full" or a divisor of the 64 entries: 1, 2, 4, 8, 16, 32, 64'],
    [{ l2: "64:4" }, "l2", "an unknown option", "cpu, l1i, l1d, stlb, psc, policy, pageSize"],
  ])("refuses %j with option, got and allowed", (config, option, got, allowed) => {
    expect(errorOf(() => resolve(config as Config))).toMatchObject({
      option,
      got,
      allowed,
      message: `${option}: got ${got}; allowed: ${allowed}`,
    });
  });
});

describe("resolveSweep()", () => {
  it("has every size and every ways that divides it by default", () => {
    const { stream, points } = resolveSweep();
    expect(stream).toBe("data");
    const sizes = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
    // Of 16 entries, 16 ways are the same as full: five points, and six of the others.
    expect(names({ stream, points })).toEqual(
      sizes.flatMap((entries) => [...new Set([1, 2, 4, 8, 16, entries])].map((ways) => `4K lru ${entries}:${ways}`)),
    );
    for (const { entries, ways, sets } of points) expect(ways * sets).toBe(entries);
  });

  it.each<[string, SweepConfig, string[]]>([
    ["a list", { entries: "12,5", ways: "1" }, ["12:1", "5:1"]],
    ["a range that doubles up to its end", { entries: "3..20", ways: "1" }, ["3:1", "6:1", "12:1"]],
    ["a range of one", { entries: "64..64", ways: "full" }, ["64:64"]],
    ["ranges among numbers", { entries: "1K, 48 ,2..4", ways: "2" }, ["1024:2", "48:2", "2:2", "4:2"]],
    ["numbers", { entries: [8, 6], ways: [2, "full"] }, ["8:2", "8:8", "6:2", "6:6"]],
    ["each point once", { entries: "8,8,4..8", ways: "8,full,8" }, ["8:8", "4:4"]],
    ["ways that divide", { entries: "6,8", ways: "3,4" }, ["6:3", "8:4"]],
    ["exact points", { geometries: "48:3,64:4,48:3,5" }, ["48:3", "64:4", "5:5"]],
    ["geometries of both kinds", { geometries: ["48:3", { entries: 4, ways: "full" }] }, ["48:3", "4:4"]],
  ])("takes %s", (_, config, expected) => {
    expect(names(resolveSweep(config))).toEqual(expected.map((geometry) => `4K lru ${geometry}`));
  });

  it("goes through page sizes, then policies, then geometries, each once", () => {
    const config: SweepConfig = { geometries: "4:4,2:1", pageSizes: "2M,4K,2M", policies: "fifo, lru" };
    expect(names(resolveSweep(config))).toEqual([
      "2M fifo 4:4",
      "2M fifo 2:1",
      "2M lru 4:4",
      "2M lru 2:1",
      "4K fifo 4:4",
      "4K fifo 2:1",
      "4K lru 4:4",
      "4K lru 2:1",
    ]);
  });

  it.each([
    [{ entries: "0" }, "entries", "0"],
    [{ entries: "" }, "entries", ""],
    [{ entries: "16..8" }, "entries", "16..8"],
    [{ entries: "1..2..3" }, "entries", "1..2..3"],
    [{ entries: [0] }, "entries", "0"],
    [{ entries: [16, 1.5] }, "entries", "1.5"],
    [{ entries: [] }, "entries", "none"],
    [{ entries: "33554432" }, "entries", "33554432"],
    [{ ways: "0" }, "ways", "0"],
    [{ ways: [-1] }, "ways", "-1"],
    [{ ways: [] }, "ways", "none"],
    [{ entries: "4,8", ways: "3,5" }, "ways", "3, 5"],
    [{ geometries: [] }, "geometries", "none"],
    [{ geometries: "4:4,4:3" }, "geometries[1].ways", "3"],
    [{ geometries: "4:4,four" }, "geometries[1]", "four"],
    [{ geometries: "4:4", ways: "4" }, "geometries", "entries or ways as well"],
    [{ pageSizes: "4K,8K" }, "pageSizes", "8K"],
    [{ policies: "lru,," }, "policies", ""],
    [{ stream: "both" }, "stream", "both"],
    [{ pageSize: "4K" }, "pageSize", "an unknown option"],
    [
      { geometries: Array.from({ length: 60_000 }, (_, index) => `${index + 1}`), pageSizes: "4K,2M" },
      "points",
      "120000",
    ],
  ])("refuses %o at its option", (config, option, got) => {
    const error = errorOf(() => resolveSweep(config as SweepConfig));
    expect(error).toMatchObject({ option, got });
    expect(error.allowed).not.toBe("");
  });
});

function names({ points }: ResolvedSweep): string[] {
  return points.map(({ pageSize, policy, entries, ways }) => `${pageSize} ${policy} ${entries}:${ways}`);
}

function errorOf(action: () => unknown): ConfigError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("a ConfigError was expected");
}
