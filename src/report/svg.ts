/**
 * Sweeps as one picture, SVG 1.1 with a few rules of CSS: miss ratio against entries, both axes logarithmic, a panel for
 * each sweep. Nothing in it is loaded from elsewhere, no script, no id: it stands alone, in an <img> or in a page.
 */
import {
  axisLabel,
  axisTicks,
  type CurveAxis,
  entrySizes,
  fitting,
  heightOf,
  quantityName,
  quantityOf,
  USUAL_AXIS,
} from "./curve-axis.ts";
import { count, counted, wholeRate } from "./format.ts";
import { type Box, labelPlaces } from "./label-places.ts";
import { curveStyles, type LineStyle, MAX_DOTS, MAX_LINES } from "./line-styles.ts";
import { type MachineMark, marksNote } from "./machine-marks.ts";
import type { SweepResult } from "./results.ts";
import { CHARACTER, fixed, LINE_HEIGHT, nameOf, type Part, styleSheet, svgDocument, text, WIDTH } from "./svg-parts.ts";
import { corner, headings, leftBeside, legend, lineAttributes, notes, RIGHT, TOP, xTick, yTick } from "./svg-plot.ts";
import { linesOf, type SweepLine } from "./sweep-groups.ts";
import { curveStory } from "./sweep-report.ts";

// In units of the picture.
const BOTTOM = TOP + 380;
/** Labels of the y axis are so far apart, or one is left out. */
const LABEL_HEIGHT = 22;
/** Of a character in the usual font. */
const USUAL_CHARACTER = 8.5;

const RULES = `
.pw .full{stroke:#222;fill:#222}
.pw .line.full{fill:none;stroke-width:3}
.pw .knee{stroke:#222;fill:#fff;stroke-width:2}
.pw .drop{stroke:#222;stroke-dasharray:2 4;fill:none}
.pw .halo{stroke:#fff;stroke-width:4px;stroke-linejoin:round;paint-order:stroke}
`.trim();
const DARK_RULES = `
.pw .full{stroke:#e6e6e6;fill:#e6e6e6}.pw .line.full{fill:none}.pw .knee{stroke:#e6e6e6;fill:#181818}
.pw .drop{stroke:#e6e6e6}.pw .halo{stroke:#181818}
`.trim();
const MARK_RULE = ".pw .mark{stroke:#fff;stroke-width:2;fill:#a3211b}";
const DARK_MARK_RULE = ".pw .mark{stroke:#181818;fill:#ff9a8f}";

export interface SweepSvgOptions {
  /** For each result the machines to be marked on it. @default none */
  marks?: readonly (readonly MachineMark[])[];
  /** @default the miss ratio, logarithmic */
  axis?: CurveAxis;
}

/** The picture of `results`, one below the other; ends with a newline. */
export function sweepSvg(results: readonly SweepResult[], options: SweepSvgOptions = {}): string {
  const { marks = [], axis = USUAL_AXIS } = options;
  const hasMarks = marks.some((each) => each.length > 0);
  const names = results.map(({ trace }) => nameOf(trace.path)).join(", ");
  const sentences = results.flatMap((result) => [
    ...(results.length > 1 ? [`${nameOf(result.trace.path)}:`] : []),
    ...curveStory(result).sentences,
  ]);
  return svgDocument(
    `TLB ${quantityName({ l1: [] }, axis.quantity)} against entries: ${names}`,
    sentences.join(" "),
    hasMarks ? styleSheet(`${RULES}\n${MARK_RULE}`, `${DARK_RULES}\n${DARK_MARK_RULE}`) : styleSheet(RULES, DARK_RULES),
    results.map((result, index) => panelOf(result, marks[index] ?? [], axis)),
  );
}

/** A line with the points that have a place, and how it looks. */
interface DrawnLine extends Omit<SweepLine, "points"> {
  points: { entries: number; value: number }[];
  style: LineStyle;
}

