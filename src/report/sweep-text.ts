/** A sweep as text for people: what was looked at, what sizes are enough in words, a plot, tables of a size that is read. */
import { counted } from "./format.ts";
import { pairs, paragraphs, wrappedTable } from "./lines.ts";
import { itemized } from "./paragraphs.ts";
import { type Curve, missRatioPlot, type PlotOptions } from "./plot.ts";
import type { ResultTable } from "./result-table.ts";
import type { SweepResult } from "./results.ts";
import { groupsOf, linesOf } from "./sweep-groups.ts";
import { curveStory, ratioName, sweepPairs, sweepTables } from "./sweep-report.ts";
import { isPowerOfTwo } from "./ticks.ts";

/** Lines of one plot. */
const MAX_LINES = 12;
/** Markers on one line of the plot. */
const MAX_MARKS = 24;
const PLOT_TITLE = "against entries, both axes logarithmic\n(where curves coincide, the first of the legend is shown)";

/** What the curves of a sweep say, its plot, where there is one to draw, and its tables. Ends with a newline. */
export function sweepText(result: SweepResult, options: PlotOptions): string {
  const plot = plotOf(result, options);
  const { title, sentences } = curveStory(result);
  return paragraphs(
    pairs(sweepPairs(result)),
    ...(sentences.length === 0 ? [] : [`${title}\n${itemized(sentences)}`]),
    ...(plot === null ? [] : [`${ratioName(result)} ${PLOT_TITLE}\n${plot}`]),
    ...sweepTables(result).map((each) => tableText(each, options.width)),
  );
}

function plotOf(result: SweepResult, options: PlotOptions): string | null {
  const { lines, left } = linesOf(result, MAX_LINES);
  const single = groupsOf(result.points).length <= 1;
  const letters = [..."abcdefghijklmnopqrstuvwxyzABCDEGHIJKLMNOPQRSTUVWXYZ"];
  const curves = lines.map(({ label, ways, points, marks }): Curve => {
    // With one group the markers tell the ways themselves, where one character can.
    const own = !single ? null : ways === "full" ? "F" : ways < 10 ? String(ways) : null;
    const shown = marks.size <= MAX_MARKS ? marks : [...marks].filter(isPowerOfTwo);
    return { marker: own ?? letters.shift() ?? "*", label, points, marks: new Set(shown) };
  });
  const plot = missRatioPlot(curves, options);
  return plot === null || left === 0 ? plot : `${plot}\n  and ${counted(left, "curve")} more: ${ALL_ARE_IN}`;
}

const ALL_ARE_IN = "--csv and --json have all points";

function tableText(shown: ResultTable, width: number): string {
  const { title, leftOut, notes = [] } = shown;
  const rest = leftOut === undefined ? [] : [`and ${counted(leftOut.count, leftOut.noun)} more: ${ALL_ARE_IN}`];
  return [title, wrappedTable(shown, width), ...rest, ...notes].join("\n");
}
