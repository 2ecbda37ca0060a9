/** The counts of a run by what PMUs call them. */
import type { Counter } from "../config/cpus/events.ts";
import type { AttributionRow, RunResult } from "../report/results.ts";
import { l1Misses, levelOf } from "../report/tlb-levels.ts";

export type Simulated = { [counter in Counter]?: number };

/** Those of `result` that are known: of loads and stores apart, where it was attributed to kinds of accesses. */
export function simulatedCounts(result: RunResult): Simulated {
  const { trace, references, walks, faults, by } = result;
  const second = result.tlbs.filter((tlb) => levelOf(tlb) === 2);
  const sum = (amounts: readonly number[]) => amounts.reduce((all, amount) => all + amount, 0);
  return {
    ...(trace.instructions > 0 ? { instructions: trace.instructions } : {}),
    fetchLookups: references.fetch,
    dataLookups: references.data,
    ...(by?.kind === undefined ? l1MissesOf(result) : kindCounts(by.kind)),
    ...(second.length > 0
      ? { l2Lookups: sum(second.map(({ lookups }) => lookups)), l2Misses: sum(second.map(({ misses }) => misses)) }
      : {}),
    walks: walks.count,
    walkReferences: walks.references,
    minorFaults: faults.minor,
    majorFaults: faults.major,
    faults: faults.minor + faults.major,
  };
}

/** L1 misses by the TLBs that had them, where fetches have one of their own. */
function l1MissesOf(result: RunResult): Simulated {
  const first = result.tlbs.filter((tlb) => levelOf(tlb) === 1);
  const isOfFetches = ({ name, kinds }: (typeof first)[number]) => kinds?.includes("fetch") ?? name === "L1I";
  const [own, ...others] = first.filter(isOfFetches);
  if (own === undefined || others.length > 0 || (own.kinds?.length ?? 1) > 1) return {};
  return { fetchL1Misses: own.misses, dataL1Misses: l1Misses(result) - own.misses };
}

function kindCounts(rows: readonly AttributionRow[]): Simulated {
  const of = (names: readonly string[], amount: (row: AttributionRow) => number) =>
    rows.filter(({ name }) => names.includes(name)).reduce((all, row) => all + amount(row), 0);
  const loads = ["load", "modify"];
  const data = [...loads, "store"];
  const misses = (names: readonly string[]) => of(names, (row) => row.l1Misses);
  const walks = (names: readonly string[]) => of(names, (row) => row.stlbMisses);
  const hits = (names: readonly string[]) => misses(names) - walks(names);
  const lookups = (names: readonly string[]) => of(names, (row) => row.references.data);
  const reads = (names: readonly string[]) => of(names, (row) => row.walkReferences);
  return {
    loadLookups: lookups(loads),
    storeLookups: lookups(["store", "modify"]),
    fetchL1Misses: misses(["fetch"]),
    loadL1Misses: misses(loads),
    storeL1Misses: misses(["store"]),
    dataL1Misses: misses(data),
    fetchHitsBelow: hits(["fetch"]),
    loadHitsBelow: hits(loads),
    storeHitsBelow: hits(["store"]),
    dataHitsBelow: hits(data),
    fetchWalks: walks(["fetch"]),
    loadWalks: walks(loads),
    storeWalks: walks(["store"]),
    dataWalks: walks(data),
    fetchWalkReferences: reads(["fetch"]),
    dataWalkReferences: reads(data),
  };
}
