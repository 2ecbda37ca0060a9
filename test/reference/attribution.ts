/**
 * Who misses, written for reading: the plain machine is asked what it has counted before and after each page of each
 * record, and the difference is that page's. It decides what the kernel is to count for each row.
 */
import type { ResolvedConfig } from "../../src/config/types.ts";
import type { AttributionRow, RunSeries } from "../../src/report/results.ts";
import { type Access, touchedPages } from "./access.ts";
import { ReferenceMachine } from "./machine.ts";

/** A record, and the instruction that made it if the trace tells it with the record. */
export type PcAccess = Access & { pc?: bigint };

/** From record `record` on, the pages from `first` to `last` are of `region`; `null`: of none. */
export interface PlainChange {
  record: number;
  first: bigint;
  last: bigint;
  region: string | null;
}

/** Rows by name. */
export type PlainRows = Map<string, AttributionRow>;

export interface PlainAttribution {
  region: PlainRows;
  page: PlainRows;
  pc: PlainRows;
  kind: PlainRows;
}

/** What is counted in one interval, without its records. */
type Counts = Omit<RunSeries["intervals"][number], "records">;

const COSTS = ["l1Misses", "stlbMisses", "walkReferences", "faults"] as const;

/** The rows of all dimensions after `records`, those of the first `warmup` not counted. */
export function referenceAttribution(
  records: readonly PcAccess[],
  config: ResolvedConfig,
  changes: readonly PlainChange[],
  warmup = 0,
): PlainAttribution {
  const machine = new ReferenceMachine(config);
  const all: PlainAttribution = { region: new Map(), page: new Map(), pc: new Map(), kind: new Map() };
  /** Regions of pages and instructions are those at their first record, even one of the warm-up. */
  const firstRegions = new Map<string, string | null>();
  let instruction: bigint | null = null;

  records.forEach((record, index) => {
    const regionOf = (page: bigint) => regionAt(changes, index, page);
    if (record.kind === "fetch") instruction = record.va;
    const pc = record.pc ?? instruction;
    const rowsOf = (page: bigint): [PlainRows, name: string, region: string | null][] => {
      const named = (rows: string, name: string, region: () => string | null): [string, string | null] => {
        const key = `${rows} ${name}`;
        if (!firstRegions.has(key)) firstRegions.set(key, region());
        return [name, firstRegions.get(key) ?? null];
      };
      return [
        [all.region, regionOf(page) ?? "unattributed", null],
        [all.page, ...named("page", hex(page << 12n), () => regionOf(page))],
        [all.pc, ...(pc === null ? (["unknown", null] as const) : named("pc", hex(pc), () => regionOf(pc >> 12n)))],
        [all.kind, record.kind, null],
      ];
    };
    const countFor = (page: bigint, count: (row: AttributionRow) => void) => {
      for (const [rows, name, region] of rowsOf(page)) if (index >= warmup) count(rowOf(rows, name, region));
    };

    countFor(record.va >> 12n, (row) => row.accesses[record.kind]++);
    const pages = touchedPages(record.va, record.size);
    if (pages === null) {
      machine.access(record.kind, record.va, record.size);
      const first = record.va >> 12n;
      countFor(isCanonical(first) ? lastPageOf(record) : first, (row) => row.faults++);
    } else {
      for (const vpn of pages) {
        const before = costsOf(machine);
        machine.access(record.kind, BigInt(vpn) << 12n, 1);
        const after = costsOf(machine);
        countFor(BigInt(vpn), (row) => {
          row.references[record.kind === "fetch" ? "fetch" : "data"]++;
          for (const cost of COSTS) row[cost] += after[cost] - before[cost];
        });
      }
    }
  });
  return all;
}

/** What was counted in each interval of `length` records, the first `warmup` records left out. */
export function referenceSeries(
  records: readonly Access[],
  config: ResolvedConfig,
  length: number,
  warmup = 0,
): RunSeries {
  const machine = new ReferenceMachine(config);
  const at = (): Counts => {
    const { references, tlbs, walks, faults } = machine.counters();
    return {
      fetchReferences: references.fetch,
      dataReferences: references.data,
      l1iMisses: tlbs[0].misses,
      l1dMisses: tlbs[1].misses,
      stlbMisses: tlbs[2].misses,
      walkReferences: walks.references,
      minorFaults: faults.minor,
      majorFaults: faults.major,
      protections: faults.protection,
      generalProtections: faults.generalProtection,
    };
  };
  for (const { kind, va, size } of records.slice(0, warmup)) machine.access(kind, va, size);
  const counted = records.slice(warmup);
  const intervals: RunSeries["intervals"] = [];
  for (let from = 0; from < counted.length; from += length) {
    const before = at();
    const part = counted.slice(from, from + length);
    for (const { kind, va, size } of part) machine.access(kind, va, size);
    const counts = at();
    for (const name of Object.keys(counts) as (keyof Counts)[]) counts[name] -= before[name];
    intervals.push({ records: part.length, ...counts });
  }
  return { intervalRecords: length, intervals };
}

/** The latest change before record `record` that `page` lies in decides. */
function regionAt(changes: readonly PlainChange[], record: number, page: bigint): string | null {
  const made = changes.filter((change) => change.record <= record);
  return made.findLast(({ first, last }) => first <= page && page <= last)?.region ?? null;
}

function rowOf(rows: PlainRows, name: string, region: string | null): AttributionRow {
  const known = rows.get(name);
  if (known !== undefined) return known;
  const row: AttributionRow = {
    name,
    ...(region === null ? {} : { region }),
    accesses: { fetch: 0, load: 0, store: 0, modify: 0 },
    references: { fetch: 0, data: 0 },
    l1Misses: 0,
    stlbMisses: 0,
    walkReferences: 0,
    faults: 0,
  };
  rows.set(name, row);
  return row;
}

function costsOf(machine: ReferenceMachine) {
  const { l1iMisses, l1dMisses, stlbMisses, walkReferences, minorFaults } = machine.misses();
  return { l1Misses: l1iMisses + l1dMisses, stlbMisses, walkReferences, faults: minorFaults };
}

function isCanonical(page: bigint): boolean {
  return touchedPages(page << 12n, 1) !== null;
}

function lastPageOf({ va, size }: Access): bigint {
  return ((va + BigInt(size - 1)) % 2n ** 64n) >> 12n;
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
