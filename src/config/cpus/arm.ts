/** Arm's large cores, with 4 KiB granules. Their second level holds entries of all levels of a walk. */
import { assumed, chen, measured, type Speaker, vendor } from "./claims.ts";
import type { CpuDescription, Sourced, TlbDescription } from "./description.ts";
import { LOW_BITS, LRU, lowerRules, policyOf, RULES_UNKNOWN, upperRules } from "./parts.ts";

const manual = (core: string, review: string) =>
  vendor(`Arm ${core} Core Technical Reference Manual, as quoted in ${chen(review)}`);

const A76_MANUAL = vendor(
  "Arm Cortex-A76 Core Technical Reference Manual, of which Neoverse N1 is the infrastructure variant; the numbers also in Intel's Agilex 5 manual, 814346",
);
const N1_WHITE_PAPER = vendor(`Arm, The Arm Neoverse N1 Platform, as quoted in ${chen("arm-core-development")}`);
const V1_SLIDES = vendor(
  `Arm, on Neoverse V1: MMU capacity from 1.2K to 2K entries, as quoted in ${chen("arm-core-development")}`,
);
const V2_SLIDES = vendor("Arm, Hot Chips 2023, Neoverse V2: L1 data TLB increased from 40 to 48 entries");
const V2_MANUAL = manual("Neoverse V2", "arm-neoverse-v2");
const V3_MANUAL = manual("Neoverse V3", "arm-neoverse-v3");
const X925_MANUAL = manual("Cortex-X925", "arm-core-development");
const C1_MANUAL = manual("C1-Ultra", "arm-core-development");
const V2_MEASURED = measured(chen("arm-neoverse-v2"));
const V3_MEASURED = measured(chen("arm-neoverse-v3"));
const X925_MEASURED = measured("chipsandcheese.com, on Cortex-X925 in GB10: an access to the L2 TLB adds 6 cycles");
const COMMON = assumed("commonly stated; no source looked up");
const AS_V2 = assumed("no source looked up for this core; as the manual says of Neoverse V2");
const AS_A76 = assumed("no source looked up for this core; as the manual says of Cortex-A76");

const PAGE_SIZES = ["4K", "2M", "1G"] as const;

const GRANULES =
  "The core has granules of 16 KiB and 64 KiB as well; described are the page sizes of 4 KiB granules. First levels hold 1 GiB pages in parts of 2 MiB.";
const HALF_FOR_FETCHES = "Fetches were measured to find no more than about 1024 pages in the second level.";

/** What differs from core to core. */
interface Core {
  fetchEntries: Sourced<number>;
  dataEntries: Sourced<number>;
  secondEntries: Sourced<number>;
  secondWays: Sourced<number>;
  /** Who tells that the first levels have no sets. */
  says: Speaker;
}

function tlbsOf(core: Core): readonly TlbDescription[] {
  const ways = core.says("full" as const);
  return [
    {
      name: "L1I",
      level: 1,
      kinds: ["fetch"],
      arrays: [{ holds: ["4K", "2M"], entries: core.fetchEntries, ways, policy: LRU }],
      ...upperRules(RULES_UNKNOWN),
    },
    {
      name: "L1D",
      level: 1,
      kinds: ["load", "store"],
      arrays: [{ holds: ["4K", "2M"], entries: core.dataEntries, ways, policy: LRU }],
      ...upperRules(RULES_UNKNOWN),
    },
    {
      name: "L2",
      level: 2,
      kinds: ["fetch", "load", "store"],
      arrays: [
        {
          holds: [...PAGE_SIZES, "pde", "pdpte", "pml4e"],
          entries: core.secondEntries,
          ways: core.secondWays,
          policy: policyOf(core.secondWays),
          index: LOW_BITS,
        },
      ],
      ...lowerRules(RULES_UNKNOWN),
    },
  ];
}

type ArmName = "neoverse-n1" | "neoverse-v1" | "neoverse-v2" | "neoverse-v3" | "cortex-x925" | "c1-ultra";

export const ARM: Record<ArmName, CpuDescription> = {
  "neoverse-n1": {
    schema: "pagewalk/cpu@1",
    title: "Arm Neoverse N1 (Ampere Altra, AWS Graviton2)",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf({
      fetchEntries: N1_WHITE_PAPER(48),
      dataEntries: A76_MANUAL(48),
      secondEntries: A76_MANUAL(1280),
      secondWays: A76_MANUAL(5),
      says: A76_MANUAL,
    }),
    walkers: A76_MANUAL(4),
    hitBelowCycles: [A76_MANUAL(3)],
    notes: [GRANULES, "Hits on the second level take longer for page sizes other than the last one used."],
  },
  "neoverse-v1": {
    schema: "pagewalk/cpu@1",
    title: "Arm Neoverse V1 (AWS Graviton3)",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf({
      fetchEntries: COMMON(48),
      dataEntries: V2_SLIDES(40),
      secondEntries: V1_SLIDES(2048),
      secondWays: AS_V2(8),
      says: AS_V2,
    }),
    walkers: AS_A76(4),
    hitBelowCycles: [AS_V2(6)],
    notes: [GRANULES],
  },
  "neoverse-v2": {
    schema: "pagewalk/cpu@1",
    title: "Arm Neoverse V2 (AWS Graviton4, NVIDIA Grace)",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf({
      fetchEntries: V2_MANUAL(48),
      dataEntries: V2_MANUAL(48),
      secondEntries: V2_MANUAL(2048),
      secondWays: V2_MANUAL(8),
      says: V2_MANUAL,
    }),
    walkers: AS_A76(4),
    hitBelowCycles: [V2_MANUAL(6, V2_MEASURED(5))],
    notes: [GRANULES, HALF_FOR_FETCHES],
  },
  "neoverse-v3": {
    schema: "pagewalk/cpu@1",
    title: "Arm Neoverse V3 (AWS Graviton5)",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf({
      fetchEntries: V3_MANUAL(48),
      dataEntries: V3_MANUAL(96),
      secondEntries: V3_MANUAL(2048),
      secondWays: V3_MANUAL(8),
      says: V3_MANUAL,
    }),
    walkers: AS_A76(4),
    hitBelowCycles: [V3_MEASURED(6)],
    notes: [GRANULES, HALF_FOR_FETCHES],
  },
  "cortex-x925": {
    schema: "pagewalk/cpu@1",
    title: "Arm Cortex-X925",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf({
      fetchEntries: X925_MANUAL(128),
      dataEntries: X925_MANUAL(96),
      secondEntries: X925_MANUAL(2048),
      secondWays: X925_MANUAL(8),
      says: X925_MANUAL,
    }),
    walkers: AS_A76(4),
    hitBelowCycles: [X925_MEASURED(6)],
    notes: [GRANULES],
  },
  "c1-ultra": {
    schema: "pagewalk/cpu@1",
    title: "Arm C1-Ultra",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf({
      fetchEntries: C1_MANUAL(128),
      dataEntries: C1_MANUAL(96),
      secondEntries: C1_MANUAL(2048),
      secondWays: C1_MANUAL(8),
      says: C1_MANUAL,
    }),
    walkers: AS_A76(4),
    hitBelowCycles: [AS_V2(6)],
    notes: [GRANULES],
  },
};
