/**
 * Miss ratio against entries, drawn with characters: both axes logarithmic, so that equal distances are equal factors.
 *
 * simple-ascii-chart scales, draws the axes and places the labels. It is given logarithms, and a formatter that labels
 * the ticks with what they are logarithms of. Its own lines are staircases which only colour could tell apart, so each
 * curve is given to it as points, to be drawn with the curve's own marker, and as points between those, for dots.
 */
import plot, { type Point } from "simple-ascii-chart";
import { isPowerOfTwo, ratioLabel, ratioTicks } from "./ticks.ts";

export interface Curve {
  /** One character, of width 1, that no other curve has. */
  marker: string;
  label: string;
  /** In ascending order of `entries`; a point with miss ratio 0 cannot be drawn and is left out. */
  points: { entries: number; missRatio: number }[];
  /** Entries of the points that get the marker; the others only lead the line. @default all */
  marks?: ReadonlySet<number>;
}

export interface PlotOptions {
  /** Columns of the terminal; no line is longer. Below 40 the plot is drawn for 40. */
  width: number;
  /** Only ASCII characters, for terminals and files without Unicode. */
  ascii: boolean;
}

const ASCII_AXIS = { n: "^", ns: "|", y: "+", nse: "+", x: "+", we: "-", e: ">" };

/**
 * The plot and its legend, or `null` where there is nothing to see: fewer than two different numbers of entries.
 *
 * Where curves coincide the marker of the first one is shown: with ways in ascending order, the fewest ways that do as
 * well as all others in that place.
 */
export function missRatioPlot(curves: readonly Curve[], options: PlotOptions): string | null {
  const drawn = curves.map((curve) => ({ ...curve, points: curve.points.filter((point) => point.missRatio > 0) }));
  const all = drawn.flatMap((curve) => curve.points);
  const entries = [...new Set(all.map((point) => point.entries))].sort((a, b) => a - b);
  const marked = drawn.flatMap(({ points, marks }) => points.filter((point) => marks?.has(point.entries) ?? true));
  if (entries.length < 2) return null;

  const yTicks = ratioTicks(all.map((point) => point.missRatio));
  const yLabels = yTicks.map(ratioLabel);
  // The first label of the x axis ends below the axis and may begin left of the y axis.
  const yLabelWidth = Math.max(String(entries[0]).length - 2, ...yLabels.map((label) => label.length));
  // Beside the plot area: the labels, the column after them, the axis and the column of its arrow.
  const columns = Math.max(40, options.width) - yLabelWidth - 3;
  const toX = (count: number) => Math.log2(count);
  const yRange: [number, number] = [Math.log10(yTicks[0] ?? 1), Math.log10(yTicks.at(-1) ?? 1)];
  const toY = (ratio: number) => Math.min(yRange[1], Math.max(yRange[0], Math.log10(ratio)));

  const markers = new Map<string, string>();
  const dots: Point[] = [];
  const marks: Point[] = [];
  for (const curve of drawn) {
    curve.points.forEach((point, index) => {
      const at: Point = [toX(point.entries), toY(point.missRatio)];
      if (curve.marks?.has(point.entries) ?? true) {
        if (!markers.has(String(at))) markers.set(String(at), curve.marker);
        marks.unshift(at);
      } else dots.push(at);
      const next = curve.points[index + 1];
      if (next === undefined) return;
      for (let step = 1; step < columns; step++) {
        const share = step / columns;
        dots.push([at[0] + share * (toX(next.entries) - at[0]), at[1] + share * (toY(next.missRatio) - at[1])]);
      }
    });
  }

  const picture = plot([dots, marks], {
    width: columns,
    height: Math.min(24, Math.max(12, Math.round(options.width / 5))),
    yRange,
    customXAxisTicks: entryTicks(entries, new Set(marked.map((point) => point.entries)), columns).map(toX),
    customYAxisTicks: yTicks.map(Math.log10),
    formatter: (value, { axis }) => {
      if (axis === "x") return String(Math.round(2 ** value));
      const tick = yTicks.findIndex((ratio) => Math.log10(ratio) === value);
      return (yLabels[tick] ?? "").padStart(yLabelWidth);
    },
    lineFormatter: ({ x, y, plotX, plotY }) => {
      return { x: plotX, y: plotY, symbol: markers.get(String([x, y])) ?? (options.ascii ? "." : "·") };
    },
    ...(options.ascii ? { symbols: { axis: ASCII_AXIS } } : {}),
  });
  const lines = picture.split("\n").map((line) => line.trimEnd());
  return [...lines.filter((line) => line !== ""), ...legend(curves, options.width)].join("\n");
}

/** Those of `entries` whose labels have room beside each other: both ends, then powers of two, then others with a marker. */
function entryTicks(entries: readonly number[], marked: ReadonlySet<number>, columns: number): number[] {
  const [first = 1] = entries;
  const last = entries.at(-1) ?? first;
  const others = entries.filter((entry) => !isPowerOfTwo(entry) && marked.has(entry));
  const ticks: { value: number; from: number; to: number }[] = [];
  for (const value of [first, last, ...entries.filter(isPowerOfTwo), ...others]) {
    const to = Math.round((Math.log2(value / first) / Math.log2(last / first)) * (columns - 1));
    const from = to - String(value).length;
    if (ticks.every((tick) => to < tick.from || from > tick.to)) ticks.push({ value, from, to });
  }
  return ticks.map((tick) => tick.value).sort((a, b) => a - b);
}

/** Markers and labels, as many on a line as there is room for. */
function legend(curves: readonly Curve[], width: number): string[] {
  const lines: string[] = [];
  for (const curve of curves) {
    const entry = `${curve.marker} = ${curve.label}`;
    const line = lines.at(-1);
    if (line !== undefined && line.length + 3 + entry.length <= width) lines[lines.length - 1] = `${line}   ${entry}`;
    else lines.push(`  ${entry}`);
  }
  return lines;
}
