/**
 * Sweeps as one picture, SVG 1.1 with a few rules of CSS: miss ratio against entries, both axes logarithmic, a panel for
 * each sweep. Nothing in it is loaded from elsewhere, no script, no id: it stands alone, in an <img> or in a page.
 */
import { curveSentences } from "./curve-words.ts";
import { count, counted, printable, wholeRate } from "./format.ts";
import { missRatio } from "./metrics.ts";
import type { SweepResult } from "./results.ts";
import { linesOf, lookupsOf, type SweepLine } from "./sweep-groups.ts";
import { isPowerOfTwo, ratioLabel, ratioTicks } from "./ticks.ts";

/** Lines of one panel. */
const MAX_LINES = 20;
/** Points of one line that get a dot. */
const MAX_DOTS = 24;
/** Characters of a trace's name that are shown. */
const MAX_NAME = 56;

// In units of the picture, which is scaled to the width that it is given. Distances leave room for the font of narrow ones.
const WIDTH = 720;
/** Of names, and of the plot unless labels need more. */
const LEFT = 80;
const RIGHT = WIDTH - 24;
const PLOT_HEIGHT = 380;
const LINE_HEIGHT = 28;
/** Labels of the y axis are so far apart, or one is left out. */
const LABEL_HEIGHT = 22;
/** Of a character in the largest font. */
const CHARACTER = 11.5;
/** Of a character in the usual font. */
const USUAL_CHARACTER = 8.5;

