/** What a report says of itself: what was run, on what, and what has to be known before its numbers are used. */
import type { DataColumn, DataTable } from "./data-table.ts";
import { bytes, count, counted, printable } from "./format.ts";
import { pageSizeName } from "./page-words.ts";
import type { Labelled, LabelledResults, ReportData } from "./report-data.ts";
import type { RunResult, SweepResult, TlbResult } from "./results.ts";
import { formatName, geometryName, type Pair, tracePairs } from "./trace-words.ts";

/** Characters of a plan's hash that are shown. */
const HASH_SHOWN = 16;
/** Traces that a note tells by name, and units by number. */
const NAMED = 5;
const NUMBERED = 20;
/** Labels of what tracePairs() says that has to be known. */
const WARNINGS: ReadonlySet<string> = new Set(["note", "WARNING"]);

/** The report's own facts. */
export function aboutPairs(data: ReportData, { runs, sweeps }: LabelledResults): Pair[] {
  const places = new Set([...runs, ...sweeps].map(({ place }) => place));
  const what = [
    ...(runs.length > 0 ? [counted(runs.length, "run")] : []),
    ...(sweeps.length > 0 ? [counted(sweeps.length, "sweep")] : []),
  ];
  const versions = [...new Set(data.results.map(({ result }) => result.version))];
  return [
    [
      "results",
      `${what.join(" and ")} over ${counted(places.size, hasWindows(data) ? "part of traces" : "trace", hasWindows(data) ? "parts of traces" : "traces")}`,
    ],
    ["made by", `pagewalk ${versions.map(printable).join(", ")}`],
    ...data.sources.flatMap(({ file, title, plan }): Pair[] => [
      ["read from", `${printable(file)}${title === null ? "" : `: ${printable(title)}`}`],
      ...(plan === null
        ? []
        : [["plan", `${printable(plan.hash.slice(0, HASH_SHOWN))}, ${counted(plan.units, "unit")}`] as const]),
    ]),
  ];
}

function hasWindows({ results }: ReportData): boolean {
  return results.some(({ window }) => window !== null);
}

/** What has to be known before the numbers are used; none of it is harmless. */
export function reportNotes(data: ReportData, { runs, sweeps }: LabelledResults): string[] {
  const partial = data.sources.flatMap(({ file, plan }) =>
    plan === null || plan.missing.length === 0
      ? []
      : [
          `${printable(file)} is PARTIAL: ${count(plan.missing.length)} of ${counted(plan.units, "unit")} of the plan have no result (${listed(plan.missing.map(String), NUMBERED)}). This is not the experiment.`,
        ],
  );
  const byNote = new Map<string, Set<string>>();
  const add = (note: string, place: string) => byNote.set(note, (byNote.get(note) ?? new Set()).add(place));
  for (const { place, result } of [...runs, ...sweeps]) {
    for (const [label, words] of tracePairs(result.trace)) if (WARNINGS.has(label)) add(words, place);
  }
  for (const { place, name, result } of runs) {
    if (result.faults.protection > 0) {
      const records = counted(result.faults.protection, "record");
      add(`on ${name}, ${records} were not allowed by any mapping: the program would have ended there`, place);
    }
  }
  const assumed = runs.filter(({ result }) => result.config.cpuSources?.weakest === "assumed").map(({ name }) => name);
  const versions = new Set(data.results.map(({ result }) => result.version));
  return [
    ...partial,
    ...(versions.size > 1
      ? [`The results are of different versions of pagewalk: ${[...versions].map(printable).join(", ")}.`]
      : []),
    ...[...byNote].map(([note, places]) => `${listed([...places])}: ${note}.`),
    ...(assumed.length === 0
      ? []
      : [
          `Some values of ${listed([...new Set(assumed)])} are assumed: nobody vouches for them. pagewalk cpus says which.`,
        ]),
  ];
}

function listed(names: readonly string[], most = NAMED): string {
  const rest = names.length - most;
  return `${names.slice(0, most).join(", ")}${rest > 0 ? ` and ${count(rest)} more` : ""}`;
}

/** A trace, or a part of one, of which there are results. */
interface Place {
  place: string;
  of: Labelled<RunResult | SweepResult>;
  storedBytes: number | null;
}

/** The traces, each with its windows. */
export function tracesTable({ runs, sweeps }: LabelledResults): DataTable<Place> {
  const places = new Map<string, Place>();
  for (const of of [...runs, ...sweeps]) {
    if (!places.has(of.place)) {
      places.set(of.place, { place: of.place, of, storedBytes: of.reported.storedBytes });
    }
  }
  const rows = [...places.values()];
  const wordsOf = ({ of }: Place, label: string) => new Map(tracePairs(of.result.trace)).get(label) ?? null;
  const optional = (key: string, label: string): DataColumn<Place>[] =>
    rows.some((row) => wordsOf(row, label) !== null)
      ? [{ key, head: label, kind: "name", value: (row) => wordsOf(row, label) }]
      : [];
  const isShortened = rows.some(({ place, of }) => of.reported.window === null && place !== of.reported.trace);
  return {
    title: "Traces",
    columns: [
      { key: "name", head: "trace", kind: "name", value: ({ place }) => place },
      { key: "format", head: "format", kind: "name", value: ({ of }) => formatName(of.result.trace) },
      ...optional("window", "window"),
      ...optional("thread", "thread"),
      ...optional("recorder", "recorded by"),
      ...(isShortened || hasSeveralWindows(rows)
        ? [{ key: "path", head: "path", kind: "name", value: ({ of }: Place) => of.reported.trace } as const]
        : []),
      { key: "records", head: "records", kind: "count", value: ({ of }) => of.result.trace.records },
      {
        key: "instructions",
        head: "instructions",
        kind: "count",
        value: ({ of }) => (of.result.trace.instructions === 0 ? null : of.result.trace.instructions),
      },
      ...(rows.some(({ storedBytes }) => storedBytes !== null)
        ? [
            {
              key: "storedBytes",
              head: "size",
              kind: "count",
              value: ({ storedBytes }: Place) => storedBytes,
              text: ({ storedBytes }: Place) => (storedBytes === null ? "n/a" : bytes(storedBytes)),
            } as const,
          ]
        : []),
    ],
    rows,
  };
}

