/** The parts that the panels of SVG pictures with lines have in common: headings, axes, legend. */
import type { LineStyle } from "./line-styles.ts";
import { CHARACTER, fixed, LINE_HEIGHT, nameOf, type Part, text, WIDTH } from "./svg-parts.ts";

// In units of the picture. Distances leave room for the font of narrow ones.
/** Of names, and of the plot unless labels need more. */
const LEFT = 80;
/** Of what stands outside the plot. */
const MARGIN = 24;
/** The right end of plots. */
export const RIGHT = WIDTH - MARGIN;
/** Of the plot, below the headings. */
export const TOP = 84;
/** From the plot to the first line of the legend. */
const LEGEND_DISTANCE = 64;

/** The left end of a plot whose y axis has these labels. */
export function leftBeside(labels: readonly string[]): number {
  return Math.max(LEFT, ...labels.map((label) => MARGIN + label.length * CHARACTER));
}

/** The trace, and what is shown of it. */
export function headings(trace: string, subtitle: string, left = LEFT): string {
  return text(left, 34, nameOf(trace), "name") + text(left, 62, subtitle, "soft");
}

/** A tick of the y axis, right across the plot. */
export function yTick(y: number, label: string, left: number): string {
  const line = `<path class="grid" d="M${fixed(left)} ${fixed(y)}H${RIGHT}"/>\n`;
  return label === "" ? line : line + text(left - 10, y + 5, label, "", "end");
}

/** A tick of the x axis, whose label, in the middle of `labelX`, may be left out in narrow pictures. */
export function xTick(x: number, bottom: number, label: string, { isMinor = false, labelX = x } = {}): string {
  const line = `<path class="grid" d="M${fixed(x)} ${TOP}V${bottom + 6}"/>\n`;
  return label === "" ? line : line + text(labelX, bottom + 28, label, isMinor ? "minor" : "", "middle");
}

/** The lines of both axes. */
export function corner(left: number, bottom: number): string {
  return `<path class="axis" d="M${fixed(left)} ${TOP}V${bottom}H${RIGHT}"/>\n`;
}

/** Attributes of the path of a line. */
export function lineAttributes({ colour, dash }: LineStyle): string {
  const dashes = dash === "" ? "" : ` stroke-dasharray="${dash}"`;
  return `class="line${colour === null ? " full" : ""}"${dashes}${colour === null ? "" : ` stroke="${colour}"`}`;
}

/** What each line is, below a plot that ends at `bottom`, in as many columns as have room; `height` is where it ends. */
export function legend(lines: readonly { label: string; style: LineStyle }[], bottom: number): Part {
  const top = bottom + LEGEND_DISTANCE;
  const longest = Math.max(...lines.map(({ label }) => label.length));
  const columns = Math.max(1, Math.floor((RIGHT - MARGIN) / (longest * CHARACTER + 56)));
  const columnWidth = (RIGHT - MARGIN) / columns;
  const parts = lines.map(({ label, style }, index) => {
    const [x, y] = [MARGIN + (index % columns) * columnWidth, top + Math.floor(index / columns) * LINE_HEIGHT];
    return `<path ${lineAttributes(style)} d="M${fixed(x)} ${y - 5}h32"/>\n${text(x + 40, y, label, "")}`;
  });
  return { content: parts.join(""), height: top + Math.ceil(lines.length / columns) * LINE_HEIGHT };
}

/** Lines of text, one below the other, from `top` on. */
export function notes(lines: readonly string[], top: number): string {
  return lines.map((line, index) => text(MARGIN, top + index * LINE_HEIGHT, line, "soft")).join("");
}
