/** Apple's cores, with their pages of 16 KiB. */
import { assumed, chen, measured, type Speaker, vendor } from "./claims.ts";
import type { CpuDescription, IndexDescription, Sourced, TlbDescription } from "./description.ts";
import { LRU, lowerRules, policyOf, RULES_UNKNOWN, upperRules, walkCache } from "./parts.ts";

const GUIDE = vendor(`Apple Silicon CPU Optimization Guide, as quoted in ${chen("apple-m2")}`);
const M1 = measured(chen("apple-m1"));
/** Cycles of a load that hits L1D, of one that hits the L2 TLB and of one that misses it; descriptions have the differences. */
const M1_P_CYCLES = measured(`${chen("apple-m1")}: 3, 9 and 35 to 36.5 cycles a load`);
const M1_E_CYCLES = measured(`${chen("apple-m1")}: 3, 10 and 32 to 33 cycles a load`);
const M4_CYCLES = measured(`${chen("apple-m4")}: 3 and 9 cycles a load`);
const M4 = measured(chen("apple-m4"));
const AS_M1 = assumed(
  "not measured on this core; the sets of the M1's core of the same kind, 32 in the first level and 256 in the second",
);
const AS_M1_CYCLES = assumed("not measured on this core; as measured on the M1's core of the same kind");
const MAYBE_4 = measured(
  `${chen("apple-m1")}: 256 sets if there are 4 ways; the test cannot tell fewer ways from four`,
);
const NOT_TOLD = assumed("neither told nor measured; so few entries need no sets");
const SIZE_UNKNOWN = assumed("neither told nor measured; as in the generic CPU");

const PAGE_SIZES = ["16K", "32M"] as const;

const LARGE_PAGES = "Whether the TLBs hold whole 32 MiB pages is not told; here they do.";
const GUIDE_ON_M1E =
  "The quotation of the guide gives 129 entries for L1D of the M1's efficiency core, against 128 measured.";

/** An array as both levels have it: ways and index from a measurement, or as on the M1. */
interface Sets {
  entries: Sourced<number>;
  ways: Sourced<number>;
  index: Sourced<IndexDescription>;
}

/** Sets that were measured by strides of 2^n pages: the low bits choose one. */
function sets(entries: Sourced<number>, ways: number, says: Speaker): Sets {
  return { entries, ways: says(ways), index: says("modulo") };
}

function array(given: Sets) {
  return { holds: PAGE_SIZES, ...given, policy: policyOf(given.ways) };
}

function tlbsOf(fetchEntries: Sourced<number>, data: Sets, second: Sets): readonly TlbDescription[] {
  return [
    {
      name: "L1I",
      level: 1,
      kinds: ["fetch"],
      arrays: [{ holds: PAGE_SIZES, entries: fetchEntries, ways: NOT_TOLD("full"), policy: LRU }],
      ...upperRules(RULES_UNKNOWN),
    },
    { name: "L1D", level: 1, kinds: ["load", "store"], arrays: [array(data)], ...upperRules(RULES_UNKNOWN) },
    {
      name: "L2",
      level: 2,
      kinds: ["fetch", "load", "store"],
      arrays: [array(second)],
      ...lowerRules(RULES_UNKNOWN),
    },
  ];
}

/** 16 KiB granules have three levels for 47 bits: nothing above what x86-64 calls PDPTEs. */
const WALK_CACHES = [walkCache("PDE", ["pde"], SIZE_UNKNOWN(32)), walkCache("PDPTE", ["pdpte"], SIZE_UNKNOWN(4))];

type AppleName = "apple-m1-p" | "apple-m1-e" | "apple-m2-p" | "apple-m2-e" | "apple-m4-p" | "apple-m4-e";

export const APPLE: Record<AppleName, CpuDescription> = {
  "apple-m1-p": {
    schema: "pagewalk/cpu@1",
    title: "Apple M1 performance core (Firestorm)",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf(GUIDE(192), sets(GUIDE(160), 5, M1), sets(GUIDE(3072), 12, M1)),
    walkCaches: WALK_CACHES,
    hitBelowCycles: [M1_P_CYCLES(6)],
    walkCycles: M1_P_CYCLES(27),
    notes: [LARGE_PAGES],
  },
  "apple-m1-e": {
    schema: "pagewalk/cpu@1",
    title: "Apple M1 efficiency core (Icestorm)",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf(GUIDE(128), sets(M1(128, GUIDE(129)), 4, M1), sets(GUIDE(1024), 4, MAYBE_4)),
    walkCaches: WALK_CACHES,
    hitBelowCycles: [M1_E_CYCLES(7)],
    walkCycles: M1_E_CYCLES(23),
    notes: [LARGE_PAGES, GUIDE_ON_M1E],
  },
  "apple-m2-p": {
    schema: "pagewalk/cpu@1",
    title: "Apple M2 performance core (Avalanche)",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf(GUIDE(192), sets(GUIDE(256), 8, AS_M1), sets(GUIDE(3072), 12, AS_M1)),
    walkCaches: WALK_CACHES,
    hitBelowCycles: [AS_M1_CYCLES(6)],
    walkCycles: AS_M1_CYCLES(27),
    notes: [LARGE_PAGES],
  },
  "apple-m2-e": {
    schema: "pagewalk/cpu@1",
    title: "Apple M2 efficiency core (Blizzard)",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf(GUIDE(192), sets(GUIDE(192), 6, AS_M1), sets(GUIDE(2048), 8, AS_M1)),
    walkCaches: WALK_CACHES,
    hitBelowCycles: [AS_M1_CYCLES(7)],
    walkCycles: AS_M1_CYCLES(23),
    notes: [LARGE_PAGES],
  },
  "apple-m4-p": {
    schema: "pagewalk/cpu@1",
    title: "Apple M4 performance core",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf(GUIDE(192), sets(GUIDE(160), 5, AS_M1), sets(GUIDE(3072), 12, AS_M1)),
    walkCaches: WALK_CACHES,
    hitBelowCycles: [M4_CYCLES(6)],
    walkCycles: AS_M1_CYCLES(27),
    notes: [LARGE_PAGES],
  },
  "apple-m4-e": {
    schema: "pagewalk/cpu@1",
    title: "Apple M4 efficiency core",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf(GUIDE(192), sets(GUIDE(192), 6, AS_M1), sets(GUIDE(2048, M4(1024)), 8, AS_M1)),
    walkCaches: WALK_CACHES,
    hitBelowCycles: [M4_CYCLES(6)],
    walkCycles: AS_M1_CYCLES(23),
    notes: [LARGE_PAGES, "Data were measured to find no more than 1024 pages in the second level."],
  },
};
