/** What is said of one sweep, in words and tables that every output shares. */
import { curveSentences } from "./curve-words.ts";
import { count, counted, NOT_AVAILABLE, percent, percentColumn } from "./format.ts";
import { hitRate, missRatio } from "./metrics.ts";
import { leftOut, type ResultTable } from "./result-table.ts";
import type { SweepCurve, SweepPoint, SweepResult } from "./results.ts";
import { timePairs } from "./run-report.ts";
import { groupsOf, lookupsOf, type SweepGroup, spread, waysColumns, waysLabel } from "./sweep-groups.ts";
import { isPowerOfTwo } from "./ticks.ts";
import { geometryName, type Pair, tracePairs } from "./trace-words.ts";

/** Rows of one table. */
const MAX_ROWS = 40;
/** Rows that are chosen evenly where a table would have more, and few of them are powers of two. */
const SPREAD_ROWS = 24;
/** Columns of ways of one table. */
const MAX_COLUMNS = 12;

/** What the ratios of a sweep are of. */
export function ratioName({ l1 }: SweepResult): string {
  return l1.length > 0 ? "STLB miss ratio" : "Miss ratio";
}

/** What was read, what was looked at, and how. */
export function sweepPairs(result: Omit<SweepResult, "time"> & Partial<Pick<SweepResult, "time">>): Pair[] {
  const { l1, invalidations, checkedPoints, checkedReferences, time } = result;
  const rows: Pair[] = [
    ...tracePairs(result.trace),
    ["stream", `${result.stream}, ${counted(result.references, "reference")}`],
  ];
  for (const tlb of l1) {
    const rate = percent(hitRate(tlb.hits, tlb.lookups));
    const hits = `${count(tlb.hits)} of ${counted(tlb.lookups, "lookup")} hit, ${rate}`;
    rows.push([`${tlb.name}, ${tlb.pageSize}`, `${geometryName(tlb)} ${tlb.policy} in front: ${hits}`]);
  }
  if (l1.length > 0) {
    const lookups = result.lookups.map(({ pageSize, lookups }) => `${count(lookups)} with ${pageSize} pages`);
    rows.push(["STLB lookups", `${lookups.join(", ")}; ratios below are of these`]);
  }
  if (invalidations.flushes + invalidations.unmaps > 0) {
    const flushes = counted(invalidations.flushes, "flush", "flushes");
    rows.push(["invalidations", `${flushes} of all entries, ${counted(invalidations.unmaps, "unmapped range")}`]);
  }
  if (checkedPoints > 0) {
    const equal = checkedPoints === 1 ? "1 point equals" : `${count(checkedPoints)} points equal`;
    const over = checkedReferences === null ? "" : ` (first ${count(checkedReferences)} page changes)`;
    rows.push(["checked", `${equal} a direct simulation${over}`]);
  }
  return [...rows, ...timePairs(time)];
}

/** What the curves of all page sizes say of sizes: what they are of, and sentences. */
export function curveStory(result: SweepResult): { title: string; sentences: string[] } {
  const title = `How many entries are enough (fully associative ${result.l1.length > 0 ? "STLB" : "TLB"}, LRU)`;
  return {
    title,
    sentences: result.curves.flatMap((curve) => curveSentences(curve, lookupsOf(result, curve.pageSize))),
  };
}

/** The tables of all groups of points. */
export function sweepTables(result: SweepResult): ResultTable[] {
  return groupsOf(result.points).flatMap((group) => groupTables(group, result));
}

