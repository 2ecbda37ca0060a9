/**
 * Lines that answer the mouse, drawn by uPlot: values under the cursor, lines that can be turned off, a range to zoom
 * into by dragging, a double click to leave it. A screen reader gets a name; the numbers are in the table beside it.
 */
import "uplot/dist/uPlot.min.css";
import { messageOf } from "../../errors.ts";
import type { LineStyle } from "../../report/line-styles.ts";
import { h } from "../dom.ts";
import { createKeys } from "./chart-keys.ts";
import type { Plot } from "./plot.ts";
import { themeOf } from "./theme.ts";

/** One line of a chart. */
export interface ChartLine {
  label: string;
  style: LineStyle;
  /** One for each of the chart's `x`; `null` where the line has no point. */
  values: (number | null)[];
  /** Indexes of the points that get a dot; none: not even where lines turn. */
  dots: number[];
}

/** A point beside the lines. */
export interface ChartMark {
  x: number;
  y: number;
  label: string;
}

/** An axis: its ticks, and how values are written there and where there is more room. */
export interface ChartAxis {
  name: string;
  scale: "log" | "linear";
  /** For values within a range of the scale; `at` is where a value is, in pixels. */
  ticks(least: number, most: number, at: (value: number) => number): number[];
  label(value: number): string;
  text(value: number): string;
}

/** What a chart shows. */
export interface ChartData {
  /** What the picture says, for those who do not see it. */
  name: string;
  /** Ascending. */
  x: number[];
  /** Those of `x` at which the cursor stops. */
  stops: number[];
  xAxis: ChartAxis;
  /** Its first and last tick are the ends of the axis. */
  yAxis: ChartAxis;
  lines: ChartLine[];
  marks: ChartMark[];
  isStepped: boolean;
}

/** A chart that answers the mouse. */
export interface LineChart {
  readonly element: HTMLElement;
  /** Shows `data` soon. */
  show(data: ChartData): void;
  /** Draws again, soon, with the colours of the page. */
  redraw(): void;
  canvas(): HTMLCanvasElement | null;
  /** Frees what the chart holds: it is not shown any more. */
  destroy(): void;
}

/** Of a character of a label, in CSS pixels. */
export const LABEL_CHARACTER = 7;

/** What draws charts: fetched, once, with the first of them. */
let drawing: Promise<typeof import("./plot.ts")> | undefined;

/** `syncKey`: charts with the same one show the cursor at the same place. */
export function createLineChart(syncKey: string): LineChart {
  const place = h("div", { class: "chart-place", role: "img" });
  const keys = createKeys((line, isShown) => plot?.setSeries(line + 1, { show: isShown }));
  const element = h("div", { class: "chart" }, place, keys.element);
  let data: ChartData | null = null;
  let plot: Plot | null = null;
  let drawPlot: typeof import("./plot.ts").drawPlot | null = null;

  function redraw(): void {
    plot?.destroy();
    plot = null;
    const [width, height] = [place.clientWidth, place.clientHeight];
    if (drawPlot === null || data === null || width === 0) return;
    plot = drawPlot(place, data, { theme: themeOf(element), keys, syncKey, width, height });
  }

  function resize(): void {
    const [width, height] = [place.clientWidth, place.clientHeight];
    if (plot === null) redraw();
    else if (width > 0 && (width !== plot.width || height !== plot.height)) plot.setSize({ width, height });
  }

  // A task for each chart: all charts of a page in one would stop it for too long.
  let timer = 0;
  const soon = (draw: () => void) => {
    clearTimeout(timer);
    timer = window.setTimeout(draw);
  };
  const observer = new ResizeObserver(() => soon(resize));
  observer.observe(place);

  drawing ??= import("./plot.ts");
  drawing.then(
    (module) => {
      drawPlot = module.drawPlot;
      soon(redraw);
    },
    (error) => place.replaceChildren(`The chart cannot be drawn: ${messageOf(error)}. The table has its numbers.`),
  );

  return {
    element,
    show(shown) {
      data = shown;
      place.setAttribute("aria-label", shown.name);
      keys.show(shown);
      soon(redraw);
    },
    redraw: () => soon(redraw),
    canvas: () => plot?.ctx.canvas ?? null,
    destroy() {
      clearTimeout(timer);
      observer.disconnect();
      plot?.destroy(); // which leaves the charts of the same key, too
      plot = null;
      data = null; // what is still on its way draws nothing
    },
  };
}
