/** Parts of a program's memory that can be put on larger pages each by itself. */

import { PAGE_SIZE_BYTES } from "../config/page-sizes.ts";
import { PAGE_SIZES, type PageSize } from "../config/types.ts";
import { ANONYMOUS, HEAP, STACK, THREAD_STACK } from "../regions/names.ts";
import type { Region } from "../regions/region.ts";
import type { RegionKind } from "../report/advising.ts";
import { hexAddress } from "../report/format.ts";

export interface AddressRange {
  start: bigint;
  end: bigint;
}

export interface Part {
  /** As rows of an attribution by region have it. */
  name: string;
  kind: RegionKind;
  bytes: number;
  largestPage: PageSize;
  /** What `--huge` is given so that the part is on pages of that size. */
  huge(pageSize: PageSize): string;
}

/** Ranges of one name that are alike, so that Linux merges them where they touch. */
interface Mapping extends AddressRange {
  permissions: string;
  isOfFile: boolean;
}

/** The parts of a memory with `regions`: one for each name. */
export function partsOfMaps(regions: readonly Region[]): Part[] {
  const named = new Map<string, Region[]>();
  for (const region of regions) {
    const others = named.get(region.name);
    if (others === undefined) named.set(region.name, [region]);
    else others.push(region);
  }
  return [...named].map(([name, all]) => {
    const mappings = merged(all);
    const largestPage = PAGE_SIZES.findLast((pageSize) => mappings.some((mapping) => holds(mapping, pageSize))) ?? "4K";
    const large = mappings.filter((mapping) => holds(mapping, "2M"));
    return {
      name,
      kind: kindOf(name, large.length > 0 ? large : mappings),
      bytes: bytesOf(mappings),
      largestPage,
      huge: (pageSize) =>
        (isPlain(name) ? [name] : mappings.map(rangeText)).map((what) => what + suffix(pageSize)).join(),
    };
  });
}

/** The part of a memory whose mappings are not known in which `range` is touched: what it would be on is aligned. */
export function partOfRange(name: string, kind: RegionKind, range: AddressRange): Part {
  return {
    name,
    kind,
    bytes: Number(range.end - range.start),
    largestPage: holds(range, "1G") ? "1G" : "2M",
    huge: (pageSize) => rangeText((pageSize === "1G" ? within : around)(range, pageSize)) + suffix(pageSize),
  };
}

/** The mappings of `regions`, whenever they lived. */
function merged(regions: readonly Region[]): Mapping[] {
  const mappings: Mapping[] = [];
  const alike = new Map<string, Mapping>();
  for (const { start, end, permissions, file } of regions.toSorted((a, b) => (a.start < b.start ? -1 : 1))) {
    const key = `${permissions} ${file === null}`;
    const before = alike.get(key);
    if (before !== undefined && start <= before.end) {
      if (end > before.end) before.end = end;
      continue;
    }
    const mapping = { start, end, permissions, isOfFile: file !== null };
    alike.set(key, mapping);
    mappings.push(mapping);
  }
  return mappings;
}

/** Whether an aligned page of that size lies in `range`. */
function holds(range: AddressRange, pageSize: PageSize): boolean {
  const { start, end } = within(range, pageSize);
  return start < end;
}

function within({ start, end }: AddressRange, pageSize: PageSize): AddressRange {
  const bytes = BigInt(PAGE_SIZE_BYTES[pageSize]);
  return { start: (start + bytes - 1n) & -bytes, end: end & -bytes };
}

function around({ start, end }: AddressRange, pageSize: PageSize): AddressRange {
  const bytes = BigInt(PAGE_SIZE_BYTES[pageSize]);
  return { start: start & -bytes, end: (end + bytes - 1n) & -bytes };
}

/** Of the addresses in any of `mappings`, which are by start. */
function bytesOf(mappings: readonly Mapping[]): number {
  let sum = 0n;
  let counted = 0n;
  for (const { start, end } of mappings) {
    if (end <= counted) continue;
    sum += end - (start > counted ? start : counted);
    counted = end;
  }
  return Number(sum);
}

function rangeText({ start, end }: AddressRange): string {
  return `${hexAddress(start)}-0x${end.toString(16)}`;
}

/** `--huge` takes 2M where nothing is said. */
function suffix(pageSize: PageSize): string {
  return pageSize === "2M" ? "" : `=${pageSize}`;
}

/** Whether `--huge`, a list of names and ranges, takes `name` for what it is. */
function isPlain(name: string): boolean {
  return name === name.trim() && !/,|=\w+$|^0x[\da-f]+-0x/i.test(name);
}

/** What a region is, by its name and those of its mappings that count. */
function kindOf(name: string, mappings: readonly Mapping[]): RegionKind {
  if (name === HEAP) return "heap";
  if (name === STACK || name === THREAD_STACK) return "stack";
  if (name === ANONYMOUS || name.startsWith("[anon")) return "anonymous";
  if (/^\[.*\]$/s.test(name)) return "system";
  const isCode = mappings.some(({ permissions }) => permissions.endsWith("x"));
  if (name.startsWith("exe ")) return isCode ? "text" : "data";
  if (/^lib |^ld\.so$|^valgrind preload$/.test(name)) return isCode ? "library" : "data";
  return mappings.some(({ isOfFile }) => isOfFile) ? "file" : "anonymous";
}
