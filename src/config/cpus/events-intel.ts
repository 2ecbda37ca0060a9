/** Events of Intel's cores. "Speculative" is Intel's own word for events that count what never retires. */
import { eventsOf, kernel, listed, notListed, type PmuEvent, type PmuFamily } from "./events.ts";

const WALKS =
  "Counts walks of instructions that never retire, too, and walks that end in a fault, which are left out here; with several walkers two misses of one page may both walk.";
const STARTED = "Counts walks that were begun, also those that were given up.";
const HITS = "Counts lookups of instructions that never retire, too.";
const RETIRED = "Counts instructions that retire; one that crosses into another page is two lookups here.";
const LOADS = "Counts what walks read by the cache that had it; a walk's entries sum up over all four.";

const MISSES = ["dtlb_load_misses", "dtlb_store_misses", "itlb_misses"] as const;
const KINDS = { dtlb_load_misses: "load", dtlb_store_misses: "store", itlb_misses: "fetch" } as const;

type Say = ReturnType<typeof listed>;

function walksCompleted(say: Say): PmuEvent[] {
  return MISSES.flatMap((group) => [
    ...eventsOf(say, WALKS, [[`${group}.walk_completed`, `${KINDS[group]}Walks`]]),
    ...eventsOf(say, WALKS, [
      [`${group}.walk_completed_4k`, `${KINDS[group]}Walks`, { pages: "4K" }],
      [`${group}.walk_completed_2m_4m`, `${KINDS[group]}Walks`, { pages: "2M" }],
      [`${group}.walk_completed_1g`, `${KINDS[group]}Walks`, { pages: "1G" }],
    ]),
  ]);
}

const walksStarted = (say: Say, name: string) =>
  MISSES.flatMap((group) => eventsOf(say, STARTED, [[`${group}.${name}`, `${KINDS[group]}Walks`]]));

const hitsBelow = (say: Say) =>
  MISSES.flatMap((group) => eventsOf(say, HITS, [[`${group}.stlb_hit`, `${KINDS[group]}HitsBelow`]]));

/** Retired loads and stores, as each core calls them; and perf's own names, as the kernel translates them. */
function lookups(say: Say, group: string): PmuEvent[] {
  return [
    ...eventsOf(say, "Counts what retires.", [["inst_retired.any", "instructions"]]),
    ...eventsOf(say, RETIRED, [
      [`${group}.all_loads`, "loadLookups"],
      [`${group}.all_stores`, "storeLookups"],
    ]),
  ];
}

function generic(walks: string): PmuEvent[] {
  const say = kernel("arch/x86/events/intel/core.c");
  return [
    ...eventsOf(say, RETIRED, [
      ["dtlb-loads", "loadLookups"],
      ["dtlb-stores", "storeLookups"],
    ]),
    ...eventsOf(say, `Not all misses: on this core the kernel takes it for walks. ${walks}`, [
      ["dtlb-load-misses", "loadWalks"],
      ["dtlb-store-misses", "storeWalks"],
      ["itlb-load-misses", "fetchWalks"],
    ]),
    ...eventsOf(say, `No lookups: on this core the kernel takes it for L1 misses that hit below. ${HITS}`, [
      ["itlb-loads", "fetchHitsBelow"],
    ]),
  ];
}

function walkerLoads(say: Say): PmuEvent[] {
  const levels = [
    ["l1", "L1"],
    ["l2", "L2"],
    ["l3", "L3"],
    ["memory", "memory"],
  ] as const;
  return levels.flatMap(([name, from]) =>
    eventsOf(say, LOADS, [
      [`page_walker_loads.dtlb_${name}`, "dataWalkReferences", { from }],
      [`page_walker_loads.itlb_${name}`, "fetchWalkReferences", { from }],
    ]),
  );
}

const file = (core: string) => listed(`x86/${core}/virtual-memory.json`);
const STLB_AND_WALKS = MISSES.flatMap((group) => [`${group}.stlb_hit`, `${group}.walk_completed`]);

export const SANDY_BRIDGE: PmuFamily = {
  name: "sandy-bridge",
  title: "Intel Sandy Bridge, Ivy Bridge",
  events: [
    ...walksCompleted(file("sandybridge")).filter(({ pages }) => pages === undefined),
    ...walksStarted(file("sandybridge"), "miss_causes_a_walk"),
    ...hitsBelow(file("sandybridge")),
    ...lookups(notListed("as on Haswell"), "mem_uops_retired"),
    ...generic(STARTED),
  ],
  command: STLB_AND_WALKS,
};

export const HASWELL: PmuFamily = {
  name: "haswell",
  title: "Intel Haswell, Broadwell",
  events: [
    ...walksCompleted(file("haswell")),
    ...walksStarted(file("haswell"), "miss_causes_a_walk"),
    ...hitsBelow(file("haswell")),
    ...walkerLoads(file("haswell")),
    ...lookups(kernel("arch/x86/events/intel/core.c"), "mem_uops_retired"),
    ...generic(STARTED),
  ],
  command: STLB_AND_WALKS,
};

export const SKYLAKE: PmuFamily = {
  name: "skylake",
  title: "Intel Skylake to Ice Lake",
  events: [
    ...walksCompleted(file("skylake")),
    ...walksStarted(file("skylake"), "miss_causes_a_walk"),
    ...hitsBelow(file("skylake")),
    ...lookups(kernel("arch/x86/events/intel/core.c"), "mem_inst_retired"),
    ...generic(WALKS),
  ],
  command: STLB_AND_WALKS,
};

export const GOLDEN_COVE: PmuFamily = {
  name: "golden-cove",
  title: "Intel Golden Cove to Lion Cove",
  pmu: "cpu_core",
  events: [
    ...walksCompleted(file("alderlake")),
    ...hitsBelow(file("alderlake")),
    ...lookups(kernel("arch/x86/events/intel/core.c"), "mem_inst_retired"),
    ...generic(WALKS),
  ],
  command: STLB_AND_WALKS,
};

export const GRACEMONT: PmuFamily = {
  name: "gracemont",
  title: "Intel Gracemont to Skymont",
  pmu: "cpu_atom",
  events: [
    ...walksCompleted(file("alderlaken")).filter(({ pages }) => pages === undefined),
    ...walksStarted(file("arrowlake"), "miss_caused_walk"),
    ...hitsBelow(file("arrowlake")),
    ...lookups(notListed("as on Intel's other cores"), "mem_uops_retired"),
    ...generic(WALKS),
  ],
  command: MISSES.map((group) => `${group}.walk_completed`),
};