/** Told apart in daylight, in the dark and by the colour-blind: Okabe & Ito, 2008, without yellow. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1"] as const;
const DASHES = ["", "8 4", "2 4", "10 4 2 4", "4 2", "14 6"] as const;

const STYLE = `
.pw text{font:15px system-ui,sans-serif;fill:#222}
.pw .name{font-weight:600}
.pw .soft{fill:#666}
.pw .paper{fill:#fff}
.pw .grid{stroke:#ddd;fill:none}
.pw .axis{stroke:#666;fill:none}
.pw .line{fill:none;stroke-width:2;stroke-linejoin:round}
.pw .full{stroke:#222;fill:#222}
.pw .line.full{fill:none;stroke-width:3}
.pw .knee{stroke:#222;fill:#fff;stroke-width:2}
.pw .drop{stroke:#222;stroke-dasharray:2 4;fill:none}
.pw .halo{stroke:#fff;stroke-width:4px;stroke-linejoin:round;paint-order:stroke}
@media (min-width:1000px){.pw text{font-size:12px}}
@media (max-width:520px){.pw text{font-size:20px}.pw .minor{display:none}}
@media screen and (prefers-color-scheme:dark){
.pw text{fill:#e6e6e6}.pw .soft{fill:#a6a6a6}.pw .paper{fill:#181818}.pw .grid{stroke:#383838}.pw .axis{stroke:#a6a6a6}
.pw .full{stroke:#e6e6e6;fill:#e6e6e6}.pw .line.full{fill:none}.pw .knee{stroke:#e6e6e6;fill:#181818}
.pw .drop{stroke:#e6e6e6}.pw .halo{stroke:#181818}}
`;

/** The picture of `results`, one below the other; ends with a newline. */
export function sweepSvg(results: readonly SweepResult[]): string {
  const panels: string[] = [];
  let height = 0;
  for (const result of results) {
    const panel = panelOf(result);
    panels.push(`<g transform="translate(0 ${fixed(height)})">\n${panel.content}</g>\n`);
    height += panel.height;
  }
  const names = results.map(({ trace }) => nameOf(trace.path)).join(", ");
  const sentences = results.flatMap((result) => [
    ...(results.length > 1 ? [`${nameOf(result.trace.path)}:`] : []),
    ...result.curves.flatMap((curve) => curveSentences(curve, lookupsOf(result, curve.pageSize))),
  ]);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="pw" role="img" viewBox="0 0 ${WIDTH} ${fixed(height)}">\n` +
    `<title>${escaped(`TLB miss ratio against entries: ${names}`)}</title>\n` +
    `<desc>${escaped(sentences.join(" "))}</desc>\n` +
    `<style>${STYLE}</style>\n` +
    `<rect class="paper" width="${WIDTH}" height="${fixed(height)}"/>\n${panels.join("")}</svg>\n`
  );
}

interface Panel {
  content: string;
  height: number;
}

function panelOf(result: SweepResult): Panel {
  const { lines, left } = linesOf(result, MAX_LINES);
  const drawn = lines.map((line) => ({ ...line, points: line.points.filter((point) => point.missRatio > 0) }));
  const ratio = result.l1.length > 0 ? "STLB miss ratio" : "miss ratio";
  const subtitle = `${result.stream}, ${counted(result.references, "reference")}: ${ratio} against entries`;
  const parts = [text(LEFT, 34, nameOf(result.trace.path), "name"), text(LEFT, 62, subtitle, "soft")];
  const top = 84;
  if (drawn.every((line) => line.points.length === 0)) {
    parts.push(text(LEFT, top + LINE_HEIGHT, "Nothing was missed.", ""));
    return { content: parts.join(""), height: top + 2 * LINE_HEIGHT };
  }
  const scales = scalesOf(drawn, top);
  parts.push(axes(drawn, scales), ...drawn.map((line, index) => lineOf(line, styleOf(drawn, index), scales)));
  parts.push(knees(result, scales));
  const legend = legendOf(drawn, scales.bottom + 64);
  const notes = notesOf(result, left);
  parts.push(
    legend.content,
    ...notes.map((note, index) => text(24, legend.height + index * LINE_HEIGHT, note, "soft")),
  );
  return { content: parts.join(""), height: legend.height + (notes.length + 0.5) * LINE_HEIGHT };
}

interface Scales {
  x: (entries: number) => number;
  y: (ratio: number) => number;
  xRange: readonly [least: number, most: number];
  left: number;
  yTicks: readonly number[];
  top: number;
  bottom: number;
}

function scalesOf(lines: readonly SweepLine[], top: number): Scales {
  const points = lines.flatMap((line) => line.points);
  const sizes = points.map(({ entries }) => entries);
  const least = Math.min(...sizes);
  const greatest = Math.max(...sizes);
  const most = greatest > least ? greatest : 2 * least;
  const yTicks = ratioTicks(points.map(({ missRatio }) => missRatio));
  const [low = 1, high = 1] = [yTicks[0], yTicks.at(-1)];
  const bottom = top + PLOT_HEIGHT;
  const left = Math.max(LEFT, ...yTicks.map((ratio) => 24 + ratioLabel(ratio).length * CHARACTER));
  return {
    left,
    x: (entries) => left + ((RIGHT - left) * Math.log2(entries / least)) / Math.log2(most / least),
    y: (ratio) => bottom - (PLOT_HEIGHT * Math.log(ratio / low)) / Math.log(high / low),
    xRange: [least, most],
    yTicks,
    top,
    bottom,
  };
}

function axes(lines: readonly SweepLine[], { x, y, xRange, yTicks, left, top, bottom }: Scales): string {
  const ends = [yTicks[0] ?? 1, yTicks.at(-1) ?? 1];
  const parts = yTicks.map((ratio) => {
    const isNear = !ends.includes(ratio) && ends.some((end) => Math.abs(y(end) - y(ratio)) < LABEL_HEIGHT);
    const label = isNear ? "" : text(left - 10, y(ratio) + 5, ratioLabel(ratio), "", "end");
    return `<path class="grid" d="M${fixed(left)} ${fixed(y(ratio))}H${RIGHT}"/>\n${label}`;
  });
  for (const { entries, isMinor, isLabelled } of entryTicks(lines, xRange, x)) {
    const at = fixed(x(entries));
    parts.push(`<path class="grid" d="M${at} ${top}V${bottom + 6}"/>\n`);
    if (isLabelled)
      parts.push(text(labelAt(entries, x), bottom + 28, String(entries), isMinor ? "minor" : "", "middle"));
  }
  parts.push(`<path class="axis" d="M${fixed(left)} ${top}V${bottom}H${RIGHT}"/>\n`);
  return parts.join("");
}

interface EntryTick {
  entries: number;
  /** Whether the label has no room in the largest font. */
  isMinor: boolean;
  isLabelled: boolean;
}

/** A tick for every power of two, and for other sizes that were asked for, if few were; labels where there is room. */
function entryTicks(lines: readonly SweepLine[], [least, most]: Scales["xRange"], x: Scales["x"]): EntryTick[] {
  const powers: number[] = [];
  for (let entries = 2 ** Math.ceil(Math.log2(least)); entries <= most; entries *= 2) powers.push(entries);
  const asked = new Set(lines.flatMap(({ marks }) => [...marks]).filter((entries) => !isPowerOfTwo(entries)));
  const others = asked.size <= 8 ? [...asked].filter((entries) => entries >= least && entries <= most) : [];
  const everySecond = powers.filter((_, index) => index % 2 === 0);
  const byInterest = [least, most, ...others, ...everySecond, ...powers];
  const major = fitting(byInterest, x, CHARACTER);
  const labelled = fitting([...major, ...byInterest], x, USUAL_CHARACTER);
  return [...new Set([...powers, ...others, ...labelled])].map((entries) => ({
    entries,
    isMinor: !major.includes(entries),
    isLabelled: labelled.includes(entries),
  }));
}

/** The middle of a label: below its tick, if it does not reach beyond the picture there. */
function labelAt(entries: number, x: Scales["x"]): number {
  return Math.min(x(entries), WIDTH - (String(entries).length * CHARACTER) / 2);
}

/** Those of `sizes` whose labels have room beside those before them. */
function fitting(sizes: readonly number[], x: Scales["x"], characterWidth: number): number[] {
  const placed: { entries: number; from: number; to: number }[] = [];
  for (const entries of sizes) {
    const half = ((String(entries).length + 1) * characterWidth) / 2;
    const at = labelAt(entries, x);
    const [from, to] = [at - half, at + half];
    if (placed.every((other) => to < other.from || from > other.to)) placed.push({ entries, from, to });
  }
  return placed.map(({ entries }) => entries);
}

/** Attributes that tell one line from the others: colours for ways, dashes for page size, policy and index. */
function styleOf(lines: readonly SweepLine[], index: number): { class: string; attributes: string } {
  const line = lines[index];
  if (line === undefined) return { class: "line", attributes: "" };
  const ways = [...new Set(lines.map((each) => each.ways).filter((each) => each !== "full"))];
  const groups = [...new Set(lines.map((each) => each.group))];
  const dash = DASHES[groups.indexOf(line.group) % DASHES.length] ?? "";
  const dashes = dash === "" ? "" : ` stroke-dasharray="${dash}"`;
  if (line.ways === "full") return { class: "line full", attributes: dashes };
  const colour = COLOURS[ways.indexOf(line.ways) % COLOURS.length] ?? COLOURS[0];
  return { class: "line", attributes: `${dashes} stroke="${colour}"` };
}

function lineOf({ points, marks }: SweepLine, style: ReturnType<typeof styleOf>, { x, y }: Scales): string {
  const path = points.map((point) => `${fixed(x(point.entries))} ${fixed(y(point.missRatio))}`).join("L");
  const line = `<path class="${style.class}"${style.attributes} d="M${path}"/>\n`;
  if (marks.size > MAX_DOTS) return line;
  const isFull = style.class.includes("full");
  const fill = /stroke="(#\w+)"/.exec(style.attributes)?.[1];
  const dots = points
    .filter((point) => marks.has(point.entries))
    .map((point) => `<circle cx="${fixed(x(point.entries))}" cy="${fixed(y(point.missRatio))}" r="4"/>`);
  if (dots.length === 0) return line;
  return `${line}<g${isFull ? ' class="full"' : ` fill="${fill}"`}>${dots.join("")}</g>\n`;
}

/** Rings where hit rates are reached, each with its entries. */
function knees(result: SweepResult, { x, y, xRange, left, bottom }: Scales): string {
  const parts = result.curves.flatMap((curve) =>
    curve.knees.flatMap(({ entries }) => {
      const misses = curve.samples.find((sample) => sample.entries === entries)?.misses;
      if (entries === null || misses === undefined || misses === 0) return [];
      if (entries < xRange[0] || entries > xRange[1]) return [];
      const [cx, cy] = [x(entries), y(missRatio(misses, lookupsOf(result, curve.pageSize)))];
      const isLeft = cx > left + 60;
      return [
        `<path class="drop" d="M${fixed(cx)} ${fixed(cy)}V${fixed(bottom)}"/>\n`,
        `<circle class="knee" cx="${fixed(cx)}" cy="${fixed(cy)}" r="6"/>\n`,
        text(cx + (isLeft ? -10 : 10), Math.min(cy + 20, bottom - 6), count(entries), "halo", isLeft ? "end" : "start"),
      ];
    }),
  );
  return parts.join("");
}

/** What each line is, in as many columns as have room; `height` is where it ends. */
function legendOf(lines: readonly SweepLine[], top: number): Panel {
  const longest = Math.max(...lines.map(({ label }) => label.length));
  const columns = Math.max(1, Math.floor((RIGHT - 24) / (longest * CHARACTER + 56)));
  const columnWidth = (RIGHT - 24) / columns;
  const parts = lines.map((line, index) => {
    const [x, y] = [24 + (index % columns) * columnWidth, top + Math.floor(index / columns) * LINE_HEIGHT];
    const style = styleOf(lines, index);
    return `<path class="${style.class}"${style.attributes} d="M${fixed(x)} ${y - 5}h32"/>\n${text(x + 40, y, line.label, "")}`;
  });
  return { content: parts.join(""), height: top + Math.ceil(lines.length / columns) * LINE_HEIGHT };
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

function text(x: number, y: number, content: string, className: string, anchor = "start"): string {
  const attributes = `${className === "" ? "" : ` class="${className}"`}${anchor === "start" ? "" : ` text-anchor="${anchor}"`}`;
  return `<text x="${fixed(x)}" y="${fixed(y)}"${attributes}>${escaped(content)}</text>\n`;
}

/** A trace's name, shortened in the middle. */
function nameOf(path: string): string {
  if (path === "-") return "standard input";
  const characters = [...printable(path)];
  if (characters.length <= MAX_NAME) return characters.join("");
  const half = (MAX_NAME - 1) >> 1;
  return `${characters.slice(0, half).join("")}…${characters.slice(-half).join("")}`;
}

/** `content` as text of XML 1.0, which has no U+FFFE and U+FFFF, whatever it was. */
function escaped(content: string): string {
  return printable(content)
    .replace(/[\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}
