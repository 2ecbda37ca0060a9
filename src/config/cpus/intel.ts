/** Intel's large cores from Sandy Bridge to Skylake: one DTLB for loads and stores, one second level for all. */
import { assumed, cpuid, measured, type Speaker, secondary, vendor } from "./claims.ts";
import type { ArrayDescription, CpuDescription, Sourced, TlbDescription } from "./description.ts";
import { FULL, LOW_BITS, LRU, lowerRules, PLRU, upperRules, WALK_CACHES_UNKNOWN, walkCache } from "./parts.ts";

/** Policies and rules of three cores; index functions and ways of Kaby Lake. */
const TLB_DR = measured(
  "TLB;DR, USENIX Security 2022: github.com/vusec/tlbdr, cache-ninja/src/preset.rs and TLB/README.md (sample output, Kaby Lake)",
);
const AS_SKYLAKE = assumed("not measured on this core; as TLB;DR (USENIX Security 2022) measured on Kaby Lake");
const AS_HASWELL = assumed("not measured on this core; as TLB;DR (USENIX Security 2022) measured on Haswell");
const AS_IVY_BRIDGE = assumed("not measured on this core; as TLB;DR (USENIX Security 2022) measured on Ivy Bridge");

const REALWORLDTECH = secondary(
  "realworldtech.com, on Haswell: 64, 32 and 4 entries, the same capacity as in Sandy Bridge",
);
const MYNAVI = secondary("news.mynavi.jp, 20130621-s_haswell2, page 15, and its review of Broadwell");
const RMMA = measured("news.mynavi.jp, 20130621-s_haswell2, page 15 (RMMA; with the cycles of a hit in L1)");

const MANUAL = vendor("Intel 64 and IA-32 Architectures Optimization Reference Manual, 248966-045, Table 2-15");
const WALKS = vendor(
  "Intel 64 and IA-32 Architectures Optimization Reference Manual, on Skylake: two walks in parallel, one in earlier cores (translated at blog.51cto.com/u_14850/6626242)",
);

const SANDY_BRIDGE = cpuid(
  "Intel Core i7-2600",
  "leaf 2: descriptors 03h, 5Ah, 76h, B2h, CAh",
  "intel/x86-64/sandy-bridge/intel-core-i7-2600-cpu.test",
);
const IVY_BRIDGE = cpuid(
  "Intel Core i7-3770K",
  "leaf 2: descriptors 03h, 5Ah, 76h, B2h, CAh",
  "intel/x86-64/sandy-bridge/intel-core-i7-3770k-cpu.test",
);
const HASWELL = vendor(
  "CPUID of an Intel Core i7-4770, leaf 2: descriptors 03h, 63h, 76h, B5h, C1h (github.com/InstLatx64/InstLatx64, GenuineIntel/GenuineIntel00306C3_Haswell_CPUID.txt)",
);
const BROADWELL = cpuid(
  "Intel Core i7-5775C",
  "leaf 2: descriptors 03h, 63h, 76h, B5h, C3h",
  "intel/x86-64/haswell/intel-core-i7-5775c-cpu.test",
);
const SKYLAKE = vendor(
  "CPUID of a Skylake Xeon, leaf 2: descriptors 03h, 63h, 76h, B5h, C3h (community.intel.com, Software Tuning, thread 1371605)",
);

/** CPUID of Skylake says 64 as well, where the manual says 128 and TLB;DR found 16 sets of 8 ways: it counts a thread's share. */
const BOTH_THREADS = assumed("commonly stated; CPUID tells half of it, as it does of Skylake, whose manual says 128");
const STLB_HIT = assumed("commonly stated for this maker's cores; no source looked up");
const TWO_WALKERS = assumed("commonly stated (a second page-miss handler); no source looked up");

const REVANC = measured(
  "github.com/vusec/revanc, README.md: a translation cache of four PDPTEs in Ivy Bridge and older",
);
const SIZE_UNKNOWN = assumed("SDM Vol. 3A gives no sizes of paging-structure caches, nor does any manual of Intel's");

