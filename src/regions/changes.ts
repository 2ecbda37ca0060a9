/** The regions of a program's memory as what an operating system did to it, one call after the other. */
import type { RegionNames } from "./names.ts";
import type { Region } from "./region.ts";

/** A call of mmap(), munmap() or mprotect(), as if each region had its own. */
export interface RegionChange {
  /** Index of the record before which it happens; 0: it was so from the beginning. */
  record: number;
  start: bigint;
  end: bigint;
  /** `protect`: the pages that are there stay, with other permissions. */
  change: "map" | "unmap" | "protect";
  /** What is allowed from then on; of what is unmapped: until then. */
  permissions: string;
  /** Whether it is of no file. */
  isAnonymous: boolean;
  /** Index of its name in RegionNames. */
  region: number;
}

/** In the order of the changes of a record. */
const ORDER: readonly RegionChange["change"][] = ["unmap", "protect", "map"];

/**
 * What happened to a memory that had `regions`, no two of which share a page at the same time; `names` are theirs. By
 * record; of a record first what is unmapped, then what is protected, then what is mapped; and each by address.
 *
 * Where a region follows another of the same name and file without a record between them, the pages stay: with other
 * permissions it was mprotect(); with the same it is what another call left of a larger region. Not told apart: a new
 * mapping in place of one that had the same name and file.
 */
export function regionChanges(regions: readonly Region[], names: RegionNames): RegionChange[] {
  const begun = regions.toSorted((one, other) => one.fromRecord - other.fromRecord || byStart(one, other));
  const ended = regions.filter(({ toRecord }) => toRecord !== null);
  ended.sort((one, other) => (one.toRecord ?? 0) - (other.toRecord ?? 0) || byStart(one, other));
  const changes: RegionChange[] = [];
  for (let [from, to] = [0, 0]; from < begun.length || to < ended.length; ) {
    const record = Math.min(begun[from]?.fromRecord ?? Infinity, ended[to]?.toRecord ?? Infinity);
    const [firstBegun, firstEnded] = [from, to];
    while (begun[from]?.fromRecord === record) from++;
    while (ended[to]?.toRecord === record) to++;
    const parts = changesAt(record, ended.slice(firstEnded, to), begun.slice(firstBegun, from), names);
    for (const kind of ORDER)
      for (const change of joined(parts.filter((part) => part.change === kind))) changes.push(change);
  }
  return changes;
}

/** What becomes of the regions `before`, at whose end those `after` begin: both by address, and each apart from each other. */
function changesAt(
  record: number,
  before: readonly Region[],
  after: readonly Region[],
  names: RegionNames,
): RegionChange[] {
  const changes: RegionChange[] = [];
  const add = (change: RegionChange["change"], start: bigint, end: bigint, { permissions, name, file }: Region) => {
    const region = names.indexOf(name);
    changes.push({ record, start, end, change, permissions, isAnonymous: file === null, region });
  };
  const edges = [...before, ...after].flatMap(({ start, end }) => [start, end]).sort(ascending);
  let [was, is] = [0, 0];
  edges.forEach((start, index) => {
    const end = edges[index + 1];
    if (end === undefined || end === start) return;
    while ((before[was]?.end ?? end) <= start) was++;
    while ((after[is]?.end ?? end) <= start) is++;
    const old = coveringOrNull(before[was], start);
    const now = coveringOrNull(after[is], start);
    if (old !== null && now !== null && old.name === now.name && old.file === now.file) {
      if (old.permissions !== now.permissions) add("protect", start, end, now);
      return;
    }
    if (old !== null) add("unmap", start, end, old);
    if (now !== null) add("map", start, end, now);
  });
  return changes;
}

/** `region` if it has begun at `address`, at which it has not ended. */
function coveringOrNull(region: Region | undefined, address: bigint): Region | null {
  return region !== undefined && region.start <= address ? region : null;
}

/** `changes`, by address and of one kind, with neighbours that are alike in one: one call did that to them. */
function joined(changes: readonly RegionChange[]): RegionChange[] {
  const joint: RegionChange[] = [];
  for (const change of changes) {
    const last = joint.at(-1);
    const { end, permissions, isAnonymous, region } = change;
    const isAlike = last?.permissions === permissions && last.isAnonymous === isAnonymous && last.region === region;
    if (isAlike && last.end === change.start) last.end = end;
    else joint.push({ ...change });
  }
  return joint;
}

function byStart(one: Region, other: Region): number {
  return ascending(one.start, other.start);
}

function ascending(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
