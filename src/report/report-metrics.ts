/** What runs are compared by. */
import { cpuTotals } from "./cpus-report.ts";
import type { DataColumn, DataTable } from "./data-table.ts";
import { hitRate, mpki, referencesPerWalk } from "./metrics.ts";
import { pageSizeName } from "./page-words.ts";
import type { Labelled } from "./report-data.ts";
import type { RunResult } from "./results.ts";

/** A number that every run has, or could have. */
export interface Metric {
  key: string;
  /** Alone, and in the head of a column. */
  name: string;
  head: string;
  kind: "count" | "share" | "decimal";
  best: "most" | "least";
  of(run: RunResult): number | null;
}

const rate = (of: "l1i" | "l1d" | "below") => (run: RunResult) => {
  const { hits, lookups } = cpuTotals(run)[of];
  return hitRate(hits, lookups);
};
const missesPerThousand = (of: "l1i" | "l1d") => (run: RunResult) => {
  const { hits, lookups } = cpuTotals(run)[of];
  return mpki(lookups - hits, run.trace.instructions);
};

/** In the order in which tables have them. */
const METRICS: readonly Metric[] = [
  { key: "l1iHitRate", name: "L1I hit rate", head: "L1I hits", kind: "share", best: "most", of: rate("l1i") },
  { key: "l1dHitRate", name: "L1D hit rate", head: "L1D hits", kind: "share", best: "most", of: rate("l1d") },
  {
    key: "hitRateBelow",
    name: "hit rate of the TLBs behind L1",
    head: "hits below",
    kind: "share",
    best: "most",
    of: rate("below"),
  },
  { key: "l1iMpki", name: "L1I MPKI", head: "L1I MPKI", kind: "decimal", best: "least", of: missesPerThousand("l1i") },
  { key: "l1dMpki", name: "L1D MPKI", head: "L1D MPKI", kind: "decimal", best: "least", of: missesPerThousand("l1d") },
  {
    key: "walksPerThousand",
    name: "walks per 1,000 instructions",
    head: "walks/1k",
    kind: "decimal",
    best: "least",
    of: (run) => cpuTotals(run).walksPerThousand,
  },
  {
    key: "walkReferencesPerThousand",
    name: "walk references per 1,000 instructions",
    head: "walk refs/1k",
    kind: "decimal",
    best: "least",
    of: (run) => cpuTotals(run).walkReferencesPerThousand,
  },
  { key: "walks", name: "walks", head: "walks", kind: "count", best: "least", of: ({ walks }) => walks.count },
  {
    key: "walkReferences",
    name: "walk references",
    head: "walk refs",
    kind: "count",
    best: "least",
    of: ({ walks }) => walks.references,
  },
  {
    key: "referencesPerWalk",
    name: "references per walk",
    head: "refs/walk",
    kind: "decimal",
    best: "least",
    of: ({ walks }) => referencesPerWalk(walks.references, walks.count),
  },
  {
    key: "minorFaults",
    name: "minor faults",
    head: "minor faults",
    kind: "count",
    best: "least",
    of: ({ faults }) => faults.minor,
  },
  {
    key: "majorFaults",
    name: "major faults",
    head: "major faults",
    kind: "count",
    best: "least",
    of: ({ faults }) => faults.major,
  },
  {
    key: "cyclesPerInstruction",
    name: "cycles for translations per instruction, at most",
    head: "cycles/instr.",
    kind: "decimal",
    best: "least",
    of: ({ cycles }) => cycles?.perInstruction?.atMost ?? null,
  },
];

/** Metrics that say something of `runs`: some run has them, and those that are seldom anything but 0 are not 0 everywhere. */
export function metricsOf(runs: readonly Labelled<RunResult>[]): Metric[] {
  return METRICS.filter(({ key, of }) =>
    runs.some(({ result }) => (key === "majorFaults" ? of(result) !== 0 : of(result) !== null)),
  );
}

/** The one to begin with. */
export function usualMetric(metrics: readonly Metric[]): Metric | undefined {
  return metrics.find(({ key }) => key === "walksPerThousand") ?? metrics.find(({ key }) => key === "walks");
}

/** A row for each run, with all of its metrics. */
export function runsTable(runs: readonly Labelled<RunResult>[]): DataTable<Labelled<RunResult>> {
  const pages = new Set(runs.map(({ result }) => pageSizeName(result.config)));
  const windows = runs.some(({ reported }) => reported.window !== null);
  type Column = DataColumn<Labelled<RunResult>>;
  return {
    title: "All runs",
    columns: [
      { key: "machine", head: "machine", kind: "name", value: ({ name }) => name },
      {
        key: "trace",
        head: "trace",
        kind: "name",
        value: ({ reported }) => reported.trace,
        text: ({ place }) => place,
      },
      ...(windows
        ? [{ key: "window", head: "window", kind: "name", value: ({ reported }) => reported.window } as Column]
        : []),
      // Else the machines' table has them.
      ...(pages.size > 1
        ? [
            {
              key: "pages",
              head: "pages",
              kind: "name",
              value: ({ result }) => pageSizeName(result.config),
            } as Column,
          ]
        : []),
      ...metricsOf(runs).map(
        ({ key, head, kind, of }): Column => ({ key, head, kind, value: ({ result }) => of(result) }),
      ),
    ],
    rows: runs,
    notes: [
      "L1I, L1D: the first level; hits below: of its misses, those that another TLB answered; /1k: for 1,000 instructions.",
    ],
  };
}

/** A row of a matrix: what its other dimension has there. */
export interface MatrixRow {
  name: string;
  cells: ReadonlyMap<string, number | null>;
}

/** One metric of machines and traces: a row for each place, a column for each machine, or the other way round. */
export function metricMatrix(
  runs: readonly Labelled<RunResult>[],
  metric: Metric,
  rowsAre: "traces" | "machines",
): DataTable<MatrixRow> {
  const rowOf = (run: Labelled<RunResult>) => (rowsAre === "traces" ? run.place : run.name);
  const columnOf = (run: Labelled<RunResult>) => (rowsAre === "traces" ? run.name : run.place);
  const rows = new Map<string, Map<string, number | null>>();
  for (const run of runs) {
    const row = rows.get(rowOf(run)) ?? new Map<string, number | null>();
    rows.set(rowOf(run), row.set(columnOf(run), metric.of(run.result)));
  }
  const heads = [...new Set(runs.map(columnOf))];
  return {
    title: `${metric.name[0]?.toUpperCase() ?? ""}${metric.name.slice(1)}`,
    columns: [
      {
        key: rowsAre === "traces" ? "trace" : "machine",
        head: rowsAre.slice(0, -1),
        kind: "name",
        value: ({ name }) => name,
      },
      ...heads.map(
        (head): DataColumn<MatrixRow> => ({
          key: head,
          head,
          kind: metric.kind,
          value: ({ cells }) => cells.get(head) ?? null,
          // Machines are compared with each other, traces are not.
          ...(rowsAre === "traces" ? { best: metric.best } : {}),
        }),
      ),
    ],
    rows: [...rows].map(([name, cells]) => ({ name, cells })),
  };
}
