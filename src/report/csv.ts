/**
 * Results as CSV: a header, then rows, in an order of columns that only ever grows at the end. Ratios are fractions; what
 * is not known is empty; no times, so that the same trace and configuration give the same bytes.
 */
import type { PageSize } from "../config/types.ts";
import { line, pieces, type Row, toCsv, type Value } from "./csv-lines.ts";
import { arrayWords } from "./hierarchy-report.ts";
import { pageSizeName } from "./page-words.ts";
import type {
  InfoFailure,
  InfoResult,
  NestedWalks,
  RunResult,
  SweepPoint,
  SweepResult,
  TlbResult,
  TraceSummary,
} from "./results.ts";
import { SAMPLED } from "./trace-words.ts";

/**
 * One row for each TLB of each run. Walks are columns of the last one, which is that of the highest level, so that sums are right.
 * Level, kinds and arrays are columns if there is a CPU that is not of the plain shape.
 */
export function runCsv(results: readonly RunResult[]): string {
  const columns: RunColumns = {
    note: results.some(({ trace }) => trace.sampled),
    thread: tellThreads(results),
    levels: results.some(({ config }) => config.hierarchy !== undefined),
    cycles: results.some(({ cycles }) => cycles !== undefined),
    host: results.some(({ walks }) => walks.nested !== undefined),
    prefetch: results.some(({ prefetch }) => prefetch !== undefined),
  };
  return toCsv(results.flatMap((result) => runRows(result, columns)));
}

/** Which columns there are that not every run has something for. */
type RunColumns = Record<"note" | "thread" | "levels" | "cycles" | "host" | "prefetch", boolean>;

/** All of them: for rows of results that are not known together. */
export const ALL_RUN_COLUMNS: RunColumns = {
  note: true,
  thread: true,
  levels: true,
  cycles: true,
  host: true,
  prefetch: true,
};

/** The rows of one run. */
export function runRows(result: Omit<RunResult, "time">, columns: RunColumns): Row[] {
  return result.tlbs.map((tlb): Row => {
    const isLast = tlb === result.tlbs.at(-1);
    const walks = isLast ? result.walks : undefined;
    return {
      ...traceColumns(result.trace),
      cpu: result.config.cpu,
      pageSize: pageSizeName(result.config),
      tlb: tlb.name,
      entries: tlb.entries,
      ways: tlb.ways,
      policy: tlb.policy,
      lookups: tlb.lookups,
      hits: tlb.hits,
      misses: tlb.misses,
      missRatio: tlb.missRatio,
      mpki: tlb.mpki,
      walks: walks?.count,
      walkReferences: walks?.references,
      setDirtyWalks: walks?.setDirty,
      setDirtyReferences: walks?.setDirtyReferences,
      ...(columns.note ? { note: noteOf(result.trace) } : {}),
      ...(columns.thread ? { thread: result.trace.thread } : {}),
      ...(columns.levels ? levelColumns(tlb) : {}),
      ...(columns.cycles ? cyclesColumns(walks === undefined ? undefined : result.cycles) : {}),
      ...(columns.host ? hostColumns(result, walks?.nested) : {}),
      ...(columns.prefetch ? prefetchColumns(isLast ? result : {}) : {}),
    };
  });
}

/** Cycles of a run, if it has some: columns of the row that has its walks. */
function cyclesColumns(cycles: RunResult["cycles"]): Row {
  return { costModel: cycles?.model, cyclesAtLeast: cycles?.total.atLeast, cyclesAtMost: cycles?.total.atMost };
}

/** Of a TLB of a CPU that is not of the plain shape; empty of others. */
function levelColumns({ level, kinds, arrays }: TlbResult): Row {
  return { level, kinds: kinds?.join(" "), arrays: arrays?.map(arrayWords).join("; ") };
}

/** Of the prefetcher's buffer, whose row is the last; of others they are empty. */
function prefetchColumns({ prefetch }: Pick<RunResult, "prefetch">): Row {
  return {
    prefetcher: prefetch?.policy,
    prefetchPredictions: prefetch?.predictions,
    prefetchWalks: prefetch?.walks,
    prefetchWalkReferences: prefetch?.walkReferences,
    prefetchesIssued: prefetch?.issued,
    prefetchesUseful: prefetch?.useful,
    prefetchesUnused: prefetch?.unused,
    prefetchAccuracy: prefetch?.accuracy,
    prefetchCoverage: prefetch?.coverage,
  };
}

