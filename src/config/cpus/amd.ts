/** AMD's Zen cores: second-level TLBs of their own for instructions and data, which from Zen 2 on hold PDEs as well. */
import { assumed, chen, cpuid, measured, type Speaker, secondary, vendor } from "./claims.ts";
import type { ArrayDescription, CpuDescription, IndexDescription, Sourced, TlbDescription } from "./description.ts";
import { LOW_BITS, lowerRules, PLRU, policyOf, RULES_UNKNOWN, upperRules, walkCache } from "./parts.ts";

const LEAVES = "leaves 80000005h, 80000006h and 80000019h";
const CPUID_1 = cpuid("AMD Ryzen 7 1800X", LEAVES, "amd/zen/amd-ryzen-7-1800x-eight-core-processor.test");
const CPUID_2 = cpuid("AMD Ryzen 5 3600", LEAVES, "amd/zen2/amd-ryzen-5-3600-6-core-processor.test");
const CPUID_3 = cpuid("AMD Ryzen 9 5950X", LEAVES, "amd/zen3/amd-ryzen-9-5950x-16-core-processor.test");
const CPUID_4 = cpuid("AMD Ryzen 7 7700X", LEAVES, "amd/zen4/amd-ryzen-7-7700x-8-core-processor.test");
const CPUID_5 = cpuid(
  "AMD Ryzen 9 9950X",
  `${LEAVES}, second-level sizes in units of 32`,
  "amd/zen5/amd-ryzen-9-9950x-16-core-processor.test",
);

const GUIDE_1 = vendor(
  "Software Optimization Guide for AMD Family 17h Processors, 2017, section 2.7.2, as quoted in stackoverflow.com/questions/69814823",
);
const GUIDE_2 = vendor(
  "AMD's Software Optimization Guide, in the words of en.wikichip.org, amd/microarchitectures/zen_2 (two walkers; PDEs share the L2 DTLB)",
);
const WIKICHIP_2 = secondary(
  "en.wikichip.org, amd/microarchitectures/zen_2 (12 ways, which do not divide 2048 entries)",
);
const GUIDE_5 = vendor(
  `Software Optimization Guide for the AMD Zen5 Microarchitecture, 58455, August 2024, as quoted in ${chen("amd-zen5")}`,
);
const SLIDES_3 = vendor("AMD, in anandtech.com/show/16214: four table walkers on top of the two there were");
const SEVEN_CPU = secondary("7-cpu.com/cpu/Zen2.html");
const BRAIS = secondary(
  "Hadi Brais, in stackoverflow.com/questions/69814823: a skewed TLB, 8 ways for 4 KiB pages, 2 + 2 for others",
);
const COALESCES = secondary(
  "chipsandcheese.com, Details on the Gigabyte Leak: four 4 KiB pages in Zen 2 and 3, likely in Zen 4",
);
const SLAM = measured("github.com/vusec/slam, slam/amd/lib/slam.h and set.c (Ryzen 7 2700X, Zen+)");
const GRAVITON_4 = measured("chipsandcheese.com, Arm's Neoverse V2, in AWS's Graviton 4 (on Zen 4)");
const ZEN_5_MEASURED = measured(`${chen("amd-zen5")}: every access misses as soon as there are 100 pages`);

const WAYS_OF_ALL_SIZES = assumed(
  "commonly stated for all page sizes together; no source looked up. CPUID tells the ways that 4 KiB pages may use",
);
const COMMON = assumed("commonly stated; no source looked up");
const AS_ZEN_4 = assumed("not measured on this core; as measured on Zen 4");
const AS_ZEN_2 = assumed("no source looked up for this core; as in Zen 2 and 3");
const AS_ZEN_5 = assumed("not measured on this core; as Zen 5 behaves");
const REVANC = assumed(
  "no source for this core; github.com/vusec/revanc measured 24 entries on several earlier AMD cores",
);
const HASHED_OR_NOT = assumed(
  "the low bits of the page number; what was measured has 256 sets, which 1536 entries in 12 ways have not",
);
const PAGE_DIRECTORY_CACHE = assumed(
  "commonly stated (64 entries for PML4Es and PDPTEs together); no source looked up",
);