/** Points x miss ratio and points x misses, one row for each number of entries; a plain list where most is empty. */
function groupTables(group: SweepGroup, result: SweepResult): ResultTable[] {
  const name = groupName(group);
  const shown = readable(
    group.points,
    result.curves.find(({ pageSize }) => pageSize === group.pageSize),
  );
  const columns = waysColumns(shown);
  const rows = [...new Set(shown.map((point) => point.entries))].sort((a, b) => a - b);
  const filled = columns.reduce((sum, column) => sum + column.points.length, 0);
  const cold = group.points[0]?.coldMisses ?? 0;
  const share = percent(missRatio(cold, lookupsOf(result, group.pageSize)));
  const notes = [`Cold misses, which no size avoids: ${count(cold)}, ${share}`];
  if (2 * filled < rows.length * columns.length) {
    const list = shown.slice(0, MAX_ROWS);
    return [{ ...pointList(name, list), ...leftOut(group.points.length - list.length, "point"), notes }];
  }
  const pivot = (title: string, cells: (points: SweepPoint[]) => string[]): ResultTable => {
    const texts = columns.map((column) => {
      const text = cells(column.points);
      return new Map(column.points.map((point, index) => [point.entries, text[index] ?? ""]));
    });
    return {
      title,
      head: ["entries", ...columns.map((column) => waysLabel(column.ways))],
      rows: rows.map((entries) => [String(entries), ...texts.map((column) => column.get(entries) ?? "-")]),
      nameColumns: 0,
    };
  };
  const ratios = pivot(`${ratioName(result)}, ${name}`, (column) =>
    percentColumn(column.map((each) => each.missRatio)),
  );
  const misses = pivot(`Misses, ${name}`, (column) => column.map((point) => count(point.misses)));
  return [{ ...ratios, ...leftOut(group.points.length - shown.length, "point"), notes }, misses];
}

function groupName({ pageSize, policy, index, points }: SweepGroup): string {
  const engines = new Set(points.map(({ engine }) => (engine === "direct" ? "simulated directly" : "one pass")));
  return `${pageSize} pages, ${policy}${index === "xor" ? ", xor index" : ""} (${[...engines].join(" and ")})`;
}

/** Geometries and their counts, with where the misses come from: too few entries, or the sets and the policy. */
function pointList(title: string, points: readonly SweepPoint[]): ResultTable {
  const ratios = percentColumn(points.map((point) => point.missRatio));
  const rows = points.map((point, index) => [
    geometryName(point),
    count(point.sets),
    count(point.hits),
    count(point.misses),
    ratios[index] ?? NOT_AVAILABLE,
    count(point.capacityMisses),
    count(point.conflictMisses),
  ]);
  const head = ["geometry", "sets", "hits", "misses", "miss ratio", "capacity", "conflict"];
  return { title, head, rows, nameColumns: 1 };
}

/**
 * Points for tables that a person reads: where there are too many sizes, the powers of two and those that the curve
 * points at, or some that are spread evenly; where there are too many ways, the powers of two.
 */
function readable(points: readonly SweepPoint[], curve: SweepCurve | undefined): SweepPoint[] {
  const sizes = [...new Set(points.map(({ entries }) => entries))];
  const notable = new Set([
    ...(curve?.knees.map(({ entries }) => entries) ?? []),
    ...(curve?.steps.flatMap(({ fromEntries, toEntries }) => [fromEntries, toEntries]) ?? []),
    ...(curve === undefined ? [] : [curve.floorEntries]),
  ]);
  const ofSizes = (all: readonly SweepPoint[], entries: readonly number[]) => {
    const kept = new Set(entries);
    return all.filter((point) => kept.has(point.entries));
  };
  let shown = [...points];
  if (sizes.length > MAX_ROWS) {
    // Where the curve points, only the fully associative TLB: others of that size would have columns to themselves.
    shown = points.filter(({ entries, sets }) => isPowerOfTwo(entries) || (sets === 1 && notable.has(entries)));
    const rows = [...new Set(shown.map(({ entries }) => entries))];
    if (rows.length < SPREAD_ROWS / 2) shown = ofSizes(points, spread(sizes, SPREAD_ROWS, rows));
    else if (rows.length > MAX_ROWS) shown = ofSizes(shown, spread(rows, MAX_ROWS));
  }
  const ways = waysColumns(shown).map((column) => column.ways);
  if (ways.length <= MAX_COLUMNS) return shown;
  const numbers = ways.filter((way) => way !== "full");
  const powers = numbers.filter(isPowerOfTwo);
  const columns = new Set(powers.length > 2 ? powers.slice(0, MAX_COLUMNS - 1) : spread(numbers, MAX_COLUMNS - 1));
  return shown.filter((point) => columns.has(point.ways) || point.sets === 1);
}
