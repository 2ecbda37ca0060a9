/** Who missed, as tables: of one run, or of machines side by side. */
import type { Dimension } from "../config/attribution.ts";
import type { DataColumn, DataTable } from "./data-table.ts";
import { share } from "./metrics.ts";
import type { Labelled } from "./report-data.ts";
import type { AttributionRow, RunResult } from "./results.ts";

/** What a dimension is called. */
export const DIMENSION_NAMES: Readonly<Record<Dimension, string>> = {
  region: "region",
  page: "4 KiB page",
  pc: "instruction",
  kind: "kind of access",
};

/** What rows can be compared by. */
export const ATTRIBUTED = {
  walkReferences: { name: "walk references", of: (row: AttributionRow) => row.walkReferences },
  stlbMisses: { name: "STLB misses", of: (row: AttributionRow) => row.stlbMisses },
  l1Misses: { name: "L1 misses", of: (row: AttributionRow) => row.l1Misses },
  references: { name: "references", of: referencesOf },
  faults: { name: "faults", of: (row: AttributionRow) => row.faults },
} as const;

function referencesOf({ references }: AttributionRow): number {
  return references.fetch + references.data;
}

/** All that was counted of one run, those rows first that cost most. */
export function attributionTable(
  dimension: Dimension,
  { name, place, result }: Labelled<RunResult>,
): DataTable<AttributionRow> {
  const rows = result.by?.[dimension] ?? [];
  const all = rows.reduce((sum, row) => sum + row.walkReferences, 0);
  const regions = rows.some(({ region }) => region !== undefined);
  return {
    title: `Misses by ${DIMENSION_NAMES[dimension]}: ${name}, ${place}`,
    columns: [
      { key: "name", head: DIMENSION_NAMES[dimension], kind: "name", value: (row) => row.name },
      ...(regions
        ? [
            {
              key: "region",
              head: "region",
              kind: "name",
              value: (row) => row.region ?? null,
            } as DataColumn<AttributionRow>,
          ]
        : []),
      { key: "fetchReferences", head: "fetches", kind: "count", value: (row) => row.references.fetch },
      { key: "dataReferences", head: "data", kind: "count", value: (row) => row.references.data },
      { key: "l1Misses", head: "L1 misses", kind: "count", value: (row) => row.l1Misses },
      { key: "stlbMisses", head: "STLB misses", kind: "count", value: (row) => row.stlbMisses },
      { key: "walkReferences", head: "walk refs", kind: "count", value: (row) => row.walkReferences },
      {
        key: "share",
        head: "share",
        kind: "share",
        value: (row) => (all === 0 ? null : share(row.walkReferences, all)),
      },
      { key: "faults", head: "faults", kind: "count", value: (row) => row.faults },
    ],
    rows,
    notes: ["Fetches and data are references; share: of all walk references of the run."],
  };
}

/** A row of machines side by side; `null`: the machine has no such row, since nothing of it was met there. */
interface ComparedRow {
  name: string;
  counts: ReadonlyMap<string, number>;
}

/** One count of each row, for machines over the same trace. */
export function attributionMatrix(
  dimension: Dimension,
  runs: readonly Labelled<RunResult>[],
  counted: keyof typeof ATTRIBUTED,
): DataTable<ComparedRow> {
  const rows = new Map<string, Map<string, number>>();
  const { name: countName, of } = ATTRIBUTED[counted];
  for (const { name, result } of runs) {
    for (const row of result.by?.[dimension] ?? []) {
      const counts = rows.get(row.name) ?? new Map<string, number>();
      // An instruction or a page is one row; regions of the same name are.
      rows.set(row.name, counts.set(name, (counts.get(name) ?? 0) + of(row)));
    }
  }
  return {
    title: `${countName[0]?.toUpperCase() ?? ""}${countName.slice(1)} by ${DIMENSION_NAMES[dimension]}: ${runs[0]?.place ?? ""}`,
    columns: [
      { key: dimension, head: DIMENSION_NAMES[dimension], kind: "name", value: ({ name }) => name },
      ...runs.map(
        ({ name }): DataColumn<ComparedRow> => ({
          key: name,
          head: name,
          kind: "count",
          value: ({ counts }) => counts.get(name) ?? null,
        }),
      ),
    ],
    rows: [...rows].map(([name, counts]) => ({ name, counts })),
  };
}