const X86_SIZES = ["4K", "2M", "1G"] as const;

const PARTS_OF_1G = "The second level holds 1 GiB pages in parts of 2 MiB.";
const ONE_SET_OF_WAYS =
  "The L2 DTLB is told to be skewed, with some of its ways for each page size. Here every page may use all ways of its set.";
const CPUID_1G = "CPUID lists entries for 1 GiB pages in the second level too, against AMD's guides.";

/** What differs from core to core. */
interface Zen {
  l1Entries: { fetch: Sourced<number>; data: Sourced<number> };
  l1Policy: Sourced<"lru">;
  itlb: { entries: Sourced<number>; ways: Sourced<number> };
  dtlb: Pick<ArrayDescription, "holds" | "entries" | "index" | "coalesces"> & { ways: Sourced<number> };
  says: Speaker;
}

function tlbsOf(zen: Zen): readonly TlbDescription[] {
  const ways = zen.says("full" as const);
  return [
    {
      name: "L1I",
      level: 1,
      kinds: ["fetch"],
      arrays: [{ holds: X86_SIZES, entries: zen.l1Entries.fetch, ways, policy: zen.l1Policy }],
      ...upperRules(RULES_UNKNOWN),
    },
    {
      name: "L1D",
      level: 1,
      kinds: ["load", "store"],
      arrays: [{ holds: X86_SIZES, entries: zen.l1Entries.data, ways, policy: zen.l1Policy }],
      ...upperRules(RULES_UNKNOWN),
    },
    {
      name: "L2I",
      level: 2,
      kinds: ["fetch"],
      arrays: [{ holds: ["4K", "2M"], ...zen.itlb, policy: PLRU, index: LOW_BITS }],
      ...lowerRules(RULES_UNKNOWN),
    },
    {
      name: "L2D",
      level: 2,
      kinds: ["load", "store"],
      arrays: [{ ...zen.dtlb, policy: policyOf(zen.dtlb.ways) }],
      ...lowerRules(RULES_UNKNOWN),
    },
  ];
}

/** What the L2 DTLB holds from Zen 2 on. */
const HOLDS_PDES = ["4K", "2M", "pde"] as const;
const UPPER_WALK_CACHE = walkCache("PDC", ["pdpte", "pml4e"], PAGE_DIRECTORY_CACHE(64));

