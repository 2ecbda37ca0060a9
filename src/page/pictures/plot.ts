/** Charts as uPlot draws them: a module of its own, which is fetched when there is something to draw. */
import "./language.ts";
import uPlot from "uplot";
import { lineWidth } from "../../report/line-styles.ts";
import type { Keys } from "./chart-keys.ts";
import { drawMarks } from "./chart-marks.ts";
import { type ChartAxis, type ChartData, type ChartLine, LABEL_CHARACTER } from "./line-chart.ts";
import type { Theme } from "./theme.ts";

/** What is drawn, and can be changed without drawing it anew. */
export type Plot = uPlot;

/** How a chart is drawn, beside what it shows. */
export interface PlotLook {
  theme: Theme;
  keys: Keys;
  /** As that of createLineChart(). */
  syncKey: string;
  /** In CSS pixels. */
  width: number;
  height: number;
}

const FONT = "12px system-ui, sans-serif";

/** Draws `data` into `place`. */
export function drawPlot(place: HTMLElement, data: ChartData, look: PlotLook): Plot {
  return new uPlot(optionsOf(data, look), alignedOf(data), place);
}

function alignedOf({ x, lines }: ChartData): uPlot.AlignedData {
  return [x, ...lines.map(({ values }) => values)];
}

function optionsOf(data: ChartData, { theme, keys, syncKey, width, height }: PlotLook): uPlot.Options {
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
