/** Events of AMD's Zen cores, which do not tell loads from stores. */
import { eventsOf, kernel, listed, type PmuEvent, type PmuFamily } from "./events.ts";

const DATA =
  "Counts misses of instructions that never retire, too, loads and stores together; misses of one page before it has come count each.";
const FETCHES =
  "Counts fetches of 32 or 64 bytes, also of instructions that never retire; one fetch brings several instructions.";
const WALKS = "Counts walks that were requested, also of instructions that never retire.";
const RETIRED = "Counts what retires.";

type Say = ReturnType<typeof listed>;

/** L1 DTLB misses by what the L2 DTLB has, of each size of pages. */
function reloads(say: Say, coalesced: readonly [hit: string, miss: string]): PmuEvent[] {
  const sizes = [
    ["4k_l2_hit", "4k_l2_miss", "4K"],
    [...coalesced, "coalesced"],
    ["2m_l2_hit", "2m_l2_miss", "2M"],
    ["1g_l2_hit", "1g_l2_miss", "1G"],
  ] as const;
  return sizes.flatMap(([hit, miss, pages]) => [
    ...eventsOf(say, DATA, [[`ls_l1_d_tlb_miss.tlb_reload_${hit}`, "dataHitsBelow", { pages }]]),
    ...eventsOf(say, WALKS, [[`ls_l1_d_tlb_miss.tlb_reload_${miss}`, "dataWalks", { pages }]]),
  ]);
}

const allL1Misses = (say: Say) => eventsOf(say, DATA, [["ls_l1_d_tlb_miss.all", "dataL1Misses"]]);
const retired = (say: Say) => eventsOf(say, RETIRED, [["ex_ret_instr", "instructions"]]);

function walkers(say: Say): PmuEvent[] {
  return eventsOf(say, WALKS, [
    ["ls_tablewalker.dside", "dataWalks"],
    ["ls_tablewalker.iside", "fetchWalks"],
  ]);
}

const GENERIC: PmuEvent[] = [
  ...eventsOf(
    kernel("arch/x86/events/amd/core.c"),
    `No lookups: on this core the kernel takes it for L1 misses, of stores, too. ${DATA}`,
    [["dtlb-loads", "dataL1Misses"]],
  ),
  ...eventsOf(
    kernel("arch/x86/events/amd/core.c"),
    `Not all misses: on this core the kernel takes it for walks, of stores, too. ${WALKS}`,
    [["dtlb-load-misses", "dataWalks"]],
  ),
  ...eventsOf(
    kernel("arch/x86/events/amd/core.c"),
    `No lookups: on this core the kernel takes it for L1 misses that hit below. ${FETCHES}`,
    [["itlb-loads", "fetchHitsBelow"]],
  ),
  ...eventsOf(
    kernel("arch/x86/events/amd/core.c"),
    `Not all misses: on this core the kernel takes it for walks. ${WALKS}`,
    [["itlb-load-misses", "fetchWalks"]],
  ),
];

const file = (core: string, name: string) => listed(`x86/${core}/${name}.json`);

export const ZEN_1: PmuFamily = {
  name: "zen1",
  title: "AMD Zen and Zen+",
  events: [
    ...allL1Misses(file("amdzen1", "memory")),
    ...reloads(file("amdzen1", "memory"), ["32k_l2_hit", "32k_l2_miss"]),
    ...walkers(file("amdzen1", "memory")),
    ...eventsOf(file("amdzen1", "cache"), FETCHES, [["bp_l1_tlb_miss_l2_hit", "fetchHitsBelow"]]),
    ...eventsOf(file("amdzen1", "cache"), WALKS, [["bp_l1_tlb_miss_l2_miss", "fetchWalks"]]),
    ...retired(file("amdzen1", "core")),
    ...GENERIC,
  ],
  command: ["ls_l1_d_tlb_miss.all", "ls_tablewalker.dside", "bp_l1_tlb_miss_l2_hit", "bp_l1_tlb_miss_l2_miss"],
};

/** What the cores from Zen 2 on have of fetches. */
function fetches(say: Say, missed: string): PmuEvent[] {
  return [
    ...eventsOf(say, FETCHES, [["bp_l1_tlb_miss_l2_tlb_hit", "fetchHitsBelow"]]),
    ...eventsOf(say, WALKS, [[missed, "fetchWalks"]]),
    ...eventsOf(say, WALKS, [
      [`bp_l1_tlb_miss_l2_tlb_miss.if4k`, "fetchWalks", { pages: "4K" }],
      [`bp_l1_tlb_miss_l2_tlb_miss.if2m`, "fetchWalks", { pages: "2M" }],
      [`bp_l1_tlb_miss_l2_tlb_miss.if1g`, "fetchWalks", { pages: "1G" }],
      [`bp_l1_tlb_miss_l2_tlb_miss.coalesced_4k`, "fetchWalks", { pages: "coalesced" }],
    ]),
  ];
}

const COALESCED = ["coalesced_page_hit", "coalesced_page_miss"] as const;

export const ZEN_2: PmuFamily = {
  name: "zen2",
  title: "AMD Zen 2 and Zen 3",
  events: [
    ...allL1Misses(file("amdzen2", "memory")),
    ...reloads(file("amdzen2", "memory"), COALESCED),
    ...walkers(file("amdzen2", "memory")),
    ...fetches(file("amdzen2", "cache"), "bp_l1_tlb_miss_l2_tlb_miss"),
    ...retired(file("amdzen2", "core")),
    ...GENERIC,
  ],
  command: ["ls_l1_d_tlb_miss.all", "ls_tablewalker.dside", "bp_l1_tlb_miss_l2_tlb_hit", "bp_l1_tlb_miss_l2_tlb_miss"],
};

export const ZEN_4: PmuFamily = {
  name: "zen4",
  title: "AMD Zen 4 and Zen 5",
  events: [
    ...allL1Misses(file("amdzen4", "memory")),
    ...eventsOf(file("amdzen4", "memory"), WALKS, [["ls_l1_d_tlb_miss.all_l2_miss", "dataWalks"]]),
    ...reloads(file("amdzen4", "memory"), COALESCED),
    ...fetches(file("amdzen4", "memory"), "bp_l1_tlb_miss_l2_tlb_miss.all"),
    ...retired(file("amdzen4", "core")),
    ...GENERIC,
  ],
  command: [
    "ls_l1_d_tlb_miss.all",
    "ls_l1_d_tlb_miss.all_l2_miss",
    "bp_l1_tlb_miss_l2_tlb_hit",
    "bp_l1_tlb_miss_l2_tlb_miss.all",
  ],
};
