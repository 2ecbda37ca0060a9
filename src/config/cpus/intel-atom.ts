/** Intel's efficiency cores: small first levels without sets, which hold parts of large pages, and a second level of sets. */
import { assumed, chen, cpuid, measured, type Speaker, vendor } from "./claims.ts";
import type { CpuDescription, CpuPageSize, Sourced, TlbDescription } from "./description.ts";
import { LOW_BITS, LRU, lowerRules, policyOf, RULES_UNKNOWN, upperRules, WALK_CACHES_UNKNOWN } from "./parts.ts";

const ALDER_LAKE = cpuid(
  "Intel Core i9-12900K",
  "leaf 18h of an efficiency core",
  "intel/core_12th_gen/alder-lake-s-i9.test",
);
const METEOR_LAKE = cpuid(
  "Intel Core Ultra 7 155H",
  "leaf 18h of an efficiency core",
  "intel/x86-64/redwood-cove/meteor-lake-h-core-ultra-7.test",
);
const LUNAR_LAKE = cpuid(
  "Intel Core Ultra 9 288V",
  "leaf 18h of an efficiency core",
  "intel/x86-64/lion-cove/lunar-lake-v-core-ultra-9.test",
);
const GRACEMONT_MANUAL = vendor(
  `Intel 64 and IA-32 Architectures Optimization Reference Manual, Volume 1, on Gracemont, as quoted in ${chen("intel-gracemont")}`,
);
const CRESTMONT_MEASURED = measured(
  "chipsandcheese.com, Meteor Lake's E-Cores: Crestmont Makes Incremental Progress (the same on Gracemont)",
);
const AS_GRACEMONT = assumed("no source looked up for this core; as the manual says of Gracemont");
const AS_CRESTMONT = assumed("no source looked up for this core; as measured on Gracemont and Crestmont");

const X86_SIZES = ["4K", "2M", "1G"] as const;

const PARTS = "CPUID lists no larger pages for the first levels; they hold parts of them here.";

/** What differs from core to core. */
interface Core {
  fetchEntries: Sourced<number>;
  dataEntries: Sourced<number>;
  dataHolds: readonly CpuPageSize[];
  secondEntries: Sourced<number>;
  secondWays: Sourced<number>;
  /** Who tells what all these cores have. */
  says: Speaker;
}

function tlbsOf(core: Core): readonly TlbDescription[] {
  const { says } = core;
  return [
    {
      name: "L1I",
      level: 1,
      kinds: ["fetch"],
      arrays: [{ holds: ["4K"], entries: core.fetchEntries, ways: says("full"), policy: LRU }],
      ...upperRules(RULES_UNKNOWN),
    },
    {
      name: "L1D",
      level: 1,
      kinds: ["load", "store"],
      arrays: [{ holds: core.dataHolds, entries: core.dataEntries, ways: says("full"), policy: LRU }],
      ...upperRules(RULES_UNKNOWN),
    },
    {
      name: "STLB",
      level: 2,
      kinds: ["fetch", "load", "store"],
      arrays: [
        {
          holds: ["4K", "2M"],
          entries: core.secondEntries,
          ways: core.secondWays,
          policy: policyOf(core.secondWays),
          index: LOW_BITS,
        },
        { holds: ["1G"], entries: says(8), ways: says("full"), policy: LRU },
      ],
      ...lowerRules(RULES_UNKNOWN),
    },
  ];
}

export const INTEL_ATOM: Record<"gracemont" | "crestmont" | "skymont", CpuDescription> = {
  gracemont: {
    schema: "pagewalk/cpu@1",
    title: "Intel Gracemont (Alder Lake and Raptor Lake efficiency cores)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetchEntries: GRACEMONT_MANUAL(64),
      dataEntries: ALDER_LAKE(48, GRACEMONT_MANUAL(32)),
      dataHolds: ["4K"],
      secondEntries: GRACEMONT_MANUAL(2048),
      secondWays: GRACEMONT_MANUAL(4),
      says: ALDER_LAKE,
    }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: GRACEMONT_MANUAL(4),
    hitBelowCycles: [CRESTMONT_MEASURED(9)],
    notes: [
      PARTS,
      `Measurements of the first level agree with CPUID, not with the manual (${chen("intel-gracemont")}).`,
    ],
  },
  crestmont: {
    schema: "pagewalk/cpu@1",
    title: "Intel Crestmont (Meteor Lake efficiency cores)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetchEntries: METEOR_LAKE(64),
      dataEntries: METEOR_LAKE(48),
      dataHolds: ["4K"],
      secondEntries: METEOR_LAKE(3072),
      secondWays: METEOR_LAKE(6),
      says: METEOR_LAKE,
    }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: AS_GRACEMONT(4),
    hitBelowCycles: [CRESTMONT_MEASURED(9)],
    notes: [PARTS],
  },
  skymont: {
    schema: "pagewalk/cpu@1",
    title: "Intel Skymont (Lunar Lake and Arrow Lake efficiency cores)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetchEntries: LUNAR_LAKE(128),
      dataEntries: LUNAR_LAKE(48),
      dataHolds: ["4K", "2M"],
      secondEntries: LUNAR_LAKE(4096),
      secondWays: LUNAR_LAKE(4),
      says: LUNAR_LAKE,
    }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: AS_GRACEMONT(4),
    hitBelowCycles: [AS_CRESTMONT(9)],
    notes: [PARTS],
  },
};
