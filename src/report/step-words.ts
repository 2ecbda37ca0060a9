/** What an access did to the small machine, and what is in it, in words: without layout. */
import { setFlagNames } from "./entry-flags.ts";
import { outcomeWords } from "./explain-outcome.ts";
import { PAGE_NAMES, reservedWords, stepWords, walkStart } from "./explain-words.ts";
import type { ExplainedStep } from "./explanation.ts";
import { count, percentColumn } from "./format.ts";
import type { ResultTable } from "./result-table.ts";
import type {
  CacheContents,
  CachedEntry,
  CacheName,
  CachePlace,
  Step,
  StepCounts,
  StepOutcome,
  WrittenEntry,
} from "./stepping.ts";

/** What each cache is called besides its name. */
export const CACHE_TITLES: Readonly<Record<CacheName, string>> = {
  L1I: "TLB of instructions (ITLB)",
  L1D: "TLB of data (DTLB)",
  STLB: "second-level TLB",
  PDE: "cached PDEs, which lead to PTs",
  PDPTE: "cached PDPTEs, which lead to PDs",
  PML4E: "cached PML4Es, which lead to PDPTs",
  PML5E: "cached PML5Es, which lead to PML4s",
};

/** What an access came to, as a heading. */
export const OUTCOME_TITLES: Readonly<Record<StepOutcome, string>> = {
  "l1-hit": "L1 hit",
  "stlb-hit": "L1 miss, STLB hit",
  walk: "miss, whole walk",
  "short-walk": "miss, short walk",
  "set-dirty": "hit, and a walk to set D",
  fault: "page fault",
  "not-canonical": "refused: not canonical",
  "missing-table": "a table is missing",
};

/** One thing that happened during an access. */
export interface StepEvent {
  kind: "hit" | "miss" | "walk" | "mark" | "write" | "fill" | "evict" | "update" | "drop" | "done" | "fault";
  /** A sentence. */
  text: string;
}

/** What `step` did, in the order in which it happened; `contents` is what the caches held after it. */
export function stepEvents(step: Step, contents: readonly CacheContents[]): StepEvent[] {
  const { lookups, explanation, fills, updated, invalidated, resolvedBy } = step;
  const isFault = explanation.fault !== null;
  return [
    ...lookups.map(lookupEvent),
    ...walkEvents(step),
    ...fills.flatMap(({ place, evicted }) => fillEvents(place, evicted, entryAt(contents, place))),
    ...updated.map((place): StepEvent => ({ kind: "update", text: `D is set in the ${placeName(place)}.` })),
    ...dropEvents(invalidated, isFault ? "The fault drops" : "Dropped:"),
    { kind: isFault ? "fault" : "done", text: `Outcome: ${outcomeWords(explanation)}.` },
    ...resolvedBy.map(writtenEvent),
  ];
}

function writtenEvent({ physicalAddress, before, after }: WrittenEntry): StepEvent {
  return { kind: "write", text: `Linux writes the entry at ${physicalAddress}: ${before} becomes ${after}.` };
}

/** What a flush did. */
export function flushEvents(dropped: readonly CachePlace[]): StepEvent[] {
  if (dropped.length === 0) return [{ kind: "drop", text: "CR3 is loaded; there was nothing to drop." }];
  return dropEvents(dropped, "CR3 is loaded. That drops");
}

function lookupEvent({ cache, set, place }: Step["lookups"][number]): StepEvent {
  if (place === null) return { kind: "miss", text: `${cache}, set ${set}: miss.` };
  return { kind: "hit", text: `${placeName(place)}: hit.` };
}

function walkEvents({ explanation, marked, lookups }: Step): StepEvent[] {
  const { steps, canonical, error, access } = explanation;
  if (!canonical || (steps.length === 0 && error === null)) return [];
  const start = { kind: "walk", text: `Walk. ${walkStart(explanation)}.` } as const;
  const reads = steps.map((read): StepEvent => ({ kind: "walk", text: readText(read) }));
  const marks = marked.map(({ physicalAddress, after }): StepEvent => {
    const read = steps.find((candidate) => candidate.physicalAddress === physicalAddress);
    const flags = read === undefined ? "a flag" : flagsSet(read, access.kind === "write");
    const name = read === undefined ? "entry" : read.level.toUpperCase();
    return { kind: "mark", text: `The walk sets ${flags} in the ${name}, which becomes ${after}.` };
  });
  // Without a miss in a TLB the walk has another cause.
  return lookups.length === 0 ? [...reads, ...marks] : [start, ...reads, ...marks];
}

function readText(read: ExplainedStep): string {
  const { name, index, bits, target } = stepWords(read);
  const found = read.flags.P ? `${setFlagNames(read.flags)}` : bits;
  const reserved = reservedWords(read);
  const leads = reserved ?? (target === null ? null : `to the ${target} at ${read.target}`);
  return `It reads ${name} ${index}: ${found}${leads === null ? "" : `; ${leads}`}.`;
}

/** The walk sets A wherever it is 0, and for a write D of the page. */
function flagsSet({ flags }: ExplainedStep, isWrite: boolean): string {
  return [flags.A ? [] : ["A"], isWrite && flags.D === false ? ["D"] : []].flat().join(" and ");
}

function fillEvents(place: CachePlace, evicted: CachedEntry | null, filled: CachedEntry | null): StepEvent[] {
  const fill = { kind: "fill", text: `${placeName(place)}: filled with ${entryName(filled)}.` } as const;
  if (evicted === null) return [fill];
  const lost = `${entryName(evicted)}, which was used longest ago`;
  return [{ kind: "evict", text: `${placeName(place)}: evicted ${lost}.` }, fill];
}

function dropEvents(places: readonly CachePlace[], what: string): StepEvent[] {
  if (places.length === 0) return [];
  return [{ kind: "drop", text: `${what} ${places.map(placeName).join("; ")}.` }];
}

/** `L1D, set 0, way 1`. */
export function placeName({ cache, set, way }: CachePlace): string {
  return `${cache}, set ${set}, way ${way}`;
}

/** `the 4 KiB page at 0x404000`, or what a table below an entry covers. */
function entryName(entry: CachedEntry | null): string {
  if (entry === null) return "an entry";
  const { address, pageSize } = entry;
  const at = shortAddress(address);
  return pageSize === null ? `the table for ${at}` : `the ${PAGE_NAMES[pageSize]} page at ${at}`;
}

/** An address of 16 digits without leading zeros. */
export function shortAddress(address: string): string {
  return `0x${BigInt(address).toString(16)}`;
}

/** What `contents` has at `place`; `null` if nothing. */
function entryAt(contents: readonly CacheContents[], { cache, set, way }: CachePlace): CachedEntry | null {
  return contents.find(({ name }) => name === cache)?.sets[set]?.[way] ?? null;
}

/** Counts of the TLBs so far, and below of the rest. */
export function countsTable({ accesses, tlbs, walks, walkReferences, faults }: StepCounts): ResultTable {
  const ratios = percentColumn(tlbs.map(({ lookups, missRatio }) => (lookups === 0 ? null : missRatio)));
  return {
    title: "Counts so far",
    head: ["TLB", "lookups", "hits", "misses", "miss ratio"],
    rows: tlbs.map(({ name, lookups, hits, misses }, index) => [
      name,
      count(lookups),
      count(hits),
      count(misses),
      ratios[index] ?? "",
    ]),
    nameColumns: 1,
    notes: [
      `accesses ${count(accesses)}, walks ${count(walks)}, entries read by walks ${count(walkReferences)}, faults ${count(faults)}`,
      "An access that faults counts as a fault and not as a lookup, since it is made again.",
    ],
  };
}
