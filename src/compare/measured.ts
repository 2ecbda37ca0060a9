/** What was measured of each counter, from events of a family of cores. */

import { eventsOfFamily, FAMILIES } from "../config/cpus/event-families.ts";
import type { Counter, PmuEvent } from "../config/cpus/events.ts";
import { type PmuFamily, SHARED_EVENTS } from "../config/cpus/events.ts";
import type { CompareResult } from "../report/results.ts";
import type { MeasuredEvent, PerfStat } from "./perf-stat.ts";

/** One way in which a counter was measured. */
export interface Measured {
  counter: Counter;
  events: { event: string; count: number }[];
  count: number;
  differs: string;
}

/** PMUs of hybrid processors, of which each has cores of one sort. */
const CORE_PMUS = ["cpu_core", "cpu_atom", "cpu_lowpower"];

/** Counters that others sum up to, in an order in which the parts are known before. */
const SUMS: readonly (readonly [Counter, readonly [Counter, Counter]])[] = [
  ["loadL1Misses", ["loadHitsBelow", "loadWalks"]],
  ["storeL1Misses", ["storeHitsBelow", "storeWalks"]],
  ["fetchL1Misses", ["fetchHitsBelow", "fetchWalks"]],
  ["dataHitsBelow", ["loadHitsBelow", "storeHitsBelow"]],
  ["dataWalks", ["loadWalks", "storeWalks"]],
  ["dataL1Misses", ["dataHitsBelow", "dataWalks"]],
  ["dataL1Misses", ["loadL1Misses", "storeL1Misses"]],
  ["dataLookups", ["loadLookups", "storeLookups"]],
  ["walks", ["dataWalks", "fetchWalks"]],
  ["walkReferences", ["dataWalkReferences", "fetchWalkReferences"]],
];

/**
 * The family whose events `stat` has the most of, but for perf's own names, which mean something else on each; `null`: none.
 */
export function guessFamily({ events }: PerfStat): PmuFamily | null {
  const isHybrid = events.some(({ pmu }) => pmu === "cpu_core");
  let best: PmuFamily | null = null;
  let most = 0;
  for (const family of FAMILIES) {
    const names = new Set(family.events.map(({ name }) => name).filter((name) => !isPerfsOwn(name)));
    const own = events.filter(({ name }) => names.has(name)).length + (isHybrid && family.pmu === "cpu_core" ? 0.5 : 0);
    if (own < 1 || own <= most) continue;
    best = family;
    most = own;
  }
  return best;
}

/** perf's names for all processors, which the kernel translates. */
function isPerfsOwn(name: string): boolean {
  return /^[di]tlb-(loads|stores|load-misses|store-misses)$/.test(name);
}

/** What `stat` measured by the events of `family`, and what of it says nothing. */
export function measure(
  stat: PerfStat,
  family: PmuFamily | null,
): { measured: Measured[]; used: MeasuredEvent[]; others: CompareResult["others"] } {
  const known = new Map((family === null ? SHARED_EVENTS : eventsOfFamily(family)).map((event) => [event.name, event]));
  const others: CompareResult["others"] = [];
  const found: { event: PmuEvent; of: MeasuredEvent; count: number }[] = [];
  for (const of of stat.events) {
    const event = known.get(of.name);
    const why = whyNot(of, event, family, stat);
    if (why === null && event !== undefined && of.count !== null) found.push({ event, of, count: of.count });
    else others.push({ event: of.written, count: of.count, why: why ?? "" });
  }
  const whole = found.filter(({ event }) => event.pages === undefined && event.from === undefined);
  const parts = found.filter((each) => !whole.includes(each));
  const measured = whole.map(({ event, of, count }): Measured => {
    return { counter: event.counter, events: [{ event: of.written, count }], count, differs: event.differs };
  });
  for (const counter of new Set(parts.map(({ event }) => event.counter))) {
    const own = parts.filter(({ event }) => event.counter === counter);
    if (measured.some((each) => each.counter === counter)) {
      for (const { of, count } of own) others.push({ event: of.written, count, why: "a part of what is there whole" });
    } else measured.push(ofParts(counter, own, [...known.values()]));
  }
  for (const [counter, [one, other]] of SUMS) {
    const of = (part: Counter) => measured.find((each) => each.counter === part);
    const [first, second] = [of(one), of(other)];
    if (of(counter) !== undefined || first === undefined || second === undefined) continue;
    measured.push({
      counter,
      events: [...first.events, ...second.events],
      count: first.count + second.count,
      differs: [...new Set([first.differs, second.differs])].join(" "),
    });
  }
  return { measured, used: found.map(({ of }) => of), others };
}

/** Why `measured` stands beside no count; `null`: it does. */
function whyNot(
  { name, pmu, modifiers, count, missing, isRaw }: MeasuredEvent,
  event: PmuEvent | undefined,
  family: PmuFamily | null,
  { events }: PerfStat,
): string | null {
  if (event === undefined) {
    if (isRaw)
      return "a code, which says nothing without the processor: give it a name, as cpu/event=0x08,umask=0x0e,name=NAME/";
    if (isPerfsOwn(name)) return "means something else on each processor: name the CPU with --cpu";
    return "nothing of this is simulated, or not known of this CPU";
  }
  if (count === null)
    return missing === "not supported" ? "not supported by the processor or its kernel" : "not counted: it never ran";
  if (family?.pmu !== undefined && pmu !== null && CORE_PMUS.includes(pmu) && pmu !== family.pmu) {
    return "of the processor's other cores";
  }
  const better = events.some(
    (other) =>
      other.name === name && other.pmu === pmu && other.count !== null && rank(other.modifiers) < rank(modifiers),
  );
  return better ? "also there of user mode alone, as traces are" : null;
}

/** Of the same event, the one of user mode alone is taken, then the one of all. */
function rank(modifiers: string): number {
  return isUserOnly(modifiers) ? 0 : modifiers.includes("k") && !modifiers.includes("u") ? 2 : 1;
}

export function isUserOnly(modifiers: string): boolean {
  return modifiers.includes("u") && !/[kh]/.test(modifiers);
}

function ofParts(
  counter: Counter,
  own: readonly { event: PmuEvent; of: MeasuredEvent; count: number }[],
  known: readonly PmuEvent[],
): Measured {
  const partOf = ({ pages, from }: PmuEvent) => pages ?? from;
  const all = known.filter((event) => event.counter === counter && partOf(event) !== undefined).map(partOf);
  const missing = all.filter((part) => !own.some(({ event }) => partOf(event) === part));
  const without = missing.length === 0 ? "" : `Without ${missing.join(", ")}, which was not measured. `;
  return {
    counter,
    events: own.map(({ of, count }) => ({ event: of.written, count })),
    count: own.reduce((sum, { count }) => sum + count, 0),
    differs: `${without}${own[0]?.event.differs ?? ""}`,
  };
}