const X86_SIZES = ["4K", "2M", "1G"] as const;

const XOR_8 = assumed(
  "as public attack code has it (256 sets, the low 8 bits of the page number xored with the 8 above); no measurement looked up",
)("xor" as const);

const NO_LARGEST = "The second level has no entries for the largest pages, which are not held there.";
/** No source says that parts of them are held instead. */
const NO_PARTS = assumed("CPUID lists no entries for such pages, and no source tells that parts of them are held");

const OLD_WALK_CACHES = [
  walkCache("PDE", ["pde"], SIZE_UNKNOWN(32)),
  walkCache("PDPTE", ["pdpte"], REVANC(4)),
  walkCache("PML4E", ["pml4e"], SIZE_UNKNOWN(2)),
];

/** What differs from core to core. */
interface Core {
  fetchEntries: Sourced<number>;
  fetchWays: Sourced<number>;
  fetchIndex: Sourced<"modulo">;
  /** Of the array for 4 KiB pages that loads and stores look up. */
  dataIndex: Sourced<"modulo">;
  data1G: ArrayDescription;
  second: readonly ArrayDescription[];
  /** Who tells what all these cores have. */
  says: Speaker;
  /** Who tells the policy of arrays for 4 KiB pages, and the rules. */
  measured: Speaker;
}

function tlbsOf(core: Core): readonly TlbDescription[] {
  const { says } = core;
  const policy = core.measured("tree-plru" as const);
  return [
    {
      name: "L1I",
      level: 1,
      kinds: ["fetch"],
      arrays: [
        { holds: ["4K"], entries: core.fetchEntries, ways: core.fetchWays, policy, index: core.fetchIndex },
        { holds: ["2M"], entries: says(8), ways: says("full"), policy: LRU },
      ],
      ...upperRules(core.measured),
    },
    {
      name: "L1D",
      level: 1,
      kinds: ["load", "store"],
      arrays: [
        { holds: ["4K"], entries: says(64), ways: says(4), policy, index: core.dataIndex },
        { holds: ["2M"], entries: says(32), ways: says(4), policy: PLRU, index: LOW_BITS },
        core.data1G,
      ],
      ...upperRules(core.measured),
    },
    {
      name: "STLB",
      level: 2,
      kinds: ["fetch", "load", "store"],
      arrays: core.second,
      holdsParts: NO_PARTS(false),
      ...lowerRules(core.measured),
    },
  ];
}

/** Four ways for 1 GiB pages, as CPUID tells of these cores since Haswell. */
function of1G(entries: Sourced<number>, ways: Sourced<number>): ArrayDescription {
  return { holds: ["1G"], entries, ways, policy: PLRU, index: LOW_BITS };
}