function panelOf(result: SweepResult, marks: readonly MachineMark[], axis: CurveAxis): Part {
  const { lines, left } = linesOf(result, MAX_LINES);
  const styles = curveStyles(lines);
  const placed = <Point extends MachineMark | SweepLine["points"][number]>(points: readonly Point[]) =>
    points.flatMap((point) => {
      const value = heightOf(point, axis);
      return value === null ? [] : [{ ...point, value }];
    });
  const drawn = lines.map((line, index): DrawnLine => {
    return { ...line, points: placed(line.points), style: styles[index] ?? { colour: null, dash: "" } };
  });
  const name = `${quantityName(result, axis.quantity)} against entries`;
  const subtitle = `${result.stream}, ${counted(result.references, "reference")}: ${name}`;
  const parts = [headings(result.trace.path, subtitle)];
  if (drawn.every((line) => line.points.length === 0)) {
    parts.push(notes(["Nothing was missed."], TOP + LINE_HEIGHT));
    return { content: parts.join(""), height: TOP + 2 * LINE_HEIGHT };
  }
  const drawnMarks = placed(marks);
  const scales = scalesOf([...drawn.flatMap(({ points }) => points), ...drawnMarks], axis);
  parts.push(axes(drawn, axis, scales), ...drawn.map((line) => lineOf(line, scales)));
  const rings = knees(result, axis, scales);
  parts.push(rings.map(({ content }) => content).join(""), marksOn(drawnMarks, rings, scales));
  const keys = legend(drawn, BOTTOM);
  const marksWords = marksNote(result, drawnMarks);
  const words = [...notesOf(result, left), ...(marksWords === null ? [] : [marksWords])];
  parts.push(keys.content, notes(words, keys.height));
  return { content: parts.join(""), height: keys.height + (words.length + 0.5) * LINE_HEIGHT };
}

interface Scales {
  x: (entries: number) => number;
  y: (value: number) => number;
  xRange: readonly [least: number, most: number];
  left: number;
  yTicks: readonly number[];
}

function scalesOf(points: readonly { entries: number; value: number }[], axis: CurveAxis): Scales {
  const sizes = points.map(({ entries }) => entries);
  const least = Math.min(...sizes);
  const greatest = Math.max(...sizes);
  const most = greatest > least ? greatest : 2 * least;
  const yTicks = axisTicks(
    points.map(({ value }) => value),
    axis,
  );
  const [low = 1, high = 1] = [yTicks[0], yTicks.at(-1)];
  const left = leftBeside(yTicks.map((tick) => axisLabel(tick, axis)));
  return {
    left,
    x: (entries) => left + ((RIGHT - left) * Math.log2(entries / least)) / Math.log2(most / least),
    y:
      axis.scale === "log"
        ? (value) => BOTTOM - ((BOTTOM - TOP) * Math.log(value / low)) / Math.log(high / low)
        : (value) => BOTTOM - ((BOTTOM - TOP) * (value - low)) / (high - low),
    xRange: [least, most],
    yTicks,
  };
}

function axes(lines: readonly DrawnLine[], axis: CurveAxis, scales: Scales): string {
  const { x, y, xRange, yTicks, left } = scales;
  const ends = [yTicks[0] ?? 1, yTicks.at(-1) ?? 1];
  const parts = yTicks.map((tick) => {
    const isNear = !ends.includes(tick) && ends.some((end) => Math.abs(y(end) - y(tick)) < LABEL_HEIGHT);
    return yTick(y(tick), isNear ? "" : axisLabel(tick, axis), left);
  });
  for (const { entries, isMinor, isLabelled } of entryTicks(lines, xRange, x)) {
    parts.push(xTick(x(entries), BOTTOM, isLabelled ? String(entries) : "", { isMinor, labelX: labelAt(entries, x) }));
  }
  parts.push(corner(left, BOTTOM));
  return parts.join("");
}

interface EntryTick {
  entries: number;
  /** Whether the label has no room in the largest font. */
  isMinor: boolean;
  isLabelled: boolean;
}

/** A tick for every power of two, and for other sizes that were asked for, if few were; labels where there is room. */
function entryTicks(lines: readonly DrawnLine[], [least, most]: Scales["xRange"], x: Scales["x"]): EntryTick[] {
  const { byInterest, always } = entrySizes(lines, least, most);
  const at = (entries: number) => labelAt(entries, x);
  const major = fitting(byInterest, at, CHARACTER);
  const labelled = fitting([...major, ...byInterest], at, USUAL_CHARACTER);
  return [...new Set([...always, ...labelled])].map((entries) => ({
    entries,
    isMinor: !major.includes(entries),
    isLabelled: labelled.includes(entries),
  }));
}

