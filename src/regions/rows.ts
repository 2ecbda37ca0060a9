/** Regions as `NAME.regions.json` and the metadata of a trace have them: plain data, addresses hexadecimal. */
import { RegionsError } from "../errors.ts";
import { MemoryMap } from "./memory-map.ts";
import { hex, MAX_FILE_LENGTH, MAX_NAME_LENGTH, MAX_REGIONS, pagesOf, quoted, type Region } from "./region.ts";

export interface RegionRow {
  start: string;
  end: string;
  perm: string;
  name: string;
  file?: string;
  /** Index of the first record of its life. */
  from_record: number;
  /** Index of the first record after its life; missing: it lived to the end. */
  to_record?: number;
}

/** Those of `regions` that lived in a window of `records` records after `skipped`, counted from its beginning. */
export function regionRows(regions: readonly Region[], skipped: number, records: number): RegionRow[] {
  return regions.flatMap((region) => {
    const from = Math.max(0, region.fromRecord - skipped);
    const to = region.toRecord === null ? null : region.toRecord - skipped;
    if (from >= records || (to !== null && to <= from)) return [];
    const { start, end, permissions: perm, name, file } = region;
    const row: RegionRow = { start: hex(start), end: hex(end), perm, name, from_record: from };
    if (file !== null) row.file = file;
    if (to !== null && to < records) row.to_record = to;
    return [row];
  });
}

/** A row that was read, and where it stood. */
interface PlacedRegion extends Region {
  field: string;
}

/**
 * The regions of `text`, an object of JSON with `regions`, which are as RegionRow; what else there is, is passed over.
 * Throws RegionsError with the place of what is wrong. `path` is for messages.
 */
export function parseRegions(text: string, path: string): Region[] {
  const rows = ownField(parseJson(text, path, null), "regions");
  if (!Array.isArray(rows)) {
    const reason = `found ${kindOf(rows)}; expected an array of regions, as pagewalk record writes them`;
    throw new RegionsError(reason, { path, field: "regions" });
  }
  return regionsOfRows(rows, path, "regions");
}

/** The value that `text` writes. Throws RegionsError, with the place. */
export function parseJson(text: string, path: string, field: string | null): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Its words differ from engine to engine, and quote what is all around.
    const reason = "found no JSON; expected an object of it: it is damaged, or was cut off";
    throw new RegionsError(reason, { path, field }, error);
  }
}

/** The field of `value` itself, if it is an object; what it inherits is none. */
export function ownField(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/**
 * The regions of `rows`, which are at `field` of an object of JSON. One that begins later than another takes its place
 * where they overlap, as mmap() with MAP_FIXED does: recorders that do not cut the earlier one leave it to the reader.
 */
export function regionsOfRows(rows: readonly unknown[], path: string, field: string): Region[] {
  if (rows.length > MAX_REGIONS) {
    throw new RegionsError(`found ${rows.length} regions; expected ${MAX_REGIONS} at most`, { path, field });
  }
  const regions = rows.map((row, index) => regionOf(row, path, `${field}[${index}]`));
  regions.sort((one, other) => one.fromRecord - other.fromRecord || (one.start < other.start ? -1 : 1));
  const map = new MemoryMap(Number.POSITIVE_INFINITY);
  let before: PlacedRegion | null = null;
  for (const region of regions) {
    if (before !== null && before.fromRecord === region.fromRecord && region.start < before.end) {
      const reason = `found ${rangeOf(region)} at the same time as ${rangeOf(before)} at ${before.field}`;
      const cause = "nothing tells which of them was there: it is damaged, or put together of several programs";
      throw new RegionsError(`${reason}; expected regions apart from each other: ${cause}`, {
        path,
        field: region.field,
      });
    }
    if (before?.fromRecord !== region.fromRecord || region.end > before.end) before = region;
    const { field: _, ...plain } = region;
    map.map(plain);
  }
  return map.regions();
}

function regionOf(row: unknown, path: string, field: string): PlacedRegion {
  const wrong = (reason: string, name?: string) =>
    new RegionsError(reason, { path, field: name === undefined ? field : `${field}.${name}` });
  if (typeof row !== "object" || row === null)
    throw wrong(`found ${kindOf(row)}; expected an object with start, end, perm, name, from_record`);
  const get = <Value>(name: string, expected: string, is: (value: unknown) => value is Value): Value => {
    const value = ownField(row, name);
    if (!is(value)) throw wrong(`found ${kindOf(value)}; expected ${expected}`, name);
    return value;
  };
  const address = (name: string) =>
    BigInt(get(name, "a hexadecimal address as text: 0x7ffff7dd2000", matching(/^0x[\da-f]{1,17}$/i)));
  const pages = pagesOf(address("start"), address("end"));
  if ("found" in pages) throw wrong(`found ${pages.found}; expected ${pages.expected}`, "start");
  const index = "the index of a record: a whole number from 0";
  const fromRecord = get("from_record", index, isIndex);
  const toRecord = get("to_record", `${index}, or nothing`, (value): value is number | null | undefined => {
    return value === undefined || value === null || isIndex(value);
  });
  if (toRecord != null && toRecord <= fromRecord) {
    throw wrong(`found ${toRecord}; expected more than from_record, which is ${fromRecord}`, "to_record");
  }
  const aPath = `a path of 1 to ${MAX_FILE_LENGTH} characters, or nothing`;
  const file = get("file", aPath, (value): value is string | null | undefined => {
    return value === undefined || value === null || isText(value, MAX_FILE_LENGTH);
  });
  return {
    ...pages,
    permissions: get("perm", "rights as r-x", matching(/^[r-][w-][x-][ps]?$/)).slice(0, 3),
    name: get("name", `a name of 1 to ${MAX_NAME_LENGTH} characters`, (value) => isText(value, MAX_NAME_LENGTH)),
    file: file ?? null,
    fromRecord,
    toRecord: toRecord ?? null,
    field,
  };
}

function matching(pattern: RegExp): (value: unknown) => value is string {
  return (value): value is string => typeof value === "string" && pattern.test(value);
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= maxLength;
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return value.length > 1000 ? `text of ${value.length} characters` : quoted(value);
  if (value === null || typeof value !== "object") return String(value);
  return Array.isArray(value) ? "an array" : "an object";
}

function rangeOf({ start, end }: Region): string {
  return `${hex(start)} to ${hex(end)}`;
}
