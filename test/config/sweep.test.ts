import { describe, expect, it } from "vitest";
import { resolveSweep, SWEEP_DEFAULTS } from "../../src/config/resolve.ts";
import type { ResolvedSweep, SweepConfig } from "../../src/config/types.ts";
import { errorOf } from "./error-of.ts";

describe("resolveSweep()", () => {
  it("has every size and every ways that divides it by default", () => {
    const { points, ...rest } = resolveSweep();
    expect(rest).toEqual({ stream: "data", auto: [], front: null, flushEvery: 0, check: 3, checkedPages: 2 ** 20 });
    const sizes = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
    // Of 16 entries, 16 ways are the same as full: five points, and six of the others.
    expect(names({ ...rest, points })).toEqual(
      sizes.flatMap((entries) => [...new Set([1, 2, 4, 8, 16, entries])].map((ways) => `4K lru ${entries}:${ways}`)),
    );
    for (const { entries, ways, sets, index } of points) {
      expect(ways * sets).toBe(entries);
      expect(index).toBe("modulo");
    }
    // Checks that are asked for cover the whole trace.
    expect(resolveSweep(SWEEP_DEFAULTS)).toEqual({ ...resolveSweep(), checkedPages: 0 });
  });

  it.each<[string, SweepConfig, string[]]>([
    ["a list", { entries: "12,5", ways: "1" }, ["12:1", "5:1"]],
    ["a range that doubles up to its end", { entries: "3..20", ways: "1" }, ["3:1", "6:1", "12:1"]],
    ["a range of one", { entries: "64..64", ways: "full" }, ["64:64"]],
    ["ranges among numbers", { entries: "1K, 48 ,2..4", ways: "2" }, ["1024:2", "48:2", "2:2", "4:2"]],
    ["numbers", { entries: [8, 6], ways: [2, "full"] }, ["8:2", "8:8", "6:2", "6:6"]],
    ["each point once", { entries: "8,8,4..8", ways: "8,full,8" }, ["8:8", "4:4"]],
    ["ways that divide", { entries: "6,8", ways: "3,4" }, ["6:3", "8:4"]],
    ["every number of a range", { entries: "6-8", ways: "1-3" }, ["6:1", "6:2", "6:3", "7:1", "8:1", "8:2"]],
    ["sets with ways", { sets: "1,3,4..8", ways: "1-2" }, ["1:1", "2:2", "3:1", "6:2", "4:1", "8:2", "8:1", "16:2"]],
    ["sets with the default ways that are numbers", { sets: [2] }, ["2:1", "4:2", "8:4", "16:8", "32:16"]],
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
    [{ geometries: "4:4", ways: "4" }, "geometries", "ways as well"],
    [{ geometries: "4:4", entries: "4", ways: "4" }, "geometries", "entries and ways as well"],
    [{ geometries: "4:4", stlb: "4" }, "geometries", "stlb as well"],
    [{ stlb: "4:4", sets: "1" }, "stlb", "sets as well"],
    [{ sets: "4", entries: "4" }, "sets", "entries as well"],
    [{ sets: "4", ways: "2,full" }, "ways", "full"],
    [{ sets: "16M", ways: "2" }, "sets.entries", "33554432"],
    [{ sets: [] }, "sets", "none"],
    [{ sets: "0" }, "sets", "0"],
    [{ entries: 16 }, "entries", "16"],
    [{ entries: [null] }, "entries", ""],
    [{ entries: "4-2" }, "entries", "4-2"],
    [{ entries: "1-2-3" }, "entries", "1-2-3"],
    [{ entries: "1-17M" }, "entries", "1-17M"],
    [{ entries: "auto,16" }, "entries", "auto,16"],
    [{ entries: "auto", ways: "4,full" }, "ways", "4,full"],
    [{ entries: "auto", policies: "lru,fifo" }, "policies", "lru, fifo"],
    [{ entries: "auto", indexes: "xor" }, "indexes", "xor"],
    [{ entries: "auto", sets: "1" }, "sets", "entries as well"],
    [{ indexes: "hash" }, "indexes", "hash"],
    [{ indexes: "xor", geometries: "64:full,48:16,6:2" }, "indexes", "xor"],
    [{ l1i: "64:4" }, "l1i", "64:4"],
    [{ l1d: "64:4", stream: "fetch" }, "l1d", "64:4"],
    [{ l1d: "64:5" }, "l1d.ways", "5"],
    [{ stlb: "1536:12,1536:11" }, "stlb[1].ways", "11"],
    [{ flushEvery: 0 }, "flushEvery", "0"],
    [{ flushEvery: 1.5 }, "flushEvery", "1.5"],
    [{ flushEvery: "often" }, "flushEvery", "often"],
    [{ check: -1 }, "check", "-1"],
    [{ check: Number.POSITIVE_INFINITY }, "check", "Infinity"],
    [{ check: "some" }, "check", "some"],
    [{ entries: "1-1000000", ways: "1-1000000" }, "entries", "1000000000000 points"],
    [{ entries: "1-1000000", ways: "1-2" }, "entries", "more than 1000000 points"],
    [{ pageSizes: "4K,8K" }, "pageSizes", "8K"],
    [{ policies: "lru,," }, "policies", ""],
    [{ stream: "both" }, "stream", "both"],
    [{ pageSize: "4K" }, "pageSize", "an unknown option"],
    [{ entries: "1-600000", ways: "full", pageSizes: "4K,2M" }, "entries", "1200000 points"],
    [{ geometries: "16M:1,8M:2,16M:4,8M:1,15M:1,15M:3" }, "geometries", "73400320 entries in all points together"],
  ])("refuses %o at its option", (config, option, got) => {
    const error = errorOf(() => resolveSweep(config as SweepConfig));
    expect(error).toMatchObject({ option, got });
    expect(error.allowed).not.toBe("");
  });

  it("names every geometry that all stands for once: 4,096 sizes, and 12 set counts of 16 ways", () => {
    const { points } = resolveSweep({ geometries: "all" });
    const full = points.filter(({ sets }) => sets === 1);
    expect(full.map(({ entries }) => entries)).toEqual(Array.from({ length: 4096 }, (_, index) => index + 1));
    expect(points).toHaveLength(4096 + 12 * 16);
    expect(new Set(names({ ...resolveSweep(), points })).size).toBe(points.length);
    expect(points.at(-1)).toMatchObject({ entries: 65_536, ways: 16, sets: 4096 });
    const every: SweepConfig = { geometries: "all", pageSizes: "all", indexes: "modulo,xor", policies: "lru,fifo" };
    expect(resolveSweep(every).points).toHaveLength(3 * 2 * (4096 + 12 * 16 + 12 * 16));
  });

  it("goes from modulo to xor, which only powers of two from 2 sets have", () => {
    const { points } = resolveSweep({ geometries: "8:2,4:full,6:2,16:2", indexes: "modulo,xor" });
    expect(points.map(({ index, entries }) => `${index} ${entries}`)).toEqual([
      ...["modulo 8", "modulo 4", "modulo 6", "modulo 16"],
      ...["xor 8", "xor 16"],
    ]);
    expect(resolveSweep({ entries: "auto", indexes: "modulo,xor" }).auto).toEqual(["4K"]);
  });

  it("leaves out of a policy's points the geometries that it does not allow, unless those are all", () => {
    const config: SweepConfig = { geometries: "12:12,16:16,9:3", policies: "lru,tree-plru,mru3-plru4" };
    expect(names(resolveSweep(config))).toEqual([
      ...["4K lru 12:12", "4K lru 16:16", "4K lru 9:3"],
      ...["4K tree-plru 16:16", "4K mru3-plru4 12:12"],
    ]);
    const allowed = "a power of two up to 64, as in 2048:16, with policy tree-plru";
    const refused = errorOf(() => resolveSweep({ stlb: "1536:12", policies: "lru,tree-plru" }));
    expect(refused).toMatchObject({ option: "stlb.ways", got: "12", allowed });
    // Of all policies those count that can be had.
    const all = resolveSweep({ geometries: "9:3", policies: "all" }).points;
    expect(all.map(({ policy }) => policy)).toEqual(["lru", "fifo", "random", "bit-plru", "nru", "srrip"]);
  });

  it("leaves every fully associative size to be found where entries are auto", () => {
    expect(resolveSweep({ entries: "auto", ways: "full", pageSizes: "2M,4K" })).toEqual({
      ...resolveSweep(),
      points: [],
      auto: ["2M", "4K"],
    });
  });

  it.each<[string, SweepConfig, ResolvedSweep["front"]]>([
    ["the one of the stream", { l1d: "32:2" }, { l1i: null, l1d: { entries: 32, ways: 2, sets: 16 } }],
    ["that of the default CPU", { stlb: "1536:12" }, { l1i: null, l1d: { entries: 64, ways: 4, sets: 16 } }],
    ["that of fetches", { stlb: "8", stream: "fetch" }, { l1i: { entries: 128, ways: 8, sets: 16 }, l1d: null }],
    [
      "both, of which one is given",
      { l1i: "4", stream: "all" },
      { l1i: { entries: 4, ways: 4, sets: 1 }, l1d: { entries: 64, ways: 4, sets: 16 } },
    ],
  ])("puts L1 TLBs in front: %s", (_, config, front) => {
    expect(resolveSweep(config).front).toEqual(front);
  });

  it("takes the points of stlb, and those of the other options behind an L1, too", () => {
    expect(names(resolveSweep({ stlb: ["1536:12", "8"] }))).toEqual(["4K lru 1536:12", "4K lru 8:8"]);
    expect(resolveSweep({ l1d: "64:4" }).points).toEqual(resolveSweep().points);
    expect(names(resolveSweep({ l1d: "64:4", sets: "8", ways: "2" }))).toEqual(["4K lru 16:2"]);
  });

  it("reads how often to flush and what to check", () => {
    expect(resolveSweep({ flushEvery: 7 }).flushEvery).toBe(7);
    expect(resolveSweep({ flushEvery: "1M" }).flushEvery).toBe(2 ** 20);
    expect(resolveSweep({ check: 0 }).check).toBe(0);
    expect(resolveSweep({ check: 3 })).toMatchObject({ check: 3, checkedPages: 0 });
    expect(resolveSweep({ check: "12" }).check).toBe(12);
    expect(resolveSweep({ check: "all" }).check).toBe(Number.POSITIVE_INFINITY);
  });

  it("limits the entries that are held: of LRU the largest of each set count, of others and of checked ones all", () => {
    const fits: SweepConfig = { entries: "1-16384", ways: "full" };
    expect(resolveSweep(fits).points).toHaveLength(16_384);
    const got = "134225920 entries in all points together";
    expect(errorOf(() => resolveSweep({ ...fits, policies: "fifo" }))).toMatchObject({ option: "entries", got });
    expect(errorOf(() => resolveSweep({ ...fits, check: "all" }))).toMatchObject({ option: "entries" });
    // LRU with so many ways in each set has TLBs of its own.
    expect(resolveSweep({ sets: "4", ways: "1-256" }).points).toHaveLength(256);
    expect(errorOf(() => resolveSweep({ sets: "4", ways: "257-9000" }))).toMatchObject({ option: "sets" });
  });
});

function names({ points }: ResolvedSweep): string[] {
  return points.map(({ pageSize, policy, entries, ways }) => `${pageSize} ${policy} ${entries}:${ways}`);
}
