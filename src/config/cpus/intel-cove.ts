/** Intel's large cores from Ice Lake on: loads and stores have first-level TLBs of their own. */
import { assumed, chen, cpuid, measured, type Speaker, secondary, vendor } from "./claims.ts";
import type { ArrayDescription, CpuDescription, Sourced, TlbDescription } from "./description.ts";
import {
  FULL,
  LOW_BITS,
  LRU,
  lowerRules,
  PLRU,
  policyOf,
  RULES_UNKNOWN,
  upperRules,
  WALK_CACHES_UNKNOWN,
} from "./parts.ts";

const ICE_LAKE = cpuid(
  "Intel Core i7-1065G7",
  "leaf 18h",
  "intel/x86-64/sunny-cove/intel-core-i7-1065g7-cpu-@-1.30ghz.test",
);
const ALDER_LAKE = cpuid(
  "Intel Core i9-12900K",
  "leaf 18h of a performance core",
  "intel/core_12th_gen/alder-lake-s-i9.test",
);
const RAPTOR_LAKE = cpuid(
  "Intel Core i9-13900KF",
  "leaf 18h of a performance core",
  "intel/x86-64/raptor-cove/13th-gen-intel-core-i9-13900kf.test",
);
const METEOR_LAKE = cpuid(
  "Intel Core Ultra 7 155H",
  "leaf 18h of a performance core",
  "intel/x86-64/redwood-cove/meteor-lake-h-core-ultra-7.test",
);
const LUNAR_LAKE = cpuid(
  "Intel Core Ultra 9 288V",
  "leaf 18h of a performance core",
  "intel/x86-64/lion-cove/lunar-lake-v-core-ultra-9.test",
);

const GOLDEN_COVE_MANUAL = vendor(
  `Intel 64 and IA-32 Architectures Optimization Reference Manual, Volume 1, on Golden Cove, as quoted in ${chen("intel-golden-cove")}`,
);
const GOLDEN_COVE_MEASURED = measured(chen("intel-golden-cove"));
const REDWOOD_COVE_MEASURED = measured(chen("intel-redwood-cove"));
const SLAM = measured("github.com/vusec/slam, slam/intel/lib/slam.h and set.c (Core i9-13900K)");
const AS_RAPTOR_COVE = assumed("not measured on this core; as vusec/slam has it for the Core i9-13900K");
const WIKICHIP = secondary("en.wikichip.org, Sunny Cove: twice Skylake's entries for 2 MiB pages");
const AS_SKYLAKE = assumed("commonly stated, as in Skylake; no source looked up");
const FOUR_WALKERS = assumed("commonly stated; as the manual says of Golden Cove");
const AS_GOLDEN_COVE = assumed("not measured on this core; as measured on Golden Cove");

const X86_SIZES = ["4K", "2M", "1G"] as const;

const HALVES =
  "CPUID tells two halves of the second level, 1024 entries in 8 ways each: one for 4 KiB and 2 MiB pages, the other for 4 KiB and 1 GiB ones. Here pages of every size may use all of it.";

/** What differs from core to core. */
interface Cove {
  fetches: readonly ArrayDescription[];
  /** Of the array for 4 KiB pages that loads look up. */
  loadEntries: Sourced<number>;
  loadWays: Sourced<number>;
  loadIndex: Sourced<"modulo">;
  stlbEntries: Sourced<number>;
  stlbWays: Sourced<number>;
  stlbIndex: Sourced<"xor" | "modulo">;
  /** Who tells the rest, which all these cores have. */
  says: Speaker;
}

function tlbsOf(cove: Cove): readonly TlbDescription[] {
  const { says } = cove;
  return [
    { name: "L1I", level: 1, kinds: ["fetch"], arrays: cove.fetches, ...upperRules(RULES_UNKNOWN) },
    {
      name: "L1D-LOADS",
      level: 1,
      kinds: ["load"],
      arrays: [
        {
          holds: ["4K"],
          entries: cove.loadEntries,
          ways: cove.loadWays,
          policy: policyOf(cove.loadWays),
          index: cove.loadIndex,
        },
        { holds: ["2M"], entries: says(32), ways: says(4), policy: PLRU, index: LOW_BITS },
        { holds: ["1G"], entries: says(8), ways: says("full"), policy: LRU },
      ],
      ...upperRules(RULES_UNKNOWN),
    },
    {
      name: "L1D-STORES",
      level: 1,
      kinds: ["store"],
      arrays: [{ holds: X86_SIZES, entries: says(16), ways: says("full"), policy: LRU }],
      ...upperRules(RULES_UNKNOWN),
    },
    {
      name: "STLB",
      level: 2,
      kinds: ["fetch", "load", "store"],
      arrays: [
        {
          holds: X86_SIZES,
          entries: cove.stlbEntries,
          ways: cove.stlbWays,
          policy: PLRU,
          index: cove.stlbIndex,
        },
      ],
      ...lowerRules(RULES_UNKNOWN),
    },
  ];
}

