/** Where larger pages are asked for: names of regions and ranges of addresses, as changes of the levels of first touch. */
import type { HugePart, ResolvedOs } from "../config/os-config.ts";
import { LEAF_LEVELS } from "../config/types.ts";
import { ConfigError } from "../errors.ts";
import type { VmaChange } from "../kernel/os.ts";
import type { RegionNames } from "../regions/names.ts";
import { quoted, REGION_SOURCES, type Region } from "../regions/region.ts";
import { joined, overlap, type PageRange, pagesOf } from "./page-range.ts";

/** Names that an error lists. */
const SHOWN_NAMES = 12;

/** Regions, and their names. */
export interface KnownRegions {
  regions: readonly Region[];
  names: RegionNames;
}

/** Whether `os` tells regions by their names. */
export function namesRegions(os: ResolvedOs): boolean {
  return os.huge.some((part) => "name" in part);
}

/**
 * `changes` of mappings, each new one followed by the levels of its parts that `parts` ask for; of two that ask for the same
 * page, the later one counts. `regions` have the names of the changes. Throws ConfigError for a name that none has.
 */
export function withLevels(
  changes: readonly VmaChange[],
  parts: readonly HugePart[],
  { names }: Pick<KnownRegions, "names">,
): VmaChange[] {
  const wanted = parts.map((part, index) => {
    if ("name" in part) return { part, regions: regionsNamed(part.name, index, names) };
    return { part, range: rangeOf(part) };
  });
  return changes.flatMap((change) => {
    if (change.change !== "map") return [change];
    const levels = wanted.flatMap(({ part, regions, range }) => {
      const of = range === undefined ? (regions?.has(change.name) ? change : null) : overlap(change, range);
      return of === null ? [] : [levelChange(change.record, of, part)];
    });
    return [change, ...levels];
  });
}

/**
 * The levels of a memory in which everything is mapped from the beginning: what a region of a name ever had of it counts as a
 * range of addresses. Throws ConfigError for names if no regions are known, or none is called so.
 */
export function levelsOfAll(parts: readonly HugePart[], known: KnownRegions | null): VmaChange[] {
  return parts.flatMap((part, index) => {
    if (!("name" in part)) return [levelChange(0, rangeOf(part), part)];
    if (known === null) {
      const allowed = `0x…-0x…; or names with --maps or --regions: ${REGION_SOURCES}`;
      throw new ConfigError(`huge[${index}]`, `${part.name}, and no regions`, allowed);
    }
    const { regions, names } = known;
    const called = regionsNamed(part.name, index, names);
    const ranges = regions.filter(({ name }) => called.has(names.indexOf(name))).map(pagesOf);
    return joined(ranges).map((range) => levelChange(0, range, part));
  });
}

/** Index of the name that is `text`; else those of the names that have it in them, by upper and lower case as they are. */
function regionsNamed(text: string, index: number, { names }: RegionNames): Set<number> {
  const exact = names.indexOf(text);
  if (exact >= 0) return new Set([exact]);
  const found = new Set([...names.keys()].filter((name) => names[name]?.includes(text)));
  if (found.size > 0) return found;
  const listed = names.slice(0, SHOWN_NAMES).map(quoted);
  const more = names.length > SHOWN_NAMES ? `, and ${names.length - SHOWN_NAMES} more` : "";
  throw new ConfigError(`huge[${index}]`, text, `a part of the name of a region: ${listed.join(", ")}${more}`);
}

function rangeOf({ start, end }: { start: string; end: string }): PageRange {
  return pagesOf({ start: BigInt(start), end: BigInt(end) });
}

function levelChange(record: number, { firstPage, lastPage }: PageRange, { pageSize }: HugePart): VmaChange {
  return {
    record,
    firstPage,
    lastPage,
    change: "level",
    permissions: "---",
    isAnonymous: false,
    name: 0,
    leafLevel: LEAF_LEVELS[pageSize],
  };
}
