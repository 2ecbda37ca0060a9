/** What the curves of a sweep are drawn against: quantity and scale of the y axis, ticks of both axes. */
import { decimal, percent } from "./format.ts";
import { missRatio, mpki } from "./metrics.ts";
import type { SweepResult } from "./results.ts";
import { type LinePoint, lookupsOf, type SweepLine } from "./sweep-groups.ts";
import { isPowerOfTwo, linearTicks, numberLabel, ratioLabel, ratioTicks } from "./ticks.ts";

/** The y axis. On a logarithmic one, what never missed has no place. */
export interface CurveAxis {
  quantity: "missRatio" | "mpki";
  scale: "log" | "linear";
}

/** The axis that is shown first. */
export const USUAL_AXIS: CurveAxis = { quantity: "missRatio", scale: "log" };

/** How quantities are called; that of points behind L1 TLBs is the STLB's own. */
export function quantityName({ l1 }: Pick<SweepResult, "l1">, quantity: CurveAxis["quantity"]): string {
  const name = quantity === "mpki" ? "MPKI" : "miss ratio";
  return l1.length > 0 ? `STLB ${name}` : name;
}

/** What the y axis has for `misses` in the points of a page size; `null` if it is not known. */
export function quantityOf(
  result: SweepResult,
  pageSize: SweepResult["lookups"][number]["pageSize"],
  misses: number,
  quantity: CurveAxis["quantity"],
): number | null {
  if (quantity === "mpki") return mpki(misses, result.trace.instructions);
  return missRatio(misses, lookupsOf(result, pageSize));
}

/** Where `point` is drawn; `null` where it has no place. */
export function heightOf(point: LinePoint, { quantity, scale }: CurveAxis): number | null {
  const value = point[quantity];
  return value === null || (scale === "log" && value === 0) ? null : value;
}

/** Ticks for `values`, from below the least to above the greatest; none for none. */
export function axisTicks(values: readonly number[], { scale }: CurveAxis): number[] {
  if (values.length === 0) return [];
  return scale === "log" ? ratioTicks(values) : linearTicks(values);
}

/** Label of a tick. */
export function axisLabel(value: number, { quantity }: CurveAxis): string {
  return quantity === "mpki" ? numberLabel(value) : ratioLabel(value);
}

/** A value as it is told where there is room: `1.24%`, `12.345`. */
export function quantityText(value: number | null, { quantity }: CurveAxis): string {
  return quantity === "mpki" ? decimal(value, 3) : percent(value);
}

/** Other sizes than powers of two that get a tick, if no more of them were asked for. */
const MOST_OTHERS = 8;

/**
 * Sizes within `least` and `most`, which may lie between sizes, for ticks of the x axis: those first that need a label
 * most, and those that have a tick in any case.
 */
export function entrySizes(
  lines: readonly Pick<SweepLine, "marks">[],
  least: number,
  most: number,
): { byInterest: number[]; always: number[] } {
  const powers: number[] = [];
  for (let entries = 2 ** Math.ceil(Math.log2(least)); entries <= most; entries *= 2) powers.push(entries);
  const asked = new Set(lines.flatMap(({ marks }) => [...marks]).filter((entries) => !isPowerOfTwo(entries)));
  const others = asked.size <= MOST_OTHERS ? [...asked].filter((entries) => entries >= least && entries <= most) : [];
  const everySecond = powers.filter((_, index) => index % 2 === 0);
  const ends = [Math.ceil(least), Math.floor(most)];
  return { byInterest: [...ends, ...others, ...everySecond, ...powers], always: [...powers, ...others] };
}

/** Those of `sizes` whose labels, in the middle of which is `at`, have room beside those before them. */
export function fitting(sizes: readonly number[], at: (entries: number) => number, characterWidth: number): number[] {
  const placed: { entries: number; from: number; to: number }[] = [];
  for (const entries of sizes) {
    const half = ((String(entries).length + 1) * characterWidth) / 2;
    const [from, to] = [at(entries) - half, at(entries) + half];
    if (placed.every((other) => to < other.from || from > other.to)) placed.push({ entries, from, to });
  }
  return placed.map(({ entries }) => entries);
}