/** Columns of the host's side of walks. */
function hostColumns({ config }: Pick<RunResult, "config">, nested: NestedWalks | undefined): Row {
  return {
    hostPageSize: config.nested?.pageSize,
    hostReferences: nested?.references,
    nestedLookups: nested?.tlb.lookups,
    nestedMisses: nested?.tlb.misses,
    eptViolations: nested?.faults,
  };
}

type SweepColumn = [
  name: string,
  value: (point: SweepPoint, result: Omit<SweepResult, "time">, lookups: number) => Value,
];

/** The columns of a sweep. Not made of objects as the others are: there may be a million rows. */
const SWEEP_COLUMNS: readonly SweepColumn[] = [
  ["trace", (_, { trace }) => trace.path],
  ["format", (_, { trace }) => trace.format],
  ["records", (_, { trace }) => trace.records],
  ["instructions", (_, { trace }) => trace.instructions],
  ["stream", (_, { stream }) => stream],
  ["references", (_, { references }) => references],
  ["pageSize", ({ pageSize }) => pageSize],
  ["policy", ({ policy }) => policy],
  ["entries", ({ entries }) => entries],
  ["ways", ({ ways }) => ways],
  ["sets", ({ sets }) => sets],
  ["hits", ({ hits }) => hits],
  ["misses", ({ misses }) => misses],
  ["coldMisses", ({ coldMisses }) => coldMisses],
  ["missRatio", ({ missRatio }) => missRatio],
  ["index", ({ index }) => index],
  ["engine", ({ engine }) => engine],
  ["lookups", (_point, _result, lookups) => lookups],
  ["capacityMisses", ({ capacityMisses }) => capacityMisses],
  ["conflictMisses", ({ conflictMisses }) => conflictMisses],
  ["setDirty", ({ setDirty }) => setDirty],
  ["mpki", ({ mpki }) => mpki],
];

/** A last column, only there if one of the traces is of samples. */
const NOTE_COLUMN: SweepColumn = ["note", (_, { trace }) => noteOf(trace)];
/** Behind that one, only there if one of the results is of a thread. */
const THREAD_COLUMN: SweepColumn = ["thread", (_, { trace }) => trace.thread];

/** All of them: for rows of results that are not known together. */
export const ALL_SWEEP_COLUMNS: readonly SweepColumn[] = [...SWEEP_COLUMNS, NOTE_COLUMN, THREAD_COLUMN];

/** One row for each point of each sweep, in the order of the points; in pieces, each of some rows. */
export function sweepCsv(results: readonly SweepResult[]): Generator<string> {
  return pieces(sweepLines(results));
}

function* sweepLines(results: readonly SweepResult[]): Generator<string> {
  const columns = [
    ...SWEEP_COLUMNS,
    ...(results.some(({ trace }) => trace.sampled) ? [NOTE_COLUMN] : []),
    ...(tellThreads(results) ? [THREAD_COLUMN] : []),
  ];
  yield line(columns.map(([name]) => name));
  for (const result of results) {
    for (const row of sweepRows(result, columns)) yield line(row);
  }
}

/** The rows of one sweep. */
export function* sweepRows(result: Omit<SweepResult, "time">, columns: readonly SweepColumn[]): Generator<Value[]> {
  const lookups = new Map(result.lookups.map((each) => [each.pageSize, each.lookups]));
  for (const point of result.points) {
    const ofPageSize = lookups.get(point.pageSize) ?? result.references;
    yield columns.map(([, value]) => value(point, result, ofPageSize));
  }
}

/**
 * One row for each interval of each profile, in the order of the trace; in pieces, each of some rows. `run` counts the
 * results from 1, since several may be of one trace; those without a profile have no rows. `interval` counts from 0, and
 * `firstRecord`, as records in errors do, from 1.
 */
export function intervalsCsv(results: readonly RunResult[]): Generator<string> {
  return pieces(intervalLines(results));
}

