/** The default CPU: no real one, but what textbooks and simulators run; it has the sizes of Intel's Skylake. */
import { assumed, vendor } from "./claims.ts";
import type { ArrayDescription, CpuDescription } from "./description.ts";
import { walkCache } from "./parts.ts";

const TABLE = vendor(
  "Intel 64 and IA-32 Architectures Optimization Reference Manual, 248966-045, Table 2-15 (of Skylake, for 4 KiB pages)",
);
const SIMPLE = assumed("a simplification: real processors do something cheaper");
const RULE = assumed("the simplest rule; hits below fill the TLBs above, which tell those below nothing");
const SIZE = assumed("SDM Vol. 3A gives no sizes of paging-structure caches, nor does any manual of Intel's");

const HOLDS = ["4K", "2M", "1G"] as const;

/** One array for every page size, exact LRU and the low bits of the page number: what the fast machine runs. */
const SIMPLE_ARRAY: Omit<ArrayDescription, "entries" | "ways"> = {
  holds: HOLDS,
  policy: SIMPLE("lru"),
  index: SIMPLE("modulo"),
};
const RULES = { filledByWalks: RULE(true), filledByHitsBelow: RULE(true) };

export const GENERIC: Record<"generic", CpuDescription> = {
  generic: {
    schema: "pagewalk/cpu@1",
    title: "Generic x86-64: sizes of Intel Skylake's arrays for 4 KiB pages, used for every page size; LRU",
    pageSizes: HOLDS,
    tlbs: [
      {
        name: "L1I",
        level: 1,
        kinds: ["fetch"],
        arrays: [{ ...SIMPLE_ARRAY, entries: TABLE(128), ways: TABLE(8) }],
        ...RULES,
      },
      {
        name: "L1D",
        level: 1,
        kinds: ["load", "store"],
        arrays: [{ ...SIMPLE_ARRAY, entries: TABLE(64), ways: TABLE(4) }],
        ...RULES,
      },
      {
        name: "STLB",
        level: 2,
        kinds: ["fetch", "load", "store"],
        arrays: [{ ...SIMPLE_ARRAY, entries: TABLE(1536), ways: TABLE(12) }],
        filledByWalks: RULE(true),
        takesVictims: RULE(false),
        exclusive: RULE(false),
        inclusive: RULE(false),
        touchedByHitsAbove: RULE(false),
      },
    ],
    walkCaches: [
      walkCache("PDE", ["pde"], SIZE(32)),
      walkCache("PDPTE", ["pdpte"], SIZE(4)),
      walkCache("PML4E", ["pml4e"], SIZE(2)),
    ],
    notes: [
      "No processor that exists: real ones have an array for each page size, hashed indexes and cheaper policies.",
    ],
  },
};