export const AMD: Record<"zen1" | "zen2" | "zen3" | "zen4" | "zen5", CpuDescription> = {
  zen1: {
    schema: "pagewalk/cpu@1",
    title: "AMD Zen and Zen+ (Ryzen 1000 and 2000, EPYC 7001)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      l1Entries: { fetch: CPUID_1(64), data: CPUID_1(64) },
      l1Policy: AS_ZEN_5("lru"),
      itlb: { entries: GUIDE_1(512, CPUID_1(1024)), ways: GUIDE_1(8) },
      dtlb: {
        holds: ["4K", "2M"],
        entries: GUIDE_1(1536),
        ways: GUIDE_1(12, CPUID_1(8), BRAIS(8), SLAM(8)),
        index: HASHED_OR_NOT<IndexDescription>(
          "modulo",
          SLAM({ masks: ["0x1000", "0x2000", "0x4000", "0x8000", "0x10000", "0x20000", "0x40000", "0x200000"] }),
        ),
        coalesces: COMMON(4, BRAIS(8)),
      },
      says: CPUID_1,
    }),
    walkCaches: [walkCache("PDE", ["pde"], REVANC(24)), UPPER_WALK_CACHE],
    walkers: COMMON(2),
    hitBelowCycles: [AS_ZEN_4(7)],
    notes: [PARTS_OF_1G, ONE_SET_OF_WAYS],
  },
  zen2: {
    schema: "pagewalk/cpu@1",
    title: "AMD Zen 2 (Ryzen 3000, EPYC 7002)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      l1Entries: { fetch: CPUID_2(64), data: CPUID_2(64) },
      l1Policy: AS_ZEN_5("lru"),
      itlb: { entries: SEVEN_CPU(512, CPUID_2(1024)), ways: SEVEN_CPU(8) },
      dtlb: {
        holds: HOLDS_PDES,
        entries: CPUID_2(2048),
        ways: WAYS_OF_ALL_SIZES(16, WIKICHIP_2(12), CPUID_2(8)),
        index: LOW_BITS,
        coalesces: COALESCES(4),
      },
      says: CPUID_2,
    }),
    walkCaches: [UPPER_WALK_CACHE],
    walkers: GUIDE_2(2),
    hitBelowCycles: [AS_ZEN_4(7)],
    notes: [PARTS_OF_1G, ONE_SET_OF_WAYS],
  },
  zen3: {
    schema: "pagewalk/cpu@1",
    title: "AMD Zen 3 (Ryzen 5000, EPYC 7003)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      l1Entries: { fetch: CPUID_3(64), data: CPUID_3(64) },
      l1Policy: AS_ZEN_5("lru"),
      itlb: { entries: CPUID_3(512), ways: WAYS_OF_ALL_SIZES(8, CPUID_3(4)) },
      dtlb: {
        holds: HOLDS_PDES,
        entries: CPUID_3(2048),
        ways: WAYS_OF_ALL_SIZES(16, CPUID_3(8)),
        index: LOW_BITS,
        coalesces: COALESCES(4),
      },
      says: CPUID_3,
    }),
    walkCaches: [UPPER_WALK_CACHE],
    walkers: SLIDES_3(6),
    hitBelowCycles: [AS_ZEN_4(7)],
    notes: [PARTS_OF_1G, ONE_SET_OF_WAYS, CPUID_1G],
  },
  zen4: {
    schema: "pagewalk/cpu@1",
    title: "AMD Zen 4 (Ryzen 7000, EPYC 9004)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      l1Entries: { fetch: CPUID_4(64), data: CPUID_4(72) },
      l1Policy: AS_ZEN_5("lru"),
      itlb: { entries: CPUID_4(512), ways: WAYS_OF_ALL_SIZES(8, CPUID_4(4)) },
      dtlb: {
        holds: HOLDS_PDES,
        entries: CPUID_4(3072),
        ways: WAYS_OF_ALL_SIZES(24, CPUID_4(8)),
        index: LOW_BITS,
        coalesces: COALESCES(4),
      },
      says: CPUID_4,
    }),
    walkCaches: [UPPER_WALK_CACHE],
    walkers: COMMON(6),
    hitBelowCycles: [GRAVITON_4(7)],
    notes: [PARTS_OF_1G, ONE_SET_OF_WAYS, CPUID_1G],
  },
  zen5: {
    schema: "pagewalk/cpu@1",
    title: "AMD Zen 5 (Ryzen 9000, EPYC 9005)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      l1Entries: { fetch: GUIDE_5(64), data: GUIDE_5(96) },
      l1Policy: ZEN_5_MEASURED("lru"),
      itlb: { entries: GUIDE_5(2048), ways: GUIDE_5(8, CPUID_5(4)) },
      dtlb: {
        holds: HOLDS_PDES,
        entries: GUIDE_5(4096),
        ways: GUIDE_5(16, CPUID_5(8)),
        index: LOW_BITS,
        coalesces: AS_ZEN_2(4),
      },
      says: GUIDE_5,
    }),
    walkCaches: [UPPER_WALK_CACHE],
    walkers: COMMON(6),
    hitBelowCycles: [measured(chen("amd-zen5"))(7)],
    notes: [PARTS_OF_1G, ONE_SET_OF_WAYS, CPUID_1G],
  },
};