function* intervalLines(results: readonly RunResult[]): Generator<string> {
  const counts = ["records", "l1iMisses", "l1dMisses", "stlbMisses", "walkReferences", "minorFaults"] as const;
  yield line(["trace", "run", "interval", "firstRecord", ...counts]);
  for (const [run, { trace, profile }] of results.entries()) {
    if (profile === undefined) continue;
    for (const [index, interval] of profile.intervals.entries()) {
      const firstRecord = index * profile.intervalRecords + 1;
      yield line([trace.path, run + 1, index, firstRecord, ...counts.map((name) => interval[name])]);
    }
  }
}

/**
 * One row for each block and interval in which something missed, by address, then in the order of the trace; in pieces,
 * each of some rows. `run` and `interval` are those of intervalsCsv().
 */
export function blocksCsv(results: readonly RunResult[]): Generator<string> {
  return pieces(blockLines(results));
}

function* blockLines(results: readonly RunResult[]): Generator<string> {
  yield line(["trace", "run", "address", "bytes", "interval", "l1Misses", "stlbMisses"]);
  for (const [run, { trace, profile }] of results.entries()) {
    for (const { address, l1Misses, stlbMisses } of profile?.blocks ?? []) {
      for (const [index, misses] of l1Misses.entries()) {
        if (misses === 0) continue; // nothing that hit in L1 was looked up in the STLB
        yield line([trace.path, run + 1, address, profile?.blockBytes, index, misses, stlbMisses[index]]);
      }
    }
  }
}

/** One row for each trace that could be opened. Of one that is not complete it has what stands before the error. */
export function infoCsv(all: readonly (InfoResult | InfoFailure)[]): string {
  const results = all.filter((result): result is InfoResult => "accesses" in result);
  const areOfThreads = tellThreads(results);
  const rows = results.map((result): Row => {
    const footprint = (pageSize: PageSize) => result.footprint.find((entry) => entry.pageSize === pageSize);
    const pages: Row = {};
    for (const pageSize of ["4K", "2M", "1G"] as const) {
      pages[`pages${pageSize}`] = footprint(pageSize)?.pages;
      pages[`codePages${pageSize}`] = footprint(pageSize)?.codePages;
      pages[`dataPages${pageSize}`] = footprint(pageSize)?.dataPages;
    }
    return {
      ...traceColumns(result.trace),
      compression: result.trace.compression,
      storedBytes: result.trace.storedBytes,
      bytes: result.trace.bytes,
      skippedLines: result.trace.skippedLines,
      fetches: result.accesses.fetch,
      loads: result.accesses.load,
      stores: result.accesses.store,
      modifies: result.accesses.modify,
      fetchReferences: result.references.fetch,
      dataReferences: result.references.data,
      ...pages,
      lowestAddress: result.addresses.lowest,
      highestAddress: result.addresses.highest,
      straddling: result.straddling,
      nonCanonical: result.nonCanonical,
      lineStraddling: result.lineStraddling,
      architecture: result.architecture.guess,
      threads: result.threads?.length,
      notes: result.notes.join(" "),
      complete: String(result.complete),
      error: result.error?.code,
      errorRecord: result.error?.record,
      errorLine: result.error?.line,
      errorByte: result.error?.byteOffset,
      errorStoredByte: result.error?.storedOffset,
      likelyCause: result.error?.likelyCause?.name,
      damagedLines: result.trace.damagedLines ?? 0,
      ...(areOfThreads ? { thread: result.trace.thread } : {}),
    };
  });
  return toCsv(rows);
}

/** One row for each region of each trace, ascending by address. */
export function regionsCsv(results: readonly (InfoResult | InfoFailure)[]): string {
  const read = results.filter((result): result is InfoResult => "regions" in result);
  const areOfThreads = tellThreads(read);
  const rows = read.flatMap(({ trace, regions }) =>
    regions.ranges.map((region): Row => {
      return { trace: trace.path, ...region, ...(areOfThreads ? { thread: trace.thread } : {}) };
    }),
  );
  return toCsv(rows);
}

/** Whether there is a result of one thread: without its id, those of several could not be told apart. */
export function tellThreads(results: readonly { trace: TraceSummary }[]): boolean {
  return results.some(({ trace }) => trace.thread !== undefined);
}

function noteOf({ sampled }: TraceSummary): string {
  return sampled ? SAMPLED : "";
}

/** What was read. */
export function traceColumns(trace: TraceSummary): Row {
  return { trace: trace.path, format: trace.format, records: trace.records, instructions: trace.instructions };
}
