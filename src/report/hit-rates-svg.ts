/**
 * Hit rates as bars, as a picture that stands alone. The axis is the logarithm of the miss ratio, so that each step to
 * the right is a tenth of the misses: on one of hit rates 99.9% and 99.99% would be the same.
 */

import { NOT_AVAILABLE, percent } from "./format.ts";
import { type HitRates, hitRateSentences } from "./hit-rates.ts";
import { lineStyle } from "./line-styles.ts";
import { hitRate, nines } from "./metrics.ts";
import type { TlbResult } from "./results.ts";
import { CHARACTER, fixed, nameOf, type Part, styleSheet, svgDocument, text, WIDTH } from "./svg-parts.ts";

const LEFT = 84;
/** Of the axis: beside it there is room for the percentage of the longest bar. */
const RIGHT = WIDTH - 120;
const BAR_HEIGHT = 18;
const ROW_HEIGHT = 30;
/** Steps of the axis: 90%, 99% and so on. */
const LEAST_NINES = 2;
const MOST_NINES = 6;
const TLBS: readonly TlbResult["name"][] = ["L1I", "L1D", "STLB"];

/** The picture of all machines, one below the other; ends with a newline. */
export function hitRatesSvg(machines: readonly HitRates[]): string {
  const finite = machines
    .flatMap(({ tlbs }) => tlbs.map((tlb) => nines(tlb.missRatio)))
    .filter((each) => Number.isFinite(each));
  const steps = Math.min(MOST_NINES, Math.max(LEAST_NINES, ...finite.map(Math.ceil)));
  const x = (length: number) => LEFT + ((RIGHT - LEFT) * Math.min(length, steps)) / steps;
  return svgDocument("TLB hit rates", hitRateSentences(machines).join(" "), styleSheet("", ""), [
    headOf(),
    ...machines.map((machine) => panelOf(machine, x, steps)),
    axisOf(x, steps),
  ]);
}

function headOf(): Part {
  return { content: text(24, 28, "hit rate; each step to the right is a tenth of the misses", "soft"), height: 40 };
}

function panelOf({ machine, tlbs }: HitRates, x: (length: number) => number, steps: number): Part {
  const top = 38;
  const bottom = top + tlbs.length * ROW_HEIGHT;
  const bars = tlbs.map((tlb, index) => {
    const y = top + index * ROW_HEIGHT;
    const rate = hitRate(tlb.hits, tlb.lookups);
    const length = rate === null ? 0 : x(nines(tlb.missRatio)) - LEFT;
    const { colour } = lineStyle(TLBS.indexOf(tlb.name), 0);
    return (
      text(LEFT - 8, y + 15, tlb.name, "", "end") +
      `<rect fill="${colour}" x="${LEFT}" y="${y}" width="${fixed(length)}" height="${BAR_HEIGHT}"/>\n` +
      text(LEFT + length + 8, y + 15, rate === null ? `${NOT_AVAILABLE}: no lookups` : percent(rate), "")
    );
  });
  return {
    content: text(24, 24, nameOf(machine), "name") + grid(x, steps, top - 6, bottom) + bars.join(""),
    height: bottom + 6,
  };
}

function grid(x: (length: number) => number, steps: number, top: number, bottom: number): string {
  return Array.from({ length: steps + 1 }, (_, step) => {
    return `<path class="${step === 0 ? "axis" : "grid"}" d="M${fixed(x(step))} ${top}V${bottom}"/>\n`;
  }).join("");
}

/** Percentages below the last machine, as many as have room. */
function axisOf(x: (length: number) => number, steps: number): Part {
  const labels = Array.from({ length: steps + 1 }, (_, step) => percentOf(step));
  const widest = Math.max(...labels.map((label) => label.length)) * CHARACTER;
  const every = Math.ceil((widest * steps) / (RIGHT - LEFT));
  const parts = labels.map((label, step) => {
    return text(x(step), 18, label, (steps - step) % every === 0 ? "" : "minor", "middle");
  });
  return { content: parts.join(""), height: 34 };
}

/** 0%, 90%, 99%, 99.9%, as short as it is. */
function percentOf(step: number): string {
  if (step < 2) return step === 0 ? "0%" : "90%";
  return step === 2 ? "99%" : `99.${"9".repeat(step - 2)}%`;
}
