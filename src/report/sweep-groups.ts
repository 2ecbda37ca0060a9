/** The points of a sweep as people look at them: groups, columns of ways, and the lines of a picture. No words but names. */
import type { PageSize, Policy, SetIndex } from "../config/types.ts";
import { counted } from "./format.ts";
import { missRatio, mpki } from "./metrics.ts";
import type { SweepCurve, SweepPoint, SweepResult } from "./results.ts";
import { isPowerOfTwo } from "./ticks.ts";

/** Points that differ in geometry only. */
export interface SweepGroup {
  pageSize: PageSize;
  policy: Policy;
  index: SetIndex;
  points: SweepPoint[];
}

/** A column of a table and a line of a picture: all points of a group that have these ways, in ascending order of entries. */
interface WaysColumn {
  ways: number | "full";
  points: SweepPoint[];
}

/** A point of a line: one TLB of so many entries. */
export interface LinePoint {
  entries: number;
  misses: number;
  /** misses / lookups, 0..1. */
  missRatio: number;
  /** Misses per 1,000 instructions; `null` if the trace tells of none. */
  mpki: number | null;
}

export interface SweepLine {
  label: string;
  /** The same for lines that differ in ways only. */
  group: string;
  ways: number | "full";
  /** In ascending order of `entries`. */
  points: LinePoint[];
  /** Entries of the points that were asked for; those between them are there to draw the line. */
  marks: ReadonlySet<number>;
}

/** Points that a line of a picture has at most, if not more are asked for or needed for its steps. */
const MAX_LINE_POINTS = 100;

/** Ways in the order in which they are left out last. */
const WAYS_BY_INTEREST: readonly (number | "full")[] = ["full", 4, 1, 8, 16, 2];

