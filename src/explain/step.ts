/** What an access did, from what the processor says of it and from what its caches held before and after. */
import { CACHE_NAMES, type CacheName } from "../config/processor.ts";
import { PAGE_SIZES } from "../config/types.ts";
import type { CacheEntry, Outcome, ProcessorCache } from "../kernel/processor.ts";
import { allDigits } from "../report/explain-fields.ts";
import type { ExplainedAccess } from "../report/explanation.ts";
import { hexAddress } from "../report/format.ts";
import type { CacheContents, CachedEntry, CachePlace, Step, StepOutcome } from "../report/stepping.ts";
import { LEVELS } from "../tables.ts";
import { pageShift } from "./example-process.ts";

/** An entry that an access found, and where. */
export interface Found {
  place: CachePlace;
  entry: CacheEntry;
}

/** What an access found in which cache. */
export interface Lookup {
  cache: CacheName;
  found: Found | null;
}

/** The caches that an access to `va` asked, in that order; `before` is what they held. */
export function lookupsOf(
  before: readonly ProcessorCache[],
  va: bigint,
  kind: ExplainedAccess["kind"],
  { fault, steps, missing }: Outcome,
): Lookup[] {
  if (fault?.reason === "non-canonical") return [];
  const ask = (cache: CacheName): Lookup => ({ cache, found: findIn(before, cache, va) });
  const l1 = ask(kind === "fetch" ? "L1I" : "L1D");
  const tlbs = l1.found === null ? [l1, ask("STLB")] : [l1];
  const firstRead = steps[0]?.level ?? missing?.level;
  if (firstRead === undefined) return tlbs;
  // The walk starts below the deepest cached entry: no cache of a level above is of use then.
  const lookups = [...tlbs];
  for (const { level, cache } of tableCaches(before)) {
    if (level > firstRead + 1) break;
    lookups.push(level === firstRead + 1 ? ask(cache) : { cache, found: null });
  }
  return lookups;
}

/** Paging-structure caches that have entries, from the deepest level. */
function tableCaches(caches: readonly ProcessorCache[]): { level: number; cache: CacheName }[] {
  return LEVELS.flatMap(({ entry }, level) => {
    const cache = caches.find(({ name }) => name === entry);
    return cache === undefined ? [] : [{ level, cache: cache.name }];
  });
}

function findIn(caches: readonly ProcessorCache[], name: CacheName, va: bigint): Found | null {
  for (const { place, entry } of placesOf(caches.filter((cache) => cache.name === name))) {
    if (entry !== null && entry.address >> pageShift(entry.level) === va >> pageShift(entry.level)) {
      return { place, entry };
    }
  }
  return null;
}

/** What an access came to that made `lookups`. */
export function outcomeOf({ fault, steps, missing }: Outcome, lookups: readonly Lookup[]): StepOutcome {
  if (fault !== null) return fault.reason === "non-canonical" ? "not-canonical" : "fault";
  if (missing !== null) return "missing-table";
  const hit = lookups.find(({ found }) => found !== null)?.cache;
  const isTlbHit = hit === "L1I" || hit === "L1D" || hit === "STLB";
  if (isTlbHit && steps.length > 0) return "set-dirty";
  if (isTlbHit) return hit === "STLB" ? "stlb-hit" : "l1-hit";
  return hit === undefined ? "walk" : "short-walk";
}

/** What changed in the caches, in the order of an access: it fills from the top level down to the L1. */
export function changesOf(
  before: readonly ProcessorCache[],
  after: readonly ProcessorCache[],
): Pick<Step, "fills" | "updated" | "invalidated"> {
  const changes: Pick<Step, "fills" | "updated" | "invalidated"> = { fills: [], updated: [], invalidated: [] };
  const held = placesOf(before);
  for (const [index, { place, entry }] of placesOf(after).entries()) {
    const was = held[index]?.entry ?? null;
    if (entry === null) {
      if (was !== null) changes.invalidated.push(place);
    } else if (was === null || was.address !== entry.address || was.level !== entry.level) {
      changes.fills.push({ place, evicted: was && shownEntry(was) });
    } else if (was.dirty !== entry.dirty) changes.updated.push(place);
  }
  changes.fills.sort((a, b) => CACHE_NAMES.indexOf(b.place.cache) - CACHE_NAMES.indexOf(a.place.cache));
  return changes;
}

function placesOf(caches: readonly ProcessorCache[]): { place: CachePlace; entry: CacheEntry | null }[] {
  return caches.flatMap(({ name, sets }) =>
    sets.flatMap((entries, set) => entries.map((entry, way) => ({ place: { cache: name, set, way }, entry }))),
  );
}

/** `contents` as people read them. */
export function shownContents(contents: readonly ProcessorCache[]): CacheContents[] {
  return contents.map(({ name, ways, sets }) => ({
    name,
    ways,
    sets: sets.map((entries) => entries.map((entry) => entry && shownEntry(entry))),
  }));
}

function shownEntry({ address, level, physicalAddress, pcid, dirty, ...entry }: CacheEntry): CachedEntry {
  return {
    address: allDigits(address),
    pageSize: dirty === null ? null : (PAGE_SIZES[level - 1] ?? null),
    physicalAddress: hexAddress(physicalAddress),
    write: entry.write,
    user: entry.user,
    execute: entry.execute,
    dirty,
    global: pcid === null,
    age: entry.age,
  };
}
