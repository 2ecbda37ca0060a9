/** Misses over time as a picture that stands alone: misses per 1,000 records against records, a panel for each trace. */
import { count } from "./format.ts";
import type { PhaseLine, Phases } from "./phases.ts";
import { CHARACTER, fixed, LINE_HEIGHT, nameOf, type Part, styleSheet, svgDocument, text, WIDTH } from "./svg-parts.ts";
import { linearTicks, numberLabel } from "./ticks.ts";

const RIGHT = WIDTH - 24;
const TOP = 84;
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
  const left = Math.max(80, ...yTicks.map((tick) => 24 + numberLabel(tick).length * CHARACTER));
  const x = (record: number) => left + ((RIGHT - left) * record) / Math.max(1, records);
  const y = (misses: number) => BOTTOM - ((BOTTOM - TOP) * misses) / (yTicks.at(-1) ?? 1);
  const legendTop = BOTTOM + 64;
  const half = (RIGHT - 24) / 2;
  const parts = [
    text(left, 34, nameOf(trace), "name"),
    text(left, 62, "misses per 1,000 records against records", "soft"),
    ...yTicks.map(
      (tick) =>
        `<path class="grid" d="M${fixed(left)} ${fixed(y(tick))}H${RIGHT}"/>\n` +
        text(left - 10, y(tick) + 5, numberLabel(tick), "", "end"),
    ),
    ...xTicks.map(
      (tick, index) =>
        `<path class="grid" d="M${fixed(x(tick))} ${TOP}V${BOTTOM + 6}"/>\n` +
        text(x(tick), BOTTOM + 28, count(tick), index % 2 === 0 ? "" : "minor", "middle"),
    ),
    `<path class="axis" d="M${fixed(left)} ${TOP}V${BOTTOM}H${RIGHT}"/>\n`,
    ...lines.map((line) => `<path ${strokeOf(line)} d="${stairs(line, x, y)}H${fixed(x(records))}"/>\n`),
    ...lines.map((line, index) => {
      const [left, top] = [24 + (index % 2) * half, legendTop + Math.floor(index / 2) * LINE_HEIGHT];
      return `<path ${strokeOf(line)} d="M${fixed(left)} ${top - 5}h32"/>\n${text(left + 40, top, line.label, "")}`;
    }),
  ];
  return { content: parts.join(""), height: legendTop + Math.ceil(lines.length / 2) * LINE_HEIGHT };
}

function strokeOf({ style: { colour, dash } }: PhaseLine): string {
  return `class="line" stroke="${colour}"${dash === "" ? "" : ` stroke-dasharray="${dash}"`}`;
}

function stairs({ steps }: PhaseLine, x: (record: number) => number, y: (misses: number) => number): string {
  const path = steps.map(({ from, misses }) => `H${fixed(x(from))}V${fixed(y(misses))}`).join("");
  return `M${fixed(x(0))} ${fixed(y(steps[0]?.misses ?? 0))}${path}`;
}