/** The points in groups, in the order of their first points. */
export function groupsOf(points: readonly SweepPoint[]): SweepGroup[] {
  const groups = new Map<string, SweepGroup>();
  for (const point of points) {
    const { pageSize, policy, index } = point;
    const name = `${pageSize} ${policy} ${index}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { pageSize, policy, index, points: [point] });
    else group.points.push(point);
  }
  return [...groups.values()];
}

/**
 * The points of a group by their ways, ascending, then `full`. A fully associative point is in the column of its number
 * too if other points are; `full` exists if some point would have no column without it.
 */
export function waysColumns(points: readonly SweepPoint[]): WaysColumn[] {
  const columns = new Map<number | "full", SweepPoint[]>();
  for (const { ways, sets } of points) if (sets > 1) columns.set(ways, []);
  const numbers = [...columns.keys()].sort((a, b) => Number(a) - Number(b));
  const full = points.filter((point) => point.sets === 1);
  for (const point of points) columns.get(point.ways)?.push(point);
  if (full.some((point) => !columns.has(point.ways))) columns.set("full", full);
  return [...numbers, "full" as const].flatMap((ways) => {
    const column = columns.get(ways)?.sort((a, b) => a.entries - b.entries);
    return column === undefined ? [] : [{ ways, points: column }];
  });
}

/**
 * The lines of a picture, `most` at most, and how many were left out: those of the ways that are of least interest.
 * That of fully associative LRU TLBs is drawn from the curve of the page size, as far as the points reach.
 */
export function linesOf(result: SweepResult, most: number): { lines: SweepLine[]; left: number } {
  const groups = groupsOf(result.points);
  const sizes = new Set([...groups.map(({ pageSize }) => pageSize), ...result.curves.map(({ pageSize }) => pageSize)]);
  const policies = new Set([...groups.map(({ policy }) => policy), ...(result.curves.length > 0 ? ["lru"] : [])]);
  const line = (
    { pageSize, policy, index }: Omit<SweepGroup, "points">,
    ways: SweepLine["ways"],
    through: Pick<SweepLine, "points" | "marks">,
  ): SweepLine => {
    const size = sizes.size > 1 ? [pageSize] : [];
    const label = [
      ...size,
      ...(policies.size > 1 ? [policy] : []),
      waysLabel(ways),
      ...(index === "xor" ? [index] : []),
    ];
    return { label: label.join(" "), group: `${pageSize} ${policy} ${index}`, ways, ...through };
  };
  const range = rangeOf(result);
  const all = [...sizes].flatMap((pageSize) => {
    const curve = result.curves.find((each) => each.pageSize === pageSize);
    const lines: SweepLine[] = [];
    let onCurve: SweepPoint[] = [];
    for (const group of groups.filter((each) => each.pageSize === pageSize)) {
      for (const { ways, points } of waysColumns(group.points)) {
        if (curve !== undefined && group.policy === "lru" && ways === "full") onCurve = [...onCurve, ...points];
        else lines.push(line(group, ways, lineThrough(points, [], [])));
      }
    }
    if (curve === undefined) return lines;
    const steps = curve.steps.flatMap(({ fromEntries, toEntries }) => [fromEntries, toEntries]);
    const knees = curve.knees.flatMap(({ entries }) => entries ?? []);
    const samples = samplesIn(curve, range, lookupsOf(result, pageSize), result.trace.instructions);
    const through = lineThrough(onCurve, samples, [...steps, ...knees]);
    return [...lines, line({ pageSize, policy: "lru", index: "modulo" }, "full", through)];
  });
  const rank = ({ ways }: SweepLine) => WAYS_BY_INTEREST.indexOf(ways) + 1 || Number.POSITIVE_INFINITY;
  const ofInterest = all.length <= most ? all : all.filter((line) => rank(line) < Number.POSITIVE_INFINITY);
  const ranked = (ofInterest.length > 0 ? [...ofInterest] : [...all]).sort((a, b) => rank(a) - rank(b));
  const chosen = new Set(ranked.slice(0, most));
  return { lines: all.filter((line) => chosen.has(line)), left: all.length - chosen.size };
}

/** Entries from the smallest to the largest point, or of the whole curves where those are too few for a line. */
function rangeOf({ points, curves }: SweepResult): [least: number, most: number] {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const { entries } of points) {
    least = Math.min(least, entries);
    most = Math.max(most, entries);
  }
  if (least < most) return [least, most];
  return [1, Math.max(2, most, ...curves.map(({ floorEntries }) => floorEntries))];
}

/** The samples of the curve within the range; from its floor on it is level, to the end of the range. */
function samplesIn(
  curve: SweepCurve,
  [least, most]: [number, number],
  lookups: number,
  instructions: number,
): LinePoint[] {
  const samples = curve.samples.filter(({ entries }) => entries >= least && entries <= most);
  if (curve.floorEntries < least) samples.push({ entries: least, misses: curve.coldMisses });
  if (curve.floorEntries < most) samples.push({ entries: most, misses: curve.coldMisses });
  return samples.map(({ entries, misses }) => ({
    entries,
    misses,
    missRatio: missRatio(misses, lookups),
    mpki: mpki(misses, instructions),
  }));
}

/** The line through `points`, which it marks, and through some of `others`: those that have one of `kept` entries in any case. */
function lineThrough(
  points: readonly SweepPoint[],
  others: readonly LinePoint[],
  kept: readonly number[],
): Pick<SweepLine, "points" | "marks"> {
  const byEntries = new Map(
    [...others, ...points].map(({ entries, misses, missRatio, mpki }): [number, LinePoint] => [
      entries,
      { entries, misses, missRatio, mpki },
    ]),
  );
  const marks = new Set(points.map(({ entries }) => entries));
  const sizes = [...byEntries.keys()];
  const wanted = marks.size < MAX_LINE_POINTS ? [...marks, ...kept] : kept;
  const drawn = spread(sizes, MAX_LINE_POINTS, [...wanted, ...sizes.filter(isPowerOfTwo)]);
  return { points: drawn.flatMap((entries) => byEntries.get(entries) ?? []), marks };
}

/**
 * About `most` of `sizes` at most, ascending and evenly spread over the logarithm, both ends among them; and all that are
 * among `kept`.
 */
export function spread(sizes: readonly number[], most: number, kept: readonly number[] = []): number[] {
  const sorted = [...new Set(sizes)].sort((a, b) => a - b);
  if (sorted.length <= most) return sorted;
  const wanted = new Set(kept);
  const last = sorted.at(-1) ?? 1;
  const others = Math.max(2, most - sorted.filter((size) => wanted.has(size)).length);
  const step = Math.log2(last / (sorted[0] ?? 1)) / (others - 1);
  let next = Number.NEGATIVE_INFINITY;
  return sorted.filter((size) => {
    const isNext = Math.log2(size) >= next;
    if (isNext) next = Math.log2(size) + step;
    return isNext || size === last || wanted.has(size);
  });
}

export function waysLabel(ways: number | "full"): string {
  return ways === "full" ? "full" : counted(ways, "way");
}

/** Lookups in the points of that page size. */
export function lookupsOf(result: SweepResult, pageSize: PageSize): number {
  return result.lookups.find((each) => each.pageSize === pageSize)?.lookups ?? result.references;
}