/** The ITLB from Golden Cove on. */
function itlb(
  entries: Sourced<number>,
  ways: Sourced<number>,
  index: Sourced<"modulo">,
  says: Speaker,
): readonly ArrayDescription[] {
  return [
    { holds: ["4K"], entries, ways, policy: PLRU, index },
    { holds: ["2M"], entries: says(32), ways: says(8), policy: PLRU, index: LOW_BITS },
  ];
}

export const INTEL_COVE: Record<
  "ice-lake" | "golden-cove" | "raptor-cove" | "redwood-cove" | "lion-cove",
  CpuDescription
> = {
  "ice-lake": {
    schema: "pagewalk/cpu@1",
    title: "Intel Ice Lake (Sunny Cove; Core i7-1065G7)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetches: [
        { holds: ["4K"], entries: AS_SKYLAKE(128, ICE_LAKE(8)), ways: AS_SKYLAKE(8), policy: PLRU, index: LOW_BITS },
        { holds: ["2M"], entries: WIKICHIP(16, ICE_LAKE(8)), ways: FULL, policy: LRU },
      ],
      loadEntries: ICE_LAKE(64),
      loadWays: ICE_LAKE(4),
      loadIndex: LOW_BITS,
      stlbEntries: ICE_LAKE(2048),
      stlbWays: ICE_LAKE(16),
      stlbIndex: AS_RAPTOR_COVE("xor"),
      says: ICE_LAKE,
    }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: FOUR_WALKERS(4),
    hitBelowCycles: [AS_GOLDEN_COVE(7)],
    notes: [HALVES, "CPUID of this core tells 8 entries for instruction fetches, of every page size."],
  },
  "golden-cove": {
    schema: "pagewalk/cpu@1",
    title: "Intel Golden Cove (Alder Lake performance cores, Sapphire Rapids)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetches: itlb(GOLDEN_COVE_MANUAL(256), ALDER_LAKE(8), GOLDEN_COVE_MEASURED("modulo"), ALDER_LAKE),
      loadEntries: GOLDEN_COVE_MANUAL(96, ALDER_LAKE(64)),
      loadWays: GOLDEN_COVE_MANUAL(6, ALDER_LAKE(4)),
      loadIndex: AS_RAPTOR_COVE("modulo"),
      stlbEntries: GOLDEN_COVE_MANUAL(2048, GOLDEN_COVE_MEASURED(1600)),
      stlbWays: ALDER_LAKE(16),
      stlbIndex: AS_RAPTOR_COVE("xor"),
      says: ALDER_LAKE,
    }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: GOLDEN_COVE_MANUAL(4),
    hitBelowCycles: [GOLDEN_COVE_MEASURED(7)],
    notes: [
      HALVES,
      "Loads were measured to find about 1600 pages in the second level, as if a part of it were kept for fetches.",
    ],
  },
  "raptor-cove": {
    schema: "pagewalk/cpu@1",
    title: "Intel Raptor Cove (Raptor Lake performance cores; Core i9-13900K)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetches: itlb(RAPTOR_LAKE(256), RAPTOR_LAKE(8), AS_GOLDEN_COVE("modulo"), RAPTOR_LAKE),
      loadEntries: SLAM(96, RAPTOR_LAKE(64)),
      loadWays: SLAM(6, RAPTOR_LAKE(4)),
      loadIndex: SLAM("modulo"),
      stlbEntries: RAPTOR_LAKE(2048),
      stlbWays: RAPTOR_LAKE(16),
      stlbIndex: SLAM("xor"),
      says: RAPTOR_LAKE,
    }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: FOUR_WALKERS(4),
    hitBelowCycles: [AS_GOLDEN_COVE(7)],
    notes: [HALVES],
  },
  "redwood-cove": {
    schema: "pagewalk/cpu@1",
    title: "Intel Redwood Cove (Meteor Lake performance cores, Granite Rapids)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetches: itlb(METEOR_LAKE(256), METEOR_LAKE(8), AS_GOLDEN_COVE("modulo"), METEOR_LAKE),
      loadEntries: METEOR_LAKE(96),
      loadWays: METEOR_LAKE(6),
      loadIndex: AS_RAPTOR_COVE("modulo"),
      stlbEntries: METEOR_LAKE(2048),
      stlbWays: METEOR_LAKE(16),
      stlbIndex: AS_RAPTOR_COVE("xor"),
      says: METEOR_LAKE,
    }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: FOUR_WALKERS(4),
    hitBelowCycles: [REDWOOD_COVE_MEASURED(7)],
    notes: [HALVES],
  },
  "lion-cove": {
    schema: "pagewalk/cpu@1",
    title: "Intel Lion Cove (Lunar Lake and Arrow Lake performance cores)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetches: itlb(LUNAR_LAKE(256), LUNAR_LAKE(8), AS_GOLDEN_COVE("modulo"), LUNAR_LAKE),
      loadEntries: LUNAR_LAKE(128),
      loadWays: LUNAR_LAKE(8),
      loadIndex: LOW_BITS,
      stlbEntries: LUNAR_LAKE(2048),
      stlbWays: LUNAR_LAKE(16),
      stlbIndex: AS_RAPTOR_COVE("xor"),
      says: LUNAR_LAKE,
    }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: FOUR_WALKERS(4),
    hitBelowCycles: [AS_GOLDEN_COVE(7)],
    notes: [HALVES],
  },
};
