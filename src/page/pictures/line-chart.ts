/**
 * Lines that answer the mouse, drawn by uPlot: values under the cursor, lines that can be turned off, a range to zoom
 * into by dragging, a double click to leave it. A screen reader gets a name; the numbers are in the table beside it.
 */
import "./language.ts";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type LineStyle, lineWidth } from "../../report/line-styles.ts";
import { h } from "../dom.ts";
import { createKeys, type Keys } from "./chart-keys.ts";
import { drawMarks } from "./chart-marks.ts";
import { type Theme, themeOf } from "./theme.ts";

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

const FONT = "12px system-ui, sans-serif";
/** Of a character of a label, in CSS pixels. */
export const LABEL_CHARACTER = 7;

/** `syncKey`: charts with the same one show the cursor at the same place. */
export function createLineChart(syncKey: string): LineChart {
  const place = h("div", { class: "chart-place", role: "img" });
  const keys = createKeys((line, isShown) => plot?.setSeries(line + 1, { show: isShown }));
  const element = h("div", { class: "chart" }, place, keys.element);
  let data: ChartData | null = null;
  let plot: uPlot | null = null;

  function redraw(): void {
    plot?.destroy();
    plot = null;
    const [width, height] = [place.clientWidth, place.clientHeight];
    if (data === null || width === 0) return;
    plot = new uPlot(optionsOf(data, themeOf(element), keys, syncKey, width, height), alignedOf(data), place);
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
    },
  };
}

function alignedOf({ x, lines }: ChartData): uPlot.AlignedData {
  return [x, ...lines.map(({ values }) => values)];
}

function optionsOf(
  data: ChartData,
  theme: Theme,
  keys: Keys,
  syncKey: string,
  width: number,
  height: number,
): uPlot.Options {
  const { xAxis, yAxis, stops, marks } = data;
  const inOneColour = { stroke: theme.soft, font: FONT, grid: { stroke: theme.rule, width: 1 } };
  const ticks = { stroke: theme.rule, width: 1, size: 5 };
  return {
    width,
    height,
    legend: { show: false },
    scales: {
      x: {
        time: false,
        ...scaleOf(xAxis, 2),
        range: (_, least, most) => [least, most > least ? most : 2 * least || 1],
      },
      y: {
        ...scaleOf(yAxis, 10),
        range: (_, least, most) => {
          const all = [least, most, ...marks.map(({ y }) => y)].filter((value) => Number.isFinite(value ?? Number.NaN));
          const ends = all.length === 0 ? [1, 10] : yAxis.ticks(Math.min(...all), Math.max(...all), (value) => value);
          return [ends[0] ?? 1, ends.at(-1) ?? 10];
        },
      },
    },
    axes: [
      {
        ...inOneColour,
        ticks,
        label: xAxis.name,
        labelFont: FONT,
        labelSize: 20,
        size: 34,
        splits: (u, _, least, most) => xAxis.ticks(least, most, (value) => u.valToPos(value, "x")),
        filter: (_, splits) => splits,
        values: (_, splits) => splits.map(xAxis.label),
      },
      {
        ...inOneColour,
        ticks,
        label: yAxis.name,
        labelFont: FONT,
        labelSize: 20,
        size: (_, values) => 14 + LABEL_CHARACTER * Math.max(3, ...(values ?? []).map((label) => label.length)),
        splits: (_u, _, least, most) => yAxis.ticks(least, most, (value) => value),
        filter: (_, splits) => splits,
        values: (_, splits) => splits.map(yAxis.label),
      },
    ],
    series: [
      {},
      ...data.lines.map((line) => ({ ...seriesOf(line, theme, data.isStepped), show: keys.isShown(line.label) })),
    ],
    cursor: {
      y: false,
      sync: { key: syncKey, scales: ["x", null] },
      drag: { x: true, y: false },
      move: (u, left, top) => [left < 0 ? left : u.valToPos(nearest(stops, u.posToVal(left, "x"), xAxis), "x"), top],
    },
    hooks: {
      draw: [(u) => drawMarks(u, marks, theme, FONT)],
      setCursor: [(u) => keys.point(u.cursor.idx ?? null)],
    },
  };
}

function scaleOf({ scale }: ChartAxis, log: 2 | 10): uPlot.Scale {
  return scale === "log" ? { distr: 3, log } : {};
}

function seriesOf({ style, dots }: ChartLine, theme: Theme, isStepped: boolean): uPlot.Series {
  const stroke = style.colour ?? theme.text;
  const stepped = isStepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    stroke,
    width: lineWidth(style),
    spanGaps: true,
    ...(style.dash === "" ? {} : { dash: style.dash.split(" ").map(Number) }),
    ...(stepped === undefined ? {} : { paths: stepped }),
    points: { show: dots.length > 0, filter: () => dots, size: 7, fill: stroke },
  };
}

/** The one of `stops`, ascending, that is nearest on the axis. */
function nearest(stops: readonly number[], value: number, { scale }: ChartAxis): number {
  const distance = (stop: number) => Math.abs(scale === "log" ? Math.log(stop / value) : stop - value);
  return stops.reduce((best, stop) => (distance(stop) < distance(best) ? stop : best), stops[0] ?? value);
}
