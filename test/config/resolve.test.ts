import { describe, expect, it } from "vitest";
import { NESTED_NAMES } from "../../src/config/cpus/nested.ts";
import { OS_NAMES } from "../../src/config/os-config.ts";
import { PRESETS } from "../../src/config/presets.ts";
import { resolve } from "../../src/config/resolve.ts";
import { type Config, POLICIES } from "../../src/config/types.ts";
import { errorOf } from "./error-of.ts";

describe("resolve()", () => {
  it("is the default CPU where nothing is given", () => {
    expect(resolve()).toEqual({
      cpu: "generic",
      l1i: { entries: 128, ways: 8, sets: 16 },
      l1d: { entries: 64, ways: 4, sets: 16 },
      stlb: { entries: 1536, ways: 12, sets: 128 },
      psc: { pde: 32, pdpte: 4, pml4e: 2 },
      policy: "lru",
      pageSize: "4K",
    });
    expect(resolve({ cpu: "generic" })).toEqual(resolve());
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
    [{ cpu: "zen9" }, "cpu", "zen9", "zen1, zen2, zen3, zen4, or others: pagewalk cpus lists them"],
    [{ policy: "mru" }, "policy", "mru", POLICIES.join(", ")],
    [{ pageSize: "64K" }, "pageSize", "64K", "4K, 2M, 1G, thp"],
    [{ pageSize: 4096 }, "pageSize", "4096", "4K, 2M, 1G, thp"],
    [{ policy: "tree-plru" }, "stlb.ways", "12", "a power of two up to 64, as in 2048:16, with policy tree-plru"],
    [
      { policy: "tree-plru", stlb: "128:full" },
      "stlb.ways",
      "128",
      "a power of two up to 64, as in 2048:16, with policy tree-plru",
    ],
    [{ policy: "mru3-plru4", l1i: "96:12" }, "l1d.ways", "4", "12, as in 1536:12, with policy mru3-plru4"],
    [{ policy: "nru", stlb: "65537:full" }, "stlb.ways", "65537", "at most 65536 with policy nru"],
    [
      { policy: "l1d=lru,stlb=nru,L1D=fifo" },
      "policy",
      "l1d=lru,stlb=nru,L1D=fifo",
      "one policy for each TLB, and one for the others",
    ],
    [{ prefetch: "stride:degree=1.5" }, "prefetch.degree", "1.5", "a whole number from 1 to 64"],
    [{ prefetch: "stride:buffer=1e9" }, "prefetch.buffer", "1e9", "a whole number from 1 to 16777216"],
    [{ prefetch: "stride:degree=1,degree=2" }, "prefetch", "stride:degree=1,degree=2", "degree once"],
    [
      { cost: "flat,walk=30,reference=3" },
      "cost",
      "flat,walk=30,reference=3",
      "walk, or reference: a walk costs so much on the whole, or each entry that it reads",
    ],
    [{ nested: "4K", nestedPsc: "pde=65537" }, "nestedPsc.pde", "65537", "a whole number from 0 to 65536"],
    [{ l1d: "64:5" }, "l1d.ways", "5", '"full" or a divisor of the 64 entries: 1, 2, 4, 8, 16, 32, 64'],
    [
      { l2: "64:4" },
      "l2",
      "an unknown option",
      ["cpu, l1i, l1d, stlb, psc, policy, pageSize, cost, prefetch", ...OS_NAMES, ...NESTED_NAMES].join(", "),
    ],
  ])("refuses %j with option, got and allowed", (config, option, got, allowed) => {
    expect(errorOf(() => resolve(config as Config))).toMatchObject({
      option,
      got,
      allowed,
      message: `${option}: got ${got}; allowed: ${allowed}`,
    });
  });
});