function hasSeveralWindows(rows: readonly Place[]): boolean {
  return rows.some(({ of }) => of.reported.window !== null);
}

/** The machines, each as over the first of its traces. */
export function machinesTable(runs: readonly Labelled<RunResult>[]): DataTable<Labelled<RunResult>> {
  const first = new Map<string, Labelled<RunResult>>();
  for (const run of runs) if (!first.has(run.name)) first.set(run.name, run);
  const tlbs = (of: (tlb: TlbResult) => boolean) => (run: Labelled<RunResult>) =>
    run.result.tlbs.filter(of).map(tlbWords).join(", ");
  const isFirst = ({ name, level }: TlbResult) => (level === undefined ? name !== "STLB" : level === 1);
  return {
    title: "Machines",
    columns: [
      { key: "machine", head: "machine", kind: "name", value: ({ name }) => name },
      {
        key: "cpu",
        head: "CPU",
        kind: "name",
        value: ({ result }) => result.config.cpu,
      },
      { key: "pages", head: "pages", kind: "name", value: ({ result }) => pageSizeName(result.config) },
      { key: "level1", head: "first level of TLBs", kind: "name", value: tlbs(isFirst) },
      { key: "below", head: "behind it", kind: "name", value: tlbs((tlb) => !isFirst(tlb)) },
      {
        key: "walkCaches",
        head: "paging-structure caches",
        kind: "name",
        value: ({ result }) => walkCacheWords(result),
      },
      {
        key: "sources",
        head: "sources",
        kind: "name",
        value: ({ result }) => result.config.cpuSources?.weakest ?? null,
        text: ({ result }) => result.config.cpuSources?.weakest ?? "-",
      },
    ],
    rows: [...first.values()],
    notes: [
      "Sources: the weakest that any number of a real CPU has (vendor, measured, secondary, assumed); - where all were chosen.",
    ],
  };
}

/** `L1D 64:4 lru`; of several arrays those for each size of pages. */
function tlbWords(tlb: TlbResult): string {
  const arrays = tlb.arrays ?? [];
  if (arrays.length < 2) return `${tlb.name} ${geometryName(tlb)} ${tlb.policy}`;
  const each = arrays.map((array) => `${array.holds.join("+")} ${geometryName(array)} ${array.policy}`);
  return `${tlb.name} (${each.join("; ")})`;
}

function walkCacheWords({ config, walkCaches }: RunResult): string {
  if (walkCaches !== undefined) {
    return walkCaches.map((cache) => `${cache.name} ${geometryName(cache)} ${cache.policy}`).join(", ");
  }
  const { pde, pdpte, pml4e } = config.psc;
  return `PDE ${pde}, PDPTE ${pdpte}, PML4E ${pml4e}`;
}

/** What each sweep swept. */
export function sweepsTable(sweeps: readonly Labelled<SweepResult>[]): DataTable<Labelled<SweepResult>> {
  const distinct = <Value>(values: readonly Value[]) => [...new Set(values)].join(", ");
  return {
    title: "Sweeps",
    columns: [
      { key: "sweep", head: "sweep", kind: "name", value: ({ name }) => name },
      {
        key: "trace",
        head: "trace",
        kind: "name",
        value: ({ reported }) => reported.trace,
        text: ({ place }) => place,
      },
      { key: "stream", head: "stream", kind: "name", value: ({ result }) => result.stream },
      {
        key: "pages",
        head: "pages",
        kind: "name",
        value: ({ result }) => distinct(result.points.map((each) => each.pageSize)),
      },
      {
        key: "policies",
        head: "policies",
        kind: "name",
        value: ({ result }) => distinct(result.points.map((each) => each.policy)),
      },
      {
        key: "l1",
        head: "in front",
        kind: "name",
        value: ({ result }) =>
          result.l1.map((tlb) => `${tlb.name} ${geometryName(tlb)} ${tlb.policy}`).join(", ") || null,
        text: ({ result }) => result.l1.map((tlb) => `${tlb.name} ${geometryName(tlb)}`).join(", ") || "nothing",
      },
      { key: "references", head: "references", kind: "count", value: ({ result }) => result.references },
      { key: "points", head: "points", kind: "count", value: ({ result }) => result.points.length },
      { key: "checkedPoints", head: "checked", kind: "count", value: ({ result }) => result.checkedPoints },
    ],
    rows: sweeps,
  };
}
