/** Events of Arm's cores and of those by others: most are of the architecture's common list; Apple has a list of its own. */
import { secondary } from "./claims.ts";
import { eventsOf, kernel, listed, notListed, type PmuEvent, type PmuFamily } from "./events.ts";

const REFILLS =
  "Counts refills, also for instructions that never retire, preloads and hardware prefetches; several misses that one refill answers count once.";
const LOOKUPS =
  "Counts memory operations, into which a load or store may be broken up, also of instructions that never retire.";
const FETCHES = "Counts fetches, which bring several instructions each, also of instructions that never retire.";
const SECOND =
  "Of data and fetches together, also for instructions that never retire, but not for hardware prefetches.";
const WALKS =
  "Counts walks of instructions that never retire, too, and those that begin below a cached entry; some cores, those that end in a fault.";
const STEPS = "Counts entries that walks for instructions which never retire read, too.";
const RETIRED = "Counts what retires.";

type Say = ReturnType<typeof listed>;

function common(say: Say): PmuEvent[] {
  return [
    ...eventsOf(say, LOOKUPS, [
      ["l1d_tlb", "dataLookups"],
      ["l1d_tlb_rd", "loadLookups"],
      ["l1d_tlb_wr", "storeLookups"],
    ]),
    ...eventsOf(say, FETCHES, [["l1i_tlb", "fetchLookups"]]),
    ...eventsOf(say, REFILLS, [
      ["l1d_tlb_refill", "dataL1Misses"],
      ["l1d_tlb_refill_rd", "loadL1Misses"],
      ["l1d_tlb_refill_wr", "storeL1Misses"],
      ["l1i_tlb_refill", "fetchL1Misses"],
    ]),
    ...eventsOf(say, SECOND, [
      ["l2d_tlb", "l2Lookups"],
      ["l2d_tlb_refill", "l2Misses"],
    ]),
    ...eventsOf(say, WALKS, [
      ["dtlb_walk", "dataWalks"],
      ["itlb_walk", "fetchWalks"],
    ]),
    ...eventsOf(say, RETIRED, [["inst_retired", "instructions"]]),
    ...GENERIC,
  ];
}

const say = kernel("drivers/perf/arm_pmuv3.c");
const GENERIC: PmuEvent[] = [
  ...eventsOf(say, LOOKUPS, [["dtlb-loads", "dataLookups"]]),
  ...eventsOf(say, `Of stores, too: on Arm the kernel takes it for refills. ${REFILLS}`, [
    ["dtlb-load-misses", "dataL1Misses"],
  ]),
  ...eventsOf(say, FETCHES, [["itlb-loads", "fetchLookups"]]),
  ...eventsOf(say, REFILLS, [["itlb-load-misses", "fetchL1Misses"]]),
];

const COMMAND = ["l1d_tlb_refill", "l1i_tlb_refill", "l2d_tlb_refill", "dtlb_walk", "itlb_walk"];

export const NEOVERSE: PmuFamily = {
  name: "neoverse",
  title: "Arm Neoverse N1 to V2",
  events: common(listed("arm64/arm/neoverse-v1/tlb.json")),
  command: COMMAND,
};

export const NEOVERSE_V3: PmuFamily = {
  name: "neoverse-v3",
  title: "Arm Neoverse V3",
  events: [
    ...common(listed("arm64/arm/neoverse-v3/tlb.json")),
    ...eventsOf(listed("arm64/arm/neoverse-v3/tlb.json"), STEPS, [
      ["dtlb_step", "dataWalkReferences"],
      ["itlb_step", "fetchWalkReferences"],
    ]),
  ],
  command: COMMAND,
};

/** Cores for which Linux has no list. */
export const ARM_COMMON: PmuFamily = {
  name: "arm",
  title: "Arm's common events",
  events: common(notListed("the common events of Arm's architecture; Linux has no list of this core")),
  command: COMMAND,
};

export const AMPEREONE: PmuFamily = {
  name: "ampereone",
  title: "AmpereOne",
  events: common(listed("arm64/ampere/ampereone/cache.json")),
  command: COMMAND,
};

const APPLE_GUIDE = secondary(
  "the events' own descriptions in Apple's kpep database, as repeated by programs that read it",
)("");

/** macOS counts these; `perf stat` of Linux on these processors has few of them. */
export const APPLE: PmuFamily = {
  name: "apple",
  title: "Apple M1 to M4",
  events: [
    ...eventsOf(APPLE_GUIDE, RETIRED, [
      ["fixed_instructions", "instructions"],
      ["inst_all", "instructions"],
    ]),
    ...eventsOf(APPLE_GUIDE, "Counts accesses of instructions that never retire, too.", [
      ["l1d_tlb_access", "dataLookups"],
      ["l1d_tlb_miss", "dataL1Misses"],
      ["l1i_tlb_miss_demand", "fetchL1Misses"],
    ]),
    ...eventsOf(APPLE_GUIDE, "Counts what retires.", [["l1d_tlb_miss_nonspec", "dataL1Misses"]]),
    ...eventsOf(
      APPLE_GUIDE,
      "Counts misses, of which several may wait for one walk, also of instructions that never retire.",
      [
        ["l2_tlb_miss_data", "dataWalks"],
        ["l2_tlb_miss_instruction", "fetchWalks"],
      ],
    ),
    ...eventsOf(APPLE_GUIDE, "Counts memory requests of walks, also for instructions that never retire.", [
      ["mmu_table_walk_data", "dataWalkReferences"],
      ["mmu_table_walk_instruction", "fetchWalkReferences"],
    ]),
  ],
  command: [
    "fixed_instructions",
    "l1d_tlb_access",
    "l1d_tlb_miss",
    "l1i_tlb_miss_demand",
    "l2_tlb_miss_data",
    "l2_tlb_miss_instruction",
  ],
};
