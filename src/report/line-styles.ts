/** How the lines of pictures are told from each other, in files and on the page. */
import type { SweepLine } from "./sweep-groups.ts";

/** Told apart in daylight, in the dark and by the colour-blind: Okabe & Ito, 2008, without yellow. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1"] as const;
/** As in SVG's stroke-dasharray; the first is a line without gaps. */
const DASHES = ["", "8 4", "2 4", "10 4 2 4", "4 2", "14 6"] as const;

/** Lines of one picture of a sweep. */
export const MAX_LINES = 20;
/** Points of one line that get a dot. */
export const MAX_DOTS = 24;

/** How a line looks. */
export interface LineStyle {
  /** `null`: the colour of text. */
  colour: string | null;
  dash: string;
}

/** The style of what has those places, from 0 on, among what differs in colour and among what differs in dashes. */
export function lineStyle(ofColour: number | null, ofDash: number): LineStyle {
  return {
    colour: ofColour === null ? null : (COLOURS[ofColour % COLOURS.length] ?? COLOURS[0]),
    dash: DASHES[ofDash % DASHES.length] ?? "",
  };
}

/** Width of a line, in pixels or units of a picture: what has no colour of its own is told by that. */
export function lineWidth({ colour }: LineStyle): number {
  return colour === null ? 3 : 2;
}

/** One style for each line: colours for ways, that of text for `full`, dashes for page size, policy and index. */
export function curveStyles(lines: readonly SweepLine[]): LineStyle[] {
  const ways = [...new Set(lines.map((each) => each.ways).filter((each) => each !== "full"))];
  const groups = [...new Set(lines.map((each) => each.group))];
  return lines.map((line) =>
    lineStyle(line.ways === "full" ? null : ways.indexOf(line.ways), groups.indexOf(line.group)),
  );
}
