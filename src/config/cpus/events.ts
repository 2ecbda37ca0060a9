/** What processors count themselves, beside what a run counts: events of performance monitoring units (PMUs). */
import { assumed, type Speaker, vendor } from "./claims.ts";
import type { Status } from "./description.ts";

/**
 * What both can count. Lookups are those of level 1; hits below are L1 misses that a TLB of another level answers; a walk reference
 * is an entry that a walk reads. A modify reads first: where it misses it is a load, among lookups both a load and a store.
 */
export const COUNTERS = {
  instructions: "instructions",
  fetchLookups: "fetches",
  loadLookups: "loads",
  storeLookups: "stores",
  dataLookups: "loads and stores",
  fetchL1Misses: "L1 misses, fetches",
  loadL1Misses: "L1 misses, loads",
  storeL1Misses: "L1 misses, stores",
  dataL1Misses: "L1 misses, data",
  fetchHitsBelow: "hits below L1, fetches",
  loadHitsBelow: "hits below L1, loads",
  storeHitsBelow: "hits below L1, stores",
  dataHitsBelow: "hits below L1, data",
  l2Lookups: "lookups on level 2",
  l2Misses: "misses on level 2",
  fetchWalks: "walks, fetches",
  loadWalks: "walks, loads",
  storeWalks: "walks, stores",
  dataWalks: "walks, data",
  walks: "walks",
  fetchWalkReferences: "walk references, fetches",
  dataWalkReferences: "walk references, data",
  walkReferences: "walk references",
  minorFaults: "minor faults",
  majorFaults: "major faults",
  faults: "faults",
} as const;
export type Counter = keyof typeof COUNTERS;

export interface PmuEvent {
  /** As `perf list` has it, in lower case: case says nothing. */
  name: string;
  counter: Counter;
  /** Pages of which it counts; missing: of all sizes. Events of all sizes that there are sum up to the counter. */
  pages?: "4K" | "2M" | "1G" | "coalesced";
  /** Where the entries came from that it counts; missing: from anywhere. */
  from?: "L1" | "L2" | "L3" | "memory";
  /** In what it differs from the counter, in a sentence. */
  differs: string;
  status: Status;
  source: string;
}

export interface PmuFamily {
  name: string;
  title: string;
  /** PMUs of a hybrid processor whose counts are of such cores; missing: it has no other cores. */
  pmu?: string;
  events: readonly PmuEvent[];
  /** What perf is asked for at once, so that it need not take turns: few counters. */
  command: readonly string[];
}

/** Events that `say` so and `differs` is true of. */
export function eventsOf(
  { status, source }: ReturnType<Speaker>,
  differs: string,
  events: readonly (readonly [name: string, counter: Counter, rest?: Pick<PmuEvent, "pages" | "from">])[],
): PmuEvent[] {
  return events.map(([name, counter, rest = {}]) => ({ name, counter, ...rest, differs, status, source }));
}

/** What Linux keeps of the maker's own list. */
export const listed = (path: string) =>
  vendor(`Linux, tools/perf/pmu-events/arch/${path}, made from the maker's list`)("");
/** What perf's names for all processors mean, which the kernel decides. */
export const kernel = (path: string) => vendor(`Linux, ${path}`)("");
export const notListed = (why: string) => assumed(why)("");

const RETIRED = "Counts what retires; a trace has as many unless it is of a part of the program.";
const OF_OS = "Counts faults of the process, of which a trace has those alone after its beginning.";

/** What every processor is asked by the same name, or the kernel counts itself. */
export const SHARED_EVENTS: readonly PmuEvent[] = [
  ...eventsOf(kernel("include/uapi/linux/perf_event.h"), RETIRED, [["instructions", "instructions"]]),
  ...eventsOf(kernel("include/uapi/linux/perf_event.h"), OF_OS, [
    ["minor-faults", "minorFaults"],
    ["major-faults", "majorFaults"],
    ["page-faults", "faults"],
    ["faults", "faults"],
  ]),
];