export const INTEL: Record<"sandy-bridge" | "ivy-bridge" | "haswell" | "broadwell" | "skylake", CpuDescription> = {
  "sandy-bridge": {
    schema: "pagewalk/cpu@1",
    title: "Intel Sandy Bridge (Core i7-2600)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetchEntries: BOTH_THREADS(128, SANDY_BRIDGE(64)),
      fetchWays: SANDY_BRIDGE(4),
      fetchIndex: AS_SKYLAKE("modulo"),
      dataIndex: AS_SKYLAKE("modulo"),
      data1G: { holds: ["1G"], entries: REALWORLDTECH(4), ways: FULL, policy: LRU },
      second: [
        {
          holds: ["4K"],
          entries: SANDY_BRIDGE(512),
          ways: SANDY_BRIDGE(4),
          policy: AS_IVY_BRIDGE("tree-plru"),
          index: LOW_BITS,
        },
      ],
      says: SANDY_BRIDGE,
      measured: AS_IVY_BRIDGE,
    }),
    walkCaches: OLD_WALK_CACHES,
    walkers: WALKS(1),
    hitBelowCycles: [STLB_HIT(7)],
    notes: [NO_LARGEST],
  },
  "ivy-bridge": {
    schema: "pagewalk/cpu@1",
    title: "Intel Ivy Bridge (Core i7-3770K)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetchEntries: BOTH_THREADS(128, IVY_BRIDGE(64)),
      fetchWays: IVY_BRIDGE(4),
      fetchIndex: AS_SKYLAKE("modulo"),
      dataIndex: AS_SKYLAKE("modulo"),
      data1G: { holds: ["1G"], entries: REALWORLDTECH(4), ways: FULL, policy: LRU },
      second: [
        { holds: ["4K"], entries: IVY_BRIDGE(512), ways: IVY_BRIDGE(4), policy: TLB_DR("tree-plru"), index: LOW_BITS },
      ],
      says: IVY_BRIDGE,
      measured: TLB_DR,
    }),
    walkCaches: OLD_WALK_CACHES,
    walkers: WALKS(1),
    hitBelowCycles: [STLB_HIT(7, RMMA(11))],
    notes: [NO_LARGEST],
  },
  haswell: {
    schema: "pagewalk/cpu@1",
    title: "Intel Haswell (Core i7-4770)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetchEntries: BOTH_THREADS(128, HASWELL(64)),
      fetchWays: HASWELL(8),
      fetchIndex: AS_SKYLAKE("modulo"),
      dataIndex: AS_SKYLAKE("modulo"),
      data1G: of1G(HASWELL(4), HASWELL(4)),
      second: [
        {
          holds: ["4K", "2M"],
          entries: HASWELL(1024),
          ways: HASWELL(8),
          policy: TLB_DR("tree-plru"),
          index: LOW_BITS,
        },
      ],
      says: HASWELL,
      measured: TLB_DR,
    }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: WALKS(1),
    hitBelowCycles: [STLB_HIT(7, RMMA(12))],
    notes: [NO_LARGEST],
  },
  broadwell: {
    schema: "pagewalk/cpu@1",
    title: "Intel Broadwell (Core i7-5775C)",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetchEntries: MYNAVI(128, BROADWELL(64)),
      fetchWays: BROADWELL(8, MYNAVI(4)),
      fetchIndex: AS_SKYLAKE("modulo"),
      dataIndex: AS_SKYLAKE("modulo"),
      data1G: of1G(BROADWELL(4), BROADWELL(4)),
      second: [
        { holds: ["4K", "2M"], entries: BROADWELL(1536), ways: BROADWELL(6, MYNAVI(8)), policy: LRU, index: XOR_8 },
        of1G(BROADWELL(16), BROADWELL(4)),
      ],
      says: BROADWELL,
      measured: AS_HASWELL,
    }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: TWO_WALKERS(2, WALKS(1)),
    hitBelowCycles: [STLB_HIT(7)],
    notes: ["CPUID tells 6 ways of Skylake's second level as well, of which 12 were measured."],
  },
  skylake: {
    schema: "pagewalk/cpu@1",
    title: "Intel Skylake, Kaby Lake and Coffee Lake",
    pageSizes: X86_SIZES,
    tlbs: tlbsOf({
      fetchEntries: MANUAL(128, SKYLAKE(64)),
      fetchWays: MANUAL(8),
      fetchIndex: TLB_DR("modulo"),
      dataIndex: TLB_DR("modulo"),
      data1G: of1G(MANUAL(4), MANUAL(4)),
      second: [
        {
          holds: ["4K", "2M"],
          entries: MANUAL(1536),
          ways: MANUAL(12, SKYLAKE(6)),
          policy: TLB_DR("mru3-plru4"),
          index: TLB_DR("xor"),
        },
        of1G(SKYLAKE(16), SKYLAKE(4)),
      ],
      says: SKYLAKE,
      measured: TLB_DR,
    }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: WALKS(2),
    hitBelowCycles: [STLB_HIT(7)],
    notes: ["The two threads of a core share L1I's array for 4 KiB pages, and each has its own for larger ones."],
  },
};
