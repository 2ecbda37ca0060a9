/** Who missed, from what the kernel counted. */
import type { Dimension, ResolvedAttribution } from "./config/attribution.ts";
import { ConfigError, TraceError } from "./errors.ts";
import type { CountedRow } from "./kernel/attribution.ts";
import type { OsReplay } from "./kernel/os-replay.ts";
import { regionsOfTrace } from "./regions/open.ts";
import { REGION_SOURCES, type Region } from "./regions/region.ts";
import { hexAddress } from "./report/format.ts";
import type { AttributionRow, RunResult } from "./report/results.ts";
import { SeriesCollector } from "./series.ts";
import type { Trace } from "./trace/trace.ts";

const KINDS = ["fetch", "load", "store", "modify"] as const;
const UNATTRIBUTED = "unattributed";
const UNKNOWN = "unknown";
const PAGE_SHIFT = 12n;

/**
 * The regions of the program that `trace` is of: those given, else, where rows are to tell of them, those that were recorded
 * with it; `null`: none are known. Rejects with ConfigError if there must be some, and as regionsOfTrace() does.
 */
export async function regionsFor(
  trace: Trace,
  { by }: ResolvedAttribution,
  { maps, regions }: { maps?: readonly Region[] | undefined; regions?: readonly Region[] | undefined },
): Promise<readonly Region[] | null> {
  if (maps !== undefined && regions !== undefined) {
    throw new ConfigError("regions", "maps as well", "one of them: maps tell what regions are called, too");
  }
  const given = maps ?? regions;
  if (given !== undefined) return given;
  const mustBe = by.includes("region");
  if (!mustBe && !by.includes("page") && !by.includes("pc")) return null;
  const recorded = await regionsOfTrace(trace).catch((error: unknown) => {
    // What is no more than another column is done without where the trace can be read only once.
    if (mustBe || !(error instanceof TraceError)) throw error;
    return null;
  });
  if (recorded !== null || !mustBe) return recorded;
  throw new ConfigError("by", "region, and no regions", `it with --regions or --maps: ${REGION_SOURCES}`);
}

/** What a replay with an operating system counts for each row, and over time. */
export class RunAttribution {
  readonly #machine: OsReplay;
  readonly #by: readonly Dimension[];
  readonly #regionNames: readonly string[];
  readonly #series: SeriesCollector | null;

  /**
   * Of a replay by `machine`, before its first record. `regionNames`: those of the changes in its timeline. Throws
   * KernelError.
   */
  constructor(machine: OsReplay, { by, interval }: ResolvedAttribution, regionNames: readonly string[]) {
    this.#machine = machine;
    this.#by = by;
    this.#regionNames = regionNames;
    machine.attribute(by, regionNames.length, interval);
    this.#series = interval === 0 ? null : new SeriesCollector(interval, machine.seriesCounts());
  }

  /** Takes what was noted in a piece. To be called after each. Throws ConfigError if a series gets too long. */
  take(): void {
    this.#series?.add(this.#machine.takeSeriesEnds());
  }

  /** Begins anew, after Kernel.endWarmup(). */
  endWarmup(): void {
    this.#machine.endWarmup();
    this.#series?.restart(this.#machine.seriesCounts());
  }

  /** What of the run's result is of it; `records`: that of the trace. */
  result(records: number): Pick<RunResult, "by" | "series"> {
    const rows = this.#by.map((dimension) => {
      return [dimension, attributionRows(dimension, this.#machine.attribution(dimension), this.#regionNames)];
    });
    return {
      ...(rows.length === 0 ? {} : { by: Object.fromEntries(rows) }),
      ...(this.#series === null ? {} : { series: this.#series.finish(records, this.#machine.seriesCounts()) }),
    };
  }
}

/** The rows of one dimension, in the order of a result. `regionNames`: those of the regions, from number 1 on. */
function attributionRows(
  dimension: Dimension,
  rows: readonly CountedRow[],
  regionNames: readonly string[],
): AttributionRow[] {
  return rows
    .map((row) => ({ row, address: addressOf(dimension, row), name: nameOf(dimension, row, regionNames) }))
    .sort((a, b) => costlier(a.row, b.row) || compare(a.address, b.address) || compare(a.name, b.name))
    .map(({ row, name }) => {
      const [fetch, load, store, modify] = row.accesses;
      const region = row.region === 0 ? undefined : regionNames[row.region - 1];
      return {
        name,
        ...(region === undefined ? {} : { region }),
        accesses: { fetch, load, store, modify },
        references: { fetch: row.fetchReferences, data: row.dataReferences },
        l1Misses: row.l1Misses,
        stlbMisses: row.stlbMisses,
        walkReferences: row.walkReferences,
        faults: row.faults,
      };
    });
}

/** First byte of a page or instruction; 0 where rows have no address, or none that is known. */
function addressOf(dimension: Dimension, { key }: CountedRow): bigint {
  if (key === null || dimension === "region" || dimension === "kind") return 0n;
  return dimension === "page" ? key << PAGE_SHIFT : key;
}

function nameOf(dimension: Dimension, row: CountedRow, regionNames: readonly string[]): string {
  if (row.key === null) return UNKNOWN;
  if (dimension === "kind") return KINDS[Number(row.key)] ?? UNKNOWN;
  if (dimension === "region") return regionNames[Number(row.key) - 1] ?? UNATTRIBUTED;
  return hexAddress(addressOf(dimension, row));
}

function costlier(a: CountedRow, b: CountedRow): number {
  const references = ({ fetchReferences, dataReferences }: CountedRow) => fetchReferences + dataReferences;
  return (
    b.walkReferences - a.walkReferences ||
    b.stlbMisses - a.stlbMisses ||
    b.l1Misses - a.l1Misses ||
    references(b) - references(a)
  );
}

function compare<Value extends bigint | string>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
