/** Misses over time, as a picture and a table need them. */
import { count, decimal, printable } from "./format.ts";
import { type LineStyle, lineStyle } from "./line-styles.ts";
import { missesPerThousandRecords } from "./metrics.ts";
import { byTrace, type NamedRun } from "./named-run.ts";
import type { ResultTable } from "./result-table.ts";
import type { RunProfile, RunResult } from "./results.ts";

/** What is counted for each interval, in the order in which it is drawn. */
const PHASE_COUNTS = [
  ["L1I", "l1iMisses"],
  ["L1D", "l1dMisses"],
  ["STLB", "stlbMisses"],
] as const;

type Interval = RunProfile["intervals"][number];

/** Intervals that are drawn: as many as a profile has at most, while a series may have any number. */
const DRAWN_INTERVALS = 512;

/** What `run` counted over time: its profile or, where it has none, its series. */
export function overTime({
  profile,
  series,
}: RunResult): { intervalRecords: number; intervals: Interval[] } | undefined {
  return profile ?? series;
}

/** A TLB's misses over time. */
export interface PhaseLine {
  label: string;
  /** Colours for TLBs, dashes for machines. */
  style: LineStyle;
  /** Misses per 1,000 records, after the first `from` records; in ascending order, up to `records` of the trace. */
  steps: { from: number; misses: number }[];
}

/** The lines of the runs over one trace. */
export interface Phases {
  trace: string;
  records: number;
  lines: PhaseLine[];
}

/** One for each trace over which runs went that counted over time, in the order of the first ones. */
export function phasesOf(runs: readonly NamedRun[]): Phases[] {
  return byTrace(runs.filter(({ run }) => overTime(run) !== undefined)).map(({ trace, runs }) => ({
    trace,
    records: Math.max(...runs.map(({ run }) => run.trace.records)),
    lines: runs.flatMap(({ machine, run }, ofMachine) =>
      PHASE_COUNTS.map(([tlb, misses], ofTlb) => ({
        label: runs.length > 1 ? `${printable(machine)}: ${tlb}` : tlb,
        style: lineStyle(ofTlb, ofMachine),
        steps: stepsOf(merged(overTime(run)?.intervals ?? [], DRAWN_INTERVALS), misses),
      })),
    ),
  }));
}

function stepsOf(intervals: readonly Interval[], name: (typeof PHASE_COUNTS)[number][1]): PhaseLine["steps"] {
  let from = 0;
  return intervals.map((interval) => {
    const step = { from, misses: missesPerThousandRecords(interval[name], interval.records) };
    from += interval.records;
    return step;
  });
}

/** Rows of a table, about. */
const TABLE_ROWS = 40;

/** The phases of one run, in rows of so many intervals that they can be read. Records count from 1. */
export function phasesTable({ machine, run }: NamedRun): ResultTable {
  const intervals = merged(overTime(run)?.intervals ?? [], TABLE_ROWS);
  let from = 0;
  return {
    title: `${printable(`${machine}, ${run.trace.path}`)}: misses per 1,000 records`,
    head: ["from record", "records", ...PHASE_COUNTS.map(([tlb]) => tlb), "walk references", "minor faults"],
    rows: intervals.map((interval) => {
      const first = from;
      from += interval.records;
      return [
        count(first + 1),
        count(interval.records),
        ...PHASE_COUNTS.map(([, misses]) => decimal(missesPerThousandRecords(interval[misses], interval.records), 3)),
        count(interval.walkReferences),
        count(interval.minorFaults),
      ];
    }),
    nameColumns: 0,
  };
}

/** `intervals`, neighbours added up so that they are `most` at most: as many in each but the last. */
export function merged<Counts extends { [name in keyof Counts]: number }>(
  intervals: readonly Counts[],
  most: number,
): Counts[] {
  const each = Math.ceil(intervals.length / most);
  const sums: Counts[] = [];
  for (let from = 0; from < intervals.length; from += each) {
    sums.push(intervals.slice(from, from + each).reduce(added));
  }
  return sums;
}

function added<Counts extends { [name in keyof Counts]: number }>(a: Counts, b: Counts): Counts {
  const sum = { ...a };
  for (const name of Object.keys(a) as (keyof Counts)[]) (sum[name] as number) += b[name];
  return sum;
}
