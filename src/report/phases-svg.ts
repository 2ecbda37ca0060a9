/** Misses over time as a picture that stands alone: misses per 1,000 records against records, a panel for each trace. */
import { count } from "./format.ts";
import type { PhaseLine, Phases } from "./phases.ts";
import { fixed, nameOf, type Part, styleSheet, svgDocument } from "./svg-parts.ts";
import { corner, headings, leftBeside, legend, lineAttributes, RIGHT, TOP, xTick, yTick } from "./svg-plot.ts";
import { linearTicks, numberLabel } from "./ticks.ts";

const BOTTOM = TOP + 300;

/** The picture of `phases`, one below the other; ends with a newline. */
export function phasesSvg(phases: readonly Phases[]): string {
  const traces = phases.map(({ trace }) => nameOf(trace)).join(", ");
  const labels = phases.flatMap(({ lines }) => lines.map(({ label }) => label)).join(", ");
  const title = `TLB misses over time: ${traces}`;
  return svgDocument(title, labels, styleSheet("", ""), phases.map(panelOf));
}

function panelOf({ trace, records, lines }: Phases): Part {
  const yTicks = linearTicks(lines.flatMap(({ steps }) => steps.map(({ misses }) => misses)));
  const xTicks = linearTicks([records]).filter((tick) => tick <= records);
  const left = leftBeside(yTicks.map(numberLabel));
  const x = (record: number) => left + ((RIGHT - left) * record) / Math.max(1, records);
  const y = (misses: number) => BOTTOM - ((BOTTOM - TOP) * misses) / (yTicks.at(-1) ?? 1);
  const keys = legend(lines, BOTTOM);
  const parts = [
    headings(trace, "misses per 1,000 records against records", left),
    ...yTicks.map((tick) => yTick(y(tick), numberLabel(tick), left)),
    ...xTicks.map((tick, index) => xTick(x(tick), BOTTOM, count(tick), { isMinor: index % 2 === 1 })),
    corner(left, BOTTOM),
    ...lines.map((line) => `<path ${lineAttributes(line.style)} d="${stairs(line, x, y)}H${fixed(x(records))}"/>\n`),
    keys.content,
  ];
  return { content: parts.join(""), height: keys.height };
}

function stairs({ steps }: PhaseLine, x: (record: number) => number, y: (misses: number) => number): string {
  const path = steps.map(({ from, misses }) => `H${fixed(x(from))}V${fixed(y(misses))}`).join("");
  return `M${fixed(x(0))} ${fixed(y(steps[0]?.misses ?? 0))}${path}`;
}
