/** What the kernel's operating system is told of a run: options, and regions as changes of mappings. */
import type { ResolvedOs } from "../config/os-config.ts";
import type { ResolvedSelection } from "../config/selection.ts";
import { LEAF_LEVELS, type ResolvedConfig } from "../config/types.ts";
import { ConfigError } from "../errors.ts";
import type { OsSetup, VmaChange } from "../kernel/os.ts";
import type { VmaRow } from "../kernel/vmas.ts";
import { type RegionChange, regionChanges } from "../regions/changes.ts";
import { RegionNames } from "../regions/names.ts";
import type { Region } from "../regions/region.ts";
import { type KnownRegions, levelsOfAll, withLevels } from "./huge.ts";
import { pagesOf } from "./page-range.ts";

/**
 * The setup of a run of `config` and `os` in the window `selection`. `known` are the regions that are known, `null` if none
 * are; with `onlyNames` everything is mapped all the same. Throws ConfigError.
 */
export function osSetup(
  { pageSize }: ResolvedConfig,
  os: ResolvedOs,
  known: KnownRegions | null,
  onlyNames: boolean,
  selection: ResolvedSelection,
): OsSetup {
  const changes = known && vmaChanges(inWindow(regionChanges(known.regions, known.names), selection));
  const maps = onlyNames ? null : known;
  return {
    leafLevel: LEAF_LEVELS[pageSize],
    pcids: os.pcid,
    obeysCalls: os.systemCalls,
    switchEvery: os.switchEvery,
    kpti: os.kpti,
    memoryFrames: os.memoryFrames,
    swapSlots: os.swapSlots,
    reclaim: os.reclaim,
    seed: os.seed,
    changes: changes && maps ? withLevels(changes, os.huge, maps) : changes,
    onlyNames,
    levels: maps === null ? levelsOfAll(os.huge, known) : [],
    thp: os.thp && { ...os.thp, seed: os.seed },
  };
}

/** The setup of a run of several traces, each a process of its own; `maps` are theirs, or `null`. */
export function osSetupTogether(
  config: ResolvedConfig,
  os: ResolvedOs,
  maps: readonly (readonly Region[])[] | null,
  selections: readonly ResolvedSelection[],
): OsSetup {
  const names = new RegionNames(maps?.flat() ?? []);
  const setups = selections.map((selection, index) => {
    const regions = maps?.[index];
    return osSetup(config, os, regions === undefined ? null : { regions, names }, maps === null, selection);
  });
  const [first] = setups;
  if (first === undefined) throw new ConfigError("traces", 0, "1 or more");
  const changes = setups.map(({ levels, changes }) => [...levels, ...(changes ?? [])]);
  return { ...first, levels: [], changes: changes.flat(), changesOfTraces: changes.map(({ length }) => length) };
}

/** `regions` as the mappings of a whole run; `null` if they change. */
export function vmasThroughout(regions: readonly Region[]): VmaRow[] | null {
  const changes = regionChanges(regions, new RegionNames(regions));
  if (changes.some(({ record, change }) => record > 0 || change !== "map")) return null;
  return vmaChanges(changes)
    .map(({ firstPage, lastPage, permissions }) => ({ firstPage, lastPage, rights: permissions }))
    .sort((one, other) => (one.firstPage < other.firstPage ? -1 : 1));
}

function vmaChanges(changes: readonly RegionChange[]): VmaChange[] {
  return changes.map(({ record, start, end, change, permissions, isAnonymous, region }) => ({
    record,
    ...pagesOf({ start, end }),
    change,
    permissions,
    isAnonymous,
    name: region,
    leafLevel: 0,
  }));
}

/** `changes` by the records that a run of `selection` counts from 0. Throws ConfigError if that cannot be told. */
function inWindow(changes: readonly RegionChange[], selection: ResolvedSelection): readonly RegionChange[] {
  const { skip, unit, thread } = selection;
  if (changes.every(({ record }) => record === 0)) return changes;
  const what = "regions that change over time count records of the whole trace";
  if (thread !== null) throw new ConfigError("threads", String(thread), `merge: ${what}`);
  if (skip > 0 && unit !== "records") throw new ConfigError("unit", unit, `records: ${what}`);
  return changes.map((change) => ({ ...change, record: Math.max(0, change.record - skip) }));
}