/** The middle of a label: below its tick, if it does not reach beyond the picture there. */
function labelAt(entries: number, x: Scales["x"]): number {
  return Math.min(x(entries), WIDTH - (String(entries).length * CHARACTER) / 2);
}

function lineOf(drawn: DrawnLine, { x, y }: Scales): string {
  const { points, marks, style } = drawn;
  const path = points.map((point) => `${fixed(x(point.entries))} ${fixed(y(point.value))}`).join("L");
  const line = `<path ${lineAttributes(style)} d="M${path}"/>\n`;
  if (marks.size > MAX_DOTS) return line;
  const dots = points
    .filter((point) => marks.has(point.entries))
    .map((point) => `<circle cx="${fixed(x(point.entries))}" cy="${fixed(y(point.value))}" r="4"/>`);
  if (dots.length === 0) return line;
  return `${line}<g${style.colour === null ? ' class="full"' : ` fill="${style.colour}"`}>${dots.join("")}</g>\n`;
}

/** Rings where hit rates are reached, each with its entries, and where their labels are. */
function knees(result: SweepResult, axis: CurveAxis, { x, y, xRange, left }: Scales): (Box & { content: string })[] {
  return result.curves.flatMap((curve) =>
    curve.knees.flatMap(({ entries }) => {
      const misses = curve.samples.find((sample) => sample.entries === entries)?.misses;
      if (entries === null || misses === undefined || misses === 0) return [];
      if (entries < xRange[0] || entries > xRange[1]) return [];
      const value = quantityOf(result, curve.pageSize, misses, axis.quantity);
      if (value === null) return [];
      const [cx, cy] = [x(entries), y(value)];
      const isLeft = cx > left + 60;
      const label = count(entries);
      const [labelX, labelY] = [cx + (isLeft ? -10 : 10), Math.min(cy + 20, BOTTOM - 6)];
      const width = label.length * USUAL_CHARACTER;
      const content =
        `<path class="drop" d="M${fixed(cx)} ${fixed(cy)}V${BOTTOM}"/>\n` +
        `<circle class="knee" cx="${fixed(cx)}" cy="${fixed(cy)}" r="6"/>\n` +
        text(labelX, labelY, label, "halo", isLeft ? "end" : "start");
      const from = isLeft ? labelX - width : labelX;
      return [{ content, left: from, right: from + width, top: labelY - LABEL_HEIGHT / 2, bottom: labelY }];
    }),
  );
}

/** Diamonds with their labels. */
function marksOn(
  marks: readonly (MachineMark & { value: number })[],
  others: readonly Box[],
  { x, y, left }: Scales,
): string {
  const points = marks.map((mark) => ({
    x: x(mark.entries),
    y: y(mark.value),
    width: mark.label.length * USUAL_CHARACTER,
  }));
  const places = labelPlaces(
    points,
    { left, right: WIDTH, top: TOP, bottom: BOTTOM },
    { height: LABEL_HEIGHT, gap: 10, others },
  );
  const labels = places.map((place, index) =>
    text(place.x, place.y + 5, marks[index]?.label ?? "", "halo", place.anchor),
  );
  const diamonds = points.map(
    (point) => `<path class="mark" d="M${fixed(point.x)} ${fixed(point.y - 8)}l8 8l-8 8l-8 -8z"/>\n`,
  );
  return [...diamonds, ...labels].join("");
}

/** What the rings say and where the curve ends, for each page size, and what is not shown. */
function notesOf(result: SweepResult, left: number): string[] {
  const notes = result.curves.flatMap((curve) => {
    const reached = curve.knees.flatMap(({ hitRate, entries }) => (entries === null ? [] : [{ hitRate, entries }]));
    const words = reached.map(({ hitRate, entries }, index) =>
      index === 0
        ? `${wholeRate(hitRate)} hits from ${counted(entries, "entry", "entries")}`
        : `${wholeRate(hitRate)} from ${count(entries)}`,
    );
    const floor = `cold misses only from ${counted(curve.floorEntries, "entry", "entries")}`;
    return [...(words.length === 0 ? [] : [words.join(", ")]), floor].map((note) => `${curve.pageSize}, full: ${note}`);
  });
  return [...notes, ...(left === 0 ? [] : [`and ${counted(left, "line")} more, not shown`])];
}
